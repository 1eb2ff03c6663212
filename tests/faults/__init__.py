"""Faults on purpose: what the log and the read models hold after each, and how to add one.

table.py     the faults, one a line; a reader can add one
how.py       the ways to try one
server.py    the ways to try one on PostgreSQL: servers ended, two nodes on one log
bench.py     where: databases to lose, each with the journal of its writers
worker.py    a process at its work, and what came of it
work.py      what it does while the fault strikes
trouble.py   work on PostgreSQL that brings its own trouble: connections cut, hints lost, races
vfs.py       SQLite's file system with faults in it: it stops, tears, refuses, and records
wire.py      what vfs.py is for SQLite: between a node and PostgreSQL
disk.py      the disk as a power loss at any point would leave it, from such a record
nursery.py   processes that do the work and are lost
journal.py   what was asked for and acknowledged, as lines that outlive the process
heard.py     what a log's listeners hear, and whether it is all
check.py     what must be so in every log, whatever happened to it
store.py     what is needed of a database: to be opened, copied, checked, compared with a rebuild
stores.py    SQLite; and which database a name means
store_postgres.py    PostgreSQL
broken.py    deliberate defects, which the checks must find
cycles.py    `make faults`: hundreds of kills on one database that grows
cycles_postgres.py   the same on PostgreSQL, where the server is lost too
"""

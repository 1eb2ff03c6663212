"""Faults on purpose: what the log and the read models hold after each, and how to add one.

table.py     the faults, one a line; a reader can add one
how.py       the ways to try one
bench.py     where: databases to lose, each with the journal of its writers
work.py      what a process does while the fault strikes
vfs.py       SQLite's file system with faults in it: it stops, tears, refuses, and records
disk.py      the disk as a power loss at any point would leave it, from such a record
nursery.py   processes that do the work and are lost
journal.py   what was asked for and acknowledged, as lines that outlive the process
check.py     what must be so in every log, whatever happened to it
stores.py    the databases: how each is opened, copied, checked and compared with a rebuild
broken.py    deliberate defects, which the checks must find
cycles.py    `make faults`: hundreds of kills on one database that grows
"""

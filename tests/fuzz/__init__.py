"""Requests that nobody would send, by the thousand; `make fuzz`, or `python -m tests.fuzz`.

run.py        the requests, a few at a time, and what came of them
server.py     the server that they are sent to, with caches as small.py has them
cases.py      the kinds of requests, a table; each is bytes
documents.py  GraphQL documents from the schema, by hypothesis-graphql
spoil.py      what is done to a text, a value or bytes so that they are wrong
frames.py     WebSocket frames, good and bad
wire.py       the bytes to a socket, and the answer from it
checks.py     what must be so in every answer
memory.py     whether the server's memory grows
"""

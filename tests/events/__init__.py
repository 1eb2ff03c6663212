"""Tests of the log's contract: schemas, vectors, prose and code hold each other to account."""

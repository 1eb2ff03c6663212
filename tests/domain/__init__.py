"""Tests of the domain: rules as given, when, then; laws as properties."""

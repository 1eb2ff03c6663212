"""What a brief is: events, states, edits, decide and evolve. No clock, no I/O, no randomness."""

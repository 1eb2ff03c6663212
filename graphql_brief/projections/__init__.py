"""Read models over the log: states in memory, lists and search in SQL. All can be thrown away."""

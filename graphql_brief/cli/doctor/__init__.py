"""`doctor`: whether a log, its read models and their machine are as they should be."""

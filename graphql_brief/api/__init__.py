"""The Strawberry schema over the read models, and the desk that takes edits."""

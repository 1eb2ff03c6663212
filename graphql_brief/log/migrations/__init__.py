"""The log's format on disk, as steps from each version to the next; `database` runs them.

A step that was released is never edited: it is frozen text, and knows nothing of `tables`, which
tells what all steps together give (a test compares them). A new one is a new file in `versions/`
whose `down_revision` is the newest before it. There is no way back: `downgrade` is not written.
"""

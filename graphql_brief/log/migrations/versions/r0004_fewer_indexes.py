"""Fewer indexes: what they found is found by halving, and appends no longer write them."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the indexes by position in a stream and by time."""
    op.drop_index("log_event_stream", "log_event")
    op.drop_index("log_event_recorded_at", "log_event")

"""the trace that a row goes on with"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0017"

TABLES = ("messages", "turns", "deliveries")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("traceparent", sa.Text))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "traceparent")

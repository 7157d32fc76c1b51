"""model port"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("steps", sa.Column("reasoning", postgresql.JSONB(astext_type=sa.Text()), nullable=True))

"""why somebody did what the audit log tells of"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("audit", sa.Column("reason", sa.Text))


def downgrade() -> None:
    op.drop_column("audit", "reason")

"""the inbox's trigger works with its owner's rights: services that write messages need none on what it keeps"""

from alembic import op
from sqlalchemy import text

revision = "0021"
down_revision = "0017"


def upgrade() -> None:
    """With a fixed search path, and for nobody's own triggers: else a role could make it write what it likes."""
    schema = op.get_bind().execute(text("SELECT quote_ident(current_schema())")).scalar_one()
    op.execute(f"ALTER FUNCTION note_in_inbox() SECURITY DEFINER SET search_path = {schema}, pg_temp")
    op.execute("REVOKE EXECUTE ON FUNCTION note_in_inbox() FROM PUBLIC")


def downgrade() -> None:
    op.execute("GRANT EXECUTE ON FUNCTION note_in_inbox() TO PUBLIC")
    op.execute("ALTER FUNCTION note_in_inbox() SECURITY INVOKER RESET search_path")

"""the inbox's trigger works with its owner's rights: services that write messages need none on what it keeps"""

from alembic import op

revision = "0021"
down_revision = "0017"


def upgrade() -> None:
    """With a fixed search path, and for nobody's own triggers: else a role could make it write what it likes."""
    op.execute(
        "DO $$ BEGIN EXECUTE format('ALTER FUNCTION note_in_inbox() SECURITY DEFINER SET search_path = %I, pg_temp',"
        " current_schema()); END $$"
    )
    op.execute("REVOKE EXECUTE ON FUNCTION note_in_inbox() FROM PUBLIC")


def downgrade() -> None:
    op.execute("GRANT EXECUTE ON FUNCTION note_in_inbox() TO PUBLIC")
    op.execute("ALTER FUNCTION note_in_inbox() SECURITY INVOKER RESET search_path")

"""triggers that write for everybody do so with their owner's rights: services need none on what they keep"""

from alembic import op

revision = "0023"
down_revision = "0022"

_TRIGGERS = (
    "note_in_inbox()",
    *(f"tell_of_{fact}()" for fact in ("message", "delivery", "handoff", "change", "failure", "feedback", "credit")),
    "notify_endpoints(text, text, uuid, uuid, jsonb)",
)


def upgrade() -> None:
    """Temporary tables are looked for last, and nobody else may use them: else a role's own table or trigger of the
    right name would be written to, or run, with their owner's rights."""
    for function in _TRIGGERS:
        op.execute(
            f"DO $$ BEGIN EXECUTE format('ALTER FUNCTION {function} SECURITY DEFINER SET search_path = %I, pg_temp',"
            " current_schema()); END $$"
        )
        op.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")


def downgrade() -> None:
    for function in _TRIGGERS:
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO PUBLIC")
    for function in _TRIGGERS[:-1]:
        op.execute(f"ALTER FUNCTION {function} SECURITY INVOKER RESET search_path")
    op.execute(f"ALTER FUNCTION {_TRIGGERS[-1]} SET search_path FROM CURRENT")

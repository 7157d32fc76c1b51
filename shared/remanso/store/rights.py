"""What each service may do with each table, as PostgreSQL's own privileges. The ingress has no database.

`remanso migrate --grant` gives every service a role of its own and exactly these rights; the tables stay with whoever
migrates. Rows of a conversation are deleted by foreign keys, which ask nobody's rights; what triggers write (the inbox,
the words to search by, what businesses' own systems are told) they write with their owner's. In tests every service
works with these rights alone.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from remanso.store.personal import PERSONAL, Holding

Rights = Mapping[str, str]


def _together(*all_rights: Rights) -> Rights:
    """A GRANT may name a privilege more than once."""
    tables = sorted({table for rights in all_rights for table in rights})
    return {table: ", ".join(rights[table] for rights in all_rights if table in rights) for table in tables}


def _forgetting(holding: Holding) -> str:
    """To delete or clear rows of a person one sees no more of them than tells whose they are."""
    seen = sorted(column for column in holding.columns if re.search(rf"\b{column}\b", holding.of))
    cleared = ", ".join(holding.personal_columns)
    change = "DELETE" if holding.rows == "deleted" else f"UPDATE ({cleared})" if cleared else None
    return ", ".join(filter(None, (f"SELECT ({', '.join(seen)})", change)))


_LOOK = "SELECT"
_ADD = "SELECT, INSERT"
_KEEP = "SELECT, INSERT, UPDATE"

_FORGETTING = _together(
    {table: _forgetting(holding) for table, holding in PERSONAL.items() if holding.rows != "left"},
    {
        "contacts": "SELECT, INSERT, UPDATE (merged_into)",
        "conversations": "SELECT, INSERT, UPDATE (next_turn)",
        "credit_accounts": "SELECT, INSERT, UPDATE (balance, last_grant, period, reserved), DELETE",
        "credit_entries": "SELECT (account_id), UPDATE (account_id, period)",
        "credit_grants": "SELECT (account_id), UPDATE (account_id)",
        "credit_reserves": "SELECT (accounts), UPDATE (accounts)",
        "deliveries": "SELECT (id, conversation_id)",
        "forgetting_key": _LOOK,
        "forgettings": _ADD,
        "forgotten_names": "SELECT, INSERT, UPDATE (at)",
        "messages": "SELECT (id, conversation_id, wamid)",
        "summaries": """SELECT (id, conversation_id, until_position, created_at),
            UPDATE (conversation_id, state, until_position)""",
        "turns": "SELECT, UPDATE (closed_at, conversation_id, holder, lease_until, number, retry_at, state)",
        "webhook_notifications": "SELECT (id)",
    },
)
"""Of those who forget people: what `personal` says of each table, and moving the books to nobody."""

_RETENTION: Rights = {
    "attachments": "SELECT (id, conversation_id, created_at), DELETE",
    "audit": "SELECT (id, client, at), DELETE",
    "channel_reports": "SELECT (id, client, received_at), UPDATE (detail), DELETE",  # who locks a row could change it
    "chores": _KEEP,
    "conversation_events": "DELETE",
    "credit_notices": "DELETE",
    "deliveries": "DELETE",
    "feedback": "DELETE",
    "holds": "SELECT (created_at), DELETE",
    "inbox": "SELECT, DELETE",
    "media": "SELECT (message_id), UPDATE (content, media_id, sha256, transcript)",
    "messages": "DELETE",
    "notes": "SELECT (created_at), DELETE",
    "parkings": "SELECT (id, client, ended_at), DELETE",
    "receipts": "SELECT (id, channel, created_at, delivery_id), UPDATE (delivery_id), DELETE",
    "steps": "SELECT (turn_id, draft, problems, reasoning), UPDATE (draft, problems, reasoning)",
    "summaries": "SELECT (turn_id, state, text), UPDATE (problems, state, text)",
    "tool_calls": "SELECT (turn_id), DELETE",
    "turns": "UPDATE (handoff_reason, untraced_at)",
    "uploads": "SELECT (channel, sha256, mime_type, expires_at), DELETE",
}

_DEBOUNCER: Rights = {
    "attachments": "SELECT (conversation_id), UPDATE (conversation_id)",
    "contact_aliases": _KEEP,
    "contacts": _KEEP,
    "conversation_events": "SELECT, INSERT, UPDATE (conversation_id, epoch)",
    "conversations": _KEEP,
    "credit_notices": _ADD,
    "deliveries": """SELECT, INSERT,
        UPDATE (conversation_id, epoch, outage_id, position, reason, reopens, settled_at, state)""",
    "feedback": """SELECT, INSERT,
        UPDATE (answer, answered_at, conversation_id, follow_up_id, reason, reason_at, reason_until)""",
    "holds": "SELECT, INSERT, UPDATE (conversation_id, epoch)",
    "messages": """SELECT, INSERT,
        UPDATE (conversation_id, drop_reason, edited_at, edited_text, fate, position, revoked_at, turn_id)""",
    "notes": "SELECT (conversation_id), UPDATE (conversation_id)",
    "reads": "SELECT, UPDATE (upto)",
    "steps": "SELECT (outcome, turn_id)",
    "summaries": "SELECT (id, conversation_id, until_position, created_at), UPDATE (conversation_id, until_position)",
    "turns": "SELECT, INSERT, UPDATE (closed_at, conversation_id, lease_until, number, reason, state, traceparent)",
}

_AGENT: Rights = {
    "attachments": "SELECT, UPDATE (content), DELETE",
    "collection_changes": _ADD,
    "collection_items": "SELECT, INSERT, UPDATE (data, updated_at, version)",
    "contacts": "SELECT, UPDATE (email, facts, language, name)",
    "conversations": """SELECT, UPDATE (burst_opened_at, due_at, feedback_due_at, handoff_reason, human_until, mode,
        next_delivery, next_position, nobody_came_at)""",
    "credit_accounts": "SELECT, INSERT, UPDATE (balance, last_grant, period, reserved)",
    "credit_entries": _ADD,
    "credit_grants": "SELECT, INSERT, UPDATE (remaining)",
    "credit_notices": _ADD,
    "credit_reserves": "SELECT, INSERT, UPDATE (amount), DELETE",  # who locks a row could change it
    "deliveries": _ADD,
    "feedback": "SELECT, UPDATE (told_at)",
    "media": "SELECT, INSERT, UPDATE (content)",
    "messages": "SELECT, INSERT, UPDATE (fate, position, turn_id)",
    "outages": "SELECT, UPDATE (ended_at)",
    "steps": _ADD,
    "summaries": """SELECT, INSERT, UPDATE (cache_write_tokens, cached_tokens, cost_usd, finish_reason, input_tokens,
        made_at, model, output_tokens, price_valid_from, problems, reasoning_tokens, request_id, seconds, state, text,
        tries, turn_id)""",
    "tool_calls": "SELECT, INSERT, UPDATE (attempt, finished_at, result, started_at, state)",
    "turns": """SELECT, UPDATE (absorptions, attempt, bugs, closed_at, failures, handoff_reason, holder, lease_until,
        reason, retry_at, state)""",
}

_HEALTH: Rights = {"templates": _KEEP, "channel_health": _KEEP, "account_health": _KEEP}
"""Of those who take in what Meta tells."""

_SENDER: Rights = {
    **_HEALTH,
    "attachments": _LOOK,
    "chores": _KEEP,
    "contact_aliases": "INSERT",
    "contacts": _LOOK,
    "conversations": """SELECT, UPDATE (feedback_due_at, handoff_reason, human_until, mode, next_delivery,
        nobody_came_at, pair_next_at, send_lease_until, send_token, shut_after)""",
    "deliveries": """SELECT, INSERT, UPDATE (accepted_at, attempts, code, paced_at, reason, reconcile_at, resends,
        retry_at, settled_at, state, wamid)""",
    "messages": _LOOK,
    "outages": "SELECT, INSERT, UPDATE (reason)",
    "paces": _KEEP,
    "parkings": _KEEP,
    "receipts": "SELECT, INSERT, UPDATE (delivery_id)",
    "turns": "SELECT, UPDATE (closed_at, lease_until, reason, state)",
    "uploads": "SELECT, INSERT, UPDATE, DELETE",
}

_CONSOLE: Rights = {
    **_HEALTH,
    "account_links": "SELECT, INSERT, UPDATE (used_at), DELETE",
    "api_keys": "SELECT, INSERT, UPDATE (last_used_at, pace_next_at, revoked_at)",
    "api_requests": "SELECT, INSERT, UPDATE (body, status), DELETE",
    "app_lines": _LOOK,
    "app_troubles": _LOOK,
    "apps": _LOOK,
    "attachments": "SELECT, INSERT, UPDATE (expires_at)",
    "audit": _ADD,
    "channel_reports": _ADD,
    "chores": _LOOK,
    "collection_changes": _ADD,
    "collection_items": "SELECT, INSERT, UPDATE (author, data, updated_at, version)",
    "console_sessions": "SELECT, INSERT, UPDATE (seen_at), DELETE",
    "contact_aliases": _LOOK,
    "contacts": _LOOK,
    "conversation_events": _ADD,
    "conversations": """SELECT,
        UPDATE (burst_opened_at, due_at, epoch, feedback_due_at, handoff_reason, human_until, mode, next_delivery,
        next_position, nobody_came_at)""",
    "credit_accounts": "SELECT, INSERT, UPDATE (balance, last_grant, period)",
    "credit_entries": _ADD,
    "credit_grants": _ADD,
    "deliveries": """SELECT, INSERT,
        UPDATE (accepted_at, code, epoch, reason, reconcile_at, resends, retry_at, settled_at, state)""",
    "feedback": _LOOK,
    "holds": _ADD,
    "human_messages": _ADD,
    "inbox": "SELECT, UPDATE (closed_at)",
    "letters": "SELECT, INSERT, UPDATE (due_at, language, sealed, settled_at, state, tries, trouble), DELETE",
    "login_failures": "SELECT, INSERT, DELETE",
    "media": _LOOK,
    "memberships": "SELECT, INSERT, UPDATE (role), DELETE",
    "message_words": _LOOK,
    "messages": "SELECT, INSERT, UPDATE (fate, position, turn_id)",
    "notes": _ADD,
    "outages": _LOOK,
    "parkings": "SELECT, UPDATE (ended_at, ended_by)",
    "reads": "SELECT, INSERT, UPDATE (upto)",
    "recovery_codes": "SELECT, INSERT, DELETE",
    "saved_replies": "SELECT, INSERT, DELETE",
    "steps": _LOOK,
    "summaries": _LOOK,
    "tool_calls": _LOOK,
    "turns": "SELECT, UPDATE (closed_at, lease_until, reason, state)",
    "users": """SELECT, INSERT,
        UPDATE (language, mail_handoffs, name, password_hash, theme, totp_counter, totp_secret, totp_since)""",
    "webhook_attempts": _ADD,
    "webhook_endpoints": """SELECT, INSERT, UPDATE (delivered_at, disabled_at, disabled_reason, due_at, events,
        failures, lease_until, paused_at, previous_secret, previous_until, secret, token, trouble, url), DELETE""",
    "webhook_notifications": "SELECT, INSERT, UPDATE (attempts, due_at, settled_at, state), DELETE",
}

_COLLECTOR: Rights = {
    "app_frames": "SELECT, INSERT, DELETE",
    "app_lines": "SELECT, INSERT, DELETE",
    "app_troubles": "SELECT, INSERT, UPDATE (count, last_at, level), DELETE",
    "apps": "SELECT, INSERT, UPDATE, DELETE",
    "contacts": "SELECT (client)",  # whether the tables are there, as everybody asks
    "conversations": "SELECT (id)",
}
"""Of what many deployments tell of themselves; of anybody's contacts it reads nothing."""

_ARCHIVE: Rights = {table: _LOOK for table, holding in PERSONAL.items() if holding.rows != "left"}
"""Of those who give people what is held about them."""

RIGHTS: Mapping[str, Rights] = MappingProxyType(
    {
        "debouncer": _together(_DEBOUNCER, _RETENTION, _FORGETTING),
        "agent": _AGENT,
        "sender": _SENDER,
        "collector": _COLLECTOR,
        "console": _together(_CONSOLE, _ARCHIVE, _FORGETTING),
    }
)
"""By service and table, each as the list that stands in a GRANT."""

SEQUENCES: Mapping[str, tuple[str, ...]] = MappingProxyType({"console": ("webhook_places",)})
"""From which services take numbers themselves."""

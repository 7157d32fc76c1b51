"""What is personal in every table, where its rows of one contact are, and what forgetting does with them.

A table or column that does not stand here fails a test (tests/unit/store/test_personal.py). `exports` reads by it,
`forgetting` deletes and clears by it, so neither can know less than this file says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Rows = Literal["deleted", "cleared", "left"]
"""What forgetting does with a contact's rows: deletes them; keeps them without their personal columns, as books; or
leaves them, because no row of the table is about a contact."""


@dataclass(frozen=True)
class Holding:
    """What one table holds. `of` is an SQL condition on a person's rows, with the parameters of `persons.Person`.

    `personal` and `plain` name all columns between them. Cleared ones get their default; `also` is set beside that.
    """

    rows: Rows
    of: str = "false"
    personal: str = ""
    plain: str = ""
    also: str = ""

    @property
    def personal_columns(self) -> tuple[str, ...]:
        return tuple(self.personal.split())

    @property
    def columns(self) -> frozenset[str]:
        return frozenset((*self.personal.split(), *self.plain.split()))


_CONTACT = "contact_id = ANY(:contacts)"
_CONVERSATION = "conversation_id = ANY(:conversations)"
_TURNS = "SELECT id FROM turns WHERE conversation_id = ANY(:conversations)"
_TURN = f"turn_id IN ({_TURNS})"
_MESSAGE = "message_id IN (SELECT id FROM messages WHERE conversation_id = ANY(:conversations))"
_DELIVERIES = "SELECT id FROM deliveries WHERE conversation_id = ANY(:conversations)"
_ACCOUNTS = "SELECT id FROM credit_accounts WHERE contact_id = ANY(:contacts)"

_TOLD = """(line = ANY(CAST(:conversations AS uuid[]))
    OR CAST(facts ->> 'contact_id' AS uuid) = ANY(CAST(:contacts AS uuid[])))"""


def _deleted(of: str, *, personal: str, plain: str) -> Holding:
    return Holding("deleted", of, personal, plain)


def _cleared(of: str, *, personal: str, plain: str, also: str = "") -> Holding:
    return Holding("cleared", of, personal, plain, also)


def _left(plain: str) -> Holding:
    return Holding("left", plain=plain)


_CALL = """input_tokens cached_tokens cache_write_tokens output_tokens reasoning_tokens cost_usd price_valid_from
    seconds model request_id finish_reason"""

PERSONAL: Mapping[str, Holding] = {
    # The person.
    "contacts": _deleted(
        "id = ANY(:contacts)",
        personal="id profile_name name email language location facts merged_into marketing_stopped_at "
        "marketing_changed_at",
        plain="client created_at",
    ),
    "contact_aliases": _deleted(_CONTACT, personal="kind value contact_id", plain="client"),
    "conversations": _deleted(
        _CONTACT,
        personal="id contact_id reply_wa_id reply_user_id handoff_reason burst_opened_at due_at last_inbound_at "
        "shut_after feedback_due_at rhythm merged_into pair_next_at flood_told_until",
        plain="client channel mode epoch human_until nobody_came_at next_position next_turn next_delivery send_token "
        "send_lease_until created_at",
    ),
    # What was said.
    "messages": _deleted(
        _CONVERSATION,
        personal="content wamid event_id quoted raw edited_text sent_at received_at edited_at revoked_at",
        plain="id conversation_id author position turn_id step_id fate drop_reason channel payload_index asks call_id "
        "traceparent created_at",
    ),
    "message_words": _deleted(_CONVERSATION, personal="words", plain="message_id conversation_id"),
    "deliveries": _deleted(
        _CONVERSATION,
        personal="payload wamid reason reopens",
        plain="id conversation_id position kind epoch turn_id message_id outage_id state attempts resends retry_at "
        "paced_at reconcile_at code accepted_at settled_at created_at traceparent",
    ),
    "receipts": _deleted(
        f"(delivery_id IN ({_DELIVERIES}) OR (delivery_id IS NULL AND channel = ANY(:channels) AND ("  # noqa: S608
        "wamid IN (SELECT wamid FROM messages WHERE conversation_id = ANY(:conversations))"
        " OR EXISTS (SELECT FROM unnest(CAST(:names AS text[])) n WHERE strpos(raw::text, '\"' || n || '\"') > 0))))",
        personal="wamid raw at",
        plain="id delivery_id channel status code created_at",
    ),
    "feedback": _deleted(
        _CONVERSATION,
        personal="answer reason",
        plain="id client conversation_id turn_id question_id follow_up_id asked_at answered_at reason_until reason_at "
        "told_at",
    ),
    "inbox": _deleted(_CONVERSATION, personal="last_at", plain="conversation_id client last_message_id closed_at"),
    # What people of the team did with it.
    "notes": _deleted(_CONVERSATION, personal="text", plain="id conversation_id user_id who key created_at"),
    "attachments": _deleted(
        _CONVERSATION,
        personal="filename sha256 content",
        plain="id conversation_id mime_type size expires_at created_at",
    ),
    # A handoff's letter names the conversation, whose id is made of the number; any other's subject is its own id.
    "letters": _deleted(
        "CAST(split_part(subject, ':', 1) AS uuid) = ANY(CAST(:conversations AS uuid[]))",
        personal="subject",
        plain="id kind recipient language client sealed state tries due_at trouble settled_at created_at",
    ),
    "human_messages": _deleted(_MESSAGE, personal="", plain="message_id user_id who key"),
    "holds": _deleted(_CONVERSATION, personal="", plain="conversation_id epoch user_id who created_at"),
    "reads": _deleted(_CONVERSATION, personal="", plain="user_id conversation_id upto"),
    "conversation_events": _deleted(
        _CONVERSATION, personal="", plain="id conversation_id kind epoch cause who created_at"
    ),
    "audit": _cleared(
        "(subject = ANY(:subjects) OR subject IN (SELECT 'message:' || id FROM messages"
        " WHERE conversation_id = ANY(:conversations)) OR subject IN (SELECT 'delivery:' || id FROM deliveries"
        " WHERE conversation_id = ANY(:conversations)))",
        personal="subject reason",
        plain="id client user_id who action at",
    ),
    # The bot's work: books of what it did cost, without what it was about.
    "turns": _cleared(
        _CONVERSATION,
        personal="reason handoff_reason",
        plain="id conversation_id client number state epoch attempt lease_until holder retry_at failures bugs "
        "absorptions opened_at sealed_at closed_at untraced_at nobody_came traceparent",
    ),
    "steps": _cleared(
        _TURN,
        personal="draft problems reasoning",
        plain=f"id turn_id number attempt outcome created_at {_CALL}",
    ),
    "tool_calls": _deleted(
        _TURN,
        personal="arguments result",
        plain="turn_id call_id step_id ordinal name effect state attempt started_at finished_at",
    ),
    "summaries": _cleared(
        _CONVERSATION,
        personal="text problems",
        plain=f"id conversation_id turn_id until_position state tries made_at created_at {_CALL}",
        also="state = 'given_up'",
    ),
    "media": _cleared(
        _TURN,
        personal="media_id reason sha256 content transcript",
        plain="message_id turn_id client attempt kind state mime_type size audio_seconds input_tokens output_tokens "
        "cost_usd price_valid_from seconds model request_id expires_at created_at",
    ),
    # Money: the ledger stays whole, with nobody's name on it (`forgetting` moves it).
    "credit_accounts": _cleared(
        _CONTACT, personal="", plain="id client contact_id balance reserved period last_grant created_at"
    ),
    "credit_entries": _cleared(
        f"account_id IN ({_ACCOUNTS})",
        personal="note",
        plain="id account_id kind amount turn_id step attempt message_id period expires_at who at",
    ),
    "credit_grants": _cleared(
        f"account_id IN ({_ACCOUNTS})",
        personal="",
        plain="id account_id remaining expires_at",
    ),
    "credit_reserves": _cleared(
        f"accounts && ARRAY({_ACCOUNTS})",
        personal="",
        plain="turn_id step attempt message_id amount accounts created_at",
    ),
    "credit_notices": _deleted(_CONVERSATION, personal="", plain="conversation_id exhaustion created_at"),
    # What the client's own programs were told and answered: rows are named there, and answers hold whole contacts.
    "webhook_notifications": _deleted(
        _TOLD,
        personal="facts",
        plain="id endpoint_id client type line subject place horizon state attempts created_at due_at settled_at",
    ),
    "webhook_attempts": _deleted(
        f"notification_id IN (SELECT id FROM webhook_notifications WHERE {_TOLD})",  # noqa: S608
        personal="",
        plain="id notification_id at status trouble seconds",
    ),
    "api_requests": _cleared(
        "EXISTS (SELECT FROM unnest(CAST(:contacts AS uuid[]) || CAST(:conversations AS uuid[])) p"
        " WHERE strpos(body, CAST(p AS text)) > 0)",
        personal="body",
        plain="api_key_id key fingerprint status created_at",
    ),
    # What Meta reports: mostly about numbers and templates, but what nobody here knows may be about anybody.
    "parkings": _deleted(
        "key = ANY(:parking_keys)",
        personal="key detail",
        plain="id scope client channels code by_receipt since probes probe_at probe_id ended_at ended_by",
    ),
    "channel_reports": _deleted(
        "(client = :client AND EXISTS (SELECT FROM unnest(CAST(:names AS text[])) n"
        " WHERE strpos(value::text, '\"' || n || '\"') > 0))",
        personal="value detail",
        plain="id client kind field channel account received_at created_at",
    ),
    # Of nobody who writes to a client.
    "outages": _left("id client reason started_at ended_at"),
    "paces": _left("key next_at line_at slowness slow_until strikes struck_at"),
    "collection_items": _left("id client collection key data version author updated_at created_at"),
    "collection_changes": _left("id client collection key version data author created_at"),
    "templates": _left(
        "account name language client reason status status_at category category_at quality quality_at components "
        "components_at"
    ),
    "channel_health": _left(
        "account number client channel channel_at status status_at quality quality_at messaging_limit "
        "messaging_limit_at throughput throughput_at name_status name_status_at security security_at reported_at"
    ),
    "account_health": _left(
        "account client review review_at standing standing_at restrictions restrictions_at violation violation_at "
        "capability capability_at alert alert_at"
    ),
    "uploads": _left("channel sha256 mime_type media_id expires_at"),
    "apps": _left(
        """name public_key drain_hash about standing standing_at heartbeat heartbeat_sent_at heard_at drained_at dynos
        created_at"""
    ),
    "app_frames": _left("app frame created_at"),
    # Lines of logs, which hold nobody; what others than our services write loses its long numbers before it is kept.
    "app_lines": _left("id app at dyno kind level name text created_at"),
    "app_troubles": _left("app day kind name level count last_at"),
    "chores": _left("name token lease_until due_at done_at trouble"),
    "saved_replies": _left("id client title text created_at"),
    # People of the team: `remanso privacy` is about contacts.
    "users": _left(
        "id email name password_hash operator language theme totp_secret totp_since totp_counter created_at "
        "mail_handoffs"
    ),
    "recovery_codes": _left("user_id code_hash"),
    "memberships": _left("user_id client role created_at"),
    "console_sessions": _left("id token_hash user_id stage device created_at seen_at expires_at"),
    "account_links": _left("id token_hash kind user_id email client role made_by created_at expires_at used_at"),
    "login_failures": _left("id key at"),
    "api_keys": _left(
        "id client name prefix token_hash scopes made_by created_at expires_at revoked_at last_used_at pace_next_at"
    ),
    "webhook_endpoints": _left(
        "id client url events secret previous_secret previous_until made_by created_at paused_at disabled_at "
        "disabled_reason failures trouble delivered_at due_at lease_until token"
    ),
    "forgettings": _left("id client who user_id counts at"),
    "forgotten_names": _left("client mark at"),
    "forgetting_key": _left("id key"),
}

"""What Meta's error codes mean and what a sender does about each, as data.

Source: Meta docs "Error codes" (Dec 2025 and Sep 2026), with this project's judgement where they only describe. Decide
on the code, never on title or HTTP status: the same fault comes with different statuses, and often only by webhook.
"""

from dataclasses import dataclass
from enum import StrEnum


class RefusalKind(StrEnum):
    """What helps against a refusal."""

    RETRY = "retry"
    """The same message later."""
    PERMANENT = "permanent"
    """Nothing: this message never arrives."""
    OPERATOR = "operator"
    """A person: token, billing, registration, policy. Everything of this number waits for them."""


@dataclass(frozen=True)
class Verdict:
    kind: RefusalKind
    meaning: str
    few: bool = False
    """With RETRY: only a few times, then it is permanent."""
    known: bool = True
    """False where the code stands in no table: worth an alert."""


@dataclass(frozen=True)
class Rule:
    """The codes from `first` to `last`, and what they mean. A narrower rule wins over a wider one."""

    first: int
    last: int
    verdict: Verdict


def _rule(codes: int | tuple[int, int], kind: RefusalKind, meaning: str, *, few: bool = False) -> Rule:
    first, last = codes if isinstance(codes, tuple) else (codes, codes)
    return Rule(first, last, Verdict(kind, meaning, few))


_R, _P, _O = RefusalKind.RETRY, RefusalKind.PERMANENT, RefusalKind.OPERATOR

RULES: tuple[Rule, ...] = (
    _rule(0, _O, "cannot authenticate: the access token is not accepted"),
    _rule(1, _R, "unknown API error or bad request", few=True),
    _rule(2, _R, "service down or overloaded"),
    _rule(3, _O, "the app lacks a capability or permission"),
    _rule(4, _R, "the app's limit of Graph calls is reached"),
    _rule(10, _O, "a permission is missing or was removed"),
    _rule(17, _R, "the user's limit of Graph calls is reached"),
    _rule(32, _R, "the page's limit of Graph calls is reached"),
    _rule(33, _O, "the number was deleted or is not visible to this token"),
    _rule(100, _P, "invalid parameter, or wrong phone number id"),
    _rule(102, _O, "the token's session is invalid"),
    _rule(104, _O, "the call lacks a valid signature"),
    _rule(190, _O, "the access token is expired or invalid"),
    _rule((200, 299), _O, "a permission is missing"),
    _rule(341, _R, "the app's limit of calls is reached"),
    _rule(368, _O, "the account is blocked for violating a policy"),
    _rule(613, _R, "the limit of calls to this endpoint is reached"),
    _rule(80007, _R, "the account's rate limit is reached"),
    _rule(130403, _P, "the business has blocked this contact"),
    _rule(130429, _R, "the number's throughput is reached"),
    _rule(130472, _P, "the contact is part of an experiment of Meta's: marketing not sent"),
    _rule(130497, _P, "the business may not write to this country"),
    _rule(131000, _R, "unknown error of Meta's", few=True),
    _rule(131005, _O, "a permission is missing or was removed"),
    _rule(131008, _P, "a required parameter is missing"),
    _rule(131009, _P, "a parameter's value is invalid"),
    _rule(131016, _R, "service overloaded"),
    _rule(131020, _P, "group error"),
    _rule(131021, _P, "recipient and sender are the same number"),
    _rule(131026, _P, "undeliverable: no WhatsApp, an old version, or terms not accepted"),
    _rule(131030, _O, "the recipient is not on the test number's list"),
    _rule(131031, _O, "the account is locked"),
    _rule(131037, _O, "the number's display name is not approved"),
    _rule(131041, _P, "group error"),
    _rule(131042, _O, "payment problem: billing must be fixed"),
    _rule(131044, _O, "payment problem with calls: billing must be fixed"),
    _rule(131045, _O, "the number's registration or certificate is wrong"),
    _rule(131047, _P, "the 24-hour window is closed: only a template may be sent"),
    _rule(131048, _O, "spam limit: the number's quality is too low"),
    _rule(131049, _P, "Meta chose not to deliver: the contact's marketing limit"),
    _rule(131050, _P, "the contact opted out of marketing"),
    _rule(131051, _P, "unsupported message type"),
    _rule(131052, _P, "the contact's media could not be fetched"),
    _rule(131053, _R, "media could not be uploaded or fetched", few=True),
    _rule(131055, _P, "only the Marketing Messages API may send this"),
    _rule(131056, _R, "too many messages to this contact in a short time"),
    _rule(131057, _R, "the number is in maintenance"),
    _rule(131059, _P, "bad paging cursor"),
    _rule(131060, _P, "the message's content is unavailable"),
    _rule(131062, _P, "this message needs a phone number, not a user id"),
    _rule(131063, _O, "marketing templates are switched off on the Cloud API"),
    _rule(131064, _O, "messaging is limited after violations of template categories"),
    _rule((131200, 131299), _P, "group error"),
    _rule(131208, _R, "the group's rate limit is reached"),
    _rule(132000, _P, "wrong count of template parameters"),
    _rule(132001, _P, "the template does not exist in this language, or is not approved"),
    _rule(132005, _P, "the filled template is too long"),
    _rule(132007, _O, "the template violates a content policy"),
    _rule(132008, _P, "a template parameter's value is invalid"),
    _rule(132012, _P, "a template parameter's format is invalid"),
    _rule(132015, _O, "the template is paused for low quality"),
    _rule(132016, _O, "the template is disabled for good"),
    _rule(132018, _P, "the template's parameters are invalid"),
    _rule(132068, _O, "the flow is blocked"),
    _rule(132069, _R, "the flow is throttled"),
    _rule(133000, _R, "an earlier deregistration is incomplete"),
    _rule(133004, _R, "server temporarily unavailable"),
    _rule(133005, _O, "the two-step PIN is wrong"),
    _rule(133006, _O, "the number must be verified"),
    _rule(133008, _O, "too many guesses of the two-step PIN"),
    _rule(133009, _O, "the two-step PIN was entered too fast"),
    _rule(133010, _O, "the number is not registered"),
    _rule(133015, _R, "the number was deleted a moment ago"),
    _rule(133016, _O, "too many registrations: wait 72 hours"),
    _rule(134011, _O, "the terms for payments are not accepted"),
    _rule(134100, _P, "only the Marketing Messages API may send this"),
    _rule(134101, _R, "the template is still being synchronised"),
    _rule(134102, _P, "the template cannot be used"),
    _rule(135000, _P, "generic error: bad parameters"),
    _rule(137000, _P, "the contact's identity key does not match"),
    _rule((138000, 138999), _P, "calling error"),
    _rule((139000, 139999), _P, "flow cannot be published, or a contact cannot be blocked"),
    _rule(139102, _R, "the block list is being changed at the same time"),
    _rule(141002, _O, "the account's health does not allow it"),
    _rule((147001, 147005), _O, "username error"),
    _rule((2388000, 2388999), _O, "template creation or migration error"),
    _rule(2494100, _R, "the number is in maintenance"),
    _rule((2593107, 2593109), _O, "history cannot be synchronised"),
)

AMBIGUOUS_CODES = frozenset({131000})
"""With a 5xx these do not tell whether the message was sent."""

_PASSING_STATUSES = frozenset({408, 425, 429})


def classify(code: int | None, http_status: int | None = None, is_transient: bool = False) -> Verdict:
    """What to do about a refusal.

    Args:
        code: Meta's error code; None where the answer was not Meta's JSON.
        http_status: of the answer; None for an error that came by webhook.
        is_transient: Meta's own hint, heard only for codes in no table.
    """
    rules = [rule for rule in RULES if code is not None and rule.first <= code <= rule.last]
    if rules:
        return min(rules, key=lambda rule: rule.last - rule.first).verdict
    if is_transient or (http_status is not None and (http_status >= 500 or http_status in _PASSING_STATUSES)):
        return Verdict(RefusalKind.RETRY, "unknown error that may pass", few=True, known=False)
    if code is None and http_status is not None:
        return Verdict(
            RefusalKind.OPERATOR, "an answer that is not Meta's: wrong address or a proxy between", known=False
        )
    return Verdict(RefusalKind.PERMANENT, "unknown error", known=False)

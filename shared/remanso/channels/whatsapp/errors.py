"""What a refusal of Meta's means: its class, whom it is about, and in plain words why and what to do.

The codes are data, in error_codes.py. Decide on the code, never on title or HTTP status: the same fault comes with
different statuses, and often only by webhook.
"""

from remanso.channels.whatsapp.error_codes import RULES
from remanso.channels.whatsapp.verdict import RefusalKind, Rule, Scope, Verdict, Words

__all__ = ["AMBIGUOUS_CODES", "RULES", "RefusalKind", "Rule", "Scope", "Verdict", "Words", "classify"]

AMBIGUOUS_CODES = frozenset({131000})
"""With a 5xx these do not tell whether the message was sent."""

_PASSING_STATUSES = frozenset({408, 425, 429})

_MAY_PASS = Verdict(
    RefusalKind.RETRY,
    Scope.NOTHING,
    Words(en="unknown error that may pass", es="error desconocido que puede pasar solo"),
    tries=4,
    known=False,
)
_NOT_META = Verdict(
    RefusalKind.OPERATOR,
    Scope.NUMBER,
    Words(
        en="an answer that is not Meta's: wrong address or a proxy between",
        es="la respuesta no es de Meta: dirección equivocada o un proxy en el medio",
    ),
    Words(
        en="check REMANSO_GRAPH_BASE_URL and what stands between Remanso and Meta",
        es="revisar REMANSO_GRAPH_BASE_URL y lo que haya entre Remanso y Meta",
    ),
    known=False,
)
_UNKNOWN = Verdict(RefusalKind.PERMANENT, Scope.NOTHING, Words(en="unknown error", es="error desconocido"), known=False)


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
        return _MAY_PASS
    if code is None and http_status is not None:
        return _NOT_META
    return _UNKNOWN

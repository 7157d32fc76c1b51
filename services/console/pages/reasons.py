"""Why a person is wanted or a turn failed: what a tool or the model wrote stays as it is, our own reasons get words."""

from gettext import NullTranslations


def known_reason(reason: str, words: NullTranslations) -> str | None:
    """One of our own in the reader's language; None for what somebody else wrote."""
    _ = words.gettext
    too_much, refused = _("it took the bot too many attempts"), _("the model refused to answer")
    return {
        "grounding: unsupported answer": _("the bot was not sure of its answer"),
        "limit: steps": too_much,
        "limit: tokens": too_much,
        "limit: dollars": too_much,
        "model: content_filter": refused,
        "model: refusal": refused,
        "no answer came in time": _("no answer came in time"),
    }.get(reason)


def why(reason: str, words: NullTranslations) -> str:
    return known_reason(reason, words) or reason

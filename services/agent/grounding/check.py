"""The check: which claims of a text nothing supports. Deterministic, no model."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from services.agent.grounding.addresses import emails, links
from services.agent.grounding.claim import Claim
from services.agent.grounding.evidence import Evidence
from services.agent.grounding.invented import invented_titles
from services.agent.grounding.pairing import Paired, Standing, paired
from services.agent.grounding.plain import Plain, plain
from services.agent.grounding.reading import claims_in, without
from services.agent.grounding.values import Amount, Hour, Kind, Link, Number, Value, Weekday, sort_of, supports


class Why(StrEnum):
    UNKNOWN = "unknown"
    """Nothing shown to the model holds it."""
    OF_ANOTHER = "of_another"
    """It is true of another item than the one it is said of."""
    ONLY_SAID = "only_said"
    """The contact said so; tools tell otherwise."""


@dataclass(frozen=True)
class Problem:
    """One unsupported claim. `text` as it stands in the draft, `about` the item it was said of."""

    kind: Kind
    text: str
    why: Why
    about: str | None = None


_LIST_LINE = re.compile(r"(?:^|\n)[ \t]*(?:[•·*-]|\d{1,2}[.)]|\d\ufe0f?\u20e3)\s*\S")
_MORE = re.compile(r"\s(?:mas|more|others?|otr[oa]s)(?!\w)")
_AT_A_DISTANCE = re.compile(
    r"(?<!\w)(?:no|not|n't|ni|presupuesto|budget|dijiste|decias|mencionaste|pensabas|said|mentioned|wrote|tenes|tenias"
    r"|hasta|up to|under|within|alcanza|afford|en vez de|instead|rather)(?!\w)"
)


def unsupported(text: str, evidence: Evidence) -> tuple[Problem, ...]:
    """What the text claims without support, in its order. Empty for a text that may go out."""
    said = plain(text)
    addresses = [(one.start, one.end) for one in (*links(said), *emails(said))]  # a link may spell a title
    mentions = evidence.catalogue.mentions(without(said, *addresses))
    titles = [(mention.start, mention.end) for mention in mentions if mention.full]
    counts = _counts(said, len({name for mention in mentions for name in mention.titles}))
    claims = [one for one in claims_in(without(said, *titles)) if not _is_the_rest(one, said, evidence, counts)]
    counted = [value for count in counts for value in (Amount(Decimal(count), "course"), Number(Decimal(count)))]
    told_of = [mention for mention in mentions if any(evidence.of_items.get(name) for name in mention.titles)]
    found = [_problem(pair, evidence, counted, said) for pair in paired(said, claims, told_of)]
    invented = invented_titles(said, evidence.catalogue, evidence.words, mentions)
    titled = [(claim, Problem(Kind.TITLE, claim.text, Why.UNKNOWN)) for claim in invented]
    ordered = sorted([*filter(None, found), *titled], key=lambda one: one[0].start)
    return tuple(dict.fromkeys(problem for _, problem in ordered))


def _problem(pair: Paired, evidence: Evidence, counted: Iterable[Value], text: Plain) -> tuple[Claim, Problem] | None:
    why = _why_not(pair, evidence, counted, text.english)
    if why is None:
        return None
    about = min(pair.about) if len(pair.about) == 1 else None
    return pair.claim, Problem(pair.claim.kind, pair.claim.text, why, about)


def _why_not(pair: Paired, evidence: Evidence, counted: Iterable[Value], english: bool) -> Why | None:
    """None for a claim that is supported."""

    def known(values: Iterable[Value]) -> bool:
        return any(supports(value, reading, english=english) for value in values for reading in pair.claim.readings)

    about = _about(pair, evidence)
    own = [value for name in about for value in evidence.of_items.get(name, ())]
    told = ({sort_of(value) for value in own} & {sort_of(reading) for reading in pair.claim.readings}) - {Number}
    if _at_known_host(pair.claim, evidence) or known(counted):
        return None
    if known(value for value in own if not (told and isinstance(value, Number))):
        return None
    if known(evidence.general) and not (pair.standing is Standing.BEHIND and _is_of_the_item_alone(told)):
        return None
    if not about and known(evidence.of_any_item):
        return None
    if known(evidence.said):
        return Why.ONLY_SAID if told and _confirms(pair) else None
    return Why.OF_ANOTHER if known(evidence.of_any_item) else Why.UNKNOWN


def _about(pair: Paired, evidence: Evidence) -> list[str]:
    """The items a claim is about. One word may be a person's name: it counts where it has something of the kind."""
    kinds = {type(reading) for reading in pair.claim.readings}
    return [
        name for name in pair.about if " " in name or kinds & {type(one) for one in evidence.of_items.get(name, ())}
    ]


def _is_of_the_item_alone(told: Iterable[object]) -> bool:
    """Whether an item that has such values of its own has no others: hours, weekdays, so many weeks.

    Prices and dates that hold for everything (a fee, a last day) may be said of an item too.
    """
    return any(sort in (Weekday, Hour) or isinstance(sort, tuple) for sort in told)


def _confirms(pair: Paired) -> bool:
    """Whether the contact's own words are given back as true, and not as a condition or at a distance."""
    return pair.standing is not Standing.IN_FRONT and not _AT_A_DISTANCE.search(pair.sentence)


def _counts(text: Plain, named: int) -> set[int]:
    """Numbers a text may give because one can count them in it: its list lines, the items it names."""
    return {len(_LIST_LINE.findall(text.shown)), named} - {0}


def _is_the_rest(claim: Claim, text: Plain, evidence: Evidence, counts: Iterable[int]) -> bool:
    """Whether it tells how many more there are ("y 26 más"): a known total less what the text lists."""
    if not _MORE.match(text.folded, claim.end):
        return False
    totals = {value.number for value in evidence.general if isinstance(value, Number)}
    rests = {Number(total - count) for total in totals for count in counts if total > count}
    return bool(rests & set(claim.readings))


def _at_known_host(claim: Claim, evidence: Evidence) -> bool:
    return any(isinstance(link, Link) and link.address.partition("/")[0] in evidence.hosts for link in claim.readings)

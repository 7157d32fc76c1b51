"""What may be said: what the model was shown, by where it comes from."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from services.agent.asking import CallResult, ContactText, Instruction, PromptItem
from services.agent.grounding.catalogue import Catalogue, key_of, vocabulary
from services.agent.grounding.items import Result, Told, read_result
from services.agent.grounding.plain import plain
from services.agent.grounding.reading import claims_in
from services.agent.grounding.values import Value

LONGEST = 20_000
"""Characters of one text that are read: what somebody pastes must not hold up the turns of others."""


@dataclass(frozen=True)
class Evidence:
    """`general` holds for everything, `of_items` by title for that item alone, `said` is the contact's own."""

    general: tuple[Value, ...]
    of_items: dict[str, tuple[Value, ...]]
    said: tuple[Value, ...]
    catalogue: Catalogue
    words: frozenset[str]
    hosts: frozenset[str] = frozenset()
    """Links to these may be given, whatever their path."""

    @cached_property
    def of_any_item(self) -> tuple[Value, ...]:
        return tuple(value for values in self.of_items.values() for value in values)


def read_evidence(
    items: Sequence[PromptItem], zone: ZoneInfo, *, facts: Iterable[str] = (), hosts: Iterable[str] = ()
) -> Evidence:
    """The evidence in a prompt and in `facts` of the client. What the bot itself has said before is none."""
    static = [*facts, *(item.text for item in items if isinstance(item, Instruction))]
    said = [item.text[:LONGEST] for item in items if isinstance(item, ContactText)]
    results = [_result(item.text, zone) for item in items if isinstance(item, CallResult)]
    told = [one for result in results for one in result.told]
    texts = [text for result in results for text in result.texts]
    return Evidence(
        general=tuple(dict.fromkeys([*_all_values(static), *(one.value for one in told if not one.items)])),
        of_items=_by_item(told),
        said=tuple(dict.fromkeys(_all_values(said))),
        catalogue=Catalogue.of(title for result in results for title in result.titles),
        words=frozenset(vocabulary([*static, *said, *texts])),
        hosts=frozenset(host.lower().removeprefix("www.") for host in hosts),
    )


def _all_values(texts: Iterable[str]) -> Iterator[Value]:
    for text in texts:
        yield from _values(text)


# A history is read again at every step of every turn, and its texts never change.
@lru_cache(maxsize=2048)
def _values(text: str) -> tuple[Value, ...]:
    return tuple(value for claim in claims_in(plain(text), known=True) for value in claim.readings)


@lru_cache(maxsize=512)
def _result(text: str, zone: ZoneInfo) -> Result:
    return read_result(text, zone)


def _by_item(told: Iterable[Told]) -> dict[str, tuple[Value, ...]]:
    """Under each title what any result has told of it."""
    values: dict[str, dict[Value, None]] = {}
    for one in told:
        for item in one.items:
            values.setdefault(key_of(item), {})[one.value] = None
    return {key: tuple(known) for key, known in values.items()}

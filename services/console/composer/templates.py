"""Approved templates that a person can send: the only thing that goes once the 24-hour window is closed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from remanso.errors import BadInput
from remanso.model.outgoing import Outgoing, read_outgoing
from remanso.plugin.registry import Client
from remanso.store import Transaction
from remanso.store.health import TemplateHealth
from services.console.composer.refusals import NotSaid, Refusal

_GAP = re.compile(r"\{\{(\d+)\}\}")


@dataclass(frozen=True)
class Fillable:
    """`pieces` of its body alternate with its gaps: one more than there are gaps."""

    name: str
    language: str
    pieces: tuple[str, ...]

    @property
    def gaps(self) -> int:
        return len(self.pieces) - 1

    @property
    def key(self) -> str:
        return f"{self.name}:{self.language}"

    def filled_with(self, gaps: Sequence[str]) -> str:
        """What is read: one value for each gap."""
        return "".join(piece + value for piece, value in zip(self.pieces, [*gaps, ""], strict=True))


async def templates_for(tx: Transaction, client: Client | None, channel: str) -> list[Fillable]:
    """Those of the number's account that Meta lets be sent and whose gaps are in the body alone, in order.

    The client's own language comes first.
    """
    if client is None:
        return []
    account = next((one.account for one in client.config.channels if one.phone_number_id == channel), "")
    known = await tx.health.templates_of(client.name)
    usable = [_fillable(each) for each in known if each.account == account and each.may_be_sent]
    own = client.config.language
    return sorted((each for each in usable if each), key=lambda each: (not each.language.startswith(own), each.key))


def _fillable(template: TemplateHealth) -> Fillable | None:
    components: Sequence[dict[str, Any]] = template.components or ()
    parts = {str(part.get("type", "")).upper(): part for part in components}
    rest = [part for kind, part in parts.items() if kind != "BODY"]
    body = str(parts.get("BODY", {}).get("text", ""))
    named = "{{" in _GAP.sub("", body)
    in_order = [int(number) for number in _GAP.findall(body)]
    if not body or named or in_order != list(range(1, len(in_order) + 1)) or any("{{" in str(part) for part in rest):
        return None
    if any(str(part.get("format", "TEXT")).upper() != "TEXT" for part in rest):
        return None
    return Fillable(template.name, template.language, tuple(_GAP.split(body)[::2]))


def filled(templates: Sequence[Fillable], key: str, gaps: Sequence[str]) -> Outgoing:
    """One of them as something to send. Raises NotSaid for one that is not to be had, or with an empty gap."""
    chosen = next((each for each in templates if each.key == key), None)
    if chosen is None or len(gaps) != chosen.gaps:
        raise NotSaid(Refusal.TEMPLATE)
    payload = {"type": "template", "name": chosen.name, "language": chosen.language, "body": list(gaps)}
    try:
        return read_outgoing(payload)
    except (ValidationError, BadInput):
        raise NotSaid(Refusal.TEMPLATE) from None

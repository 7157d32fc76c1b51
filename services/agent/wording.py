"""How every kind of content reads for the model: text as it is, everything else as a line in square brackets."""

from collections.abc import Iterator, Mapping
from typing import Any, assert_never

from remanso.model import outgoing
from remanso.model.content import (
    Card,
    Cards,
    Choice,
    Content,
    Edit,
    Form,
    IdentityChange,
    Location,
    Media,
    Order,
    OrderItem,
    Reaction,
    Revoke,
    Text,
    Unsupported,
)
from remanso.model.media import MediaState
from remanso.store.media import StoredMedia
from services.agent.phrases import Phrases

GIST = 160
"""Characters of an earlier message that are repeated when it is quoted."""

_BRACKETS = str.maketrans("[]", "()")
"""Brackets are ours: they tell the model what is no text. A contact who types some must not pass for us."""

Targets = Mapping[str, Mapping[str, Any]]
"""wamid → content of a message, or payload of a delivery, that others refer to."""


def worded(
    content: Content,
    phrases: Phrases,
    targets: Targets,
    quoted: str | None = None,
    *,
    opened: StoredMedia | None = None,
    shown: bool = False,
) -> str:
    """One message as the model reads it.

    `quoted` is the wamid it replies to, `opened` what became of its file, `shown` whether that goes with it.
    """
    content = _plain(content)
    if isinstance(content, Media):
        words = f"[{worded_media(content, phrases, opened, shown=shown)}]"
    else:
        words = _words(content, phrases, targets)
    if quoted is None:
        return words
    return f"[{phrases.quoted.format(_target(quoted, phrases, targets))}] {words}"


def _plain(content: Content) -> Content:
    if isinstance(content, Text):  # nearly all of them
        return Text(text=_unbracketed(content.text))
    said = content.model_dump()
    plain = _unbracketed(said)
    return content if plain == said else type(content).model_validate(plain)


def _unbracketed(value: Any) -> Any:
    """The same with round brackets in every text."""
    if isinstance(value, str):
        return value.translate(_BRACKETS)
    if isinstance(value, Mapping):
        return {key: _unbracketed(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_unbracketed(part) for part in value]
    return value


def sent_words(message: outgoing.Outgoing, phrases: Phrases) -> str:
    """What a tool had sent, as the model reads it among the tool's results."""
    quote = phrases.quote.format
    match message:
        case outgoing.Buttons(text=text, buttons=buttons):
            return phrases.sent_buttons.format(quote(text), "; ".join(button.title for button in buttons))
        case outgoing.List(text=text, rows=rows):
            return phrases.sent_list.format(quote(text), "; ".join(row.title for row in rows))
        case outgoing.Media(type=kind, caption=caption, filename=filename):
            named = phrases.filename.format(quote(filename)) if filename else None
            below = phrases.caption.format(quote(caption)) if caption else None
            return phrases.sent.format(", ".join(filter(None, (phrases.media[kind], named, below))))
        case outgoing.CtaUrl(text=text, label=label, url=url):
            return phrases.sent.format(f"{quote(text)}, {quote(label)} → {url}")
        case outgoing.Location():
            return phrases.sent.format(phrases.location.format(_place(message)))
        case outgoing.Cards(cards=cards):
            return phrases.sent.format(phrases.cards.format("; ".join(card.name for card in cards)))
        case outgoing.Template(name=name, texts=texts):
            return phrases.sent.format(phrases.template.format(quote(name), "; ".join(texts) or "–"))
        case outgoing.Flow(text=text, label=label):
            return phrases.sent.format(f"{quote(text)}, {quote(label)}")
        case outgoing.Reaction(emoji=emoji):
            return phrases.sent.format(emoji)
        case outgoing.Text(text=text) | outgoing.LocationRequest(text=text) | outgoing.ContactInfoRequest(text=text):
            return phrases.sent.format(quote(text))
        case _:
            assert_never(message)


def targets_of(content: Content, quoted: str | None) -> Iterator[str]:
    """The wamids one has to know in order to word this message."""
    if quoted is not None:
        yield quoted
    if isinstance(content, (Reaction, Edit, Revoke)):
        yield content.target


def _words(content: Content, phrases: Phrases, targets: Targets) -> str:
    match content:
        case Text(text=text):
            return text
        case Choice(title=title, description=description):
            return ", ".join(filter(None, (title, description)))
        case _:
            return f"[{_described(content, phrases, targets)}]"


def _described(content: Content, phrases: Phrases, targets: Targets) -> str:
    match content:
        case Location():
            return phrases.location.format(_place(content))
        case Cards(cards=cards):
            return "; ".join(_card(card, phrases) for card in cards)
        case Form(name=name, answers=answers):
            filled = "; ".join(f"{key}: {value}" for key, value in answers.items())
            return phrases.form.format(f" {phrases.quote.format(name)}" if name else "", filled)
        case Reaction(target=target, emoji=None):
            return phrases.reaction_gone.format(_target(target, phrases, targets))
        case Reaction(target=target, emoji=emoji):
            return phrases.reaction.format(emoji, _target(target, phrases, targets))
        case Order(items=items, text=text):
            listed = [*(_item(item) for item in items), *([phrases.quote.format(text)] if text else [])]
            return phrases.order.format("; ".join(listed))
        case Edit(target=target, text=text):
            now = f"; {phrases.edited_to.format(phrases.quote.format(text))}" if text else ""
            return phrases.edit.format(_before(target, phrases, targets)) + now
        case Revoke(target=target):
            return phrases.revoke.format(_target(target, phrases, targets))
        case IdentityChange():
            return phrases.identity_change
        case Unsupported(original=original):
            return phrases.unsupported.format(f" ({original})" if original else "")
        case _:
            raise TypeError(f"no words for {content.kind}")


def worded_media(media: Media, phrases: Phrases, opened: StoredMedia | None, *, shown: bool) -> str:
    """A file by its kind and whatever else is known of it, and what became of its content."""
    failed = opened is not None and opened.state == MediaState.FAILED
    name = f"{_kind(media, phrases)} {phrases.not_opened[media.kind]}" if failed else _kind(media, phrases)
    extras = [
        phrases.filename.format(phrases.quote.format(media.filename)) if media.filename else None,
        *(_type_and_size(media, opened, phrases) if media.kind == "document" else ()),
        phrases.caption.format(phrases.quote.format(media.caption)) if media.caption else None,
    ]
    content = _content(opened, phrases, shown=shown)
    if opened is not None and opened.state == MediaState.HEARD:
        return ", ".join(filter(None, (name, *extras, content)))
    return ", ".join(filter(None, (name, *extras))) + (f"; {content}" if content else "")


def _kind(media: Media, phrases: Phrases) -> str:
    if media.animated and media.kind == "sticker":
        return phrases.animated
    return phrases.voice if media.voice else phrases.media[media.kind]


def _content(opened: StoredMedia | None, phrases: Phrases, *, shown: bool) -> str | None:
    match opened:
        case StoredMedia(state=MediaState.HEARD, transcript=transcript):
            said = _unbracketed(" ".join((transcript or "").split()))
            return phrases.heard.format(phrases.quote.format(said)) if said else phrases.nothing_heard
        case StoredMedia(state=MediaState.SEEN):
            return phrases.picture_shown if shown else phrases.picture_before
        case StoredMedia(state=MediaState.FAILED, reason=reason):
            return phrases.reasons.get(reason or "")
        case _:
            return phrases.media_unseen


def _type_and_size(media: Media, opened: StoredMedia | None, phrases: Phrases) -> Iterator[str]:
    kind = (opened.mime_type if opened else None) or media.mime_type
    if kind:
        yield phrases.file_type.format(kind)
    if opened is not None and opened.size is not None:
        yield readable_size(opened.size)


def readable_size(size: int) -> str:
    """Bytes as people say them: 900 B, 12 kB, 3.4 MB."""
    if size < 1_000:
        return f"{size} B"
    return f"{size / 1_000:.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def _place(place: Location | outgoing.Location) -> str:
    named = ", ".join(filter(None, (place.name, place.address)))
    return " ".join(filter(None, (named, f"({place.latitude:.6f}, {place.longitude:.6f})")))


def _card(card: Card, phrases: Phrases) -> str:
    details = (
        card.name,
        card.organisation,
        *(phrases.phone.format(phone) for phone in card.phones),
        *(phrases.email.format(email) for email in card.emails),
    )
    return (phrases.own_card if card.is_own else phrases.cards).format(", ".join(filter(None, details)))


def _item(item: OrderItem) -> str:
    price = f" ({item.price:g} {item.currency or ''})".replace(" )", ")") if item.price is not None else ""
    return f"{item.quantity:g} × {item.product}{price}"


def _target(wamid: str, phrases: Phrases, targets: Targets) -> str:
    gist = _gist(targets.get(wamid, {}), phrases)
    return phrases.quote.format(gist) if gist else phrases.earlier


def _before(wamid: str, phrases: Phrases, targets: Targets) -> str:
    """What a message said before it was edited, which the message itself tells no more."""
    before = targets.get(wamid, {}).get("before")
    gist = _gist({"text": before}, phrases) if before else None
    return phrases.quote.format(gist) if gist else _target(wamid, phrases, targets)


def _gist(said: Mapping[str, Any], phrases: Phrases) -> str:
    """What an earlier message said, in short: its own words, or what kind of thing it was."""
    words = next(
        (said[key] for key in ("text", "transcript", "caption", "title", "name", "emoji") if said.get(key)), None
    )
    words = words or phrases.media.get(str(said.get("kind") or said.get("type")), "")
    line = _unbracketed(" ".join(str(words).split()))
    return line if len(line) <= GIST else f"{line[:GIST].rstrip()}…"

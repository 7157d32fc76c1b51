"""Outgoing messages of every kind, as hypothesis draws them, up to their limits."""

from typing import Any

from hypothesis import strategies as st

from remanso.model.outgoing import (
    Button,
    Buttons,
    ContactInfoRequest,
    CtaUrl,
    List,
    LocationRequest,
    Media,
    Outgoing,
    Reaction,
    Row,
    Section,
    Text,
)

_LETTERS = st.characters(codec="utf-8")


def words(longest: int) -> st.SearchStrategy[str]:
    """1 to `longest` characters that are more than white space; every tenth or so is of full length."""
    short = st.text(_LETTERS, min_size=1, max_size=min(longest, 12))
    return (short | short.map(lambda text: (text * longest)[:longest])).filter(lambda text: bool(text.strip()))


_quoted = st.none() | st.just("wamid.MADEUP1")
_links = st.sampled_from(["https://cdn.example/a.pdf", "https://cdn.example/" + "a" * 2028])
_margins = {"header": st.none() | words(60), "footer": st.none() | words(60)}


def _distinct(one: st.SearchStrategy[Any], most: int, *keys: str) -> st.SearchStrategy[tuple[Any, ...]]:
    unique = tuple(lambda made, key=key: getattr(made, key) for key in keys)
    return st.lists(one, min_size=1, max_size=most, unique_by=unique).map(tuple)


_files = st.sampled_from([{"id": "700000000000009"}, {"link": "https://cdn.example/a"}])
_media = st.one_of(
    st.builds(lambda file, **more: Media(**file, **more), _files, type=st.sampled_from(["image", "video"]),
              caption=st.none() | words(1024), quoted=_quoted),
    st.builds(lambda file, **more: Media(**file, **more), _files, type=st.just("document"),
              caption=st.none() | words(1024), filename=st.none() | words(240), quoted=_quoted),
    st.builds(lambda file, **more: Media(**file, **more), _files, type=st.just("audio"), voice=st.booleans()),
    st.builds(lambda file: Media(**file, type="sticker"), _files),
)  # fmt: skip
_rows = st.builds(Row, id=words(200), title=words(24), description=st.none() | words(72))


@st.composite
def _lists(draw: st.DrawFn) -> List:
    rows = draw(_distinct(_rows, 10, "id"))
    cut = draw(st.integers(0, len(rows)))
    titles = words(24) if 0 < cut < len(rows) else st.none() | words(24)
    sections = tuple(Section(rows=part, title=draw(titles)) for part in (rows[:cut], rows[cut:]) if part)
    margins = {name: draw(text) for name, text in _margins.items()}
    return List(text=draw(words(4096)), label=draw(words(20)), sections=sections, quoted=draw(_quoted), **margins)


outgoings: st.SearchStrategy[Outgoing] = st.one_of(
    st.builds(Text, text=words(4096), preview_url=st.booleans(), quoted=_quoted),
    _media,
    st.builds(
        Buttons,
        text=words(1024),
        buttons=_distinct(st.builds(Button, id=words(256), title=words(20)), 3, "id", "title"),
        quoted=_quoted,
        **_margins,
    ),
    _lists(),
    st.builds(CtaUrl, text=words(1024), label=words(20), url=_links, quoted=_quoted, **_margins),
    st.builds(LocationRequest, text=words(1024), quoted=_quoted),
    st.builds(ContactInfoRequest, text=words(1024), quoted=_quoted),
    st.builds(Reaction, target=st.just("wamid.MADEUP1"), emoji=st.sampled_from(["👍", "❤️", "1️⃣", "👩‍🏫", ""])),
)

"""Outgoing messages of every kind, as hypothesis draws them, up to their limits."""

from typing import Any

from hypothesis import strategies as st

from remanso.model.outgoing import (
    Button,
    Buttons,
    Card,
    Cards,
    ContactInfoRequest,
    CtaUrl,
    Flow,
    List,
    Location,
    LocationRequest,
    Media,
    Outgoing,
    Phone,
    Reaction,
    Row,
    Section,
    Template,
    Text,
)
from remanso.model.outgoing_files import HeaderFile
from remanso.model.outgoing_template import HeaderPlace, TemplateButton, one_line

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
_header_files = st.sampled_from(["image", "video", "document"]).flatmap(
    lambda kind: _files.map(lambda file: HeaderFile(type=kind, **file))
)
_media_margins = _margins | {"header": st.none() | words(60) | _header_files}
_degrees = {"latitude": st.floats(-90, 90), "longitude": st.floats(-180, 180)}
_phones = st.builds(Phone, phone=words(64), kind=st.sampled_from([None, "WORK"]), wa_id=st.none() | st.just("15550100"))
_cards = st.builds(
    Card,
    name=words(40),
    first_name=words(40),
    last_name=st.none() | words(40),
    phones=st.lists(_phones, max_size=2).map(tuple),
    emails=st.sampled_from([(), ("ana@example.org",)]),
    company=st.none() | words(40),
    url=st.none() | _links,
)
_gaps = words(60).filter(lambda text: bool(one_line(text)))
_template_buttons = st.lists(
    st.builds(
        TemplateButton,
        type=st.sampled_from(["url", "quick_reply", "copy_code"]),
        index=st.integers(0, 9),
        value=words(15),
    ),
    max_size=3,
    unique_by=lambda button: button.index,
).map(tuple)
_places = st.builds(HeaderPlace, name=words(40), address=words(40), **_degrees)
_templates = st.builds(
    Template,
    name=st.from_regex(r"[a-z0-9_]{1,20}", fullmatch=True),
    language=st.sampled_from(["es_AR", "en"]),
    body=st.lists(_gaps, max_size=3).map(tuple) | st.dictionaries(st.from_regex("[a-z]{1,8}", fullmatch=True), _gaps),
    header=st.none() | _gaps | _header_files | _places,
    buttons=_template_buttons,
    quoted=_quoted,
)
_flows = st.builds(
    Flow,
    text=words(1024),
    label=words(30),
    flow_id=st.just("300000001"),
    token=words(256),
    screen=st.sampled_from([None, "FIRST"]),
    data=st.sampled_from([None, {"k": "v"}]),
    **_margins,
)
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
        **_media_margins,
    ),
    _lists(),
    st.builds(CtaUrl, text=words(1024), label=words(20), url=_links, quoted=_quoted, **_media_margins),
    st.builds(Location, name=st.none() | words(1000), address=st.none() | words(1000), quoted=_quoted, **_degrees),
    st.builds(Cards, cards=st.lists(_cards, min_size=1, max_size=3).map(tuple), quoted=_quoted),
    _templates,
    _flows,
    st.builds(LocationRequest, text=words(1024), quoted=_quoted),
    st.builds(ContactInfoRequest, text=words(1024), quoted=_quoted),
    st.builds(Reaction, target=st.just("wamid.MADEUP1"), emoji=st.sampled_from(["👍", "❤️", "1️⃣", "👩‍🏫", ""])),
)

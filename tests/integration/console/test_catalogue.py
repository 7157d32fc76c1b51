"""The catalogue: forms from the client's model, what is wrong in words, two editors, files, and the bot."""

from types import SimpleNamespace
from typing import cast
from uuid import uuid4

import httpx
import pytest

from remanso.store import Store
from remanso.store.offers import Offer
from remanso.store.scoped import Scope
from services.agent.assignment import Assignment
from services.agent.shelf import catalogue
from services.console.console import Console
from tests.support.console import SCHOOL, Browser, Course, Visitors, a_user

PATH = f"/clients/{SCHOOL}/catalogue/courses"
PAN = {"name": "Pan casero", "price": "9000", "start": "2027-03-08", "link": "https://x.example/pan", "topics": "horno"}


@pytest.fixture
async def browser(visitors: Visitors, store: Store) -> Browser:
    return await visitors.as_user(await a_user(store, school="admin"))


def a_slug() -> str:
    return "pan-" + "".join(chr(ord("a") + int(digit, 16)) for digit in uuid4().hex)


async def offered(store: Store, slug: str) -> Offer | None:
    async with store.transaction() as tx:
        offers = await tx.within(Scope(None)).offers.of(SCHOOL, "courses")
    return next((offer for offer in offers if offer.key == slug), None)


async def added(browser: Browser, store: Store, **fields: str) -> Offer:
    slug = a_slug()
    answer = await browser.post(f"{PATH}/new", **{**PAN, "slug": slug, **fields})
    assert answer.status_code == 303
    offer = await offered(store, slug)
    assert offer
    return offer


def page_of(offer: Offer) -> str:
    return f"{PATH}/{offer.id}"


async def test_a_saved_change_is_what_the_bot_reads_next(browser: Browser, store: Store, console: Console) -> None:
    client = console.registry.clients[SCHOOL]
    reads = catalogue(cast(Assignment, SimpleNamespace(store=store, client=client))).of(Course)
    offer = await added(browser, store)
    before = await reads.get(offer.key)
    assert before
    assert (before.price, before.topics) == (9000, ("horno",))
    changed = {**PAN, "price": "9500", "link": "https://x.example/otra", "version": "1"}
    assert (await browser.post(page_of(offer), **changed)).status_code == 303
    after = await reads.get(offer.key)
    assert after
    assert (after.price, str(after.link)) == (9500, "https://x.example/otra")
    assert (await browser.post(f"{page_of(offer)}/active", active="false", version="2")).status_code == 303
    assert await reads.get(offer.key) is None


@pytest.mark.parametrize(
    ("field", "typed", "spanish", "english"),
    [
        ("name", "", "Falta completar este campo.", "This is needed."),
        ("name", "ab", "Escribí al menos 3 caracteres.", "Write at least 3 characters."),
        ("price", "120.000", "sin puntos", "digits only"),
        ("price", "-1", "Tiene que ser 0 o más.", "Must be 0 or more."),
        ("start", "2027-02-30", "un día que exista", "a day that exists"),
        ("link", "x.example/pan", "https://", "https://"),
        ("slug", "Pan Casero", "minúsculas sin acentos", "small letters"),
    ],
)
async def test_what_does_not_fit_is_told_in_words(
    visitors: Visitors, store: Store, field: str, typed: str, spanish: str, english: str
) -> None:
    user = await a_user(store, school="admin")
    browser = await visitors.as_user(user)
    for language, words in (("es", spanish), ("en", english)):
        async with store.transaction() as tx:
            await tx.users.set_preferences(user.id, name=user.name, language=language, theme="auto")
        answer = await browser.post(f"{PATH}/new", **{**PAN, "slug": a_slug(), field: typed})
        assert answer.status_code == 422
        assert f'id="f-{field}-wrong"' in answer.text
        assert words in answer.text


async def test_the_second_of_two_editors_is_told(visitors: Visitors, browser: Browser, store: Store) -> None:
    offer = await added(browser, store)
    second = await visitors.as_user(await a_user(store, school="admin"))
    assert (await browser.post(page_of(offer), **{**PAN, "price": "9500", "version": "1"})).status_code == 303
    late = await second.post(page_of(offer), **{**PAN, "name": "Pan & facturas", "version": "1"})
    assert late.status_code == 409
    assert "Pan &amp; facturas" in late.text
    assert 'name="version" value="2"' in late.text
    now = await offered(store, offer.key)
    assert now
    assert (now.data["price"], now.data["name"]) == (9500, "Pan casero")
    await second.post(f"{page_of(offer)}/active", active="false", version="1")
    assert (await offered(store, offer.key)) == now


async def test_history_names_who_and_what_changed(browser: Browser, store: Store) -> None:
    offer = await added(browser, store)
    await browser.post(page_of(offer), **{**PAN, "price": "9500", "version": "1"})
    page = (await browser.get(page_of(offer))).text
    assert '<del class="soft">9000</del> → <ins class="no-underline">9500</ins>' in page
    assert page.count("Ana Díaz</b>") == 2


async def test_the_preview_shows_what_is_not_saved_yet(browser: Browser, store: Store) -> None:
    offer = await added(browser, store)
    typed = {**PAN, "name": "<b>Pan</b> nuevo", "version": "1", "preview": "1"}
    page = (await browser.post(page_of(offer), **typed)).text
    assert "Curso <b>&lt;b&gt;Pan&lt;/b&gt; nuevo</b>: $9000, <a" in page
    assert "Course <b>" in page
    assert await offered(store, offer.key) == offer


async def test_members_read_and_search(visitors: Visitors, browser: Browser, store: Store) -> None:
    offer = await added(browser, store, name="Encuadernación japonesa", topics="")
    member = await visitors.as_user(await a_user(store, school="member"))
    assert str(offer.id) in (await member.get(PATH, params={"q": "encuadernacion"})).text
    assert str(offer.id) not in (await member.get(PATH, params={"q": "astronomía"})).text
    assert "disabled" in (await member.get(page_of(offer))).text
    assert (await member.post(page_of(offer), **PAN, version="1")).status_code == 403


async def _import(browser: Browser, sheet: str | bytes) -> httpx.Response:
    content = sheet.encode() if isinstance(sheet, str) else sheet
    return await browser.http.post(
        f"{PATH}/file/import",
        files={"file": ("cursos.csv", content, "text/csv")},
        headers={"sec-fetch-site": "same-origin"},
    )


async def test_a_file_goes_in_whole_or_not_at_all(browser: Browser, store: Store) -> None:
    offer, fresh = await added(browser, store), a_slug()
    head = "slug;name;price;link\n"
    good = f"{offer.key};Pan dulce;9900;https://x.example/pan\n"
    wrong = await _import(browser, f"{head}{good}{fresh};Nuevo;12.500;\n")
    assert wrong.status_code == 422
    assert "Línea 3" in wrong.text
    assert "Línea 2" not in wrong.text
    assert await offered(store, offer.key) == offer
    assert await offered(store, fresh) is None
    right = await _import(browser, f"{head}{good}{fresh};Nuevo;12500;https://x.example/n\n")
    assert right.headers["location"].endswith("?done=imported&added=1&changed=1")
    now, new = await offered(store, offer.key), await offered(store, fresh)
    assert now
    assert new
    assert (now.data["price"], now.data["topics"], new.data["price"]) == (9900, ["horno"], 12500)


async def test_what_was_exported_goes_in_again_and_changes_nothing(browser: Browser, store: Store) -> None:
    offer = await added(browser, store, name='=HYPERLINK("x"); "y"', topics="'-uno, dos\ntres; cuatro")
    sheet = (await browser.get(f"{PATH}/file/export")).text
    assert "'=HYPERLINK" in sheet
    lines = sheet.splitlines()
    assert lines[0].removeprefix("\ufeff") == "slug;name;price;start;link;topics;active"  # as Excel in Spanish reads it
    answer = await _import(browser, sheet)
    assert answer.status_code == 303, answer.text
    assert await offered(store, offer.key) == offer


AS_EXCEL_SAVES_IT = (
    "slug;name;price;start;link;active;\r\n{slug};Ñandú añejo;9900;8/3/2027;https://x.example/n;FALSO;\r\n"
)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig"])
async def test_a_file_of_excel_in_spanish_goes_in(encoding: str, browser: Browser, store: Store) -> None:
    """Semicolons, its own letters, the day before the month, a column emptied at the end, FALSO."""
    slug = a_slug()
    answer = await _import(browser, AS_EXCEL_SAVES_IT.format(slug=slug).encode(encoding))
    assert answer.status_code == 303, answer.text
    new = await offered(store, slug)
    assert new
    assert (new.data["name"], new.data["start"], new.data["active"]) == ("Ñandú añejo", "2027-03-08", False)


async def test_text_with_tabs_as_excel_calls_unicode_goes_in(browser: Browser, store: Store) -> None:
    slug = a_slug()
    sheet = f"slug\tname\tprice\tlink\r\n{slug}\tÑandú\t9900\thttps://x.example/n\r\n"
    assert (await _import(browser, sheet.encode("utf-16"))).status_code == 303
    assert await offered(store, slug)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04 a workbook", "Guardala desde ahí como CSV"),
        (b"slug;name;price;link\npan;P\0n;1;https://x.example/n\n", "no es un archivo CSV"),
        (b"identificador;name\npan;Pan\n", "una tiene que ser slug"),
        (b"slug;nombre\npan;Pan\n", "no tiene estas columnas: nombre"),
        (b"", "Elegí un archivo CSV"),
        (b"slug;name\n", "Elegí un archivo CSV"),
    ],
    ids=["a workbook", "a zero byte", "no key", "unknown column", "nothing", "only the first line"],
)
async def test_what_is_no_such_file_is_told_why(content: bytes, words: str, browser: Browser) -> None:
    answer = await _import(browser, content)
    assert answer.status_code == 422
    assert words in answer.text

"""Templates into responses. One environment for each language; everything is escaped, and nothing may be undefined."""

from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel.numbers import format_decimal
from babel.support import NullTranslations
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2_fragments import render_block

from remanso.channels.whatsapp.errors import classify
from services.console.pages.assets import icon, static
from services.console.pages.chat import chat
from services.console.pages.figures import phone, size
from services.console.pages.initials import hue, initials
from services.console.pages.rail import path_in, rail
from services.console.pages.reasons import why
from services.console.pages.times import day, moment, short_day, whole_day
from services.console.pages.words import DEFAULT, LANGUAGES, preferred, translations

if TYPE_CHECKING:
    from services.console.people.viewer import Viewer

LOCALES = {"es": "es_AR", "en": "en"}
"""By whose customs numbers are written."""
TEMPLATES = Path(__file__).parents[1] / "templates"


class Pages:
    """One for each process."""

    def __init__(self) -> None:
        self._words = translations()
        self._environments = {language: _environment(language, words) for language, words in self._words.items()}

    def page(
        self,
        request: Request,
        template: str,
        viewer: "Viewer | None" = None,
        *,
        status: int = 200,
        block: str | None = None,
        **values: Any,
    ) -> HTMLResponse:
        """`template` with what every page knows: `viewer`, `language`, `theme`, `client`, `rail`, and `values`.

        With `block` only that block of it: what a script asks for to draw a part anew.
        """
        environment = self._environments[language_of(request, viewer)]
        known = _known(request, viewer) | values
        if block is not None:
            return HTMLResponse(render_block(environment, template, block, **known), status)
        return HTMLResponse(environment.get_template(template).render(known), status)

    def words(self, language: str) -> NullTranslations:
        """Our texts in one language."""
        return self._words.get(language, self._words[DEFAULT])

    def text(self, request: Request, viewer: "Viewer | None", english: str) -> str:
        """One of our texts in the reader's language."""
        return self._words[language_of(request, viewer)].gettext(english)


def language_of(request: Request, viewer: "Viewer | None") -> str:
    known = viewer.user.language if viewer else ""
    return known if known in LANGUAGES else preferred(request.headers.get("accept-language", ""))


def _known(request: Request, viewer: "Viewer | None") -> dict[str, Any]:
    client = current_client(request, viewer)
    return {
        "viewer": viewer,
        "theme": viewer.user.theme if viewer else "auto",
        "client": client,
        "path": request.url.path,
        "rail": rail(viewer, client, request.url.path) if viewer else (),
    }


def current_client(request: Request, viewer: "Viewer | None") -> str | None:
    """The client a page is about: the path's, else the one this browser looked at last, else the first there is."""
    if viewer is None:
        return None
    named = request.path_params.get("client")
    if named in viewer.clients:
        if request.session.get("client") != named:
            request.session["client"] = named
        return str(named)
    last = request.session.get("client")
    return last if last in viewer.clients else next(iter(viewer.clients), None)


def _environment(language: str, words: NullTranslations) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]
    environment.globals |= {
        "icon": icon,
        "static": static,
        "language": language,
        "languages": LANGUAGES,
        "moment": _moments(language),
        "day": partial(day, language=language),
        "short_day": partial(short_day, language=language),
        "whole_day": partial(whole_day, language=language),
        "initials": initials,
        "hue": hue,
        "path_in": path_in,
        "number": partial(_number, language=language),
        "size": partial(size, locale=LOCALES[language]),
        "phone": phone,
        "chat": chat,
        "why": partial(why, words=words),
        "meta_reason": partial(meta_reason, language=language),
    }
    return environment


def _number(value: Decimal | float, places: int = 0, *, language: str) -> str:
    """With the separators of the language, and so many decimals."""
    return format_decimal(value, f"#,##0.{'0' * places}" if places else "#,##0", locale=LOCALES[language])


def meta_reason(code: int, language: str) -> str:
    """What one of Meta's error codes means, in words for people."""
    reason = classify(code).reason
    return reason.es if language == "es" else reason.en


def _moments(language: str) -> Any:
    def told(at: datetime | None, form: Any = "moment") -> Any:
        return moment(at, form, language)

    return told

"""`/clients/{client}/quality`."""

from gettext import NullTranslations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from remanso.store.quality import SOURCES, Finding
from services.console.console import console_of
from services.console.pages.pages import language_of, meta_reason
from services.console.pages.periods import PERIODS, period
from services.console.pages.reasons import known_reason
from services.console.people.access import MemberViewer

routes = APIRouter(prefix="/clients/{client}/quality")


@routes.get("")
async def show(request: Request, viewer: MemberViewer, client: str, kind: str = "feedback", days: int = 30) -> Response:
    console = console_of(request)
    kind = kind if kind in SOURCES else "feedback"
    lasts = period(days)
    async with console.store.transaction() as tx:
        quality = viewer.views(tx).quality
        counts, findings = await quality.counts(client, lasts), await quality.findings(client, kind, lasts)
    language = language_of(request, viewer)
    words, operator = console.pages.words(language), viewer.is_operator
    return console.pages.page(
        request,
        "quality/quality.html",
        viewer,
        kind=kind,
        kinds=list(SOURCES),
        counts=counts,
        findings=[(each, reason_of(each, language, words, operator=operator)) for each in findings],
        days=lasts.days,
        periods=PERIODS,
    )


def reason_of(finding: Finding, language: str, words: NullTranslations, *, operator: bool) -> str:
    """In words for the reader. What a check or a process wrote down is for operators (docs/log-views.md)."""
    if finding.kind == "deliveries" and finding.code is not None:
        return meta_reason(finding.code, language)
    if finding.kind == "unanswered" and (known := known_reason(finding.detail or "", words)):
        return known
    return (finding.detail or "") if operator or finding.kind == "feedback" else ""

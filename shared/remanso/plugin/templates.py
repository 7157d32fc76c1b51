"""[templates] of client.toml: approved templates that Remanso itself sends."""

from typing import Self

from pydantic import model_validator

from remanso.model.outgoing_template import TemplateLanguage, TemplateName, one_line
from remanso.plugin.section import Section

LONGEST_FILLING = 200


class ApprovedTemplate(Section):
    """One of the client's templates in one language.

    `parameters` fill the gaps of its body, in order or by name. In them `{name}` is the contact's name, or `nameless`
    where it is not known, and `{business}` the client's title.
    """

    name: TemplateName
    language: TemplateLanguage
    parameters: tuple[str, ...] | dict[str, str] = ()
    nameless: str | None = None

    @model_validator(mode="after")
    def _can_always_be_filled(self) -> Self:
        texts = list(self.parameters.values()) if isinstance(self.parameters, dict) else list(self.parameters)
        if any("{name}" in text for text in texts) and not one_line(self.nameless or ""):
            raise ValueError("`nameless` is missing: what stands for `{name}` where no name is known")
        if not all(map(one_line, texts)):
            raise ValueError("every one of `parameters` must say something")
        return self

    def filled(self, name: str | None, business: str) -> tuple[str, ...] | dict[str, str]:
        """The gaps of the body, filled."""

        def put(text: str) -> str:
            known = one_line(name or "")[:LONGEST_FILLING] or self.nameless or ""
            return text.replace("{business}", business).replace("{name}", known)

        if isinstance(self.parameters, dict):
            return {key: put(text) for key, text in self.parameters.items()}
        return tuple(map(put, self.parameters))


class ReopenTemplate(ApprovedTemplate):
    """The template that is sent, once, in place of texts the closed 24-hour window holds back.

    `others` ask contacts of other languages; who speaks none of them is asked in this one.
    """

    others: tuple[ApprovedTemplate, ...] = ()

    def for_speaker(self, language: str | None) -> tuple[ApprovedTemplate, ...]:
        """The templates for who speaks `language` (`en`, `en-GB`, …), the best first; the last is always this one."""
        wanted = (language or "").replace("-", "_").lower()

        def distance(each: ApprovedTemplate) -> tuple[bool, bool, bool]:
            return each.language.lower() != wanted, _tongue(each.language) != _tongue(wanted), each is not self

        best = min((self, *self.others), key=distance)
        return (self,) if best is self else (best, self)


def _tongue(language: str) -> str:
    return language.lower().partition("_")[0]


class Templates(Section):
    """Approved templates of the client's, by what they are for."""

    reopen: ReopenTemplate | None = None

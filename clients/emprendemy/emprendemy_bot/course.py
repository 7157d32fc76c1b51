"""A course as the school describes it."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, HttpUrl

from remanso.plugin import Item

Language = Literal["es", "en"]
Modality = Literal["en vivo", "grabado", "mixto"]
Level = Literal["inicial", "intermedio", "avanzado"]


class Course(Item):
    """One course; an inactive one is not open to enrolment. All are taught in Spanish: `name` is never translated."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", title="Identificador")]
    """Also the last part of its address. It never changes."""
    name: Annotated[str, Field(min_length=1, title="Nombre")]
    description: Annotated[str, Field(min_length=1, title="Descripción")]
    description_en: Annotated[str, Field(min_length=1, title="Descripción en inglés")]
    price: Annotated[int, Field(ge=0, title="Precio")]
    """Of the whole course, in whole units of `currency`."""
    currency: Annotated[Literal["ARS", "USD"], Field(title="Moneda")]
    start: Annotated[date | None, Field(title="Primera clase")] = None
    """The first class; None for a course that can be begun on any day."""
    duration_weeks: Annotated[int, Field(ge=1, title="Semanas")]
    modality: Annotated[Modality, Field(title="Modalidad")]
    level: Annotated[Level, Field(title="Nivel")]
    enrollment_url: Annotated[HttpUrl, Field(title="Enlace de inscripción")]
    topics: Annotated[tuple[str, ...], Field(title="Otras palabras")] = ()
    """Other words people use for it, Spanish and English. Only the search reads them."""

    def facts(self) -> dict[str, Any]:
        """What may be said about it, by the names that the model reads."""
        return {name: value for name, value in super().facts().items() if name not in ("description_en", "topics")}

    def description_in(self, language: Language) -> str:
        return self.description_en if language == "en" else self.description

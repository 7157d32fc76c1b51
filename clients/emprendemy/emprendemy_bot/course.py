"""A course as the school describes it."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl

Language = Literal["es", "en"]
Modality = Literal["en vivo", "grabado", "mixto"]
Level = Literal["inicial", "intermedio", "avanzado"]


class Course(BaseModel):
    """One course. All are taught in Spanish: `name` is the same in every language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    """Also the last part of its address. It never changes."""
    name: Annotated[str, Field(min_length=1)]
    description: Annotated[str, Field(min_length=1)]
    description_en: Annotated[str, Field(min_length=1)]
    price: Annotated[int, Field(ge=0)]
    """Of the whole course, in whole units of `currency`."""
    currency: Literal["ARS", "USD"]
    start: date | None = None
    """The first class; None for a course that can be begun on any day."""
    duration_weeks: Annotated[int, Field(ge=1)]
    modality: Modality
    level: Level
    enrollment_url: HttpUrl
    active: bool = True
    """Whether it is open to enrolment. One that is not keeps its place here, so that people can be told so."""
    topics: tuple[str, ...] = ()
    """Other words people use for it, Spanish and English. Only the search reads them."""

    def description_in(self, language: Language) -> str:
        return self.description_en if language == "en" else self.description

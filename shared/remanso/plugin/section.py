"""What all sections of a client's files have in common: frozen, and a key nobody knows is an error."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

VariableName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
"""The name of an environment variable; where one is expected, its value is not taken by mistake."""
Seconds = Annotated[float, Field(gt=0)]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

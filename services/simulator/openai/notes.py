"""What notes to the model tell about the person: their name, in a JSON object or behind a label."""

import json
import re

_LABELLED = re.compile(
    r"(?:nombre del contacto|nombre de perfil|contact(?:'s)? name|profile name|contacto|contact|cliente|customer)"
    r"\s*(?:\([^)]*\))?\s*[:=]\s*[\"«]?([^\W\d_][^\n,;.\"»(]*)",
    re.IGNORECASE,
)


def name_noted(note: str) -> str | None:
    """The name in a note, None when it tells none."""
    if (name := _in_json(note)) is not None:
        return name
    found = _LABELLED.search(note)
    return found[1].strip() if found else None


def _in_json(note: str) -> str | None:
    """The `name` of the first JSON object; names inside it (of a place, say) are somebody else's."""
    for brace in re.finditer(r"\{", note):
        try:
            told, _ = json.JSONDecoder().raw_decode(note, brace.start())
        except ValueError:
            continue
        name = told.get("name")
        return name if isinstance(name, str) else None
    return None

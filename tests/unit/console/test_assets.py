"""Vendored files are what `npm run build` made, and nothing is loaded from elsewhere."""

import hashlib
import re
from base64 import b64encode

from services.console.pages.assets import STATIC, icon
from services.console.pages.pages import TEMPLATES


def listed() -> dict[str, str]:
    lines = (STATIC / "SHA384").read_text("utf-8").splitlines()
    return {path: digest for digest, path in (line.split("  ") for line in lines)}


def test_the_list_and_the_files_agree() -> None:
    present = {"console.css", *(str(p.relative_to(STATIC)) for p in STATIC.rglob("*") if p.parent != STATIC)}
    files = {path for path in present if (STATIC / path).is_file()}
    assert files == listed().keys()
    for path, digest in listed().items():
        assert b64encode(hashlib.sha384((STATIC / path).read_bytes()).digest()).decode() == digest, path


def test_no_page_loads_from_elsewhere() -> None:
    for template in TEMPLATES.rglob("*.html"):
        text = template.read_text("utf-8")
        loads = re.findall(r"(?:src|action)=\"(?:https?:)?//", text) + re.findall(
            r"<link[^>]+href=\"(?:https?:)?//", text
        )
        assert not loads, template.name


def test_each_icon_a_template_names_is_there() -> None:
    for template in TEMPLATES.rglob("*.html"):
        for name in re.findall(r"icon\(\"([a-z0-9-]+)\"", template.read_text("utf-8")):
            assert "<path" in icon(name) or "<circle" in icon(name), name

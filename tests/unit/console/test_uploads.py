"""What a file is, by its bytes: a name cannot make something else of it."""

import io
import zipfile

import pytest

from services.console.composer.refusals import NotSaid, Refusal
from services.console.composer.uploads import checked, type_by_content

OFFICE = "application/vnd.openxmlformats-officedocument"


def zipped(*names: str) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as parts:
        for name in names:
            parts.writestr(name, "x")
    return kept.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "mime_type"),
    [
        ("foto.jpg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("factura.pdf", b"\x89PNG\r\n\x1a\n", "image/png"),
        ("x.exe", b"%PDF-1.7", "application/pdf"),
        ("a.docx", zipped("[Content_Types].xml", "word/document.xml"), f"{OFFICE}.wordprocessingml.document"),
        ("a.xlsx", zipped("xl/workbook.xml"), f"{OFFICE}.spreadsheetml.sheet"),
        ("a.pptx", zipped("ppt/presentation.xml"), f"{OFFICE}.presentationml.presentation"),
        ("a.docx", zipped("evil.exe"), None),
        ("a.docx", b"PK\x03\x04 cut off", None),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword"),
        ("a.msi", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", None),
        ("nota.ogg", b"OggS....OpusHead", "audio/ogg"),
        ("cancion.ogg", b"OggS....vorbis", None),
        ("a.mp3", b"ID3\x04", "audio/mpeg"),
        ("a.mp3", b"\xff\xfb\x90\x00", "audio/mpeg"),
        ("a.aac", b"\xff\xf1\x50\x80", "audio/aac"),
        ("a.amr", b"#!AMR\n", "audio/amr"),
        ("a.mp4", b"\x00\x00\x00\x18ftypisom", "video/mp4"),
        ("a.m4a", b"\x00\x00\x00\x18ftypisom", "audio/mp4"),
        ("a.m4a", b"\x00\x00\x00\x18ftypM4A ", "audio/mp4"),
        ("a.3gp", b"\x00\x00\x00\x18ftyp3gp4", "video/3gpp"),
        ("a.mov", b"\x00\x00\x00\x14ftypqt  ", None),
        ("IMG.heic", b"\x00\x00\x00\x18ftypheic", None),
        ("a.txt", "¿qué tal?".encode(), "text/plain"),
        ("precios.csv", b"a;b\n1;2\n", "text/plain"),
        ("a.txt", b"\x00\x01", None),
        ("a.txt", b"\xff\xfe\xfa", None),
        ("page.html", b"<script>1</script>", None),
        ("logo.svg", b"<svg onload='1'/>", None),
        ("foto.webp", b"RIFF....WEBPVP8 ", None),
        ("a.gif", b"GIF89a", None),
        ("nada", b"", None),
    ],
)
def test_its_bytes_say_what_it_is(name: str, content: bytes, mime_type: str | None) -> None:
    assert type_by_content(name, content) == mime_type


def test_a_picture_may_have_five_megabytes_and_a_document_more() -> None:
    five = 5 * 1024 * 1024
    assert checked("a.png", b"\x89PNG\r\n\x1a\n".ljust(five, b"\0")).kind == "image"
    with pytest.raises(NotSaid) as refused:
        checked("a.png", b"\x89PNG\r\n\x1a\n".ljust(five + 1, b"\0"))
    assert refused.value.why == Refusal.FILE_LARGE
    assert checked("a.pdf", b"%PDF-".ljust(five + 1, b"\0")).kind == "document"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/pasajes.pdf", "pasajes.pdf"),
        (r"C:\Users\ana\plan.pdf", "plan.pdf"),
        ("fo\r\nto\x00.pdf", "foto.pdf"),
        ("x" * 400 + ".pdf", "x" * 200 + ".pdf"),
        ("/", "file"),
    ],
)
def test_a_name_holds_no_folders_and_no_control_signs(name: str, kept: str) -> None:
    assert checked(name, b"%PDF-").filename == kept

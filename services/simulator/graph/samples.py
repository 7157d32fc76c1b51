"""One tiny file per kind of media, made here: what made-up contacts send when a test gives no bytes."""

import base64
import struct
import zlib

Sample = tuple[str, bytes, str | None]  # MIME type, content, file name


def _png() -> bytes:
    """32 x 32 pixels of sea, darker towards the bottom."""
    rows = b"".join(b"\0" + bytes((30, 150 - 2 * y, 200 - 3 * y)) * 32 for y in range(32))

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 32, 32, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def _ogg_opus() -> bytes:
    """One second of silence: fifty Opus frames of 20 ms, mono, in three Ogg pages (RFC 7845)."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 7) + b"remanso" + struct.pack("<I", 0)
    silence = [b"\xf8\xff\xfe"] * 50
    pages = [(2, 0, [head]), (0, 0, [tags]), (4, 48000, silence)]
    return b"".join(_ogg_page(kind, granule, number, packets) for number, (kind, granule, packets) in enumerate(pages))


def _ogg_page(kind: int, granule: int, number: int, packets: list[bytes]) -> bytes:
    lacing = bytes(len(packet) for packet in packets)  # every packet here is shorter than 255 bytes
    header = struct.pack("<4sBBqIIIB", b"OggS", 0, kind, granule, 1, number, 0, len(packets))
    page = header + lacing + b"".join(packets)
    return page[:22] + struct.pack("<I", _ogg_crc(page)) + page[26:]


def _ogg_crc(page: bytes) -> int:
    """CRC-32 with polynomial 0x04C11DB7, not reflected, starting from 0 (RFC 3533)."""
    crc = 0
    for byte in page:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1) ^ (0x04C11DB7 if crc & 0x80000000 else 0)
        crc &= 0xFFFFFFFF
    return crc


def _pdf() -> bytes:
    """One page that says hello."""
    text = b"BT /F1 24 Tf 40 90 Td (Hola desde el simulador) Tj ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 360 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        size,
        table,
        size,
        len(out),
    )


def _mp4() -> bytes:
    """A file of type MP4 whose movie has no tracks: enough to be recognised and passed on, nothing to see."""

    def box(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data) + 8) + name + data

    times = struct.pack(">IIIII", 0, 0, 0, 1000, 1000)
    unity = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    header = times + struct.pack(">IHHII", 0x10000, 0x100, 0, 0, 0) + unity + b"\0" * 24 + struct.pack(">I", 1)
    return box(b"ftyp", b"isom\0\0\2\0isomiso2mp41") + box(b"moov", box(b"mvhd", header))


# One transparent pixel: a lossless WebP is too intricate to write by hand.
_WEBP = base64.b64decode("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")


def samples() -> dict[str, Sample]:
    """The sample of each kind of media a contact can send."""
    return {
        "image": ("image/png", _png(), None),
        "video": ("video/mp4", _mp4(), None),
        "audio": ("audio/ogg; codecs=opus", _ogg_opus(), None),
        "document": ("application/pdf", _pdf(), "hola.pdf"),
        "sticker": ("image/webp", _WEBP, None),
    }

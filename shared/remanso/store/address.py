"""A database's URL, taken apart: where it is, for SQLAlchemy, and how the way there is secured, for asyncpg."""

import ssl
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

from remanso.errors import ConfigurationError

Mode = Literal["disable", "prefer", "require", "verify-ca", "verify-full"]
FILES = ("sslrootcert", "sslcert", "sslkey")
"""libpq's parameters that name files."""


def asyncpg_url(url: str) -> str:
    """`url` with the driver we use, whatever form it was given in (Heroku still says postgres://), without libpq's
    parameters on TLS: SQLAlchemy would hand them to asyncpg, which does not know them."""
    scheme, separator, rest = url.partition("://")
    where, question, query = rest.partition("?")
    kept = [(name, value) for name, value in parse_qsl(query) if name not in ("sslmode", *FILES)]
    driver = "postgresql+asyncpg" if scheme in ("postgres", "postgresql") else scheme
    return f"{driver}{separator}{where}{question if kept else ''}{urlencode(kept)}"


def wire(url: str) -> dict[str, Any]:
    """asyncpg's `ssl` for libpq's `sslmode`, `sslrootcert`, `sslcert` and `sslkey` in `url`; nothing without a mode.

    Of a server that is to be verified and of no `sslrootcert` the system's own authorities are asked. Raises
    ConfigurationError for a mode there is not, and for files that cannot be read.
    """
    said = dict(parse_qsl(url.partition("?")[2]))
    mode = said.get("sslmode")
    if mode is None:
        return {}
    if mode in ("disable", "prefer"):
        return {"ssl": mode}
    if mode not in ("require", "verify-ca", "verify-full"):
        raise ConfigurationError(f"sslmode must be one of disable, prefer, require, verify-ca, verify-full, not {mode}")
    try:
        return {"ssl": _context(mode, *(said.get(name) for name in FILES))}
    except OSError as problem:  # ssl's own errors among them
        raise ConfigurationError(f"REMANSO_DATABASE_URL: its certificates cannot be read: {problem}") from None


def _context(mode: str, authority: str | None, certificate: str | None, key: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authority)
    context.check_hostname = mode == "verify-full"
    if mode == "require" and authority is None:  # as libpq: the way is secret, whoever is at its end
        context.verify_mode = ssl.CERT_NONE
    if certificate is not None:
        context.load_cert_chain(certificate, key)
    return context

import ssl
from pathlib import Path

import pytest

from remanso.errors import ConfigurationError
from remanso.store.address import asyncpg_url, wire
from tests.support.authority import Authority

URL = "postgres://u:p@h:5/d"


def test_what_libpq_says_of_tls_is_not_handed_on() -> None:
    assert asyncpg_url(f"{URL}?sslmode=verify-full&sslrootcert=/ca.pem&statement_cache_size=0") == (
        "postgresql+asyncpg://u:p@h:5/d?statement_cache_size=0"
    )
    assert asyncpg_url(f"{URL}?sslmode=require") == "postgresql+asyncpg://u:p@h:5/d"
    assert wire(URL) == {}


@pytest.mark.parametrize("mode", ["disable", "prefer"])
def test_modes_that_prove_nothing_are_asyncpgs_own(mode: str) -> None:
    assert wire(f"{URL}?sslmode={mode}") == {"ssl": mode}


def test_how_much_each_mode_proves(tmp_path: Path) -> None:
    def proves(query: str) -> tuple[ssl.VerifyMode, bool]:
        context = wire(f"{URL}?{query}")["ssl"]
        return context.verify_mode, context.check_hostname

    root = f"sslrootcert={Authority(tmp_path).certificate}"
    assert proves("sslmode=require") == (ssl.CERT_NONE, False)
    assert proves(f"sslmode=require&{root}") == (ssl.CERT_REQUIRED, False)
    assert proves(f"sslmode=verify-ca&{root}") == (ssl.CERT_REQUIRED, False)
    assert proves(f"sslmode=verify-full&{root}") == (ssl.CERT_REQUIRED, True)
    assert proves("sslmode=verify-full") == (ssl.CERT_REQUIRED, True), "by the system's authorities"


@pytest.mark.parametrize(
    ("query", "told"), [("sslmode=yes", "must be one of"), ("sslmode=require&sslkey=/no&sslcert=/no", "cannot be read")]
)
def test_what_cannot_be_meant_is_told(query: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        wire(f"{URL}?{query}")

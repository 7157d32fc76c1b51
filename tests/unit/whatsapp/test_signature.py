import pytest
from pydantic import SecretStr

from remanso.channels.whatsapp.signature import is_signed, sign

SECRET = SecretStr("made-up-secret")
BODY = rb'{"t":"caf\u00e9 \/ ok"}'
SIGNATURE = "sha256=a888baa7fba538f2e9cf05d0970183ce9369159dc3ec12e791f9b3c73e8e7ca0"


def test_the_reference_vector() -> None:
    assert sign(SECRET, BODY) == SIGNATURE
    assert is_signed(BODY, SIGNATURE, [SECRET])


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "sha256=",
        SIGNATURE.removeprefix("sha256="),
        SIGNATURE.upper(),
        SIGNATURE[:-1],
        SIGNATURE + "0",
        SIGNATURE.replace("sha256", "sha1"),
        "sha256=" + "0" * 64,
        "sha256=ñandú",
        "\udcff",
    ],
)
def test_any_other_header_is_refused(header: str | None) -> None:
    assert not is_signed(BODY, header, [SECRET])


def test_the_bytes_count_not_their_meaning() -> None:
    assert not is_signed('{"t":"café / ok"}'.encode(), SIGNATURE, [SECRET])


def test_the_previous_secret_bridges_a_reset() -> None:
    new = SecretStr("brand-new")
    assert is_signed(BODY, SIGNATURE, [new, SECRET])
    assert is_signed(BODY, sign(new, BODY), [new, SECRET])
    assert not is_signed(BODY, SIGNATURE, [new])
    assert not is_signed(BODY, SIGNATURE, [])

"""Standard Webhooks: the example of its own documents, and two secrets at once."""

from services.console.webhooks.signing import headers, new_secret

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_published_example_is_signed_alike() -> None:
    signed = headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', [SECRET])
    assert signed["webhook-signature"] == SIGNATURE
    assert signed["webhook-timestamp"] == "1614265330"


def test_while_two_secrets_are_valid_both_sign() -> None:
    signed = headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', [new_secret(), SECRET])
    assert len(signed["webhook-signature"].split(" ")) == 2
    assert signed["webhook-signature"].endswith(f" {SIGNATURE}")

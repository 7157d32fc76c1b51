"""Emprendemy keeps the contract of every client."""

from pathlib import Path

from remanso.testing import check_client


def test_the_client_keeps_the_contract() -> None:
    assert check_client(Path(__file__).parents[1]) == []

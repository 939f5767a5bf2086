"""Sealed codes come back whole, and only under the key of this installation."""

from typing import Any

import pytest
from cryptography.fernet import InvalidToken

from recruitment.sealing import keyed_digest, seal, unseal


def test_a_sealed_code_comes_back() -> None:
    assert unseal(seal("ABCD-1")) == "ABCD-1"
    assert seal("ABCD-1") != seal("ABCD-1")


def test_another_installation_cannot_unseal(settings: Any) -> None:
    sealed = seal("ABCD-1")
    settings.SECRET_KEY = "another installation"
    with pytest.raises(InvalidToken):
        unseal(sealed)


def test_digests_of_two_purposes_cannot_be_compared() -> None:
    assert keyed_digest(code="A", purpose="stamp") == keyed_digest(code="A", purpose="stamp")
    assert keyed_digest(code="A", purpose="stamp") != keyed_digest(code="A", purpose="withdrawal")

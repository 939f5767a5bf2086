"""Keep a code so that it can be looked up (HMAC) and shown again (encrypted), but not read from the database."""

import base64
import hmac
from collections.abc import Iterable

from cryptography.fernet import Fernet
from django.conf import settings


def derive_key(*, purpose: str) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), purpose.encode(), "sha256")


def keyed_digest(*, code: str, purpose: str) -> str:
    """64 hex digits; equal codes of one purpose have equal digests, nobody without the key can make one."""
    return hmac.digest(derive_key(purpose=purpose), code.encode(), "sha256").hex()


def keyed_digests(*, codes: Iterable[str], purpose: str) -> dict[str, str]:
    """The code of each digest: for searches among many, since the key is derived once."""
    key = derive_key(purpose=purpose)
    return {hmac.digest(key, code.encode(), "sha256").hex(): code for code in codes}


def seal(text: str) -> str:
    return cipher().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    return cipher().decrypt(sealed.encode()).decode()


def cipher() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derive_key(purpose="seal")))

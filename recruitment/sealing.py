"""Keep a code so that it can be looked up (HMAC) and shown again (encrypted), but not read from the database."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet
from django.conf import settings


def derive_key(*, purpose: str) -> bytes:
    return hmac.new(settings.SECRET_KEY.encode(), purpose.encode(), hashlib.sha256).digest()


def keyed_digest(*, code: str, purpose: str) -> str:
    """64 hex digits; equal codes of one purpose have equal digests, nobody without the key can make one."""
    return hmac.new(derive_key(purpose=purpose), code.encode(), hashlib.sha256).hexdigest()


def seal(text: str) -> str:
    return cipher().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    return cipher().decrypt(sealed.encode()).decode()


def cipher() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derive_key(purpose="seal")))

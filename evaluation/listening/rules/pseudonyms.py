"""Listener numbers for exports: stable within a study, not to be joined with another one."""

import hashlib
import hmac

LENGTH = 12


def listener_pseudonym(*, key: str, listener: str) -> str:
    """12 hex digits (two of 10,000 listeners share one with probability 2e-7); `key` never leaves the platform."""
    return hmac.new(key.encode(), listener.encode(), hashlib.sha256).hexdigest()[:LENGTH]

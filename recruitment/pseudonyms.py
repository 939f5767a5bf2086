"""Provider ids as HMACs: equal within one effort, unrelated between efforts, not to be turned back."""

import hashlib
import hmac

from recruitment.models import Effort
from recruitment.sealing import derive_key


def provider_digest(*, effort: Effort, text: str, kind: str) -> str:
    """64 hex digits for a provider's id of a `kind` (worker, reference, file); "" for no id."""
    if not text:
        return ""
    key = derive_key(purpose=f"provider:{kind}:{effort.pseudonym_key}")
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

"""QR codes as inline SVG, for links that people open on their phones."""

from __future__ import annotations

import segno
from django.utils.safestring import SafeString, mark_safe

QUIET_ZONE_MODULES = 4
MODULE_PX = 5


def qr_svg(url: str) -> SafeString:
    """Dark on white whatever the page's colours, because cameras read no other; the link itself stands beside it."""
    code = segno.make(url, micro=False, error="m")
    drawn = code.svg_inline(
        scale=MODULE_PX, border=QUIET_ZONE_MODULES, dark="#000", light="#fff", svgclass="qr", title="QR code"
    )
    return mark_safe(drawn)  # noqa: S308 - made of numbers and fixed words only

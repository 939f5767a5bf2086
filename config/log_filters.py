"""Keep out of every log what an address says after its question mark."""

from __future__ import annotations

import logging
import re

# Up to the next blank, quote or bracket, as in request lines, reprs of requests and messages around them.
QUERY = re.compile(r"\?[^\s\"'<>]+")
REMAINS = "?..."


class WithoutQueries(logging.Filter):
    """Rewrites the message before anybody formats it; never drops a line."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if "?" in message:
            record.msg, record.args = QUERY.sub(REMAINS, message), None
        return True

"""Gunicorn's own logs without query strings; gunicorn.conf.py names this class."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from config.log_filters import WithoutQueries


class QueryFreeLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Access log and error log; the latter repeats the address of a request that broke."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            log.addFilter(WithoutQueries())

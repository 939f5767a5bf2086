"""Typed readers for environment variables; every refusal names the variable, the value and the remedy."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from core.storage.config import ObjectStoreConfig

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off", ""})
POSTGRES_SCHEMES = frozenset({"postgres", "postgresql"})
OBJECT_STORE_PARAMETERS = frozenset(
    {"endpoint", "public_endpoint", "region", "access_key", "secret_key", "prefix", "addressing"}
)


class BadEnvironment(ImproperlyConfigured):
    """An environment variable cannot be used; the message is one sentence for the operator."""


def env_str(name: str, default: str | None = None) -> str:
    """The value without surrounding blanks; without a default an absent or empty variable is refused."""
    text = os.environ.get(name, "").strip()
    if text:
        return text
    if default is None:
        raise BadEnvironment(f"{name} is not set: set it in the environment of every Realm process.")
    return default


def env_int(name: str, default: int, *, minimum: int | None = None) -> int:
    """A whole number, at least `minimum` where one is given."""
    text = env_str(name, "")
    if not text:
        return default
    try:
        number = int(text)
    except ValueError as refusal:
        raise BadEnvironment(f"{name}={text!r} is no whole number: write for example {default}.") from refusal
    if minimum is not None and number < minimum:
        raise BadEnvironment(f"{name}={text!r} is too small: use {minimum} or more.")
    return number


def env_bool(name: str, default: bool = False) -> bool:
    """True or false from the usual words; anything else is refused rather than guessed."""
    if name not in os.environ:
        return default
    text = os.environ[name].strip().lower()
    if text in TRUE_WORDS:
        return True
    if text in FALSE_WORDS:
        return False
    raise BadEnvironment(f"{name}={text!r} is neither true nor false: write 1 or 0.")


def env_list(name: str, default: Sequence[str] = ()) -> list[str]:
    """Comma-separated words, blanks dropped."""
    text = env_str(name, "")
    return [word.strip() for word in text.split(",") if word.strip()] if text else list(default)


def env_secret(name: str, default: str | None = None) -> str:
    """A secret given as NAME, or as NAME_FILE holding the path of a file (container secrets)."""
    path_text = env_str(f"{name}_FILE", "")
    if not path_text:
        return env_str(name, default)
    if env_str(name, ""):
        raise BadEnvironment(f"{name} and {name}_FILE are both set: keep one of them.")
    try:
        secret = Path(path_text).read_text(encoding="utf-8").strip()
    except OSError as refusal:
        raise BadEnvironment(
            f"{name}_FILE={path_text!r} cannot be read ({refusal.strerror}): give a readable file."
        ) from refusal
    if not secret:
        raise BadEnvironment(f"{name}_FILE={path_text!r} is empty: put the secret into that file.")
    return secret


def parse_database_url(url: str, *, base_dir: Path) -> dict[str, Any]:
    """One entry of DATABASES; an empty url means SQLite in `base_dir`."""
    parts = urlsplit(url or "sqlite:///realm.sqlite3")
    if parts.scheme == "sqlite":
        return _sqlite_database(path_text=unquote(parts.path)[1:], base_dir=base_dir)
    if parts.scheme in POSTGRES_SCHEMES:
        return _postgres_database(parts)
    raise BadEnvironment(
        f"DATABASE_URL={_without_password(url)!r} starts with {parts.scheme!r}: "
        "use sqlite:///file.sqlite3 or postgres://user:password@host:5432/name."
    )


def _sqlite_database(*, path_text: str, base_dir: Path) -> dict[str, Any]:
    if not path_text:
        raise BadEnvironment(
            "DATABASE_URL='sqlite://' names no file: write sqlite:///file.sqlite3 (beside the data) "
            "or sqlite:////absolute/path/file.sqlite3."
        )
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(base_dir / path_text),
        "OPTIONS": {
            # IMMEDIATE: a transaction that reads and then writes would otherwise fail at once with
            # "database is locked" instead of waiting its turn.
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            # secure_delete: what was purged is overwritten, not only unlinked.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
            "PRAGMA secure_delete=ON",
        },
        # A file, because threads that share an in-memory database fail instead of waiting; one for each
        # process, because two test runs may share a checkout.
        "TEST": {"NAME": str(Path(tempfile.gettempdir()) / f"realm-test-{os.getpid()}.sqlite3")},
    }


def _postgres_database(parts: SplitResult) -> dict[str, Any]:
    name = unquote(parts.path).lstrip("/")
    if not (name and parts.hostname):
        raise BadEnvironment(
            f"DATABASE_URL={_without_password(parts.geturl())!r} lacks a host or a database name: "
            "write postgres://user:password@host:5432/name."
        )
    query = _single_values(parts.query, variable="DATABASE_URL")
    conn_max_age = query.pop("conn_max_age", "60")
    if not conn_max_age.isdigit():
        raise BadEnvironment(f"DATABASE_URL has conn_max_age={conn_max_age!r}: write a number of seconds.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname,
        "PORT": str(_port(parts, variable="DATABASE_URL") or 5432),
        "CONN_MAX_AGE": int(conn_max_age),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5, **query},
    }


def parse_object_store_url(url: str, *, base_dir: Path) -> ObjectStoreConfig:
    """s3://bucket?endpoint=https://host&access_key=...&secret_key=..., or a folder; empty: in `base_dir`."""
    parts = urlsplit(url)
    if parts.scheme in ("", "file"):
        return ObjectStoreConfig(folder=base_dir / (unquote(parts.path) or "objects"))
    if parts.scheme != "s3":
        raise BadEnvironment(
            f"OBJECT_STORE_URL starts with {parts.scheme!r}: use /path/to/folder or s3://bucket?endpoint=..."
        )
    return _s3_store(parts)


def _s3_store(parts: SplitResult) -> ObjectStoreConfig:
    # Not hostname: it would lower-case a bucket name silently.
    bucket = parts.netloc
    if not bucket or "@" in bucket or ":" in bucket:
        raise BadEnvironment(
            "OBJECT_STORE_URL names no plain bucket after s3://: write s3://bucket?endpoint=https://host"
            "&access_key=...&secret_key=... (keys never before an @)."
        )
    query = _single_values(parts.query, variable="OBJECT_STORE_URL")
    unknown = sorted(query.keys() - OBJECT_STORE_PARAMETERS)
    if unknown:
        raise BadEnvironment(
            f"OBJECT_STORE_URL has the unknown parameter {unknown[0]!r}: "
            f"known are {', '.join(sorted(OBJECT_STORE_PARAMETERS))}."
        )
    if ("access_key" in query) != ("secret_key" in query):
        raise BadEnvironment("OBJECT_STORE_URL has only one of access_key and secret_key: give both or none.")
    return ObjectStoreConfig(
        bucket=bucket,
        prefix=(parts.path.strip("/") or query.get("prefix", "").strip("/")),
        endpoint_url=_endpoint(query, "endpoint"),
        public_endpoint_url=_endpoint(query, "public_endpoint"),
        region=query.get("region", "us-east-1"),
        access_key=query.get("access_key"),
        secret_key=query.get("secret_key"),
        addressing=_addressing(query.get("addressing", "path")),
    )


def _endpoint(query: Mapping[str, str], parameter: str) -> str | None:
    value = query.get(parameter)
    if value is None:
        return None
    if urlsplit(value).scheme not in ("http", "https"):
        raise BadEnvironment(
            f"OBJECT_STORE_URL has {parameter}={value!r}: start it with https:// or http://."
        )
    return value.rstrip("/")


def _addressing(value: str) -> str:
    if value not in ("path", "virtual"):
        raise BadEnvironment(f"OBJECT_STORE_URL has addressing={value!r}: write path or virtual.")
    return value


def _single_values(query: str, *, variable: str) -> dict[str, str]:
    values = parse_qs(query, keep_blank_values=True)
    repeated = sorted(name for name, given in values.items() if len(given) > 1)
    if repeated:
        raise BadEnvironment(f"{variable} gives the parameter {repeated[0]!r} twice: keep one.")
    return {name: given[0] for name, given in values.items()}


def _port(parts: SplitResult, *, variable: str) -> int | None:
    try:
        return parts.port
    except ValueError as refusal:
        raise BadEnvironment(f"{variable} has a port that is no number from 1 to 65535.") from refusal


def _without_password(url: str) -> str:
    """The url as it may be printed: a message ends in logs, so the password must not be in it."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", ":...@")).geturl()

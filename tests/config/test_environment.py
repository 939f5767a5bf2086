"""Environment readers accept what they document and refuse the rest with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.environment import (
    BadEnvironment,
    env_bool,
    env_int,
    env_list,
    env_secret,
    env_str,
    parse_database_url,
    parse_object_store_url,
)


def test_an_absent_variable_without_default_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REALM_X", raising=False)
    with pytest.raises(BadEnvironment, match="REALM_X is not set"):
        env_str("REALM_X")


def test_an_empty_variable_counts_as_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REALM_X", "  ")
    assert env_str("REALM_X", "fallback") == "fallback"
    assert env_int("REALM_X", 7) == 7


def test_a_number_with_letters_is_refused_with_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REALM_X", "8k")
    with pytest.raises(BadEnvironment, match="REALM_X='8k' is no whole number"):
        env_int("REALM_X", 1)


def test_a_number_below_the_minimum_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REALM_X", "0")
    with pytest.raises(BadEnvironment, match="use 1 or more"):
        env_int("REALM_X", 5, minimum=1)


@pytest.mark.parametrize(("text", "expected"), [("1", True), ("Yes", True), ("off", False), ("", False)])
def test_truth_is_read_from_words(monkeypatch: pytest.MonkeyPatch, text: str, expected: bool) -> None:
    monkeypatch.setenv("REALM_X", text)
    assert env_bool("REALM_X", default=not expected) is expected


def test_a_doubtful_truth_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REALM_X", "maybe")
    with pytest.raises(BadEnvironment, match="neither true nor false"):
        env_bool("REALM_X")


def test_a_list_drops_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REALM_X", "a, ,b,")
    assert env_list("REALM_X") == ["a", "b"]


def test_a_secret_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s3cret\n")
    monkeypatch.setenv("REALM_X_FILE", str(tmp_path / "key"))
    assert env_secret("REALM_X") == "s3cret"


def test_a_secret_given_twice_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REALM_X", "a")
    monkeypatch.setenv("REALM_X_FILE", str(tmp_path / "key"))
    with pytest.raises(BadEnvironment, match="both set"):
        env_secret("REALM_X")


@pytest.mark.parametrize("content", [None, " \n"])
def test_a_missing_or_empty_secret_file_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "key").write_text(content)
    monkeypatch.setenv("REALM_X_FILE", str(tmp_path / "key"))
    with pytest.raises(BadEnvironment, match="REALM_X_FILE="):
        env_secret("REALM_X", "default")


def test_the_default_database_is_durable_sqlite_beside_the_data(tmp_path: Path) -> None:
    database = parse_database_url("", base_dir=tmp_path)
    assert database["NAME"] == str(tmp_path / "realm.sqlite3")
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "synchronous=FULL" in database["OPTIONS"]["init_command"]


def test_a_sqlite_path_may_be_absolute(tmp_path: Path) -> None:
    assert parse_database_url("sqlite:////srv/r.db", base_dir=tmp_path)["NAME"] == "/srv/r.db"


def test_a_postgres_url_is_taken_apart(tmp_path: Path) -> None:
    url = "postgres://realm:p%40ss@db:6000/data?sslmode=require&conn_max_age=5"
    database = parse_database_url(url, base_dir=tmp_path)
    assert (database["HOST"], database["PORT"], database["PASSWORD"]) == ("db", "6000", "p@ss")
    assert database["CONN_MAX_AGE"] == 5
    assert database["OPTIONS"]["sslmode"] == "require"


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:pw-x@h/n",
        "sqlite://",
        "postgres:///name",
        "postgres://u:pw-x@h:port/n",
        "postgres://h/n?conn_max_age=a",
    ],
)
def test_an_unusable_database_url_is_refused_without_showing_its_password(url: str, tmp_path: Path) -> None:
    with pytest.raises(BadEnvironment, match="DATABASE_URL") as refusal:
        parse_database_url(url, base_dir=tmp_path)
    assert "pw-x" not in str(refusal.value)


@pytest.mark.parametrize(
    ("url", "folder"),
    [("", "/data/objects"), ("/srv/o", "/srv/o"), ("file:///srv/o", "/srv/o"), ("o", "/data/o")],
)
def test_an_object_store_may_be_a_folder(url: str, folder: str) -> None:
    config = parse_object_store_url(url, base_dir=Path("/data"))
    assert (config.is_s3, config.folder, config.browser_origins) == (False, Path(folder), [])


def test_an_s3_url_is_taken_apart_and_hides_its_secret() -> None:
    config = parse_object_store_url(
        "s3://Bucket/some/prefix?endpoint=http://s3:9000/&region=eu&access_key=a%3Ab&secret_key=hush",
        base_dir=Path("/data"),
    )
    assert (config.bucket, config.prefix, config.endpoint_url) == ("Bucket", "some/prefix", "http://s3:9000")
    assert (config.access_key, config.secret_key, config.region) == ("a:b", "hush", "eu")
    assert "hush" not in repr(config)
    assert config.browser_origins == ["http://s3:9000"]


@pytest.mark.parametrize(
    "url",
    [
        "gs://bucket",
        "s3://?endpoint=http://h",
        "s3://key:secret@bucket",
        "s3://b?endpont=http://h",
        "s3://b?endpoint=host:9000",
        "s3://b?access_key=a",
        "s3://b?region=a&region=b",
        "s3://b?addressing=dns",
    ],
)
def test_an_unusable_object_store_url_is_refused(url: str) -> None:
    with pytest.raises(BadEnvironment, match="OBJECT_STORE_URL"):
        parse_object_store_url(url, base_dir=Path())

"""Templates hold nothing that the strict Content-Security-Policy would block."""

import re
from pathlib import Path

import pytest
from django.test import Client

ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN = {
    "a style attribute": re.compile(r"<[^>{]+\sstyle="),
    "an inline handler": re.compile(r"<[^>{]+\son[a-z]+="),
    "an inline style block": re.compile(r"<style[\s>]"),
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>"),
}
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*.html"))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_template_has_no_inline_code_or_style(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    found = [what for what, pattern in FORBIDDEN.items() if pattern.search(text)]
    assert not found, f"{template.name} holds {', '.join(found)}"


@pytest.mark.django_db
def test_every_answer_carries_the_policy(client: Client) -> None:
    policy = client.get("/login/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert client.get("/nowhere").headers["Content-Security-Policy"] == policy

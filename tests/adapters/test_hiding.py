"""A secret is not found in what others send, however they spell it."""

from __future__ import annotations

import base64
import html
import json
import string
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich_cli.adapters.hiding import Hidden

KEY = "k3y+of/a-very~&secret<'\"="
SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": lambda key: key,
    "percent": lambda key: quote(key, safe=""),
    "percent, small": lambda key: "".join(c if c.isalnum() else f"%{ord(c):02x}" for c in key),
    "percent, twice": lambda key: quote(quote(key, safe=""), safe=""),
    "form": quote_plus,
    "an address that keeps slashes": lambda key: quote(key, safe="/+"),
    "JSON": lambda key: json.dumps(key)[1:-1],
    "JSON in JSON": lambda key: json.dumps(json.dumps(key))[3:-3],
    "JSON, slashes escaped": lambda key: json.dumps(key)[1:-1].replace("/", "\\/"),
    "JSON, all escaped": lambda key: "".join(c if c.isalnum() else f"\\u{ord(c):04X}" for c in key),
    "HTML": html.escape,
    "HTML, numbers": lambda key: "".join(c if c.isalnum() else f"&#{ord(c)};" for c in key),
    "HTML, hexadecimal": lambda key: "".join(
        c if c.isalnum() else f"&#x{ord(c):02X};" for c in key
    ),
    "Python": lambda key: repr(key)[1:-1],
    "Base64": lambda key: base64.b64encode(key.encode()).decode(),
    "Base64 in an address": lambda key: quote(base64.b64encode(key.encode()).decode(), safe=""),
}


@pytest.mark.parametrize("way", SPELLINGS)
@given(key=st.text(string.ascii_letters + string.digits + string.punctuation, min_size=8))
def test_no_spelling_gets_through(way: str, key: str) -> None:
    spelled = SPELLINGS[way](key).encode()
    assert Hidden(key).blotted(b"it was {" + spelled + b"}, so") == b"it was {[key]}, so"


@given(key=st.text(string.printable[:94], min_size=8), before=st.binary(), after=st.binary())
def test_nor_base64_of_what_holds_it(key: str, before: bytes, after: bytes) -> None:
    coded = base64.b64encode(before + key.encode() + after)
    blotted = Hidden(key).blotted(coded)
    assert b"[key]" in blotted
    assert len(blotted.replace(b"[key]", b"")) <= len(coded) - len(key)


def test_what_is_no_secret_stays_as_it_is() -> None:
    body = json.dumps({"name": KEY[:7], "other": KEY.replace("secret", "Secret")}).encode()
    assert Hidden(KEY, f"user:{KEY}").blotted(body) is body
    assert Hidden("", "short").blotted(b"short") == b"short"
    assert KEY not in repr(Hidden(KEY))

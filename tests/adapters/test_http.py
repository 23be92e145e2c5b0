"""Declared providers over real HTTP: the request they make, and what they make of the reply."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from enrich_cli.adapters import calls
from enrich_cli.adapters.guard import AddressRefusedError
from enrich_cli.adapters.reading import KEPT_LIMIT
from enrich_cli.adapters.refusals import rest_after, retry_after
from enrich_cli.domain.entity import Field
from enrich_cli.domain.errors import ConfigError
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Failure, Gap, Hit, Miss, Reason, Value
from enrich_cli.domain.provider import Item, ProviderError
from tests.adapters.spec_kit import (
    BATCH,
    KEY,
    MINIMAL,
    NOW,
    Seen,
    always,
    ask,
    load,
    permit,
    provider,
    query,
    refused,
    reply,
    serving,
)

NAME = Field("company_name")
ACME = {"name": "Acme Optics"}


def named(name: str) -> Hit:
    return Hit({NAME: Value(name)})


def with_auth(auth: str, text: str = MINIMAL) -> str:
    return f'{text}[auth]\nenv = "ACME_KEY"\n{auth}\n'


# The request


def test_single_request(tmp_path: Path) -> None:
    got, (seen,) = ask(tmp_path, MINIMAL, always(ACME))
    assert got.items[0].outcome == named("Acme Optics")
    assert (seen.method, seen.path) == ("GET", "/find?domain=northwind.example")
    assert seen.headers["User-Agent"] == "enrich/test"
    assert seen.headers["Accept"] == "application/json"
    assert "Authorization" not in seen.headers
    assert seen.body == b""


def test_the_items_source_is_the_address_without_the_key(tmp_path: Path) -> None:
    got, (seen,) = ask(tmp_path, with_auth('query = "api_key"'), always(ACME), key=KEY)
    assert seen.path == f"/find?domain=northwind.example&api_key={KEY}"
    url = got.items[0].url or ""
    assert url.endswith("/find?domain=northwind.example")


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        ('header = "X-Api-Key"', "X-Api-Key", KEY),
        ('header = "Authorization"\nformat = "Basic {key}"', "Authorization", f"Basic {KEY}"),
        ("bearer = true", "Authorization", f"Bearer {KEY}"),
        (
            'basic = "user"',
            "Authorization",
            "Basic " + base64.b64encode(f"{KEY}:".encode()).decode(),
        ),
        (
            'basic = "password"',
            "Authorization",
            "Basic " + base64.b64encode(f":{KEY}".encode()).decode(),
        ),
    ],
)
def test_key_in_a_header(tmp_path: Path, auth: str, header: str, value: str) -> None:
    _, (seen,) = ask(tmp_path, with_auth(auth), always(ACME), key=f"  {KEY}\n")
    assert seen.headers[header] == value
    assert KEY not in seen.path


def test_key_in_the_body(tmp_path: Path) -> None:
    text = with_auth('body = "api_key"').replace(
        'query = { domain = "{domain}" }', 'method = "POST"\njson = { domain = "{domain}" }'
    )
    _, (seen,) = ask(tmp_path, text, always(ACME), key=KEY)
    assert seen.json == {"domain": "northwind.example", "api_key": KEY}
    assert seen.headers["Content-Type"] == "application/json"
    _, (keyless,) = ask(tmp_path, text, always(ACME))
    assert keyless.json == {"domain": "northwind.example"}


def test_without_a_key_nothing_is_sent_for_one(tmp_path: Path) -> None:
    for auth in ('header = "X-Api-Key"', 'query = "api_key"', "bearer = true"):
        _, (seen,) = ask(tmp_path, with_auth(auth), always(ACME))
        assert not {"X-Api-Key", "Authorization"} & set(seen.headers)
        assert "api_key" not in seen.path


def test_a_post_whose_inputs_are_in_the_query(tmp_path: Path) -> None:
    text = MINIMAL.replace('path = "/find"', 'method = "POST"\npath = "/find"')
    _, (seen,) = ask(tmp_path, text, always(ACME))
    assert (seen.method, seen.path, seen.body) == ("POST", "/find?domain=northwind.example", b"")


def test_values_of_every_kind_in_a_query(tmp_path: Path) -> None:
    text = MINIMAL.replace(
        'query = { domain = "{domain}" }',
        'query = { q = "{domain} in:email & more", "filter[x]" = ["a b", "{domain}"], n = 3, '
        'full = true, hint = "{country?}", plain = "{{x}}" }',
    )
    _, (seen,) = ask(tmp_path, text, always(ACME))
    assert parse_qsl(urlsplit(seen.path).query) == [
        ("q", "northwind.example in:email & more"),
        ("filter[x]", "a b"),
        ("filter[x]", "northwind.example"),
        ("n", "3"),
        ("full", "true"),
        ("plain", "{x}"),
    ]


ODD = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@settings(max_examples=25, deadline=None)
@given(ODD)
def test_whatever_a_name_holds_it_stays_in_its_place(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    text = MINIMAL.replace('"domain"', '"name"').replace(
        'path = "/find"\nquery = { domain = "{domain}" }',
        'method = "POST"\npath = "/v1/{name}/x"\nquery = { q = "{name}" }\njson = { n = "{name}" }',
    )
    folder = tmp_path_factory.mktemp("odd")
    if not name.strip("."):
        error = refused(folder, text, always(ACME), [query(None, name=name)])
        assert (error.reason, error.sent) == (Reason.BAD_INPUT, False)
        return
    _, (seen,) = ask(folder, text, always(ACME), [query(None, name=name)])
    parts = urlsplit(seen.path)
    assert [unquote(part) for part in parts.path.split("/")] == ["", "v1", name, "x"]
    assert parse_qsl(parts.query, keep_blank_values=True) == [("q", name)]
    assert seen.json == {"n": name}


def test_what_is_asked_by_and_what_goes_along(tmp_path: Path) -> None:
    text = MINIMAL.replace('[["domain"]]', '[["domain"], ["linkedin"]]').replace(
        '{ domain = "{domain}" }', '{ d = "{domain}", l = "{linkedin}", hint = "{linkedin?|slug}" }'
    )
    both = query(linkedin="linkedin.com/company/acme")
    _, (seen,) = ask(tmp_path, text, always(ACME), [both])
    assert dict(parse_qsl(urlsplit(seen.path).query)) == {"d": "northwind.example", "hint": "acme"}
    _, (seen,) = ask(tmp_path, text, always(ACME), [query(None, linkedin="linkedin.com/in/x")])
    assert dict(parse_qsl(urlsplit(seen.path).query)) == {"l": "linkedin.com/in/x", "hint": "x"}


def test_an_entity_without_the_identifiers_is_not_asked_about(tmp_path: Path) -> None:
    error = refused(tmp_path, MINIMAL, always(ACME), [query(None, name="Acme")])
    assert (error.reason, error.sent) == (Reason.BAD_INPUT, False)


def test_half_a_question_is_not_asked(tmp_path: Path) -> None:
    text = MINIMAL.replace('["domain"]', '["domain", "name"]').replace(
        'domain = "{domain}"', 'domain = "{domain}", last = "{name|last}"'
    )
    assert ask(tmp_path, text, always(ACME), [query(name="Mara Rivera")])[0].items
    error = refused(tmp_path, text, always(ACME), [query(name="Mara")])
    assert error.reason is Reason.BAD_INPUT
    assert "name" in error.detail


# What the reply means


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, Reason.BAD_INPUT),
        (401, Reason.AUTH),
        (402, Reason.OUT_OF_CREDIT),
        (403, Reason.AUTH),
        (405, Reason.BAD_INPUT),
        (408, Reason.SERVER_ERROR),
        (422, Reason.BAD_INPUT),
        (425, Reason.SERVER_ERROR),
        (429, Reason.RATE_LIMITED),
        (500, Reason.SERVER_ERROR),
        (503, Reason.SERVER_ERROR),
    ],
)
def test_statuses_without_a_rule(tmp_path: Path, status: int, reason: Reason) -> None:
    answer = always({"error": {"message": "No, sorry\x07!"}}, status)
    error = refused(tmp_path, MINIMAL, answer)
    assert (error.reason, error.sent) == (reason, False)
    assert error.detail == f"HTTP {status}: No, sorry!"
    assert refused(tmp_path, BATCH.replace("MATCH", "match.order = true"), answer).reason is reason


@pytest.mark.parametrize(
    ("status", "body"), [(404, b"<html>"), (404, {"e": 1}), (204, b""), (200, {}), (200, [])]
)
def test_misses(tmp_path: Path, status: int, body: object) -> None:
    got, _ = ask(tmp_path, MINIMAL, always(body, status))
    assert got.items[0].outcome == Miss()


@pytest.mark.parametrize(
    "body", [b"", b'{"name": "Ac', b"<html>sorry</html>", b'"maintenance"', b"[" * 100_000, b"12"]
)
def test_a_success_that_cannot_be_read_is_garbage(tmp_path: Path, body: bytes) -> None:
    error = refused(tmp_path, MINIMAL, always(body))
    assert (error.reason, error.sent) == (Reason.GARBAGE, True)
    batch = BATCH.replace("MATCH", "match.order = true")
    error = refused(tmp_path, batch, always(body))
    assert (error.reason, error.sent) == (Reason.GARBAGE, True)


@pytest.mark.parametrize(
    "body",
    [
        b'\xef\xbb\xbf{"name": "Acme"}',
        b'{"name": "Acme", "x": NaN}',
        b'{"name": "Acme\\ud800"}',
        '{"name": "Acme", "x": "\xe9"}'.encode("latin-1"),
    ],
)
def test_json_as_it_is_also_written(tmp_path: Path, body: bytes) -> None:
    got, _ = ask(tmp_path, MINIMAL, always(body))
    assert got.items[0].outcome == named("Acme")


def test_compressed_replies_are_read(tmp_path: Path) -> None:
    packed = gzip.compress(json.dumps(ACME).encode())
    got, _ = ask(tmp_path, MINIMAL, always(packed, headers={"Content-Encoding": "gzip"}))
    assert got.items[0].outcome == named("Acme Optics")
    assert got.items[0].body == json.dumps(ACME).encode()
    bad = refused(
        tmp_path, MINIMAL, always(packed[: len(packed) // 2], headers={"Content-Encoding": "gzip"})
    )
    assert (bad.reason, bad.sent) == (Reason.GARBAGE, True)
    other = refused(tmp_path, MINIMAL, always(packed, headers={"Content-Encoding": "br"}))
    assert (other.reason, other.sent) == (Reason.GARBAGE, True)


def test_a_reply_beyond_all_measure_is_not_read_to_its_end(tmp_path: Path) -> None:
    bomb = gzip.compress(b" " * (calls.MAX_BODY + 1))
    error = refused(tmp_path, MINIMAL, always(bomb, headers={"Content-Encoding": "gzip"}))
    assert (error.reason, error.sent) == (Reason.GARBAGE, True)
    assert str(calls.MAX_BODY) in error.detail


RULES = """
[[outcome]]
status = [403]
header = { x-ratelimit-remaining = "0" }
is = "rate_limited"
[[outcome]]
status = [403]
header = "retry-after"
is = "rate_limited"
[[outcome]]
status = [403]
when = "messages == 'noCreditsRemaining'"
is = "out_of_credit"
[[outcome]]
status = [451]
is = "erased"
[[outcome]]
status = [202]
is = "pending"
[[outcome]]
when = "type == 'disambiguation' || error"
is = "miss"
[[outcome]]
status = [418]
is = "hit"
"""


@pytest.mark.parametrize(
    ("status", "body", "headers", "reason"),
    [
        (403, {}, {"X-RateLimit-Remaining": "0"}, Reason.RATE_LIMITED),
        (403, {}, {"Retry-After": "7"}, Reason.RATE_LIMITED),
        (403, {"messages": "noCreditsRemaining"}, {}, Reason.OUT_OF_CREDIT),
        (403, b"<html>", {"X-RateLimit-Remaining": "5"}, Reason.AUTH),
        (202, {}, {}, Reason.PENDING),
    ],
)
def test_outcome_rules_that_end_in_failure(
    tmp_path: Path, status: int, body: object, headers: dict[str, str], reason: Reason
) -> None:
    error = refused(tmp_path, MINIMAL + RULES, always(body, status, headers))
    assert error.reason is reason
    assert error.retry_after == (7.0 if "Retry-After" in headers else None)


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (451, {}, Miss(Gap.ERASED)),
        (200, {"name": "Acme", "type": "disambiguation"}, Miss()),
        (200, {"name": "Acme", "error": {"message": "x"}}, Miss()),
        (200, {"name": "Acme", "error": None}, named("Acme")),
        (418, {"name": "Acme"}, named("Acme")),
        (418, {}, Miss()),
    ],
)
def test_outcome_rules_that_end_in_an_answer(
    tmp_path: Path, status: int, body: object, outcome: object
) -> None:
    loaded = load(tmp_path, MINIMAL + RULES)
    got, _ = ask(tmp_path, MINIMAL + RULES, always(body, status))
    assert got.items[0].outcome == outcome
    assert again(loaded, got.items[0]) == outcome


def again(loaded: Any, item: Item) -> object:
    """What the kept reply says when it is read again."""

    async def main() -> object:
        async with provider(loaded) as asked:
            return asked.reread(query(), item.body).outcome

    return asyncio.run(main())


def test_a_reply_of_which_nothing_but_its_status_is_read(tmp_path: Path) -> None:
    text = MINIMAL.replace('company_name = "name"', 'mail_provider = { value = "acme" }')
    got, _ = ask(tmp_path, text, always(b"<html>"))
    assert got.items[0].outcome == Hit({Field("mail_provider"): Value("acme")})
    assert again(load(tmp_path, text), got.items[0]) == got.items[0].outcome


def test_constants_come_with_a_hit_and_make_none(tmp_path: Path) -> None:
    text = f'{MINIMAL}mail_provider = {{ value = "acme" }}\n'
    got, _ = ask(tmp_path, text, always(ACME))
    assert got.items[0].outcome == Hit(
        {NAME: Value("Acme Optics"), Field("mail_provider"): Value("acme")}
    )
    got, _ = ask(tmp_path, text, always({"name": None}))
    assert got.items[0].outcome == Miss()


def test_maps_prefixes_and_readers(tmp_path: Path) -> None:
    text = MINIMAL.replace(
        'company_name = "name"',
        """
        company_type = { path = "kind", map = { privately-held = "private", other = "" } }
        company_linkedin = { path = "handle", prefix = "https://www.linkedin.com/" }
        technologies = { path = "tech", map = { nginx = "NGINX" } }
        founded_year = { path = "since", as = "date" }
        company_name = { path = "flag", map = { true = "Yes" } }
        """,
    )
    body = {
        "kind": "Privately-Held",
        "handle": "/company/acme",
        "tech": ["nginx", "React"],
        "since": "2009-03-02T00:00:00Z",
        "flag": True,
    }
    got, _ = ask(tmp_path, text, always(body))
    assert isinstance(got.items[0].outcome, Hit)
    assert {field: value.content for field, value in got.items[0].outcome.values.items()} == {
        "company_type": "private",
        "company_linkedin": "https://www.linkedin.com/company/acme",
        "technologies": ("NGINX", "React"),
        "founded_year": 2009,
        "company_name": "Yes",
    }
    body = {"kind": "other", "handle": "https://linkedin.com/company/acme", "flag": False}
    got, _ = ask(tmp_path, text, always(body))
    assert isinstance(got.items[0].outcome, Hit)
    assert set(got.items[0].outcome.values) == {"company_linkedin"}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        ("0.5", 0.5),
        ("Wed, 18 Nov 2026 11:08:40 GMT", 120.0),
        ("Mon, 01 Jan 2001 00:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None),
    ],
)
def test_retry_after(text: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": text}, NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "30"}, 30.0),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": f"{NOW + 45:.0f}"}, 45.0),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": f"{(NOW + 45) * 1000:.0f}"}, 45.0),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": f"{NOW - 9:.0f}"}, 0.0),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": "12"}, 12.0),
        ({"RateLimit": "limit=100, remaining=0, reset=7"}, 7.0),
        ({"RateLimit": '"default";r=0;t=9'}, 9.0),
        ({"RateLimit": '"default";r=3;t=9'}, None),
        ({"X-RateLimit-Remaining": "1", "X-RateLimit-Reset": "30"}, None),
        ({"X-RateLimit-Remaining": "0"}, None),
        ({"X-RateLimit-Remaining": "none", "X-RateLimit-Reset": "soon"}, None),
        ({}, None),
    ],
)
def test_a_limit_that_is_used_up(headers: dict[str, str], seconds: float | None) -> None:
    assert rest_after(CIMultiDict(headers), NOW) == seconds


# Identity, confidence, kept replies, meters


def test_an_answer_about_another_company_is_a_miss(tmp_path: Path) -> None:
    text = f'{MINIMAL}[check]\ndomain = "[site, aliases[]][]"\n'
    for body, hit in (
        ({**ACME, "site": "https://www.Northwind.example/about"}, True),
        ({**ACME, "site": "shop.northwind.example"}, True),
        ({**ACME, "site": None}, True),
        ({**ACME, "site": "other.example", "aliases": ["northwind.example"]}, True),
        ({**ACME, "site": "other.example", "aliases": []}, False),
        ({**ACME, "site": "notnorthwind.example"}, False),
    ):
        got, _ = ask(tmp_path, text, always(body))
        assert isinstance(got.items[0].outcome, Hit) is hit, body
        assert got.items[0].pays, body


@pytest.mark.parametrize(
    ("body", "pays"),
    [
        ({"site": "northwind.example"}, True),
        ({"name": "", "site": "northwind.example"}, True),
        ({"name": None, "site": None}, False),
        ({}, False),
    ],
)
def test_a_record_without_the_fields_is_a_miss_that_is_billed(
    tmp_path: Path, body: dict[str, object], pays: bool
) -> None:
    got, _ = ask(tmp_path, f'{MINIMAL}[check]\ndomain = "site"\n', always(body))
    assert isinstance(got.items[0].outcome, Miss)
    assert got.items[0].pays is pays


@pytest.mark.parametrize(
    ("rule", "said", "confidence"),
    [
        ('path = "c"\nscale = [0, 10]', 8, 0.8),
        ('path = "c"\nscale = [0, 100]', "97", 0.97),
        ('path = "c"\nscale = [1, 10]', 99, 1.0),
        ('path = "c"\nscale = [10, 0]', 9, 0.1),
        ('path = "c"', 0.5, 0.5),
        ('path = "c"', True, None),
        ('path = "c"', None, None),
        ('path = "c"', {"x": 1}, None),
        ('path = "c"\nmap = { DELIVERABLE = 0.95, catch_all = 0.4 }', "DELIVERABLE", 0.95),
        ('path = "c"\nmap = { DELIVERABLE = 0.95, catch_all = 0.4 }', "CATCH_ALL", 0.4),
        ('path = "c"\nmap = { DELIVERABLE = 0.95 }', "OTHER", None),
    ],
)
def test_confidence(tmp_path: Path, rule: str, said: object, confidence: float | None) -> None:
    got, _ = ask(tmp_path, f"{MINIMAL}[confidence]\n{rule}\n", always({**ACME, "c": said}))
    assert got.items[0].confidence == (None if confidence is None else pytest.approx(confidence))


@pytest.mark.parametrize(
    ("meter", "headers", "body", "cost"),
    [
        ('header = "X-Credits", usd = "0.10"', {"x-credits": "2"}, ACME, 200_000),
        ('header = "X-Credits", usd = "0.10"', {"x-credits": "0"}, ACME, 0),
        ('header = "X-Credits", usd = "0.10"', {}, ACME, None),
        ('header = "X-Credits", usd = "0.10"', {"x-credits": "many"}, ACME, None),
        ('header = "X-Credits", usd = "0.10"', {"x-credits": "-1"}, ACME, None),
        ('header = "X-Credits", usd = "0.10"', {"x-credits": "Infinity"}, ACME, None),
        ('json = "meta.cost", usd = "0.0019"', {}, {**ACME, "meta": {"cost": 0.25}}, 475),
        ('json = "meta.cost", usd = "0.000001"', {}, {**ACME, "meta": {"cost": 0.3}}, 1),
        ('json = "meta.cost", usd = "0.0019"', {}, {**ACME, "meta": {"cost": True}}, None),
    ],
)
def test_the_providers_own_meter(
    tmp_path: Path, meter: str, headers: dict[str, str], body: object, cost: int | None
) -> None:
    text = f'{MINIMAL}[price]\nusd = "0.10"\nper = "hit"\nmeter = {{ {meter} }}\n'
    got, _ = ask(tmp_path, text, always(body, headers=headers))
    assert got.metered == (None if cost is None else Money(cost))


def test_a_huge_reply_is_kept_as_what_is_read_of_it(tmp_path: Path) -> None:
    text = MINIMAL + '[check]\ndomain = "site"\n[confidence]\npath = "sure"\n'
    body = {**ACME, "site": "northwind.example", "sure": 0.75, "rest": "x" * KEPT_LIMIT}
    got, _ = ask(tmp_path, text, always(body))
    (item,) = got.items
    assert len(item.body) < 1000
    loaded = load(tmp_path, text)

    async def main() -> Item:
        async with provider(loaded) as asked:
            return asked.reread(query(), item.body)

    read = asyncio.run(main())
    assert (read.outcome, read.confidence) == (named("Acme Optics"), 0.75)
    other, _ = ask(tmp_path, text, always({**body, "site": "other.example"}))
    assert again(loaded, other.items[0]) == Miss()


# Batches

MATCHES: dict[str, tuple[str, Any, Any]] = {
    "echo": ('match = { echo = "ref" }', lambda n, ask: {"ref": ask["ref"], "name": n}, list),
    "echoed number": (
        'match = { echo = "meta.ref" }',
        lambda n, ask: {"meta": {"ref": int(ask["ref"])}, "name": n},
        list,
    ),
    "field": (
        'match = { field = "url", identifier = "domain" }',
        lambda n, ask: {"url": f"https://www.{ask['site'].upper()}/", "name": n},
        list,
    ),
    "key": (
        'match = { key = "domain" }\nanswers = "found"',
        lambda n, ask: {f"https://{ask['site']}": {"name": n}},
        lambda parts: {"found": {key: one for part in parts for key, one in part.items()}},
    ),
    "single keys": (
        'match = { key = "domain" }\nanswers = "found"',
        lambda n, ask: {ask["site"]: {"name": n}},
        lambda parts: {"found": list(parts)},
    ),
}


@pytest.mark.parametrize("form", MATCHES)
def test_answers_of_a_batch_find_their_questions(tmp_path: Path, form: str) -> None:
    match, part, whole = MATCHES[form]

    def answer(seen: Seen) -> web.Response:
        asked = seen.json["requests"]
        known = [a for a in asked if a["site"] != "nowhere.example"]
        return reply(whole(part(f"Name of {a['site']}", a) for a in reversed(known)))

    domains = ["b.example", "nowhere.example", "a.example", "c.example"]
    queries = [query(domain, entity=domain) for domain in domains]
    got, (seen,) = ask(tmp_path, BATCH.replace("MATCH", match), answer, queries)
    assert (seen.method, seen.path) == ("POST", "/bulk")
    assert [one["site"] for one in seen.json["requests"]] == domains
    assert [item.outcome for item in got.items] == [
        named("Name of b.example"),
        Miss(),
        named("Name of a.example"),
        named("Name of c.example"),
    ]
    loaded = load(tmp_path, BATCH.replace("MATCH", match))
    assert [again(loaded, item) for item in got.items] == [item.outcome for item in got.items]


def test_answers_in_order(tmp_path: Path) -> None:
    text = BATCH.replace("MATCH", "match = { order = true }")
    queries = [query("a.example"), query("b.example")]
    got, _ = ask(tmp_path, text, always([None, {"name": "B"}]), queries)
    assert [item.outcome for item in got.items] == [Miss(), named("B")]
    error = refused(tmp_path, text, always([{"name": "B"}]), queries)
    assert (error.reason, error.sent) == (Reason.GARBAGE, True)


def test_answers_without_the_marks_that_were_sent_are_garbage(tmp_path: Path) -> None:
    text = BATCH.replace("MATCH", 'match = { echo = "ref" }')
    error = refused(tmp_path, text, always([{"name": "A"}]))
    assert (error.reason, error.sent) == (Reason.GARBAGE, True)
    got, _ = ask(tmp_path, text, always([]))
    assert got.items[0].outcome == Miss()


def test_the_body_may_be_the_list_and_items_may_be_texts(tmp_path: Path) -> None:
    text = BATCH.replace("MATCH", "match = { order = true }").replace(
        'items = "requests"\nitem = { site = "{domain}", ref = "{ref}" }',
        'items = ""\nitem = "{domain}"',
    )
    _, (seen,) = ask(tmp_path, text, always([None]))
    assert seen.json == ["northwind.example"]


def test_the_list_may_lie_deep_beside_constants(tmp_path: Path) -> None:
    text = BATCH.replace("MATCH", "match = { order = true }\njson = { data = { full = true } }")
    text = text.replace('items = "requests"', 'items = "data.list"')
    text = with_auth('body = "key"', text)
    _, (seen,) = ask(tmp_path, text, always([None]), key=KEY)
    part = {"site": "northwind.example", "ref": "0"}
    assert seen.json == {"data": {"full": True, "list": [part]}, "key": KEY}


def test_each_item_of_a_batch_has_its_own_outcome(tmp_path: Path) -> None:
    text = BATCH.replace("MATCH", 'match = { order = true }\nstatus = "status"') + RULES
    statuses = [200, 404, 429, 451, 402]
    answers = [{"status": status, "name": f"N{status}"} for status in statuses]
    queries = [query(f"d{place}.example", entity=f"e{place}") for place in range(5)]
    got, _ = ask(tmp_path, text, always(answers), queries)
    outcomes = [item.outcome for item in got.items]
    assert outcomes[:2] == [named("N200"), Miss()]
    assert outcomes[3] == Miss(Gap.ERASED)
    limited, broke = outcomes[2], outcomes[4]
    assert isinstance(limited, Failure)
    assert isinstance(broke, Failure)
    assert (limited.reason, broke.reason) == (Reason.RATE_LIMITED, Reason.OUT_OF_CREDIT)
    loaded = load(tmp_path, text)
    assert [again(loaded, item) for item in got.items] == outcomes


def test_who_cannot_be_asked_about_does_not_spoil_the_batch(tmp_path: Path) -> None:
    text = BATCH.replace("MATCH", 'match = { echo = "ref" }')
    queries = [query(None, name="Acme"), query()]

    def answer(seen: Seen) -> web.Response:
        return reply([{"ref": one["ref"], "name": "N"} for one in seen.json["requests"]])

    got, (seen,) = ask(tmp_path, text, answer, queries)
    assert len(seen.json["requests"]) == 1
    first, second = (item.outcome for item in got.items)
    assert isinstance(first, Failure)
    assert first.reason is Reason.BAD_INPUT
    assert second == named("N")
    nobody, unseen = ask(tmp_path, text, answer, [query(None, name="Acme")])
    assert unseen == []
    assert isinstance(nobody.items[0].outcome, Failure)


def test_a_rule_for_the_whole_reply_in_place_of_answers(tmp_path: Path) -> None:
    text = BATCH.replace("MATCH", 'match = { order = true }\nanswers = "found"')
    text += '[[outcome]]\nwhen = "status == \'CREDITS\'"\nis = "out_of_credit"\n'
    text += '[[outcome]]\nwhen = "status == \'NONE\'"\nis = "miss"\n'
    assert refused(tmp_path, text, always({"status": "CREDITS"})).reason is Reason.OUT_OF_CREDIT
    got, _ = ask(tmp_path, text, always({"status": "NONE"}), [query(), query("b.example")])
    assert [item.outcome for item in got.items] == [Miss(), Miss()]


def test_one_entity_takes_the_single_request_where_there_is_one(tmp_path: Path) -> None:
    text = MINIMAL + BATCH[BATCH.index("[batch]") : BATCH.index("[fields]")].replace(
        "MATCH", "match = { order = true }"
    )
    _, (one,) = ask(tmp_path, text, always(ACME))
    assert one.method == "GET"
    got, (two,) = ask(tmp_path, text, always([ACME, None]), [query(), query("b.example")])
    assert two.method == "POST"
    assert got.items[0].url is not None
    assert got.items[0].url.endswith("/find?domain=northwind.example")


def test_the_meter_of_a_batch_is_that_of_the_call(tmp_path: Path) -> None:
    text = BATCH.replace("MATCH", "match = { order = true }")
    text += '[price]\nusd = "1"\nper = "hit"\nmeter = { header = "x-spent", usd = "0.5" }\n'
    got, _ = ask(tmp_path, text, always([ACME, None], headers={"X-Spent": "3"}), [query()] * 2)
    assert got.metered == Money(1_500_000)


def test_more_entities_than_a_call_takes_is_a_bug(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at most 1"):
        ask(tmp_path, MINIMAL, always(ACME), [query(), query("b.example")])


# Redirects and keys


def redirecting(target: str, status: int = 302) -> Any:
    def answer(seen: Seen) -> web.Response:
        if seen.path.startswith("/found"):
            return reply(ACME)
        return reply(b"", status, {"Location": target})

    return answer


@pytest.mark.parametrize(("status", "method"), [(301, "GET"), (303, "GET"), (307, "POST")])
def test_redirects_within_the_origin(tmp_path: Path, status: int, method: str) -> None:
    text = with_auth("bearer = true").replace('path = "/find"', 'method = "POST"\npath = "/find"')
    text = text.replace("\n[fields]", "\njson = { x = 1 }\n[fields]")
    got, (_, second) = ask(tmp_path, text, redirecting("/found?y=1", status), key=KEY)
    assert got.items[0].outcome == named("Acme Optics")
    assert (second.method, second.path) == (method, "/found?y=1")
    assert second.body == (b"" if method == "GET" else b'{"x":1}')
    assert second.headers["Authorization"] == f"Bearer {KEY}"


def two_servers(tmp_path: Path, text: str, key: str | None, guard: Any) -> tuple[Any, list[Seen]]:
    """A redirect from one origin to another, and what the other one saw."""

    async def main() -> tuple[Any, list[Seen]]:
        async with AsyncExitStack() as stack:
            other = await stack.enter_async_context(serving(always(ACME)))
            away = always(b"", 302, {"Location": f"{other.base}/found"})
            first = await stack.enter_async_context(serving(away))
            loaded = load(tmp_path, text, first.base)
            asked = await stack.enter_async_context(provider(loaded, key, guard))
            try:
                return await asked.fetch([query()]), other.seen
            except ProviderError as error:
                return error, other.seen

    return asyncio.run(main())


def test_a_key_follows_no_redirect_to_another_origin(tmp_path: Path) -> None:
    for auth in ('header = "X-Api-Key"', 'query = "k"', "bearer = true"):
        error, seen = two_servers(tmp_path, with_auth(auth), KEY, permit)
        assert error.reason is Reason.AUTH
        assert error.sent is False
        assert seen == []


def test_without_a_key_each_hop_passes_the_guard(tmp_path: Path) -> None:
    asked: list[str] = []
    got, seen = two_servers(tmp_path, MINIMAL, None, asked.append)
    assert got.items[0].outcome == named("Acme Optics")
    assert [url.split("/")[-1] for url in asked] == ["found"]
    assert len(seen) == 1

    def forbid(url: str) -> None:
        raise AddressRefusedError(url)

    error, seen = two_servers(tmp_path, MINIMAL, None, forbid)
    assert (error.reason, error.sent) == (Reason.UNREACHABLE, False)
    assert seen == []


def test_redirects_come_to_an_end(tmp_path: Path) -> None:
    async def main() -> int:
        async with (
            serving(redirecting("/again")) as served,
            provider(load(tmp_path, MINIMAL, served.base)) as asked,
        ):
            with pytest.raises(ProviderError, match="too many redirects"):
                await asked.fetch([query()])
            return len(served.seen)

    assert asyncio.run(main()) == 1 + calls.MAX_REDIRECTS


@pytest.mark.parametrize("target", ["ftp://x.example/", "http://[", "javascript:1", "http://"])
def test_redirects_to_what_is_no_web_address(tmp_path: Path, target: str) -> None:
    error = refused(tmp_path, MINIMAL, redirecting(target), guard=refuse_all)
    assert error.reason in (Reason.GARBAGE, Reason.UNREACHABLE)
    assert error.sent is False


def refuse_all(url: str) -> None:
    raise AddressRefusedError(url)


def test_the_key_shows_nowhere(tmp_path: Path) -> None:
    def echo(seen: Seen) -> web.Response:
        status = 403 if "fail" in seen.path else 200
        return reply({"name": f"N {KEY}", "error": f"bad key {KEY} {seen.path}"}, status)

    text = with_auth('query = "api_key"')
    got, (seen,) = ask(tmp_path, text, echo, key=KEY)
    assert KEY in seen.path
    assert KEY not in repr(got)
    error = refused(tmp_path, text, echo, [query("fail.example")], key=KEY)
    assert "bad key" in error.detail
    assert KEY not in f"{error!r} {error.detail} {error.__cause__!r} {error.__context__!r}"

    async def main() -> str:
        async with provider(load(tmp_path, text), KEY) as asked:
            return f"{asked!r} {vars(asked)!r}"

    assert KEY not in asyncio.run(main())


def test_a_key_that_comes_back_in_another_form_is_not_kept(tmp_path: Path) -> None:
    key = "sk/very+secret=01"

    def echo(seen: Seen) -> web.Response:
        return reply({"name": f"{seen.path} {seen.headers.get('Authorization')}"})

    for auth in ('query = "api_key"', 'basic = "user"', "bearer = true"):
        got, (seen,) = ask(tmp_path, with_auth(auth), echo, key=key)
        coded = base64.b64encode(f"{key}:".encode()).decode()
        assert any(form in f"{seen.path}{seen.headers}" for form in (key, quote(key, ""), coded))
        assert not any(form in repr(got) for form in (key, quote(key, ""), coded))


@pytest.mark.parametrize("key", ["sk-\nInjected: 1", "schlüssel", "a\x00b"])
def test_a_key_that_cannot_be_one_is_refused_without_showing_it(tmp_path: Path, key: str) -> None:
    with pytest.raises(ConfigError, match="ACME_KEY") as raised:
        ask(tmp_path, with_auth("bearer = true"), always(ACME), key=key)
    assert key not in str(raised.value)

"""The vendors that the sandbox plays: shapes, outcomes, and one truth behind all of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrich_cli.domain.entity import CATALOGUE, EntityType
from enrich_cli.sandbox import world
from enrich_cli.sandbox.play import Player, Request
from enrich_cli.sandbox.players import PLAYERS, player_for

HUNTER = "https://api.hunter.io/v2"
PDL = "https://api.peopledatalabs.com/v5"
GENERIC = "https://generic.sandbox.example"
DOMAINS = [f"firm-{number}.example" for number in range(60)]
EMAILS = [f"mara.rivera@{domain}" for domain in DOMAINS]


def example(name: str) -> Any:
    return json.loads((Path(__file__).parent / "examples" / f"{name}.json").read_text())


def same_shape(seen: Any, shown: Any, at: str = "$") -> None:
    """The same keys at every depth, and the same types but for nulls."""
    if isinstance(shown, dict):
        if seen is not None:
            assert set(seen) == set(shown), at
            for key, value in shown.items():
                same_shape(seen[key], value, f"{at}.{key}")
    elif isinstance(shown, list):
        assert isinstance(seen, list), at
        for value in seen if shown else []:
            same_shape(value, shown[0], f"{at}[]")
    elif shown is not None and seen is not None:
        assert type(seen) is type(shown), at


@pytest.mark.parametrize(
    ("url", "hit", "subjects", "share"),
    [
        (f"{HUNTER}/companies/find?domain=", "hunter.company.hit", DOMAINS, (0.4, 0.8)),
        (f"{HUNTER}/people/find?email=", "hunter.person.hit", EMAILS, (0.3, 0.75)),
        (f"{PDL}/company/enrich?website=", "pdl.company.hit", DOMAINS, (0.6, 0.95)),
        (f"{PDL}/person/enrich?email=", "pdl.person.hit", EMAILS, (0.4, 0.85)),
        ("https://rdap.registry.example/rdap/domain/", "rdap.domain.hit", DOMAINS, (0.6, 0.95)),
    ],
)
def test_hits_and_misses_look_like_the_vendors(
    web: httpx.Client, url: str, hit: str, subjects: list[str], share: tuple[float, float]
) -> None:
    replies = [web.get(url + subject) for subject in subjects]
    hits = [reply for reply in replies if reply.status_code == 200]
    assert {reply.status_code for reply in replies} - {451} == {200, 404}
    assert share[0] <= len(hits) / len(replies) <= share[1]
    shown = example(hit)
    for reply in hits:
        seen = reply.json()
        if hit == "rdap.domain.hit":  # the holder, where he is shown, is one entity more
            seen["entities"] = seen["entities"][:1]
            card, model = seen["entities"][0], shown["entities"][0]
            assert [row[0] for row in card["vcardArray"][1]] == ["version", "fn"]
            card["vcardArray"] = model["vcardArray"] = []
        same_shape(seen, shown)
    missing = next(reply for reply in replies if reply.status_code == 404)
    if not url.startswith("https://rdap"):
        assert missing.json() == example(f"{hit.partition('.')[0]}.404")
    else:
        assert missing.json()["errorCode"] == 404


def test_all_sources_speak_of_the_same_company(web: httpx.Client) -> None:
    agreed = 0
    for domain in DOMAINS:
        hunter = web.get(f"{HUNTER}/companies/find", params={"domain": domain})
        pdl = web.get(f"{PDL}/company/enrich", params={"website": domain})
        if hunter.status_code != 200 or pdl.status_code != 200:
            continue
        one, other = hunter.json()["data"], pdl.json()
        assert one["name"].lower() == other["name"]
        for mine, theirs in (
            (one["metrics"]["employees"], other["size"]),
            (one["foundedYear"], other["founded"]),
            (one["geo"]["city"], (other["location"] or {}).get("locality")),
        ):
            if mine is not None and theirs is not None:
                assert str(mine).lower() == str(theirs)
                agreed += 1
    assert agreed > 20


# Hunter


def test_hunter_combined_has_person_and_company(web: httpx.Client) -> None:
    replies = [web.get(f"{HUNTER}/combined/find", params={"email": email}) for email in EMAILS]
    both = [
        reply.json()
        for reply in replies
        if reply.status_code == 200 and all(reply.json()["data"].values())
    ]
    assert len(both) > 10
    for seen in both:
        same_shape(seen, example("hunter.combined.hit"))


def test_hunter_finder_misses_with_a_null_in_a_200(web: httpx.Client) -> None:
    found = []
    for domain in DOMAINS:
        params = {"domain": domain, "first_name": "Mara", "last_name": "Rivera"}
        reply = web.get(f"{HUNTER}/email-finder", params=params)
        assert reply.status_code == 200
        same_shape(reply.json(), example("hunter.finder.hit"))
        found.append(reply.json()["data"]["email"] is not None)
    assert any(found)
    assert not all(found)
    assert web.get("/_stats").json()["hits"]["hunter-finder"] == sum(found)


def test_hunter_finder_takes_a_full_name_a_company_or_a_handle(web: httpx.Client) -> None:
    params = {"company": "X Works GmbH", "full_name": "Mara Rivera"}
    by_name = web.get(f"{HUNTER}/email-finder", params=params).json()["data"]
    handle = {"linkedin_handle": "mara-rivera-x-works"}
    by_handle = web.get(f"{HUNTER}/email-finder", params=handle).json()["data"]
    assert by_name == by_handle
    assert by_name["domain"] == "x-works.example"


def test_hunter_does_not_speak_of_the_erased(web: httpx.Client) -> None:
    reply = web.get(f"{HUNTER}/people/find", params={"email": "erased@x-works.example"})
    assert (reply.status_code, reply.json()) == (451, example("hunter.451.erased"))
    emails = [f"p{number}@x-works.example" for number in range(400)]
    statuses = [web.get(f"{HUNTER}/people/find?email={email}").status_code for email in emails]
    assert 0 < statuses.count(451) < 20


@pytest.mark.parametrize("where", ["query", "header", "bearer", "none", "other"])
def test_hunter_key(web: httpx.Client, where: str) -> None:
    ways: dict[str, dict[str, dict[str, str]]] = {
        "query": {"params": {"api_key": "bad-key"}},
        "header": {"headers": {"X-API-KEY": "bad-key"}},
        "bearer": {"headers": {"Authorization": "Bearer bad-key"}},
        "none": {},
        "other": {"headers": {"X-API-KEY": "test-api-key"}},
    }
    way = ways[where]
    params = {"domain": "nowhere.x-unknown.example", **way.get("params", {})}
    url = f"{HUNTER}/companies/find"
    reply = web.get(url, params=params, headers=way.get("headers", {}))
    assert reply.status_code == (404 if where in ("none", "other") else 401)
    assert reply.json()["errors"][0]["code"] == reply.status_code


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("companies/find", 400),
        ("people/find", 400),
        ("combined/find", 400),
        ("email-finder", 400),
        ("email-finder?domain=acme.example", 400),
        ("no-such-call", 404),
    ],
)
def test_hunter_says_what_is_missing(web: httpx.Client, path: str, status: int) -> None:
    reply = web.get(f"{HUNTER}/{path}")
    assert reply.status_code == status
    assert set(reply.json()["errors"][0]) == {"id", "code", "details"}
    assert not web.get("/_stats").json()["billed_total"]


# People Data Labs


def bulk(web: httpx.Client, kind: str, requests: list[Any], **more: Any) -> httpx.Response:
    path = "company/enrich/bulk" if kind == "company" else "person/bulk"
    return web.post(f"{PDL}/{path}", json={"requests": requests, **more})


def test_pdl_bulk_keeps_the_order_and_echoes_metadata(web: httpx.Client) -> None:
    requests = [
        {"params": {"website": domain}, "metadata": {"ref": at}}
        for at, domain in enumerate(DOMAINS)
    ]
    reply = bulk(web, "company", requests)
    assert reply.status_code == 200
    items = reply.json()
    assert [item["metadata"]["ref"] for item in items] == list(range(len(DOMAINS)))
    hit, miss = example("pdl.company_bulk.response")
    for item, domain in zip(items, DOMAINS, strict=True):
        alone = web.get(f"{PDL}/company/enrich", params={"website": domain}).json()
        assert {key: value for key, value in item.items() if key != "metadata"} == alone
        item["metadata"] = hit["metadata"]
        same_shape(item, hit if item["status"] == 200 else miss)
    hits = sum(item["status"] == 200 for item in items)
    assert reply.headers["x-call-credits-spent"] == str(hits)
    assert reply.headers["x-call-credits-type"] == "enrich_company"
    assert json.loads(reply.headers["x-ratelimit-remaining"])["minute"] > 0
    assert int(reply.headers["x-totallimit-remaining"]) > 0


def test_pdl_person_bulk(web: httpx.Client) -> None:
    requests: list[Any] = [
        {"params": {"profile": ["linkedin.com/in/mara-rivera-x-works"]}, "metadata": {"k": 1}},
        {"params": {"email": "nobody@x-unknown.example"}, "metadata": {"k": 2}},
        {"params": {"name": "Mara Rivera"}},
        {"params": {"name": "Mara Rivera", "company": "x-works.example"}},
        "what is this",
    ]
    items = bulk(web, "person", requests).json()
    assert [item["status"] for item in items] == [200, 404, 400, 200, 400]
    hit, miss = example("pdl.person_bulk.response")
    same_shape({**items[0], "metadata": hit["metadata"]}, hit)
    same_shape({**items[1], "metadata": miss["metadata"]}, miss)
    assert items[0]["data"] == items[3]["data"]
    assert all("metadata" not in item for item in items[2:])


@pytest.mark.parametrize("count", [0, 101])
@pytest.mark.parametrize("kind", ["company", "person"])
def test_pdl_bulk_takes_one_to_a_hundred(web: httpx.Client, kind: str, count: int) -> None:
    reply = bulk(web, kind, [{"params": {"website": "acme.example"}}] * count)
    assert (reply.status_code, reply.json()["status"]) == (400, 400)
    assert bulk(web, kind, [{"params": {"website": "acme.example"}}] * 100).status_code == 200


def test_pdl_finds_the_same_company_every_way(web: httpx.Client) -> None:
    url = f"{PDL}/company/enrich"
    ways: list[dict[str, Any]] = [
        {"website": "https://www.x-works.example/about"},
        {"profile": "https://www.linkedin.com/company/x-works/"},
        {"name": "X Works, Inc."},
    ]
    replies = [web.get(url, params=way).json() for way in ways]
    posted = web.post(url, json=ways[0]).json()
    assert posted == replies[0]
    records = [{**reply, "likelihood": 0} for reply in replies]
    assert records[0] == records[1] == records[2]
    assert all(1 <= reply["likelihood"] <= 10 for reply in replies)


def test_pdl_control_parameters(web: httpx.Client) -> None:
    url, who = f"{PDL}/company/enrich", {"website": "x-works.example"}
    plain = web.get(url, params=who).json()
    titled = web.get(url, params={**who, "titlecase": "true"}).json()
    assert plain["name"] == "x works"
    assert titled["name"] == "X Works"
    assert web.get(url, params={**who, "min_likelihood": "11"}).status_code == 404
    assert web.get(url, params={**who, "min_likelihood": "many"}).status_code == 400
    assert web.get(url, params={**who, "required": "name AND website"}).status_code == 200
    assert web.get(url, params={**who, "required": "name AND nothing"}).status_code == 404
    assert web.get(url, params={**who, "required": "nothing OR name"}).status_code == 200
    matched = web.get(url, params={**who, "include_if_matched": "true"}).json()["matched"]
    assert matched == ["website"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "company/enrich", 400),
        ("GET", "person/enrich", 400),
        ("GET", "person/enrich?name=Mara+Rivera", 400),
        ("GET", "person/enrich?phone=%2B12025550100", 404),
        ("GET", "company/enrich?pdl_id=abc", 404),
        ("PUT", "company/enrich", 405),
        ("GET", "person/bulk", 405),
        ("GET", "nothing", 404),
        ("POST", "person/enrich", 400),
        ("GET", "company/enrich?website=acme.example&api_key=bad-key", 401),
    ],
)
def test_pdl_errors(web: httpx.Client, method: str, path: str, status: int) -> None:
    reply = web.request(method, f"{PDL}/{path}")
    assert (reply.status_code, reply.json()["status"]) == (status, status)
    assert set(reply.json()["error"]) == {"type", "message"}
    assert not web.get("/_stats").json()["billed_total"]


# RDAP


def test_rdap_redirects_to_the_registry(web: httpx.Client) -> None:
    reply = web.get("https://rdap.org/domain/x-works.example")
    assert reply.status_code == 302
    there = reply.headers["Location"]
    assert there == "https://rdap.registry.example/rdap/domain/x-works.example"
    record = web.get(there)
    assert record.headers["Content-Type"] == "application/rdap+json"
    events = {event["eventAction"]: event["eventDate"] for event in record.json()["events"]}
    company = world.company("x-works.example")
    assert company is not None
    assert events["registration"].startswith(company.registered)
    assert web.get("https://data.iana.org/rdap/dns.json").json()["services"]


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("https://rdap.org/domain/no_domain", 400),
        ("https://rdap.org/domain/acme.jp", 404),
        ("https://rdap.org/ip/192.0.2.1", 404),
        ("https://rdap.registry.example/rdap/domain/www.x-works.example", 404),
        ("https://rdap.registry.example/rdap/domain/x-unknown.example", 404),
    ],
)
def test_rdap_errors(web: httpx.Client, url: str, status: int) -> None:
    reply = web.get(url)
    assert (reply.status_code, reply.json()["errorCode"]) == (status, status)


# Any vendor one likes


def test_generic_gives_every_field(web: httpx.Client) -> None:
    company = web.get(f"{GENERIC}/one", params={"domain": "acme.example"}).json()
    person = web.get(f"{GENERIC}/one", params={"email": "mara.rivera@acme.example"}).json()
    named = web.get(f"{GENERIC}/one", params={"name": "Mara Rivera", "domain": "acme.example"})
    assert set(company) - {"found", "domain"} == fields(EntityType.COMPANY)
    assert set(person) - {"found", "email"} == fields(EntityType.PERSON)
    assert named.json()["job_title"] == person["job_title"]


def fields(entity: EntityType) -> set[str]:
    return {name for name, spec in CATALOGUE.items() if spec.entity is entity}


def test_generic_options(web: httpx.Client) -> None:
    def ask(**options: str) -> httpx.Response:
        return web.get(f"{GENERIC}/one", params={"domain": "acme.example", **options})

    few = ask(fields="company_name,industry", price="0.05", latency="1")
    assert set(few.json()) == {"found", "domain", "company_name", "industry"}
    assert few.headers["x-sandbox-cost"] == "0.05"
    assert ask(hit="0").status_code == 404
    assert ask(hit="0").headers["x-sandbox-cost"] == "0.00"
    assert set(ask(gaps="100").json()) == {"found", "domain"}
    for wrong in ({"latency": "soon"}, {"price": "-1"}, {"hit": "nan"}, {"latency": "60001"}):
        assert ask(**wrong).status_code == 400
    assert web.get(f"{GENERIC}/one").status_code == 400
    assert web.get(f"{GENERIC}/two").status_code == 404
    assert ask(key="bad-key").status_code == 401


def test_generic_many(web: httpx.Client) -> None:
    url = f"{GENERIC}/many?fields=company_name&hit=50"
    items = [{"domain": domain, "ref": at} for at, domain in enumerate(DOMAINS)]
    reply = web.post(url, json=items)
    answers = reply.json()
    assert [answer["ref"] for answer in answers] == list(range(len(DOMAINS)))
    hits = [answer for answer in answers if answer["found"]]
    assert 15 < len(hits) < 45
    assert all(answer["company_name"].startswith("Firm ") for answer in hits)
    assert reply.headers["x-sandbox-credits"] == str(len(hits))
    assert web.post(f"{url}&order=reversed", json={"items": items}).json() == answers[::-1]
    keyed = web.post(f"{url}&shape=map", json=DOMAINS).json()
    assert list(keyed) == DOMAINS
    assert sum(answer["found"] for answer in keyed.values()) == len(hits)
    assert web.post(url, json=[]).status_code == 400
    assert web.post(url, json=["a.example"] * 1001).status_code == 400
    assert web.post(url, json=[7]).status_code == 400
    assert web.post(url, content=b"{").status_code == 400


def test_each_name_under_the_generic_host_is_a_vendor_of_its_own(web: httpx.Client) -> None:
    for name in ("cheap", "premium"):
        web.get(f"https://{name}.sandbox.example/one?domain=acme.example&price=0.2")
    stats = web.get("/_stats").json()
    assert stats["billed"] == {"cheap": 200_000, "premium": 200_000}
    assert stats["asked"]["cheap"] == {"acme.example": 1}


# Anything at all


@pytest.mark.parametrize("player", [*PLAYERS], ids=lambda player: player.hosts[0])
def test_every_vendor_has_its_ways_to_refuse(player: Player) -> None:
    kinds = {"rate_limited", "server_error", "out_of_credit", "auth"}
    assert set(player.refusals) == kinds
    for refusal in player.refusals.values():
        assert 400 <= refusal.status < 600
        assert refusal.type == "text/plain" or json.loads(refusal.body) is not None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
_KEYS = st.sampled_from(
    ("website", "profile", "name", "first_name", "last_name", "company", "email", "domain",
     "linkedin", "phone", "required", "min_likelihood", "titlecase", "full_name",
     "linkedin_handle", "fields", "hit", "price", "shape")
)  # fmt: skip
_PATHS = st.sampled_from(
    ("/v2/companies/find", "/v2/people/find", "/v2/combined/find", "/v2/email-finder",
     "/v5/company/enrich", "/v5/company/enrich/bulk", "/v5/person/enrich", "/v5/person/bulk",
     "/domain/a.example", "/rdap/dns.json", "/rdap/domain/a.example", "/one", "/many", "/")
)  # fmt: skip
_HOSTS = st.sampled_from([host for player in PLAYERS for host in player.hosts])


@settings(deadline=None, max_examples=300)
@given(
    host=_HOSTS,
    path=_PATHS,
    method=st.sampled_from(("GET", "POST", "DELETE")),
    query=st.dictionaries(_KEYS, st.text(max_size=20), max_size=4),
    params=st.dictionaries(_KEYS, _JSON, max_size=4),
    more=_JSON,
)
def test_no_question_breaks_a_player(
    host: str, path: str, method: str, query: dict[str, str], params: dict[str, Any], more: Any
) -> None:
    player = player_for(f"any{host}" if host.startswith(".") else host)
    assert player is not None
    for body in (
        params,
        {"requests": [{"params": params, "metadata": more}, more]},
        [params],
        more,
    ):
        request = Request(method, f"any{host}", path, query, body=json.dumps(body).encode())
        reply = player.play(request)
        assert reply.status in (200, 302, 400, 404, 405, 451)
        assert reply.hits <= len(reply.asked)
        assert player.play(request) == reply
        if reply.status != 302:
            json.loads(reply.body)

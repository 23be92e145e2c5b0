"""The sandbox's server: dispatch, books, and faults that come when they are ordered."""

from __future__ import annotations

import json
import socket
from typing import Any

import httpx
import pytest

from enrich_cli.domain.money import Money
from enrich_cli.sandbox.server import Options
from tests.sandbox.conftest import Start

HUNTER = "https://api.hunter.io/v2/companies/find?domain="
PDL = "https://api.peopledatalabs.com/v5/company/enrich"
GENERIC = "https://generic.sandbox.example/one?domain="
SITE = "https://x-works.example/robots.txt"


def stats(web: httpx.Client) -> Any:
    return web.get("/_stats").json()


def order(web: httpx.Client, *faults: dict[str, Any]) -> None:
    assert web.post("/_faults", json=list(faults)).status_code == 200


# Dispatch


def test_a_path_prefix_names_the_host_too(web: httpx.Client, sandbox_url: str) -> None:
    by_host = web.get(f"{HUNTER}x-works.example")
    by_path = httpx.get(f"{sandbox_url}/@api.hunter.io/v2/companies/find?domain=x-works.example")
    assert by_path.content == by_host.content


def test_redirects_of_a_path_prefix_stay_here(sandbox_url: str) -> None:
    url = f"{sandbox_url}/@rdap.org/domain/x-works.example"
    reply = httpx.get(url, follow_redirects=True)
    assert str(reply.url).startswith(f"{sandbox_url}/@rdap.registry.example/")
    assert reply.json()["ldhName"] == "x-works.example"
    relative = httpx.get(f"{sandbox_url}/@x-loop.example/")
    assert relative.headers["Location"] == "/@x-loop.example/again"


def test_it_can_be_used_as_a_proxy(web: httpx.Client, sandbox_url: str) -> None:
    with httpx.Client(proxy=sandbox_url) as proxied:
        url = "http://rdap.registry.example/rdap/domain/x-works.example"
        assert proxied.get(url).json() == web.get(url).json()


def test_the_port_in_the_host_and_its_case_do_not_matter(sandbox_url: str) -> None:
    url = f"{sandbox_url}/v2/companies/find"
    reply = httpx.get(url, headers={"Host": "API.hunter.io:443"})
    assert reply.json()["errors"][0]["id"] == "wrong_params"


def test_without_a_host_it_says_what_it_is(web: httpx.Client) -> None:
    assert "api.hunter.io" in web.get("/").text
    assert stats(web)["total"] == 0


def test_a_compressed_body_is_read(web: httpx.Client) -> None:
    import gzip

    body = gzip.compress(json.dumps({"website": "x-works.example"}).encode())
    reply = web.post(PDL, content=body, headers={"Content-Encoding": "gzip"})
    assert reply.json()["website"] == "x-works.example"


# Books


def test_books_count_calls_items_hits_and_money(web: httpx.Client) -> None:
    requests = [{"params": {"website": f"book-{at}.example"}} for at in range(40)]
    items = web.post(f"{PDL}/bulk", json={"requests": requests}).json()
    web.get(f"{HUNTER}x-unknown.example")
    hits = sum(item["status"] == 200 for item in items)
    seen = stats(web)
    assert 20 < hits < 40
    assert (seen["total"], seen["calls"]) == (2, {"pdl-company": 1, "hunter-company": 1})
    assert seen["items"] == {"pdl-company": 40, "hunter-company": 1}
    assert seen["hits"] == {"pdl-company": hits, "hunter-company": 0}
    assert seen["billed"] == {"pdl-company": hits * 100_000}
    assert seen["billed_total"] == hits * 100_000
    assert seen["asked"]["pdl-company"] == {f"book-{at}.example": 1 for at in range(40)}
    assert seen["asked_twice"] == {"pdl-company": 0, "hunter-company": 0}
    assert seen["asked_whole"]


def test_books_show_who_was_asked_twice(web: httpx.Client) -> None:
    for website in ("https://www.x-works.example/", "x-works.example", "other.example"):
        web.get(PDL, params={"website": website})
    assert stats(web)["asked"]["pdl-company"] == {"x-works.example": 2, "other.example": 1}
    assert stats(web)["asked_twice"] == {"pdl-company": 1}


def test_books_count_home_pages_by_host(web: httpx.Client) -> None:
    for path in ("/", "/robots.txt", "/about", "/"):
        web.get(f"https://x-works.example{path}")
    assert stats(web)["asked"]["website"] == {"x-works.example": 2}
    assert stats(web)["calls"] == {"website": 4}


def test_brief_books_and_reset(web: httpx.Client) -> None:
    web.get(f"{HUNTER}x-works.example")
    whole, brief = stats(web), web.get("/_stats?brief=1").json()
    del whole["asked"], whole["unanswered"], whole["asked_whole"], whole["times"]
    assert whole == brief
    web.post("/_reset")
    seen = stats(web)
    assert (seen["total"], seen["billed_total"], seen["asked"]) == (0, 0, {})


def test_books_tell_when_calls_came(web: httpx.Client) -> None:
    for host in ("x-works.example", "y-works.example"):
        web.get(HUNTER + host)
    web.get(PDL, params={"website": "x-works.example"})
    times = stats(web)["times"]
    first, second = times["hunter-company"]
    (third,) = times["pdl-company"]
    assert 0 <= first < second < third
    web.post("/_reset")
    assert stats(web)["times"] == {}


def test_prices_can_be_replaced(start: Start) -> None:
    web = start(Options(prices={"pdl-company": Money(7)}))
    assert web.get(PDL, params={"website": "x-works.example"}).status_code == 200
    assert stats(web)["billed"] == {"pdl-company": 7}


def test_in_flight_goes_up_and_down(web: httpx.Client, sandbox_url: str) -> None:
    order(web, {"host": "api.hunter.io", "kind": "stall"})
    url = httpx.URL(sandbox_url)
    callers = [socket.create_connection((url.host, url.port or 0)) for _ in range(5)]
    for caller in callers:
        caller.sendall(b"GET /v2/companies/find?domain=a.b HTTP/1.1\r\nHost: api.hunter.io\r\n\r\n")
    assert in_flight(web, 5)
    for caller in callers:
        caller.close()
    assert in_flight(web, 0)
    assert stats(web)["max_in_flight"] == 5
    assert stats(web)["connections"] >= 5
    assert stats(web)["unanswered"]["hunter-company"] == {"a.b": 5}


def in_flight(web: httpx.Client, wanted: int) -> bool:
    """Whether the server comes to have that many calls in flight, within many looks."""
    return any(stats(web)["in_flight"] == wanted for _ in range(2000))


# Faults


@pytest.mark.parametrize(
    ("url", "kind", "status", "text"),
    [
        (HUNTER, "rate_limited", 403, '"id":"too_many_requests"'),
        (HUNTER, "out_of_credit", 429, '"id":"usage_limit"'),
        (HUNTER, "auth", 401, '"code":401'),
        (HUNTER, "server_error", 500, '"code":500'),
        (f"{PDL}?website=", "rate_limited", 429, '"type":"rate_limit_error"'),
        (f"{PDL}?website=", "out_of_credit", 402, '"type":"payment_required"'),
        (f"{PDL}?website=", "auth", 401, '"type":"authentication_error"'),
        (f"{PDL}?website=", "server_error", 500, '"status":500'),
        ("https://rdap.org/domain/", "rate_limited", 429, '"errorCode":429'),
        ("https://rdap.registry.example/rdap/domain/", "server_error", 503, '"errorCode":503'),
        (GENERIC, "rate_limited", 429, '"error"'),
        (GENERIC, "out_of_credit", 402, '"error"'),
        (GENERIC, "auth", 401, '"error"'),
        ("https://", "rate_limited", 429, "Too Many Requests"),
        ("https://", "auth", 403, "Forbidden"),
        ("https://", "server_error", 503, "Unavailable"),
    ],
)
def test_refusals_have_the_vendors_shape(
    web: httpx.Client, url: str, kind: str, status: int, text: str
) -> None:
    order(web, {"kind": kind})
    reply = web.get(f"{url}x-works.example")
    assert reply.status_code == status
    assert text in reply.text
    seen = stats(web)
    assert sum(seen["faults"].values()) == 1
    assert (seen["billed_total"], seen["asked"]) == (0, {})
    assert [list(book) for book in seen["unanswered"].values()] == [["x-works.example"]]
    order(web)
    assert web.get(f"{url}x-works.example").status_code in (200, 301, 302)


def test_known_refusals_are_the_examples(web: httpx.Client) -> None:
    from tests.sandbox.test_sandbox_players import example

    order(web, {"kind": "rate_limited", "to": 1}, {"kind": "out_of_credit"})
    assert web.get(f"{HUNTER}a.example").json() == example("hunter.403.rate")
    assert web.get(f"{HUNTER}a.example").json() == example("hunter.429.quota")
    assert web.get(f"{PDL}?website=a.example").json() == example("pdl.402")


@pytest.mark.parametrize("after", [1, "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_retry_after_goes_out_as_ordered(web: httpx.Client, after: int | str) -> None:
    order(web, {"kind": "rate_limited", "retry_after": after})
    assert web.get(f"{HUNTER}a.example").headers["Retry-After"] == str(after)


@pytest.mark.parametrize(
    ("where", "struck"),
    [
        ({"first": 2}, "110000"),
        ({"after": 4}, "000011"),
        ({"from": 2, "to": 4}, "011100"),
        ({"from": 5}, "000011"),
        ({"first": 0}, "000000"),
        ({"share": 0}, "000000"),
        ({}, "111111"),
    ],
)
def test_which_calls_go_wrong(web: httpx.Client, where: dict[str, Any], struck: str) -> None:
    order(web, {"host": "api.hunter.io", "kind": "server_error", **where})
    seen = ""
    for _ in range(6):
        seen += str(int(web.get(f"{HUNTER}x-works.example").status_code == 500))
        assert web.get(SITE).status_code < 500  # another host's calls do not count
    assert seen == struck


def test_a_share_is_drawn_by_the_calls_number(web: httpx.Client) -> None:
    def pattern() -> list[int]:
        order(web, {"kind": "server_error", "share": 0.3})
        return [web.get(f"{HUNTER}x-works.example").status_code for _ in range(100)]

    once = pattern()
    assert 15 < once.count(500) < 45
    assert pattern() == once


def test_a_player_can_be_named_instead_of_a_host(web: httpx.Client) -> None:
    order(web, {"player": "website", "kind": "server_error"})
    assert web.get("https://any.x-works.example/").status_code == 503
    assert web.get(f"{HUNTER}a.example").status_code in (200, 404)


@pytest.mark.parametrize("billed", [True, False])
@pytest.mark.parametrize(
    ("kind", "error"),
    [("reset", httpx.ReadError), ("truncated", httpx.RemoteProtocolError)],
)
def test_broken_replies(web: httpx.Client, kind: str, error: type[Exception], billed: bool) -> None:
    order(web, {"host": "api.peopledatalabs.com", "kind": kind, "first": 1, "billed": billed})
    with pytest.raises(error):
        web.get(PDL, params={"website": "x-works.example"})
    seen = stats(web)
    assert seen["billed_total"] == (100_000 if billed else 0)
    assert bool(seen["asked"]) is billed
    assert bool(seen["unanswered"]) is not billed
    assert web.get(PDL, params={"website": "x-works.example"}).status_code == 200


def test_a_stall_gives_no_answer(web: httpx.Client) -> None:
    order(web, {"host": "api.hunter.io", "kind": "stall", "billed": True})
    with pytest.raises(httpx.ReadTimeout):
        web.get(f"{HUNTER}x-works.example", timeout=httpx.Timeout(10, read=0.1))
    assert in_flight(web, 0)


@pytest.mark.parametrize("url", [f"{HUNTER}x-works.example", "https://x-works.example/"])
def test_garbage_is_no_json_and_no_page(web: httpx.Client, url: str) -> None:
    order(web, {"kind": "garbage"})
    reply = web.get(url)
    assert reply.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        reply.json()
    assert b"<html" not in reply.content


def test_garbage_and_a_late_answer_are_billed(web: httpx.Client) -> None:
    order(web, {"kind": "garbage", "to": 1}, {"kind": "latency", "ms": 1})
    for _ in range(2):
        assert web.get(PDL, params={"website": "x-works.example"}).status_code == 200
    assert stats(web)["billed_total"] == 200_000


def test_a_late_answer_is_whole(web: httpx.Client) -> None:
    plain = web.get(f"{HUNTER}x-works.example")
    order(web, {"kind": "latency", "ms": 5})
    assert web.get(f"{HUNTER}x-works.example").content == plain.content
    assert stats(web)["faults"] == {"hunter-company": 1}


def test_a_late_redirect_of_a_path_prefix_stays_here(web: httpx.Client, sandbox_url: str) -> None:
    order(web, {"kind": "latency", "ms": 1})
    reply = httpx.get(f"{sandbox_url}/@rdap.org/domain/x-works.example")
    assert reply.headers["Location"].startswith("/@rdap.registry.example/")


def test_a_site_that_nobody_answers_at_is_not_there_later_either(web: httpx.Client) -> None:
    order(web, {"kind": "latency", "ms": 1})
    with pytest.raises(httpx.ReadError):
        web.get("https://x-unresolved.example/")


def test_orders_can_be_read_and_sent_again(web: httpx.Client) -> None:
    order(web, {"host": "API.hunter.io", "kind": "reset", "after": 3, "share": 0.5})
    web.get(f"{HUNTER}a.example")
    (shown,) = web.get("/_faults").json()
    assert shown == {
        "kind": "reset", "host": "api.hunter.io", "player": "", "share": 0.5, "from": 4,
        "to": None, "ms": 0, "retry_after": "", "billed": False, "seen": 1, "struck": 0,
    }  # fmt: skip
    order(web, shown)
    assert web.get("/_faults").json() == [{**shown, "seen": 0, "struck": 0}]


def test_the_first_fault_that_strikes_is_the_one_that_struck(web: httpx.Client) -> None:
    order(web, {"kind": "server_error", "from": 2, "to": 3}, {"kind": "auth"})
    for _ in range(4):
        web.get(f"{HUNTER}a.example")
    shown = web.get("/_faults").json()
    assert [(fault["seen"], fault["struck"]) for fault in shown] == [(4, 2), (4, 2)]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "list"),
        ([3], "fault 0"),
        ([{"kind": "reset"}, {"kind": "explosion"}], "fault 1: kind must be one of"),
        ([{"kind": "reset", "fist": 1}], "'fist'"),
        ([{"kind": "reset", "share": "half"}], "share"),
        ([{"kind": "reset", "to": -1}], "to"),
    ],
)
def test_a_wrong_order_is_named_and_changes_nothing(
    web: httpx.Client, body: Any, named: str
) -> None:
    order(web, {"kind": "server_error"})
    reply = web.post("/_faults", json=body)
    assert reply.status_code == 400
    assert named in reply.json()["error"]
    assert len(web.get("/_faults").json()) == 1


def test_other_controls_are_unknown(web: httpx.Client) -> None:
    assert web.get("/_nothing").status_code == 404
    assert web.get("https://api.hunter.io/_reset").status_code == 404
    assert web.post("/_faults", content=b"{").status_code == 400

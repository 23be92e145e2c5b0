"""Plays People Data Labs (api.peopledatalabs.com, v5): company and person, one and in bulk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from enrich_cli.domain.money import Money
from enrich_cli.sandbox import world
from enrich_cli.sandbox.dice import Dice
from enrich_cli.sandbox.naming import registrable
from enrich_cli.sandbox.play import BAD_KEY, Player, Reply, Request, dump
from enrich_cli.sandbox.players.pdl_records import company_record, person_record

BULK_LIMIT = 100
_LIMITS = (
    ("x-ratelimit-remaining", '{"minute": 999}'),
    ("x-ratelimit-reset", "60"),
    ("x-totallimit-remaining", "100000"),
)

_Found = tuple[str, int, dict[str, Any] | None]  # who was asked about, likelihood, record


def play(request: Request) -> Reply:
    """Answer one call."""
    route = _ROUTES.get((request.path, request.method))
    if route is None:
        paths = {path for path, _ in _ROUTES}
        return _METHOD if request.path in paths else _NO_ROUTE
    player, bulk = route
    if BAD_KEY in (request.query.get("api_key"), request.headers.get("X-Api-Key")):
        return _error(401, "authentication_error", _INVALID_KEY, player)
    if request.method == "GET":
        return _one(player, request.query)
    try:
        body = request.json()
    except ValueError:
        return _error(400, "invalid_request_error", "The request body is not JSON", player)
    if not isinstance(body, dict):
        return _error(400, "invalid_request_error", "The request body is no object", player)
    return _many(player, body) if bulk else _one(player, body)


_ROUTES = {
    ("/v5/company/enrich", "GET"): ("pdl-company", False),
    ("/v5/company/enrich", "POST"): ("pdl-company", False),
    ("/v5/company/enrich/bulk", "POST"): ("pdl-company", True),
    ("/v5/person/enrich", "GET"): ("pdl-person", False),
    ("/v5/person/enrich", "POST"): ("pdl-person", False),
    ("/v5/person/bulk", "POST"): ("pdl-person", True),
}


def _one(player: str, params: Mapping[str, Any]) -> Reply:
    asked, item = _item(player, params)
    hit = item["status"] == 200
    headers = _metered(player, int(hit)) if item["status"] in (200, 404) else _LIMITS
    return Reply(item["status"], dump(item), "application/json", headers, player, asked, int(hit))


def _many(player: str, body: Mapping[str, Any]) -> Reply:
    requests = body.get("requests")
    if not isinstance(requests, list) or not 1 <= len(requests) <= BULK_LIMIT:
        why = f"requests must be a list of 1 to {BULK_LIMIT} items"
        return _error(400, "invalid_request_error", why, player)
    shared = {key: value for key, value in body.items() if key != "requests"}
    asked: list[str] = []
    items = []
    for one in requests:
        params = one.get("params") if isinstance(one, dict) else None
        who, item = _item(player, {**shared, **params} if isinstance(params, dict) else {})
        asked.extend(who)
        if isinstance(one, dict) and "metadata" in one:
            item = {**item, "metadata": one["metadata"]}
        items.append(item)
    hits = sum(item["status"] == 200 for item in items)
    headers = _metered(player, hits)
    return Reply(200, dump(items), "application/json", headers, player, tuple(asked), hits)


def _metered(player: str, credits_: int) -> tuple[tuple[str, str], ...]:
    kind = "enrich_company" if player == "pdl-company" else "enrich"
    spent = ("x-call-credits-spent", str(credits_))
    return (spent, ("x-call-credits-type", kind), *_LIMITS)


def _item(player: str, params: Mapping[str, Any]) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Who was asked about, and the vendor's object for it, `status` inside."""
    title = str(params.get("titlecase", "")).lower() == "true"
    found = (_company if player == "pdl-company" else _person)(params, title)
    if found is None:
        return (), _error_item(400, "invalid_request_error", _MINIMUM[player])
    asked, likelihood, record = found
    try:
        at_least = int(params.get("min_likelihood") or 2)
    except (TypeError, ValueError, OverflowError):
        return (asked,), _error_item(400, "invalid_request_error", "min_likelihood is no number")
    required = str(params.get("required") or "")
    if record is None or likelihood < at_least or not _has(record, required):
        return (asked,), _NOT_FOUND
    head: dict[str, Any] = {"status": 200, "likelihood": likelihood}
    if str(params.get("include_if_matched", "")).lower() == "true":
        head["matched"] = [key for key in _MATCHABLE if params.get(key)]
    return (asked,), {**head, **record} if player == "pdl-company" else {**head, "data": record}


_MATCHABLE = ("website", "profile", "email", "name", "first_name", "last_name", "company")


def _company(params: Mapping[str, Any], title: bool) -> _Found | None:
    website, profile, name = (_text(params, key) for key in ("website", "profile", "name"))
    if website:
        host = website.lower().rpartition("//")[2].partition("/")[0]
        asked = registrable(host) or website.lower()
        company, low = world.company(host), 8
    elif profile:
        asked = _bare(profile)
        company, low = world.company_by_slug(asked), 9
    elif name:
        asked = f"name:{name.lower()}"
        company, low = world.company_by_name(name), 3
    elif unknown := _text(params, "ticker") or _text(params, "pdl_id"):
        asked, company, low = unknown, None, 0
    else:
        return None
    domain = company.domain if company else ""
    likelihood = min(low + Dice("pdl likelihood", asked).below(4), 10)
    return asked, likelihood, company_record(domain, title) if domain else None


def _person(params: Mapping[str, Any], title: bool) -> _Found | None:
    profile, email = _text(params, "profile"), _text(params, "email").lower()
    first, last = _text(params, "first_name"), _text(params, "last_name")
    if words := _text(params, "name").split():
        first, last = " ".join(words[:-1]), words[-1]
    employer = _text(params, "company")
    if profile:
        asked, low = _bare(profile), 8
        person = world.person_by_slug(asked)
    elif email:
        asked, low = email, 7
        person = world.person_by_email(email)
    elif first and last and employer:
        asked, low = f"{first} {last}|{employer}".lower(), 4
        company = world.company(employer) or world.company_by_name(employer)
        person = world.person_by_name(first, last, company.domain) if company else None
    elif unknown := next(filter(None, (_text(params, key) for key in _ALONE)), ""):
        asked, low, person = unknown, 0, None
    elif first and last and any(_text(params, key) for key in _WITH_NAME):
        asked, low, person = f"{first} {last}".lower(), 0, None
    else:
        return None
    likelihood = min(low + Dice("pdl likelihood", asked).below(4), 10)
    return asked, likelihood, person_record(person, title) if person else None


_ALONE = ("phone", "email_hash", "lid", "pdl_id")
_WITH_NAME = ("school", "location", "locality", "region", "country", "postal_code")


def _has(record: Mapping[str, Any], required: str) -> bool:
    """Whether the record meets `required`: field names with AND, and OR between groups."""
    groups = [group.split(" AND ") for group in required.split(" OR ")] if required else []
    return not groups or any(
        all(record.get(name.strip(" ()")) not in (None, [], {}) for name in group)
        for group in groups
    )


def _text(params: Mapping[str, Any], key: str) -> str:
    """A parameter as text; the first of a list."""
    value = params.get(key)
    if isinstance(value, list):
        value = value[0] if value else None
    return str(value).strip() if value is not None else ""


def _bare(url: str) -> str:
    """A profile's address in the vendor's form: no scheme, no www, no slash at the end."""
    bare = url.lower().partition("?")[0].rstrip("/")
    return bare.rpartition("//")[2].removeprefix("www.")


def _error_item(status: int, kind: str, message: str) -> dict[str, Any]:
    return {"status": status, "error": {"type": kind, "message": message}}


def _error(status: int, kind: str, message: str, player: str = "pdl") -> Reply:
    return Reply(status, dump(_error_item(status, kind, message)), headers=_LIMITS, player=player)


_NOT_FOUND = _error_item(404, "not_found", "No records were found matching your request")
_NO_ROUTE = _error(404, "not_found", "There is nothing at this address")
_METHOD = _error(405, "invalid_request_error", "The method is not allowed here")
_INVALID_KEY = "Request contained an invalid API key"
_MINIMUM = {
    "pdl-company": "Request must contain at least one of: name, website, profile, ticker, pdl_id",
    "pdl-person": "Request must contain a profile, e-mail, phone or id, or a name with more",
}

PLAYER = Player(
    hosts=("api.peopledatalabs.com",),
    play=play,
    prices={"pdl-company": Money(100_000), "pdl-person": Money(280_000)},
    refusals={
        "rate_limited": _error(429, "rate_limit_error", "Too many requests in this minute"),
        "out_of_credit": _error(
            402, "payment_required", "You have reached your account maximum (all matches used)"
        ),
        "auth": _error(401, "authentication_error", _INVALID_KEY),
        "server_error": _error(500, "api_error", "Something went wrong on our side"),
    },
)

"""Plays RDAP: the redirector rdap.org, the bootstrap file, and the registry they lead to."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from enrich_cli.sandbox import world
from enrich_cli.sandbox.dice import Dice
from enrich_cli.sandbox.naming import registrable
from enrich_cli.sandbox.play import Player, Reply, Request, dump

REGISTRY = "rdap.registry.example"
_TYPE = "application/rdap+json"
_KNOWN = 97.0
# Some country registries run no RDAP server; here it is these.
_WITHOUT = frozenset({"eu", "jp", "it"})


def redirect(request: Request) -> Reply:
    """Answer as rdap.org: send the client on to the registry."""
    domain = request.path.removeprefix("/domain/").lower()
    if domain == request.path or not domain:
        return _error(404, "There is nothing at this address", "rdap-redirect")
    asked = (domain,)
    if not registrable(domain):
        return _error(400, "That is no domain name", "rdap-redirect", asked)
    if domain.rpartition(".")[2] in _WITHOUT:
        return _error(404, "No RDAP service is known for this ending", "rdap-redirect", asked)
    there = (("Location", f"https://{REGISTRY}/rdap/domain/{domain}"),)
    return Reply(302, b"", "text/plain", there, "rdap-redirect", asked)


def look_up(request: Request) -> Reply:
    """Answer as the registry."""
    domain = request.path.removeprefix("/rdap/domain/").lower()
    if domain == request.path or not domain:
        return _error(404, "There is nothing at this address", "rdap")
    asked = (domain,)
    body = _record(domain) if registrable(domain) == domain else None
    if body is None:
        return _error(404, "The domain is not registered", "rdap", asked)
    return Reply(200, body, _TYPE, player="rdap", asked=asked, hits=1)


def bootstrap(request: Request) -> Reply:
    """Answer as data.iana.org: which registry serves which ending (RFC 9224)."""
    if request.path != "/rdap/dns.json":
        return _error(404, "There is nothing at this address", "rdap-bootstrap")
    endings = ["com", "de", "example", "io", "net", "org", "test"]
    services = [[endings, [f"https://{REGISTRY}/rdap/"]]]
    body = {"version": "1.0", "publication": "2026-01-01T00:00:00Z", "services": services}
    return Reply(200, dump(body), player="rdap-bootstrap")


@lru_cache(maxsize=8_192)
def _record(domain: str) -> bytes | None:
    company = world.company(domain)
    if company is None:
        return None
    dice = Dice("rdap", domain)
    if not dice.chance(_KNOWN):
        return None
    registrar, number = company.registrar
    day, time = company.registered, f"T{dice.between(0, 23):02d}:{dice.between(0, 59):02d}:00Z"
    dns = dice.pick(("dnshost.example", "nameserver.example", "zonefile.example"))
    entities: list[dict[str, Any]] = [
        {
            "objectClassName": "entity",
            "handle": number,
            "roles": ["registrar"],
            "vcardArray": _card(["fn", {}, "text", registrar]),
            "publicIds": [{"type": "IANA Registrar ID", "identifier": number}],
        }
    ]
    if dice.chance(12):  # most registries hide the holder
        card = _card(["fn", {}, "text", ""], ["org", {}, "text", company.legal_name])
        handle = dice.digits("C####-EX")
        entities.append(
            {"objectClassName": "entity", "handle": handle, "roles": ["registrant"],
             "vcardArray": card}
        )  # fmt: skip
    return dump(
        {
            "objectClassName": "domain",
            "handle": dice.digits("D####-EX"),
            "ldhName": domain,
            "unicodeName": domain,
            "status": [dice.pick(("client transfer prohibited", "active", "ok"))],
            "events": [
                {"eventAction": "registration", "eventDate": day + time},
                {"eventAction": "expiration", "eventDate": "2027" + day[4:] + time},
                {"eventAction": "last changed", "eventDate": "2026-02-01T10:00:00Z"},
            ],
            "nameservers": [
                {"objectClassName": "nameserver", "ldhName": f"ns{at}.{dns}"} for at in (1, 2)
            ],
            "entities": entities,
            "secureDNS": {"delegationSigned": dice.chance(10)},
        }
    )


def _card(*rows: list[Any]) -> list[Any]:
    return ["vcard", [["version", {}, "text", "4.0"], *rows]]


def _error(status: int, title: str, player: str = "", asked: tuple[str, ...] = ()) -> Reply:
    body = dump({"errorCode": status, "title": title, "description": [title]})
    return Reply(status, body, _TYPE, player=player, asked=asked)


_REFUSALS = {
    "rate_limited": _error(429, "Too many requests"),
    "out_of_credit": _error(402, "Payment required"),
    "auth": _error(403, "Forbidden"),
    "server_error": _error(503, "Service unavailable"),
}

PLAYERS = (
    Player(hosts=("rdap.org", "www.rdap.net"), play=redirect, refusals=_REFUSALS),
    Player(hosts=(REGISTRY,), play=look_up, refusals=_REFUSALS),
    Player(hosts=("data.iana.org",), play=bootstrap, refusals=_REFUSALS),
)

"""Plays the places where people and organisations present themselves: GitHub and Gravatar."""

from __future__ import annotations

from typing import Any

from enrich_cli.sandbox import world
from enrich_cli.sandbox.dice import Dice
from enrich_cli.sandbox.play import Reply, Request
from enrich_cli.sandbox.vendors import Call, known, refusals, said, vendor

_ORGS, _USERS, _PROFILES = 30.0, 22.0, 30.0  # per cent known


def _search(request: Request) -> Reply:
    text = request.query["q"].lower()
    words = text.split()
    subject = words[0]
    logins = []
    if "type:org" in words:
        found = known("github-org", world.company_by_slug(subject), _ORGS)
        logins = [(found[0].slug, "Organization")] if found else []
    elif "in:email" in words:
        person = known("github-person", world.person_by_email(subject), _USERS)
        logins = [(person[0].slug, "User")] if person else []
    items = [
        {
            "login": login,
            "html_url": f"https://github.com/{login}",
            "avatar_url": f"https://avatars.example/{login}",
            "type": kind,
            "score": 1.0,
        }
        for login, kind in logins
    ]
    body = {"total_count": len(items), "incomplete_results": False, "items": items}
    return said("github-search", subject, body, hits=len(items))


def _user(_: Request, part: str) -> Reply:
    login = part
    found = known("github-person", world.person_by_slug(login), _USERS)
    if found is None:
        return said("github-person", login, {"message": "Not Found"}, status=404, hits=0)
    person, dice = found
    body = _account(login, person.name) | {
        "type": "User",
        "company": f"@{person.company.slug}",
        "blog": "",
        "location": person.place.city if dice.chance(60) else None,
        "email": None,
        "bio": person.bio if dice.chance(60) else None,
    }
    return said("github-person", login, body)


def _org(_: Request, part: str) -> Reply:
    login = part
    found = known("github-org", world.company_by_slug(login), _ORGS)
    if found is None:
        return said("github-org", login, {"message": "Not Found"}, status=404, hits=0)
    company, dice = found
    body = _account(login, company.name) | {
        "type": "Organization",
        "blog": f"https://www.{company.domain}",
        "description": company.description if dice.chance(70) else None,
        "email": company.email if dice.chance(40) else None,
        "twitter_username": company.twitter,
    }
    return said("github-org", login, body)


def _account(login: str, name: str) -> dict[str, Any]:
    return {
        "login": login,
        "name": name,
        "html_url": f"https://github.com/{login}",
        "avatar_url": f"https://avatars.example/{login}",
        "twitter_username": None,
    }


def _profile(_: Request, part: str) -> Reply:
    """A profile by the hash of an address, from which nobody could say whose it is: a picture."""
    code = part
    if not Dice("gravatar", code).chance(_PROFILES):
        return said("gravatar", code, {"error": "Profile not found"}, status=404, hits=0)
    empty = ("display_name", "location", "description", "job_title", "company", "pronouns")
    body = dict.fromkeys(empty, "") | {
        "hash": code,
        "profile_url": f"https://gravatar.com/{code[:12]}",
        "avatar_url": f"https://0.gravatar.com/avatar/{code}",
        "verified_accounts": [],
        "first_name": "",
        "last_name": "",
    }
    return said("gravatar", code, body)


_GITHUB = refusals(
    (429, {"message": "You have exceeded a secondary rate limit"}),
    (429, {"message": "You have exceeded a secondary rate limit"}),
    (401, {"message": "Bad credentials"}),
)

PLAYERS = (
    vendor(
        ("api.github.com",),
        [
            Call("GET /search/users", _search),
            Call("GET /users/(.+)", _user),
            Call("GET /orgs/(.+)", _org),
        ],
        _GITHUB,
    ),
    vendor(
        ("api.gravatar.com",),
        [Call("GET /v3/profiles/([0-9a-f]{64})", _profile)],
        refusals(
            (429, {"error": "Rate limit exceeded", "code": "rate_limit_exceeded"}),
            (402, {"error": "Payment required"}),
            (401, {"error": "Unauthorized"}),
        ),
    ),
)

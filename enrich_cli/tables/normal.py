"""What a raw cell names: the normal form of websites, e-mail addresses and LinkedIn pages."""

from __future__ import annotations

import polars as pl

from enrich_cli.domain.lists import lines
from enrich_cli.tables.countries import country
from enrich_cli.tables.hosts import HostLists, listed
from enrich_cli.tables.linkedin import linkedin_page
from enrich_cli.tables.names import company_name, person_name
from enrich_cli.tables.parts import parts
from enrich_cli.tables.text import once, stands_for_nothing
from enrich_cli.tables.urls import (
    host_of,
    is_private_suffix,
    registrable,
    suffixes_dated,
    without_www,
)

__all__ = [
    "REJECTIONS",
    "SHAPES",
    "company_name",
    "country",
    "host",
    "person_name",
    "read",
    "suffixes_dated",
]

SHAPES = (
    "website",
    "email",
    "linkedin_company",
    "linkedin_person",
    "linkedin_school",
    "linkedin_showcase",
    "linkedin_other",
    "text",
    "empty",
)
REJECTIONS = (
    "placeholder",
    "two_values",
    "bad_email",
    "bad_host",
    "ip_address",
    "local_name",
    "no_suffix",
    "free_mail",
    "disposable",
    "directory",
    "shared_host",
    "app_store",
    "linkedin_showcase",
    "linkedin_other",
)

_f = pl.field

_IP = r"^\[|^[0-9.]+$"
_LOCAL_NAME = (
    r"(?:^|\.)(?:localhost|local|localdomain|internal|intranet|lan|home|corp|private|invalid"
    r"|home\.arpa)$"
)
# No host of the DNS: an empty label, a hyphen at an end of a label, or too long.
_BAD_HOST = r"^\.|\.\.|(?:^|\.)-|-(?:\.|$)|[^.]{64}|[^a-z0-9._-]|^.{254}"
_ADDRESS = r"^[^\s@:]+@[^\s@]+$"
_BAD_LOCAL = r"""^\.|\.\.|\.$|["<>()\[\],;\\\x00-\x1f\x7f]|^.{65}"""
# Where a value begins inside a cell; a token that is a whole value; words between values.
_BEGINS = r"(?i)(?:^|[\s,;|<(]+)(?:https?:[/\\]+|www\.|[^\s,;|<(/?@]+@[^\s,;|<(/?@]+\.)"
_WHOLE = r"(?i)^(?:[a-z]{2,15}:[/\\]+)?(?:[^\s/@]+@)?(?:[\p{L}\p{N}_-]+\.)+\p{L}{2,}(?::[0-9]+)?/?$"
_TWO_ADDRESSES = r"^[^\s/@]+@[^\s/@]+/[^\s/@]+@[^\s/@]+$"
_BETWEEN = ["and", "or", "und", "et", "y", "e"]


def read(raw: pl.Expr, *, lists: HostLists | None = None) -> pl.Expr:
    """What each raw cell looks like and whom it names.

    `raw` is a String column; give it distinct values. `lists` are the hosts that name no
    company, by default the shipped ones. The result is a Struct of

    - `shape`: what the cell looks like, one of `SHAPES`
    - `domain`: the company's registrable domain, of the website or of the e-mail address
    - `email`: the address in lower case; set for free-mail addresses, too, not for disposable ones
    - `linkedin`: `linkedin.com/company/slug`, `linkedin.com/school/slug` or `linkedin.com/in/slug`
    - `rejected`: why a cell that is not empty names nobody, one of `REJECTIONS`, or null. Plain
      text is not rejected: it may be a name.
    - `role`: whether an e-mail address belongs to a function (info, sales), not to a person

    Each of `domain`, `email` and `linkedin` reads as itself again. Millions of cells are best
    collected by Polars' in-memory engine: the streaming one takes three times the memory here.
    """
    # A chain of structs: each stage sees the fields of those before it and is computed once.
    cell = parts(raw)
    for stage in (_kind, _several, _place, _names):
        cell = cell.struct.with_fields(**stage())
    cell = cell.struct.with_fields(site=without_www(_f("host"), _f("domain")))
    cell = cell.struct.with_fields(list=listed(_f("site"), _f("domain"), _f("segment"), lists))
    cell = cell.struct.with_fields(refusal=_refusal())
    return cell.struct.with_fields(read=_judged()).struct.field("read")


def host(raw: pl.Expr) -> pl.Expr:
    """The host of each URL-like cell: lower case, punycode, without port, user and `www.`.

    It is the host that the URL standard finds, but for a leading `www.` and a final dot. Null
    where the standard finds none, where the cell is neither a URL nor a dotted name, and for the
    letters that the standard allows but no host has, such as `,` and `!`.
    """
    # The standard takes line ends and tabs out of a URL.
    cell = parts(raw.str.replace_all(r"[\t\r\n]", ""))
    named = pl.when(_f("schemed") | _f("bare")).then(_f("authority"))
    cell = cell.struct.with_fields(host=once(host_of(named), _usual))
    cell = cell.struct.with_fields(domain=registrable(_f("host")))
    cell = cell.struct.with_fields(short=without_www(_f("host"), _f("domain")))
    return cell.struct.field("short")


def _usual(host: pl.Expr) -> pl.Expr:
    return pl.when(host.str.contains(r"^[a-z0-9._-]+$|^\[")).then(host)


def _kind() -> dict[str, pl.Expr]:
    """Whether it is an address, and whether it is certain to be a website."""
    with_at = ~_f("schemed") & _f("authority").str.contains("@", literal=True)
    address = pl.when(with_at).then(_f("authority")).str.replace_all(r"\s*@\s*", "@")
    is_mail = address.str.contains(_ADDRESS) & ~_f("tail").str.contains(r"^[/\\]")
    return {
        "address": address,
        "is_mail": is_mail.fill_null(False),
        "sited": _f("schemed") | _f("authority").str.contains(r"(?i)^www[0-9]?\."),
    }


def _several() -> dict[str, pl.Expr]:
    """Whether there are two values, or none, or an address that cannot be one."""
    text = _f("text")
    several = pl.when(text.str.contains(r"[\s,;|]|@.*@") & text.str.contains(r"[.@]")).then(text)
    tokens = several.str.extract_all(r"[^\s,;|]*[\p{L}\p{N}][^\s,;|]*").list.filter(
        ~pl.element().is_in(_BETWEEN)
    )
    whole = tokens.list.eval(pl.element().str.contains(_WHOLE)).list.all()
    two = (
        (several.str.count_matches(_BEGINS) > 1)
        | (whole & (tokens.list.len() > 1))
        | several.str.contains(_TWO_ADDRESSES)
    )
    site = pl.when(_f("sited")).then(_f("authority")).str.to_lowercase().str.strip_chars_end("./")
    broken = _f("address").str.contains(r"^\S*@\S*\.\S*$") & ~_f("is_mail") & ~_f("bare")
    return {
        "two": two.fill_null(False),
        "nothing": stands_for_nothing(_f("lower"))
        | stands_for_nothing(site.str.replace(r"^www\.?", "")).fill_null(False),
        "broken_mail": broken.fill_null(False),
    }


def _place() -> dict[str, pl.Expr]:
    """The host, of the address or of the website, and the first part of the path."""
    sound = ~_f("two") & ~_f("nothing")
    is_site = sound & ~_f("is_mail") & (_f("sited") | _f("bare"))
    site = pl.when(is_site).then(_f("authority").str.strip_chars_end(" .,;)}>'\""))
    mail = pl.when(_f("is_mail") & sound).then(_f("address"))
    path = pl.when(is_site).then(_f("tail"))
    return {
        "is_site": is_site,
        "host": host_of(pl.coalesce(mail.str.extract(r"@(.*)$", 1), site)),
        "local": mail.str.extract(r"^([^@]*)@", 1).str.to_lowercase(),
        # Old links to social networks have the path in the fragment: /#!/acme
        "segment": path.str.extract(r"^(?:[/\\]*#!)?[/\\]+([^/\\?#]+)", 1).str.to_lowercase(),
    }


def _names() -> dict[str, pl.Expr]:
    """The registrable domain, and the LinkedIn page."""
    home = _f("segment").is_null() & _f("host").is_in(["linkedin.com", "www.linkedin.com"])
    page = _f("is_site") & _f("host").str.contains(r"(?:^|\.)linkedin\.com$") & ~home
    return {
        "domain": registrable(_f("host")),
        "linkedin": linkedin_page(pl.when(page).then(_f("tail"))),
    }


def _refusal() -> pl.Expr:
    """Why the cell names nobody."""
    host, domain, is_mail = _f("host"), _f("domain"), _f("is_mail")
    kind = _f("linkedin").struct.field("kind")
    # none@none.example
    stated = stands_for_nothing(_f("local")) & domain.str.starts_with(_f("local") + ".")
    unsound = host.is_null() | host.str.contains(_BAD_HOST) | domain.str.contains("_", literal=True)
    orphan = pl.when(domain.is_null()).then(_f("site"))
    return (
        pl.when((_f("text") == "").fill_null(True))
        .then(None)
        .when(_f("nothing") | stated)
        .then(pl.lit("placeholder"))
        .when(_f("two"))
        .then(pl.lit("two_values"))
        .when(_f("broken_mail") | _f("local").str.contains(_BAD_LOCAL))
        .then(pl.lit("bad_email"))
        .when(~is_mail & ~_f("is_site"))
        .then(None)
        .when(host.str.contains(_IP))
        .then(pl.lit("ip_address"))
        .when(unsound)
        .then(pl.when(is_mail).then(pl.lit("bad_email")).otherwise(pl.lit("bad_host")))
        .when(host.str.contains(_LOCAL_NAME))
        .then(pl.lit("local_name"))
        .when(kind.is_in(["showcase", "other"]))
        .then("linkedin_" + kind)
        .when(kind.is_not_null())
        .then(None)
        .when(is_private_suffix(orphan))
        .then(pl.lit("shared_host"))
        .when(domain.is_null())
        .then(pl.lit("no_suffix"))
        .otherwise(_f("list"))
    )


def _judged() -> pl.Expr:
    """The struct that `read` gives."""
    refusal = _f("refusal")
    kind = _f("linkedin").struct.field("kind")
    reachable = refusal.is_null() | refusal.is_in(
        ["free_mail", "directory", "shared_host", "app_store"]
    )
    unlikely = ~_f("sited") & refusal.is_in(["no_suffix", "bad_host"]).fill_null(False)
    looks_mailed = _f("is_mail") | _f("broken_mail") | (_f("two") & _f("address").is_not_null())
    return pl.struct(
        shape=pl.when((_f("text") == "").fill_null(True))
        .then(pl.lit("empty"))
        .when(looks_mailed)
        .then(pl.lit("email"))
        .when(kind.is_not_null())
        .then("linkedin_" + kind)
        .when(_f("two") | ((_f("sited") | _f("is_site")) & ~unlikely))
        .then(pl.lit("website"))
        .otherwise(pl.lit("text")),
        domain=pl.when(refusal.is_null() & kind.is_null()).then(_f("domain")),
        email=pl.when(_f("is_mail") & reachable).then(_f("local") + "@" + _f("host")),
        linkedin=pl.when(refusal.is_null()).then(_f("linkedin").struct.field("page")),
        rejected=refusal,
        role=once(_f("local"), _is_role).fill_null(False),
    )


def _is_role(local: pl.Expr) -> pl.Expr:
    """Whether a local part is a function's: `info`, `no-reply`, `sales.de`, `support+web`."""
    name = (
        local.str.replace(r"\+.*$", "")
        .str.replace(r"[._-](?:[a-z]{2}|[0-9]+)$", "")
        .str.replace(r"[0-9]+$", "")
        .str.replace_all(r"[._-]", "")
    )
    return name.is_in(list(lines("roles")))

"""What a raw cell names: the normal form of websites, e-mail addresses and LinkedIn pages."""

from __future__ import annotations

import polars as pl

from enrich_cli.domain.lists import lines
from enrich_cli.tables.countries import country
from enrich_cli.tables.hosts import HostLists, listed
from enrich_cli.tables.linkedin import linkedin_pages
from enrich_cli.tables.names import company_name, person_name
from enrich_cli.tables.parts import parts
from enrich_cli.tables.places import places
from enrich_cli.tables.text import in_slices, once, split, stands_for_nothing
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

_c, _f = pl.col, pl.field

_IP = r"^\[|^[0-9.]+$"
_LOCAL_NAME = (
    r"(?:^|\.)(?:localhost|local|localdomain|internal|intranet|lan|home|corp|private|invalid"
    r"|home\.arpa)$"
)
# No host of the DNS: an empty label, a hyphen at an end of a label, or too long.
_BAD_HOST = r"^\.|\.\.|(?:^|\.)-|-(?:\.|$)|[^.]{64}|[^a-z0-9._-]|^.{254}"
_BAD_LOCAL = r"""^\.|\.\.|\.$|["<>()\[\],;\\\x00-\x1f\x7f]|^.{65}"""


def read(cells: pl.Series, *, lists: HostLists | None = None) -> pl.DataFrame:
    """What each raw cell looks like and whom it names.

    `cells` are texts; give it distinct ones. `lists` are the hosts that name no company, by
    default the shipped ones. The result has a row for each cell and the columns

    - `shape`: what the cell looks like, one of `SHAPES`
    - `domain`: the company's registrable domain, of the website or of the e-mail address
    - `email`: the address in lower case; set for free-mail addresses, too, not for disposable ones
    - `linkedin`: `linkedin.com/company/slug`, `linkedin.com/school/slug` or `linkedin.com/in/slug`
    - `rejected`: why a cell that is not empty names nobody, one of `REJECTIONS`, or null. Plain
      text is not rejected: it may be a name.
    - `role`: whether an e-mail address belongs to a function (info, sales), not to a person

    Each of `domain`, `email` and `linkedin` reads as itself again.
    """
    return in_slices(cells, lambda some: _read(some, lists))


def _read(cells: pl.Series, lists: HostLists | None) -> pl.DataFrame:
    frame = places(cells)
    frame = frame.with_columns(domain=registrable(_c("host")))
    frame = frame.with_columns(*_pages(frame), site=without_www(_c("host"), _c("domain")))
    frame = frame.with_columns(list=listed(_c("site"), _c("domain"), _c("segment"), lists))
    return frame.with_columns(refusal=_refusal()).select(**_judged())


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


def _pages(frame: pl.DataFrame) -> pl.DataFrame:
    """The `kind` and the `page` of cells that lead to LinkedIn."""
    host, home = _c("host"), _c("segment").is_null()
    at_home = home & host.is_in(["linkedin.com", "www.linkedin.com"])
    near = pl.when(_c("is_site") & host.str.ends_with("linkedin.com")).then(host)
    is_page = near.str.contains(r"(?:^|\.)linkedin\.com$") & ~at_home
    mask = frame.select(is_page.fill_null(False)).to_series()
    return split(frame["tail"], mask, linkedin_pages, _no_pages)


def _no_pages(tails: pl.Series) -> pl.DataFrame:
    nothing = pl.lit(None, pl.String)
    return tails.to_frame("tail").with_columns(kind=nothing, page=nothing).drop("tail")


def _refusal() -> pl.Expr:
    """Why the cell names nobody."""
    host, domain, is_mail = _c("host"), _c("domain"), _c("is_mail")
    kind = _c("kind")
    # none@none.example
    stated = stands_for_nothing(_c("local")) & domain.str.starts_with(_c("local") + ".")
    unsound = host.is_null() | host.str.contains(_BAD_HOST) | domain.str.contains("_", literal=True)
    orphan = pl.when(domain.is_null()).then(_c("site"))
    return (
        pl.when("empty")
        .then(None)
        .when(_c("nothing") | stated)
        .then(pl.lit("placeholder"))
        .when(_c("two"))
        .then(pl.lit("two_values"))
        .when(_c("broken_mail") | _c("local").str.contains(_BAD_LOCAL))
        .then(pl.lit("bad_email"))
        .when(~is_mail & ~_c("is_site"))
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
        .otherwise(_c("list"))
    )


def _judged() -> dict[str, pl.Expr]:
    """The columns that `read` gives."""
    refusal = _c("refusal")
    kind = _c("kind")
    reachable = refusal.is_null() | refusal.is_in(
        ["free_mail", "directory", "shared_host", "app_store"]
    )
    unlikely = ~_c("sited") & refusal.is_in(["no_suffix", "bad_host"]).fill_null(False)
    looks_mailed = _c("is_mail") | _c("broken_mail") | (_c("two") & _c("mailed"))
    return {
        "shape": pl.when("empty")
        .then(pl.lit("empty"))
        .when(looks_mailed)
        .then(pl.lit("email"))
        .when(kind.is_not_null())
        .then("linkedin_" + kind)
        .when(_c("two") | ((_c("sited") | _c("is_site")) & ~unlikely))
        .then(pl.lit("website"))
        .otherwise(pl.lit("text")),
        "domain": pl.when(refusal.is_null() & kind.is_null()).then(_c("domain")),
        "email": pl.when(_c("is_mail") & reachable).then(_c("local") + "@" + _c("host")),
        "linkedin": pl.when(refusal.is_null()).then(_c("page")),
        "rejected": refusal,
        "role": once(_c("local"), _is_role).fill_null(False),
    }


def _is_role(local: pl.Expr) -> pl.Expr:
    """Whether a local part is a function's: `info`, `no-reply`, `sales.de`, `support+web`."""
    name = (
        local.str.replace(r"\+.*$", "")
        .str.replace(r"[._-](?:[a-z]{2}|[0-9]+)$", "")
        .str.replace(r"[0-9]+$", "")
        .str.replace_all(r"[._-]", "")
    )
    return name.is_in(list(lines("roles")))

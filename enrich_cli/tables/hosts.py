"""Lists of hosts that name no company, and how a host and its path are looked up in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Self

import polars as pl

from enrich_cli.domain.errors import ConfigError
from enrich_cli.domain.lists import lines
from enrich_cli.tables.text import once
from enrich_cli.tables.urls import registrable

_ENTRY = re.compile(r"(?:[a-z0-9_-]+\.)+(?:[a-z][a-z0-9-]*(?:/[^/?#\s]+)?|\*)")
# Where `name.*` holds: the suffixes under which one firm registers its name country by country.
_COUNTRIES = r"(?:com|net|(?:com?|ne)\.[a-z]{2}|[a-z]{2})"
# Before the code of an entry that is never a company, not even as a bare domain.
_ALWAYS = "!"


@dataclass(frozen=True, slots=True)
class HostLists:
    """Hosts by the reason why a cell that holds one names no company.

    An entry is a registrable domain (`facebook.com`), a host below one (`sites.google.com`), a
    host with the first part of a path (`google.com/maps`), or a name under any country's suffix
    (`yahoo.*`).

    Free-mail and disposable hosts are never a company. The bare domain of a directory, shared
    host or app store is that company itself; with a path or a subdomain it is somebody's page.
    Entries that are themselves below a domain or carry a path are never a company.
    """

    free_mail: frozenset[str]
    disposable: frozenset[str]
    directory: frozenset[str]
    shared_host: frozenset[str]
    app_store: frozenset[str]

    def with_more(self, extra: Mapping[str, Iterable[str]]) -> Self:
        """These lists and further hosts, by the name of the list.

        Raises ConfigError for a list that does not exist or an entry that is no host.
        """
        known = [field.name for field in fields(self)]
        longer = {}
        for name, hosts in extra.items():
            if name not in known:
                raise ConfigError(
                    f"there is no list of hosts named {name!r}",
                    hint=f"the lists are {', '.join(known)}",
                )
            longer[name] = getattr(self, name) | {_entry(host, name) for host in hosts}
        return replace(self, **longer)


@cache
def shipped_lists() -> HostLists:
    """The lists in the folder `lists`, read once."""
    return HostLists(
        **{
            field.name: frozenset(_entry(host, field.name) for host in lines(field.name))
            for field in fields(HostLists)
        }
    )


def listed(
    host: pl.Expr, domain: pl.Expr, segment: pl.Expr, lists: HostLists | None = None
) -> pl.Expr:
    """The name of the list that a host is on, null where it is on none or is the company itself.

    `domain` is the host's registrable domain, `segment` the first part of the path in lower
    case, null where there is no path.
    """
    exact, names = _compiled(lists or shipped_lists())

    def find(key: pl.Expr, codes: pl.DataFrame) -> pl.Expr:
        return key.replace_strict(
            codes["entry"], codes["code"], default=None, return_dtype=pl.String
        )

    alternatives = "|".join(re.escape(name) for name in names["entry"]) or r"\z."
    country = domain.str.extract(rf"^({alternatives})\.{_COUNTRIES}$", 1)
    page = host + "/" + segment
    return once(
        pl.struct(
            code=pl.coalesce(
                find(page, exact), find(host, exact), find(domain, exact), find(country, names)
            ),
            bare=(host == domain) & segment.is_null(),
        ),
        _unless_bare,
    )


def _unless_bare(found: pl.Expr) -> pl.Expr:
    code, bare = found.struct.field("code"), found.struct.field("bare")
    return pl.when(code.str.starts_with(_ALWAYS) | ~bare).then(code.str.strip_prefix(_ALWAYS))


@cache
def _compiled(lists: HostLists) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`entry` and `code` of exact keys and of `name.*`, with `!` before what is never a company.

    An entry on two lists goes to the first in the order of the fields.
    """
    entries = pl.DataFrame(
        [
            (entry, field.name)
            for field in reversed(fields(lists))
            for entry in sorted(getattr(lists, field.name))
        ],
        schema={"entry": pl.String, "code": pl.String},
        orient="row",
    )
    never = pl.col("code").is_in(["free_mail", "disposable"]) | (
        (pl.col("entry") != registrable(pl.col("entry"))) & ~pl.col("entry").str.ends_with(".*")
    )
    marked = pl.when(never).then(_ALWAYS + pl.col("code")).otherwise("code")
    coded = entries.select("entry", code=marked).unique("entry", keep="last", maintain_order=True)
    named = pl.col("entry").str.ends_with(".*")
    return (
        coded.filter(~named),
        coded.filter(named).with_columns(pl.col("entry").str.strip_suffix(".*")),
    )


def _entry(host: str, name: str) -> str:
    entry = host.strip().lower().removeprefix("www.").rstrip("/.")
    if not _ENTRY.fullmatch(entry):
        raise ConfigError(
            f"{host!r} in the list {name!r} is no host",
            hint="write acme.example, pages.acme.example, acme.example/pages or acme.*",
        )
    return entry

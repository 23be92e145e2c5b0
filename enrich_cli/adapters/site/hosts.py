"""Hosts on which no single company is at home, and the domain that somebody registered."""

from __future__ import annotations

from functools import cache

from enrich_cli.adapters.site.likeness import label
from enrich_cli.domain.lists import lines

# Besides the shared hosts of the tables' lists: parking, markets for names, log-in services.
# Whoever ends there has no site of their own.
_NOBODY = frozenset(
    (
        *("sedo.com", "sedoparking.com", "dan.com", "afternic.com", "hugedomains.com", "bodis.com"),
        *("parkingcrew.net", "undeveloped.com", "godaddy.com", "above.com", "domainmarket.com"),
        *("atom.com", "brandbucket.com", "namecheap.com", "epik.com", "porkbun.com", "bit.ly"),
        *("microsoftonline.com", "okta.com", "auth0.com", "google.com", "live.com"),
        "linkedin.com",
    )
)


def is_shared(host: str) -> bool:
    """Whether nobody or everybody is at home on `host`, so that it says nothing of one company."""
    there = registrable(host)
    names = (host, there, f"{label(there)}.*")
    return any(name in _elsewhere() or name in _NOBODY for name in names)


@cache
def _elsewhere() -> frozenset[str]:
    """Hosts on which many firms have a page, by the lists that the tables use."""
    return frozenset((*lines("shared_host"), *lines("directory"), *lines("app_store")))


def registrable(host: str) -> str:
    """The registrable domain of a host, by the bundled Public Suffix List; else the host."""
    from polars_tldextract import extract_scalar_full  # loads Polars, and few sites need it

    _, name, suffix, _ = extract_scalar_full(host, include_private=True)
    if name and suffix:
        return f"{name}.{suffix}"
    return ".".join(host.split(".")[-2:]) if host.endswith((".example", ".test")) else host

"""One visit to a company's site: which pages are read, and what is kept of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urljoin

from enrich_cli.adapters.site.door import Door, host_name
from enrich_cli.adapters.site.facts import (
    ADDRESS,
    CONFIDENCE,
    Alias,
    Fact,
    Facts,
    Page,
    Source,
    Topic,
    Verdict,
)
from enrich_cli.adapters.site.hosts import is_shared, registrable
from enrich_cli.adapters.site.likeness import label, resembles
from enrich_cli.adapters.site.links import same_site
from enrich_cli.adapters.site.page import read
from enrich_cli.adapters.site.responses import Next, NoPageError
from enrich_cli.domain.entity import Field
from enrich_cli.domain.outcome import Gap

# The pages, nearest first, on which a field that the home page lacks may stand.
_REACH = (Topic.CONTACT, Topic.IMPRINT)
_PLACES: Mapping[str, tuple[Topic, ...]] = {
    "legal_name": (Topic.IMPRINT,),
    "company_email": _REACH,
    "company_phone": _REACH,
    **dict.fromkeys(ADDRESS, _REACH),
    "description": (Topic.ABOUT,),
    "founded_year": (Topic.ABOUT,),
    "employee_count": (Topic.ABOUT,),
    "company_linkedin": (Topic.CONTACT, Topic.ABOUT),
}
_GUESSED = 0.5  # a trust up to which a better source is worth a further page


@dataclass
class Visit:
    """One site while it is visited."""

    door: Door
    domain: str
    wanted: frozenset[Field]
    most: int
    home: Page | None = None
    read: dict[str, Page] = field(default_factory=dict)
    alias: Alias | None = None
    gap: Gap | None = None
    detail: str = ""

    def note(self, gap: Gap, detail: str) -> None:
        """Why there is no page. What was said first stays."""
        if self.gap is None:
            self.gap, self.detail = gap, detail

    async def go(self) -> None:
        """Read the home page, and further ones as long as something that is wanted is lacking."""
        await self._enter()
        if self.home is None or self.home.verdict is not Verdict.SITE:
            return
        links, tried = dict(self.home.links), list[Topic]()
        if not self.door.patient(next(iter(self.read))):
            return
        while len(tried) < self.most - 1 and (topic := self._next(links, tried)):
            tried.append(topic)
            with suppress(NoPageError):
                await self._read_further(links.pop(topic))

    async def _read_further(self, url: str) -> None:
        got = await self.door.page(url, self._at_home)
        if got.url in self.read:
            return
        page = read(got.body, got.url, self.domain, got.content_type)
        if page.verdict is Verdict.SITE:
            self.read[got.url] = page

    async def _enter(self) -> None:
        """Find the home page: with TLS first, then below www, then without."""
        given_up: set[str] = set()
        waited = False
        for scheme, host in (
            ("https", self.domain),
            ("https", f"www.{self.domain}"),
            ("http", self.domain),
            ("http", f"www.{self.domain}"),
        ):
            if host in given_up:
                continue
            try:
                await self._open(f"{scheme}://{host}/")
            except NoPageError as error:
                self.note(error.gap, error.detail)
                if error.then is Next.OTHER_HOST:
                    given_up.add(host)
                hopeless = error.then is Next.NOTHING or (waited and error.then is Next.ONCE_MORE)
                waited = waited or error.then is Next.ONCE_MORE
                if not hopeless:
                    continue
            return

    async def _open(self, url: str) -> None:
        got = await self.door.page(url, self._may_lead)
        page = read(got.body, got.url, self.domain, got.content_type)
        if page.refresh and page.refresh != got.url:
            got = await self.door.page(page.refresh, self._may_lead)
            page = read(got.body, got.url, self.domain, got.content_type)
        host = host_name(got.url)
        if not same_site(host, self.domain):
            there = registrable(host)
            self.alias = Alias(got.url, there, _evidence(page, self.domain, there))
            if not self.alias.evidence:
                raise NoPageError(f"leads to {self.alias.domain}, another company's")
        self.home = page
        self.read[got.url] = page

    def _may_lead(self, host: str) -> str:
        """Why `host` is not looked at for this company's home page; "" where it may be."""
        if same_site(host, self.domain):
            return ""
        return f"leads to {host}, where nobody or everybody is" if is_shared(host) else ""

    def _at_home(self, host: str) -> str:
        base = self.alias.domain if self.alias else self.domain
        return "" if same_site(host, base) else f"leads away to {host}"

    def _next(self, links: Mapping[Topic, str], tried: Sequence[Topic]) -> Topic | None:
        """The page to read next: the one where most of what is wanted and lacking may stand.

        What is only guessed is lacking, too. What was looked for in one of its places already is
        half as likely to be found.
        """
        facts = (fact for page in self.read.values() for fact in page.facts)
        have = {fact.field for fact in facts if CONFIDENCE[fact.source] > _GUESSED}
        places = [_PLACES[field] for field in self.wanted - have if field in _PLACES]
        scores = {
            topic: sum(
                0.5 if any(place in tried for place in topics) else 1.0
                for topics in places
                if topic in topics
            )
            for topic in links
        }
        return max(
            (topic for topic in sorted(scores) if scores[topic]),
            key=scores.__getitem__,
            default=None,
        )

    def facts(self) -> Facts:
        """What is kept of the visit."""
        found = [fact for page in self.read.values() for fact in page.facts]
        if self.home is not None and self.home.verdict is Verdict.SITE:
            url = next(iter(self.read))
            found.insert(0, Fact("website", urljoin(url, "/"), Source.VISIT, url))
        else:
            found = []
        no_page = self.home is None
        return Facts(
            domain=self.domain,
            pages=tuple(self.read),
            verdict=self.home.verdict if self.home else "",
            gap=(self.gap or Gap.NOT_FOUND) if no_page else "",
            detail=self.detail if no_page else "",
            alias=self.alias,
            facts=tuple(found),
        )


def _evidence(page: Page, domain: str, other: str) -> str:
    """Why the page under another domain is still that company's; "" where nothing says so."""
    here = label(domain)
    if resembles(label(other), here):
        return "the domains are alike"
    if any(resembles(name, here) for name in page.names):
        return "the page names its owner like the domain"
    return "the page mentions the domain" if page.mentions else ""

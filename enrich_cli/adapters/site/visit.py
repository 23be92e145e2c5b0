"""One visit to a company's site: which pages are read, and what is kept of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from enrich_cli.adapters.site.door import Door, host_name
from enrich_cli.adapters.site.facts import (
    CONFIDENCE,
    PLACES,
    Alias,
    Fact,
    Facts,
    Mark,
    Page,
    Source,
    Topic,
    Verdict,
)
from enrich_cli.adapters.site.hosts import is_shared, registrable
from enrich_cli.adapters.site.likeness import label, resembles
from enrich_cli.adapters.site.links import root, same_site
from enrich_cli.adapters.site.page import read
from enrich_cli.adapters.site.responses import Next, NoPageError, Response
from enrich_cli.domain.entity import Field
from enrich_cli.domain.outcome import Gap

_GUESSED = 0.5  # a trust up to which a better source is worth a further page


@dataclass
class Visit:
    """One site while it is visited.

    `kept` is what was kept of the last visit. It begins where that ended, and asks only whether
    the pages have changed unless `anew` says that more is to be looked for than then.
    """

    door: Door
    domain: str
    wanted: frozenset[Field]
    most: int
    kept: Facts | None = None
    anew: bool = True
    home: Page | None = None
    read: dict[str, Page] = field(default_factory=dict)
    alias: Alias | None = None
    marks: dict[str, Mark] = field(default_factory=dict)
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
        for url in self._further_ones():
            with suppress(NoPageError):
                await self._read_further(url)
        while len(tried) < self.most - 1 and (topic := self._next(links, tried)):
            tried.append(topic)
            with suppress(NoPageError):
                await self._read_further(links.pop(topic))

    async def _read_further(self, url: str) -> None:
        got = await self.door.page(url, self._at_home, self._mark(url))
        if got.url in self.read:
            return
        if got.unchanged:
            page = self._as_it_was(got.url)
        else:
            page = read(got.body, got.url, self.domain, got.content_type)
        if page.verdict is Verdict.SITE:
            self._take(got, page)

    async def _enter(self) -> None:
        """Find the home page: where it was, else with TLS first, then below www, then without."""
        if self.kept is not None and self.kept.pages:
            with suppress(NoPageError):
                await self._open(self.kept.pages[0])
                return
            self.alias = None
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
        got = await self.door.page(url, self._may_lead, self._mark(url))
        if got.unchanged and self.kept is not None:
            self.alias = self.kept.alias
            self.home = self._as_it_was(got.url)
            self._take(got, self.home)
            return
        page = read(got.body, got.url, self.domain, got.content_type, self.wanted)
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
        self._take(got, page)

    def _take(self, got: Response, page: Page) -> None:
        self.read[got.url] = page
        if mark := got.mark or (self._mark(got.url) if got.unchanged else None):
            self.marks[got.url] = mark

    def _mark(self, url: str) -> Mark | None:
        """By what the server will know whether that page has changed since it was read."""
        marks = self.kept.marks if self.kept is not None and not self.anew else ()
        return next((mark for mark in marks if mark.url == url), None)

    def _as_it_was(self, url: str) -> Page:
        """A page that has not changed since it was read."""
        if self.kept is None:
            raise ValueError("no page was ever read")
        facts = (fact for fact in self.kept.facts if fact.url == url)
        own = tuple(fact for fact in facts if fact.source is not Source.VISIT)
        return Page(Verdict.SITE, own, whole=self.kept.whole)

    def _further_ones(self) -> Iterator[str]:
        """The further pages of the last visit, where the home page is as it was then."""
        unchanged = self.home is not None and not self.home.links and not self.anew
        if self.kept is not None and unchanged:
            yield from self.kept.pages[1 : self.most]

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
        places = [PLACES[field] for field in self.wanted - have if field in PLACES]
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
            found.insert(0, Fact("website", root(url), Source.VISIT, url))
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
            sought=tuple(sorted(self.wanted)),
            whole=self.home is None or self.home.whole,
            marks=tuple(self.marks.values()),
        )


def _evidence(page: Page, domain: str, other: str) -> str:
    """Why the page under another domain is still that company's; "" where nothing says so."""
    here = label(domain)
    if resembles(label(other), here):
        return "the domains are alike"
    if any(resembles(name, here) for name in page.names):
        return "the page names its owner like the domain"
    return "the page mentions the domain" if page.mentions else ""

"""The website scraper: reads a company's own pages, politely, and never where it must not go."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from enrich_cli.adapters.guard import check_form, check_url
from enrich_cli.adapters.site.facts import ADDRESS, CONFIDENCE, PLACES, Facts, Verdict
from enrich_cli.domain.entity import EntityType, Field, IdKind, Query
from enrich_cli.domain.errors import ConfigError
from enrich_cli.domain.outcome import Failure, Gap, Hit, Miss, Outcome, Reason, Value
from enrich_cli.domain.provider import Clock, Item, Limits, ProviderSpec, Reply, Tier

if TYPE_CHECKING:
    from enrich_cli.adapters.clients import Pages
    from enrich_cli.adapters.context import ProviderContext
    from enrich_cli.adapters.site.door import Door

GIVES = frozenset(
    Field(name)
    for name in (
        *("company_name", "legal_name", "description", "language", "logo_url", "website"),
        *("company_phone", "company_email", "company_linkedin", "company_twitter"),
        *("company_facebook", "company_instagram", "company_youtube", "company_github"),
        *("founded_year", "employee_count", "employee_range", "company_type", "industry"),
        *("lei", "ticker", "technologies", *ADDRESS),
        *("company_tiktok", "company_crunchbase", "vat_id", "register_number"),
        *("contact_page", "about_page", "feed_url"),
    )
)
"""What a website may tell."""

_RULES = 2  # raise it when kept facts are read in another way
_ALIAS_TRUST = 0.8  # a page under another domain may be a parent's or a buyer's
_SITE_SHARE = 0.95  # of the provider's time limit, so that a slow site is a miss, not a failure


def spec(*, concurrency: int = 100, timeout: float = 20.0) -> ProviderSpec:
    """What the middle needs to know of the scraper."""
    rules = f"{_RULES} {_ALIAS_TRUST} {sorted(CONFIDENCE.items())}"
    return ProviderSpec(
        name="website",
        title="The company's own website",
        entity=EntityType.COMPANY,
        tier=Tier.FREE,
        gives=GIVES,
        needs=((IdKind.DOMAIN,),),
        limits=Limits(concurrency=concurrency, timeout=timeout),
        renews=True,
        mapping=hashlib.sha256(rules.encode()).hexdigest()[:16],
    )


def provider(context: ProviderContext) -> Website:
    """The entry point `enrich.providers: website`.

    Reads `pages`, `concurrency`, `timeout` (seconds) and `allow_private_hosts` from the options.
    Raises ConfigError for values that cannot be.
    """
    options = context.options
    return Website(
        context.pages,
        user_agent=context.user_agent,
        clock=context.clock,
        pages=_whole(options, "pages", 3, 10),
        guard=check_form if options.get("allow_private_hosts") is True else check_url,
        spec=spec(
            concurrency=_whole(options, "concurrency", 100, 1_000),
            timeout=float(_whole(options, "timeout", 20, 600)),
        ),
    )


def _whole(options: Mapping[str, object], key: str, usual: int, most: int) -> int:
    value = options.get(key, usual)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise ConfigError(
            f"configuration, [provider.website] {key}: {value!r} is not from 1 to {most}",
            hint=f"a whole number; leave it out for {usual}",
        )
    return value


class Website:
    """A `Provider` that reads the site of one domain at a time.

    `client` carries every request.
    `guard` is called with each URL before it is asked for and raises AddressRefusedError; names
    are the client's to guard. At most `pages` pages of a site are read.
    """

    def __init__(
        self,
        client: Pages,
        *,
        user_agent: str,
        clock: Clock,
        pages: int = 3,
        guard: Callable[[str], object] = check_url,
        spec: ProviderSpec = spec(),  # noqa: B008 - a frozen value
    ) -> None:
        self._spec = spec
        self._pages = pages
        self._through = (client, user_agent, clock, guard)
        self._seconds = _SITE_SHARE * spec.limits.timeout

    @cached_property
    def _door(self) -> Door:
        # The reader of pages is loaded with the first visit: it takes a tenth of a second, and
        # most commands only want to know what the scraper gives.
        from enrich_cli.adapters.site.door import Door

        return Door(*self._through)

    @property
    def spec(self) -> ProviderSpec:
        """What it gives, needs, costs and allows."""
        return self._spec

    async def fetch(self, queries: Sequence[Query]) -> Reply:
        """Visit the sites of these companies. A site that cannot be read is a miss."""
        items = []
        for query in queries:
            facts = await self._visit(query)
            items.append(_item(facts, msgspec.json.encode(facts)))
        return Reply(tuple(items))

    def reread(self, query: Query, body: bytes) -> Item:  # noqa: ARG002 - the protocol's signature
        """The outcome of a visit, from the facts that were kept of it."""
        try:
            facts = msgspec.json.decode(body, type=Facts)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return Item(Failure(Reason.GARBAGE, "the kept facts cannot be read"), body)
        return _item(facts, body)

    def unsought(self, body: bytes) -> frozenset[Field]:
        """The fields for which the site was not searched on the visit of which that was kept."""
        facts = _kept(body)
        return frozenset() if facts is None else _unsought(facts)

    async def _visit(self, query: Query) -> Facts:
        domain = query.id(IdKind.DOMAIN)
        if domain is None:
            raise ValueError("asked about a company without a domain")
        from enrich_cli.adapters.site.visit import Visit

        kept = _kept(query.kept)
        wanted, anew = query.fields, True
        if kept is not None:
            known = (*(kept.sought or ()), *(fact.field for fact in kept.facts))
            wanted |= {field for name in known if (field := Field(name)) in GIVES}
            anew = not query.fields.isdisjoint(_unsought(kept))
        visit = Visit(self._door, domain, wanted, self._pages, kept, anew)
        try:
            async with asyncio.timeout(self._seconds):
                await visit.go()
        except TimeoutError:
            visit.note(Gap.NOT_FOUND, f"the site took more than {self._seconds:g} seconds")
        return visit.facts()


def _kept(body: bytes) -> Facts | None:
    """What was kept of a visit that found the site, else None."""
    try:
        facts = msgspec.json.decode(body, type=Facts) if body else None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return facts if facts is not None and facts.verdict == Verdict.SITE else None


def _unsought(facts: Facts) -> frozenset[Field]:
    """What may stand on the site, and was not looked for; of old visits that is not known."""
    if facts.sought is None:
        return frozenset()
    known = frozenset(Field(name) for name in facts.sought)
    known |= {Field(fact.field) for fact in facts.facts}
    return GIVES - known - (GIVES - PLACES.keys() if facts.whole else frozenset())


def _item(facts: Facts, body: bytes) -> Item:
    return Item(_outcome(facts), body, facts.pages[0] if facts.pages else None)


def _outcome(facts: Facts) -> Outcome:
    if facts.verdict == Verdict.SITE and facts.facts:
        from enrich_cli.adapters.site.merging import best

        trust = 1.0 if facts.alias is None else _ALIAS_TRUST
        return Hit(
            {
                name: Value(value.content, round((value.confidence or 0.0) * trust, 4), value.url)
                for name, value in best(facts.facts).items()
                if name in GIVES
            }
        )
    if facts.verdict == Verdict.BLOCKED:
        return Miss(Gap.FORBIDDEN, brief=True)
    if facts.verdict:
        return Miss(Gap.NOT_FOUND)
    gap = Gap.FORBIDDEN if facts.gap == Gap.FORBIDDEN else Gap.NOT_FOUND
    return Miss(gap, brief=True)

"""The kit for authors of providers: shipped ones pass it, broken ones are told what is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from enrich_cli.adapters.specs import SHIPPED
from enrich_cli.domain.entity import EntityType, Field, IdKind, Query
from enrich_cli.domain.money import Money, Per, Price
from enrich_cli.domain.outcome import Hit, Miss, Outcome, Reason, Value
from enrich_cli.domain.provider import Item, ProviderError, ProviderSpec, Reply, Tier
from enrich_cli.testing import (
    ContractError,
    about,
    check_fault,
    check_provider,
    check_secret,
    context,
    opened,
)
from tests.adapters.spec_kit import KEY, always, serving
from tests.sandbox.conftest import in_thread

SPEC = ProviderSpec(
    name="own",
    entity=EntityType.COMPANY,
    tier=Tier.CHEAP,
    gives=frozenset({Field("company_name"), Field("employee_count")}),
    needs=((IdKind.DOMAIN,),),
    batch=2,
    price=Price(Money(10), Per.HIT),
)
KNOWN = [about(domain="a.example"), about(domain="b.example")]
UNKNOWN = [about(domain="x.example")]


@dataclass
class Own:
    """A provider that does as it should, but for what a test changes."""

    spec: ProviderSpec = SPEC
    values: Callable[[str], dict[str, object]] = lambda domain: {"company_name": domain}
    shuffled: bool = False
    rereads: bool = True
    raises: type[Exception] = ProviderError

    def _read(self, domain: str) -> Outcome:
        if domain.startswith("x"):
            return Miss()
        values = self.values(domain)
        return Hit({Field(name): Value(value) for name, value in values.items()})  # type: ignore[arg-type]

    async def fetch(self, queries: Sequence[Query]) -> Reply:
        domains = [query.id(IdKind.DOMAIN) for query in queries]
        if None in domains:
            if self.raises is ProviderError:
                raise ProviderError(Reason.BAD_INPUT, "no domain")
            raise self.raises("domain")
        if self.shuffled:
            domains.reverse()
        return Reply(tuple(Item(self._read(str(d)), str(d).encode()) for d in domains))

    def reread(self, query: Query, body: bytes) -> Item:
        return Item(self._read(body.decode()) if self.rereads else Miss(), body)


def check(provider: Own) -> None:
    asyncio.run(check_provider(provider, KNOWN, UNKNOWN))


def test_a_provider_that_does_as_it_should_passes() -> None:
    check(Own())


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (Own(shuffled=True), "in company it is"),
        (Own(rereads=False), "read again it is Miss"),
        (Own(values=lambda _: {"industry": "x"}), "industry is not among what it says"),
        (Own(values=lambda _: {"employee_count": "120"}), "employee_count: '120'"),
        (Own(values=lambda _: {}), "a hit without a value"),
        (Own(raises=KeyError), "KeyError in place of a ProviderError"),
        (Own(spec=replace(SPEC, needs=())), "needs is a list"),
        (Own(spec=replace(SPEC, gives=frozenset({Field("job_title")}))), "no field of a company"),
        (Own(spec=replace(SPEC, gives=frozenset({Field("shoe_size")}))), "no field of the catal"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_is_wrong_is_told(broken: Own, words: str) -> None:
    with pytest.raises(ContractError, match=words):
        check(broken)


def test_a_fault_must_be_told_as_what_it_is() -> None:
    nobody = about(email="x@a.example")
    asyncio.run(check_fault(Own(), nobody, Reason.BAD_INPUT))
    with pytest.raises(ContractError, match="auth was told as bad_input"):
        asyncio.run(check_fault(Own(), nobody, Reason.AUTH))


def test_a_key_that_shows_is_told() -> None:
    check_secret(Own(), KEY)
    with pytest.raises(ContractError, match="its key shows"):
        check_secret(Own(spec=replace(SPEC, title=KEY)), KEY)


def test_a_declared_provider_goes_through_the_same_kit() -> None:
    async def main() -> None:
        names = ("bluefin", "copper", "harbour", "juniper", "lantern", "meadow", "tidal")
        known = [about(domain=f"{name}-labs.example") for name in names]
        unknown = [about(domain="x-unknown.example")]
        for name in ("hunter-company", "pdl-company", "apollo-company", "wikidata"):
            host = {"h": "api.hunter.io", "p": "api.peopledatalabs.com", "a": "api.apollo.io"}
            at = f"{url}/@{host.get(name[0], 'query.wikidata.org')}"
            async with opened(SHIPPED / f"{name}.toml", base_url=at, key=KEY) as provider:
                found = [
                    query
                    for query in known
                    if isinstance((await provider.fetch([query])).items[0].outcome, Hit)
                ]
                assert found
                await check_provider(provider, found, unknown)
                check_secret(provider, KEY)

    with in_thread() as url:
        asyncio.run(main())


def test_faults_of_a_declared_provider() -> None:
    async def main() -> None:
        for status, reason in ((403, Reason.RATE_LIMITED), (429, Reason.OUT_OF_CREDIT)):
            async with (
                serving(always({}, status)) as served,
                opened(SHIPPED / "hunter-company.toml", base_url=served.base, key=KEY) as one,
            ):
                await check_fault(one, about(domain="a.example"), reason)

    asyncio.run(main())


def test_what_a_python_provider_is_made_with(tmp_path: Path) -> None:
    async def main() -> None:
        async with context({"KEY": "x"}, {"depth": 2}) as made, serving(always({})) as served:
            assert (made.environ, made.options) == ({"KEY": "x"}, {"depth": 2})
            assert (await made.api.get(served.base)).status_code == 200
            await made.clock.sleep(1e9)
            assert made.clock.monotonic() == 0.0
            assert made.clock.now() > 0

    asyncio.run(main())

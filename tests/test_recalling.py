"""Settled records hide nothing: a run with them is the run without them, whatever came before."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from enrich_cli import execution, forecasting, job
from enrich_cli.adapters.store import open_store
from enrich_cli.adapters.store_pace import AT_ONCE, Pace
from enrich_cli.app.stop import Stop
from enrich_cli.domain.entity import EntityKey, EntityType, Field, IdKind, Query, entity_key
from enrich_cli.domain.money import Money, Per, Price
from enrich_cli.domain.outcome import Gap, Hit, Miss, Outcome, Reason, Value
from enrich_cli.domain.plan import DAY, Accept
from enrich_cli.domain.provider import Item, Limits, ProviderError, ProviderSpec, Reply, Tier
from enrich_cli.domain.report import Report
from enrich_cli.output import Output
from enrich_cli.settings import Settings
from enrich_cli.tables.files import Told
from enrich_cli.views.report import report_json

NAME, COUNT, TECH, SINCE = (
    Field(name) for name in ("company_name", "employee_count", "technologies", "domain_registered")
)
FIELDS = (NAME, COUNT, TECH, SINCE)
NOW = 1_795_000_000.0
TABLES = (
    "Website,company_name\na.example,\nb.example,\nc.example,\nd.example,Here\na.example,Here\n",
    "Website,HQ,company_name,employee_count\nb.example,DE,,\nc.example,US,,7\ne.example,DE,,\n",
    "Company,Website\nAcme,a.example\nBolt,b.example\nCogs,c.example\nDuck,d.example\nEgg,e.example\n",
)
ACCEPT: Sequence[Mapping[Field, Accept]] = (
    {},
    {COUNT: Accept(confidence=0.6), NAME: Accept(max_age=2 * DAY)},
    {NAME: Accept(order=("dear", "free")), TECH: Accept(order=("free",))},
    {NAME: Accept(pattern=".*[02468] .*"), COUNT: Accept(confidence=0.9)},
)


@dataclass
class StandingClock:
    """A clock that shows the moment it was given; its sleepers wait in earnest."""

    at: float

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass
class Fickle:
    """A provider whose answers are drawn by a hash: of the entity, of the era, of the mapping."""

    spec: ProviderSpec
    era: int
    calls: list[tuple[EntityKey, ...]] = field(default_factory=list)

    async def fetch(self, queries: Sequence[Query]) -> Reply:
        self.calls.append(tuple(query.entity for query in queries))
        items = []
        for query in queries:
            outcome = self.said(query, str(self.era))
            if isinstance(outcome, ProviderError):
                raise outcome
            items.append(Item(outcome, str(self.era).encode(), self.url(query), 0.7))
        return Reply(tuple(items))

    def reread(self, query: Query, body: bytes) -> Item:
        outcome = self.said(query, body.decode())
        return Item(Miss() if isinstance(outcome, ProviderError) else outcome, body)

    def url(self, query: Query) -> str | None:
        return None if self.spec.name == "dear" else f"https://{query.ids[0][1]}/"

    def said(self, query: Query, era: str) -> Outcome | ProviderError:
        hints = query.id(IdKind.NAME) if self.spec.mapping == "read by name" else ""
        seed = f"{self.spec.name} {self.spec.mapping} {query.entity} {era} {hints}"
        draw = Random(hashlib.sha256(seed.encode()).hexdigest())
        match draw.randrange(12):
            case 0:
                return Miss()
            case 1:
                return Miss(brief=True)
            case 2:
                return Miss(Gap.FORBIDDEN)
            case 3:
                return Miss(Gap.ERASED)
            case 4 if not self.spec.free:
                return ProviderError(Reason.TIMEOUT, sent=True)
            case 5:
                return ProviderError(Reason.BAD_INPUT)
        contents: dict[Field, Any] = {
            NAME: f"=Firm {draw.randrange(10)} of {self.spec.name}",
            COUNT: draw.randrange(1000),
            TECH: tuple(f"t{n}" for n in range(draw.randrange(1, 3))),
            SINCE: f"20{draw.randrange(10, 26)}-01-31",
        }
        known = draw.sample(sorted(self.spec.gives), draw.randint(1, len(self.spec.gives)))
        return Hit(
            {
                name: Value(
                    contents[Field(name)],
                    draw.choice([None, 0.5, 0.95]),
                    draw.choice([None, "https://own.example/"]),
                )
                for name in known
            }
        )


def spec(name: str, **changes: Any) -> ProviderSpec:
    usual = ProviderSpec(
        name=name,
        entity=EntityType.COMPANY,
        tier=Tier.FREE,
        gives=frozenset(FIELDS),
        needs=((IdKind.DOMAIN,),),
        hints=(IdKind.NAME, IdKind.COUNTRY),
        limits=Limits(concurrency=4),
        mapping="read",
    )
    return replace(usual, **changes)


def price(usd: int, per: Per = Per.HIT) -> Price:
    return Price(Money(usd), per)


SPECS = {
    one.name: one
    for one in (
        spec("free", gives=frozenset({NAME, TECH, SINCE})),
        spec("dear", tier=Tier.PREMIUM, price=price(100_000), batch=2),
        spec(
            "local",
            needs=((IdKind.DOMAIN, IdKind.COUNTRY),),
            only=((IdKind.COUNTRY, frozenset({"DE"})),),
        ),
        spec("item", tier=Tier.CHEAP, price=price(7_000, Per.ITEM), gives=frozenset({COUNT, NAME})),
    )
}


@dataclass(frozen=True)
class Turn:
    """What a user and the world may change between two runs."""

    table: int = 0
    fields: tuple[Field, ...] = FIELDS[:2]
    providers: tuple[str, ...] = tuple(SPECS)
    accept: int = 0
    refresh: bool = False
    offline: bool = False
    accept_low: bool = False
    max_age: float | None = None
    budget: int | None = None
    per_entity: int | None = None
    rebuy: bool = False
    overwrite: bool = False
    limit: int | None = None
    era: int = 0
    mapping: str = "read"
    version: int = 1
    base: str = ""
    provenance: str = "file"
    passes: float = 0.0
    forgets: str = ""


CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "table": st.sampled_from(range(len(TABLES))),
        "fields": st.permutations(FIELDS).flatmap(
            lambda some: st.integers(1, 4).map(lambda n: tuple(some[:n]))
        ),
        "providers": st.permutations(list(SPECS)).flatmap(
            lambda some: st.integers(1, 4).map(lambda n: tuple(some[:n]))
        ),
        "accept": st.sampled_from(range(len(ACCEPT))),
        "refresh": st.booleans(),
        "offline": st.booleans(),
        "accept_low": st.booleans(),
        "max_age": st.sampled_from([None, 2 * DAY, 40 * DAY]),
        "budget": st.sampled_from([None, 0, 150_000]),
        "per_entity": st.sampled_from([None, 10_000]),
        "rebuy": st.booleans(),
        "overwrite": st.booleans(),
        "limit": st.sampled_from([None, 3]),
        "era": st.integers(0, 2),
        "mapping": st.sampled_from(["read", "read anew", "read by name"]),
        "version": st.integers(1, 2),
        "base": st.sampled_from(["", "http://127.0.0.1:1"]),
        "provenance": st.sampled_from(["none", "columns", "file"]),
        "passes": st.sampled_from([0.0, 60.0, DAY, 3 * DAY, 31 * DAY, -3600.0, -5 * DAY]),
        "forgets": st.sampled_from(["", "a.example", "b.example", "c.example"]),
    },
)
HISTORIES = st.lists(CHANGES, min_size=1, max_size=3)


@dataclass(frozen=True)
class Seen:
    """All that a run shows for it."""

    table: bytes
    provenance: list[tuple[Any, ...]]
    report: dict[str, Any]
    estimate: object
    calls: Mapping[str, list[tuple[EntityKey, ...]]]


@dataclass
class Errand:
    """A prepared run, which can be done on several stores."""

    turn: Turn
    at: float
    folder: Path
    number: int = 0

    def __post_init__(self) -> None:
        turn = self.turn
        self.specs = {
            n: replace(one, mapping=turn.mapping, version=turn.version, address=turn.base)
            for n, one in SPECS.items()
        }
        own = Settings(
            cache=self.folder,
            providers=turn.providers,
            accept=ACCEPT[turn.accept],
            refresh=turn.refresh,
            offline=turn.offline,
            accept_low=turn.accept_low,
            max_age=turn.max_age,
            budget=money(turn.budget),
            max_per_entity=money(turn.per_entity),
            rebuy_unknown=turn.rebuy,
            overwrite=turn.overwrite,
            limit=turn.limit,
            identify={EntityType.COMPANY: ("Website",)},
        )
        source = self.folder / "t.csv"
        source.write_text(TABLES[turn.table])
        clock = StandingClock(self.at)
        self.parts = job.Parts(own, self.specs, lambda _: True, clock, Random(), self.folder)
        looked = job.look(str(source), Told(), None, own, self.folder)
        self.prepared = job.prepare(looked, list(turn.fields), self.parts, to_run=True)

    def done(self, folder: Path, *, least: int = 0, forecast: bool = False) -> Seen:
        """What a run on the store in `folder` shows."""
        turn = self.turn
        steps = self.prepared.plan.steps
        providers = {step.spec.name: Fickle(step.spec, turn.era) for step in steps}
        out, sidecar = self.folder / "out.csv", self.folder / "p.parquet"
        to = Output(out, turn.provenance, sidecar if turn.provenance == "file" else None)
        parts = replace(self.parts, random=Random(self.number))
        store = open_store(folder, Pace(AT_ONCE, AT_ONCE))
        prepared = self.prepared

        async def both() -> tuple[object, Report]:
            made = None
            if forecast:
                made = await forecasting.forecast(prepared, store, providers, parts, least=least)
                # Records leave no fingerprint of the answers; whoever needs one looks at these.
                bare = {n: replace(one, digest="") for n, one in made.stored.items()}
                made = replace(made, stored=bare)
            return made, await execution.execute(
                prepared, store, providers, parts, to, Stop(), [], least=least
            )

        try:
            estimate, report = asyncio.run(both())
        finally:
            store.close()
        said = json.loads(report_json(report))
        self.reads = said.pop("store")["reads"]
        whence = pl.read_parquet(sidecar).rows() if turn.provenance == "file" else []
        calls = {name: one.calls for name, one in providers.items()}
        return Seen(out.read_bytes(), whence, said, estimate, calls)


def money(usd: int | None) -> Money | None:
    return None if usd is None else Money(usd)


def records(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "cache.db")) as connection:
        return int(connection.execute("SELECT count(*) FROM settled").fetchone()[0])


def sql(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "cache.db", isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def turns(history: Sequence[Mapping[str, Any]]) -> Iterator[Turn]:
    """Each turn is the one before with a few changes, and every one comes twice."""
    turn = Turn()
    for changes in ({}, *history):
        yield replace(turn, **{"passes": 0.0, "forgets": "", **changes})
        turn = replace(turn, **{n: v for n, v in changes.items() if n not in ("passes", "forgets")})
        yield replace(turn, passes=1.0)


def compare(history: Sequence[Mapping[str, Any]], *, forecast: bool) -> None:
    with tempfile.TemporaryDirectory() as place:
        ours, twin = Path(place) / "ours", Path(place) / "twin"
        open_store(ours).close()
        at = NOW
        for number, turn in enumerate(turns(history)):
            at += turn.passes
            if turn.forgets:
                key = entity_key(EntityType.COMPANY, turn.forgets)
                sql(ours, f"DELETE FROM Cache WHERE key LIKE 'free@%:{key}'")
            shutil.copytree(ours, twin)
            sql(twin, "DELETE FROM settled")
            errand = Errand(turn, at, Path(place), number)
            with_records = errand.done(ours, forecast=forecast)
            without = errand.done(twin, forecast=forecast)
            assert with_records == without
            shutil.rmtree(twin)


@settings(max_examples=3, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(HISTORIES)
def test_with_records_a_run_is_what_it_is_without(history: list[Mapping[str, Any]]) -> None:
    compare(history, forecast=False)


@pytest.mark.long
@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(HISTORIES)
def test_so_it_is_in_many_histories(history: list[Mapping[str, Any]]) -> None:
    compare(history, forecast=True)

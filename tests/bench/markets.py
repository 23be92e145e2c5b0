"""Random markets of providers and tables of companies, with what each would say of each.

A market has providers with prices, rules and batches of chance, who know famous companies sooner
than obscure ones, each in a degree of its own. Its tables differ, in some markets hardly and in
others much, and their companies stand in many rows. What a provider would answer is drawn
beforehand, whether or not it is asked.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random

from enrich_cli.domain.entity import Entity, EntityKey, EntityType, Field, IdKind, entity_key
from enrich_cli.domain.money import Money, Per, Price
from enrich_cli.domain.outcome import Hit, Miss, Outcome, Value
from enrich_cli.domain.provider import Limits, ProviderSpec, Tier

FIELDS = tuple(map(Field, ("company_name", "employee_count", "industry", "country")))
UNLIKE = 0.3
"""The most by which a provider's rates in one table lie from those in all: a standard deviation on
the logit scale. In a middling table that is 7 of 100 companies more or fewer that it knows."""
_FAME = 0.75
"""How much of that all providers have in common: a table of better or less known companies."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """A provider as it really is: on the logit scale how much it knows, and what its hits hold."""

    spec: ProviderSpec
    level: float
    loading: float
    fields: Mapping[Field, float]


@dataclass(frozen=True, slots=True)
class Market:
    """Providers, and how unlike each other the tables are about which they are asked."""

    vendors: Sequence[Vendor]
    unlike: float

    @property
    def specs(self) -> list[ProviderSpec]:
        """The providers in the usual order, by tier and price."""
        return sorted(
            (vendor.spec for vendor in self.vendors),
            key=lambda s: (s.tier != "free", s.worst(1), s.name),
        )


Said = Mapping[str, bytes]
"""What each vendor says, a byte for each company: 0 for a miss, else 1 and a bit for each field."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Companies as bits of whole numbers: where a field is empty, whom a vendor can be asked about.

    So a step about all of them is a few operations.
    """

    empty: Mapping[Field, int]
    usable: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Outline:
    """A table: its companies, and what each vendor would say of each."""

    entities: Sequence[Entity]
    grid: Grid
    said: Said

    def dreamt(self, random: Random, one: Market) -> Outline:
        """Another table of the same companies."""
        return Outline(self.entities, self.grid, said(random, one, self.entities))

    def answers(self, vendor: Vendor) -> Mapping[EntityKey, Outcome]:
        """What a vendor would answer about each company."""
        names = sorted(vendor.fields)
        return {
            entity.key: _outcome(byte, names)
            for entity, byte in zip(self.entities, self.said[vendor.spec.name], strict=True)
        }


def _outcome(byte: int, names: Sequence[Field]) -> Outcome:
    if not byte:
        return Miss()
    found = {name: Value("x") for i, name in enumerate(names) if byte >> (i + 1) & 1}
    return Hit(found or {Field("website"): Value("x")})


def market(random: Random) -> Market:
    """Two to seven paid vendors and perhaps a free one."""
    fields = FIELDS[: random.randint(2, 4)]
    loading = random.uniform(0.3, 2.2)
    vendors = []
    paid, free = random.randint(2, 7), random.randint(0, 1)
    for n in range(paid + free):
        tier = Tier.FREE if n >= paid else random.choice((Tier.CHEAP, Tier.PREMIUM))
        usd = round(math.exp(random.uniform(math.log(5_000), math.log(300_000))))
        usd = usd * 3 if tier is Tier.PREMIUM else usd
        per, batch = random.choice(tuple(Per)), random.choice((1, 1, 10, 50))
        if per is Per.CALL:
            usd = usd * batch // 2
        gives = frozenset(random.sample(fields, random.randint(1, len(fields))))
        spec = ProviderSpec(
            name=f"v{n}",
            entity=EntityType.COMPANY,
            tier=tier,
            gives=gives,
            needs=((IdKind.DOMAIN,), (IdKind.NAME,)) if n % 2 else ((IdKind.DOMAIN,),),
            price=None if tier is Tier.FREE else Price(Money(usd), per),
            limits=Limits(concurrency=50),
            batch=batch,
        )
        vendors.append(
            Vendor(
                spec,
                random.gauss(0.5, 1.0),
                loading * random.uniform(0.6, 1.4),
                {name: random.gauss(1.5, 0.8) for name in sorted(gives)},
            )
        )
    return Market(vendors, random.uniform(0, UNLIKE))


def outline(random: Random, one: Market, companies: int, numbers: Iterable[int]) -> Outline:
    """A table of so many new companies."""
    fields = sorted({name for v in one.vendors for name in v.spec.gives})
    holes = {name: random.choice((1.0, 1.0, 0.4)) for name in fields}
    entities = []
    for _, n in zip(range(companies), numbers, strict=False):
        rows = 1 + int(random.expovariate(0.8))
        named = random.random() < 0.3
        ident = (IdKind.NAME, f"Company {n}") if named else (IdKind.DOMAIN, f"c{n}.example")
        key = entity_key(EntityType.COMPANY, ident[1])
        empty = {name: rows for name in fields if random.random() < holes[name]}
        entities.append(Entity(key, EntityType.COMPANY, (ident,), rows, empty))
    grid = Grid(
        {name: _bits(bytes(name in entity.empty for entity in entities), 1) for name in fields},
        {
            v.spec.name: _bits(bytes(v.spec.usable(entity.ids) for entity in entities), 1)
            for v in one.vendors
        },
    )
    return Outline(entities, grid, said(random, one, entities))


def said(random: Random, one: Market, entities: Sequence[Entity]) -> Said:
    """What the vendors would say of these companies, were they those of a new table."""
    famous = random.gauss(0, _FAME * one.unlike)
    fames = [random.gauss(0, 1) for _ in entities]
    named = [0.5 * (entity.ids[0][0] is IdKind.NAME) for entity in entities]
    told: dict[str, bytes] = {}
    for v in one.vendors:
        base = v.level + famous + random.gauss(0, one.unlike)
        fields = [(2 << i, _sigmoid(v.fields[name])) for i, name in enumerate(sorted(v.fields))]
        bytes_ = bytearray(len(entities))
        for i, (fame, less) in enumerate(zip(fames, named, strict=True)):
            if random.random() < _sigmoid(base + v.loading * fame - less):
                bytes_[i] = 1 + sum(bit for bit, share in fields if random.random() < share)
        told[v.spec.name] = bytes(bytes_)
    return told


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


Costs = Mapping[tuple[frozenset[str], str], float]
"""What it costs to ask a provider once some others have been asked."""


def costs(table: Outline, one: Market) -> Costs:
    """Every next step that any order of the paid can take, by what each would really say."""
    names = {vendor.spec.name: sorted(vendor.fields) for vendor in one.vendors}
    start, usable = dict(table.grid.empty), table.grid.usable
    hits = {name: _bits(table.said[name], 1) for name in names}
    gives = {
        name: {
            field: _bits(table.said[name], 2 << i) & usable[name] for i, field in enumerate(fields)
        }
        for name, fields in names.items()
    }

    def after(left: Mapping[Field, int], name: str) -> dict[Field, int]:
        return {field: bits & ~gives[name].get(field, 0) for field, bits in left.items()}

    for spec in one.specs:
        if spec.free:
            start = after(start, spec.name)
    paid = {spec.name: spec for spec in one.specs if not spec.free}
    lefts = {frozenset[str](): start}
    each: dict[tuple[frozenset[str], str], float] = {}
    for size in range(len(paid)):
        for done in map(frozenset, combinations(paid, size)):
            left = lefts[done]
            for name in paid.keys() - done:
                asked = 0
                for field in gives[name]:
                    asked |= left.get(field, 0)
                asked &= usable[name]
                each[done, name] = _price(paid[name], asked, hits[name])
                lefts.setdefault(done | {name}, after(left, name))
    return each


def _bits(some: bytes, mask: int) -> int:
    """A bit for each byte: whether it has one of these bits."""
    return int(some.translate(bytes(48 + bool(byte & mask) for byte in range(256))), 2)


def _price(spec: ProviderSpec, asked: int, hits: int) -> float:
    assert spec.price is not None
    number = asked.bit_count()
    match spec.price.per:
        case Per.HIT:
            number = (asked & hits).bit_count()
        case Per.CALL:
            number = math.ceil(number / spec.batch)
        case Per.ITEM:
            pass
    return spec.price.usd * number


def summed(tables: Iterable[Costs]) -> Costs:
    """What the steps cost over several tables."""
    total: Counter[tuple[frozenset[str], str]] = Counter()
    for one in tables:
        total.update(one)
    return total


def bill(costs: Costs, order: Sequence[str]) -> float:
    """What an order costs."""
    return sum(costs[frozenset(order[:at]), name] for at, name in enumerate(order))


def best(costs: Costs) -> list[str]:
    """The cheapest of all orders, found by the cheapest way to each set of providers."""
    names = sorted({name for _, name in costs})
    cheapest: dict[frozenset[str], tuple[float, list[str]]] = {frozenset(): (0.0, [])}
    for size in range(1, len(names) + 1):
        for some in map(frozenset, combinations(names, size)):
            cheapest[some] = min(
                (cheapest[some - {n}][0] + costs[some - {n}, n], [*cheapest[some - {n}][1], n])
                for n in some
            )
    return cheapest[frozenset(names)][1]

"""Whether estimates hold and the learned order is cheap, in random worlds.

A world has providers with prices, rules and batches of chance, who know famous companies sooner
than obscure ones, each in a degree of its own; its tables differ, with companies in many rows.
History is made by runs over earlier tables, by the real waterfall over the real store's twin in
memory; then a new table is estimated, and run the same way for its bill. Nothing of the model by
which it is estimated is used to make the answers: a company's fame is a continuous number, and
what each provider would answer is drawn beforehand, whether or not it is asked.

Tables have 100 to 1,100 companies: the bill of a dozen is luck, whatever is known of providers. For
the same reason orders are compared by what they cost over several tables of a world: on a single
one some order is always lucky, by a batch that just was not begun.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, count
from random import Random
from statistics import median

from enrich_cli.adapters.memory_store import MemoryStore
from enrich_cli.app import running
from enrich_cli.app.forecast import Forecaster
from enrich_cli.app.order import best_order
from enrich_cli.app.rates import learned
from enrich_cli.domain.entity import Entity, EntityKey, EntityType, Field, IdKind, entity_key
from enrich_cli.domain.money import Money, Per, Price
from enrich_cli.domain.outcome import Hit, Miss, Outcome, Value
from enrich_cli.domain.plan import Estimate, Plan, Step, Wanted
from enrich_cli.domain.provider import Limits, ProviderSpec, Tier
from enrich_cli.domain.ticket import Ticket
from tests.bench.harness import Sheet
from tests.fakes import EPOCH, Script, Scripted, World, in_virtual_time

WORLDS, SEED = 300, 20261124
HISTORIES = (0, 50, 5_000)
FIELDS = tuple(map(Field, ("company_name", "employee_count", "industry", "country")))
TABLES = 5
"""By so many tables of a world orders are compared."""
SPREAD = 0.2
"""How far a provider's rates in one table lie from those in all, on the logit scale."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """A provider as it really is: on the logit scale how much it knows, and what its hits hold."""

    spec: ProviderSpec
    level: float
    loading: float
    fields: Mapping[Field, float]


@dataclass(frozen=True, slots=True)
class Outline:
    """A table: its companies, and what each vendor would say of each."""

    entities: Sequence[Entity]
    answers: Mapping[str, Mapping[EntityKey, Outcome]]


@dataclass(frozen=True, slots=True)
class Result:
    """One world: the estimate, the bill, and the bills of other orders."""

    answers: int
    made: Estimate
    bill: int
    learned: int
    best: int
    by_tier: int
    by_price: int


def main(worlds: int = WORLDS) -> bool:
    """Measure, print, and say whether the ranges and the order hold."""
    sheet = Sheet(f"calibration: {worlds} random worlds, a third for each length of history")
    each = worlds // len(HISTORIES)
    results: list[Result] = []
    for at, answers in enumerate(HISTORIES):
        some = [world(Random(SEED + 1_000 * at + n), answers) for n in range(each)]
        results += some
        _calibrated(sheet, some, answers)
    above = sum(one.bill > one.made.worst for one in results)
    sheet.exactly("bills above the worst case, of all", above, 0)
    for answers in HISTORIES[1:]:
        _ordered(sheet, [one for one in results if one.answers == answers], answers)
    return sheet.show()


def _calibrated(sheet: Sheet, some: Sequence[Result], answers: int) -> None:
    held = [one.made.low <= one.bill <= one.made.high for one in some]
    share = 100 * sum(held) / len(held)
    name = f"{answers:,} answers of history: ranges that held"
    paid = [one for one in some if one.bill]
    off = median(abs(one.made.likely / one.bill - 1) for one in paid)
    wide = median((one.made.high - one.made.low) / one.bill for one in paid)
    sheet.at_least(name, share, 93, "{:.0f} %")
    if answers:
        sheet.at_most("  not always: that would be too wide", share, 98, "{:.0f} %")
    if answers == HISTORIES[-1]:
        sheet.at_most("  likely, off the bill in the median", 100 * off, 5, "{:.1f} %")
    else:
        sheet.add("  likely, off the bill in the median", f"{100 * off:.1f} %")
    sheet.add("  width of the range, of the bill", f"{100 * wide:.0f} %")


def _ordered(sheet: Sheet, some: Sequence[Result], answers: int) -> None:
    sheet.add(f"{answers:,} answers: learned order / others, over {TABLES} tables", "")
    for name, floors in (
        ("the best of all orders", [one.best for one in some]),
        ("the order by tier and price", [one.by_tier for one in some]),
        ("the order by price", [one.by_price for one in some]),
    ):
        ratios = [one.learned / floor for one, floor in zip(some, floors, strict=True) if floor]
        worst, mean = max(ratios), sum(ratios) / len(ratios)
        sheet.add(f"  {name}", f"{median(ratios):.3f} (mean {mean:.3f}, most {worst:.2f})")
    near = [one.learned <= 1.05 * one.best for one in some]
    sheet.add("  within 1.05 of the best", f"{100 * sum(near) / len(near):.0f} %")


def world(random: Random, answers: int) -> Result:
    """Make a world, let `answers` be given in it, and estimate and run one more table."""
    vendors = _vendors(random)
    specs = sorted(
        (vendor.spec for vendor in vendors), key=lambda s: (s.tier != "free", s.worst(1), s.name)
    )
    store, numbers = MemoryStore(), count()
    while _given(store) < answers:
        size = max(min((answers - _given(store)) // len(vendors), 400), 10)
        run(outline(random, vendors, size, numbers), specs, store)
    table = outline(random, vendors, round(math.exp(random.uniform(4.6, 7))), numbers)
    history = store.history()
    usual = tuple(Step(spec, spec.gives) for spec in specs)
    forecaster = _forecaster(table, usual, store)
    rates = learned(history, specs)
    order = best_order(usual, forecaster.crowds[EntityType.COMPANY], rates)
    made = _forecaster(table, order.steps, store).estimate(0, 0, 0)
    bill = run(table, [step.spec for step in order.steps], store)
    free = [spec for spec in specs if spec.free]
    paid = [spec for spec in specs if not spec.free]
    more = (outline(random, vendors, len(table.entities), numbers) for _ in range(TABLES - 1))
    costs = _summed(_costs(one, paid, free) for one in (table, *more))
    names = [spec.name for spec in paid]
    by_price = sorted(paid, key=lambda s: (s.worst(1), s.name))
    by_tier = sorted(paid, key=lambda s: (s.tier == "premium", s.worst(1), s.name))
    return Result(
        answers=answers,
        made=made,
        bill=bill,
        learned=_bill(costs, [s.spec.name for s in order.steps if not s.spec.free]),
        best=_best(costs, names),
        by_tier=_bill(costs, [spec.name for spec in by_tier]),
        by_price=_bill(costs, [spec.name for spec in by_price]),
    )


def _given(store: MemoryStore) -> int:
    return sum(count.tried for count in store.history().hits.values())


def _vendors(random: Random) -> list[Vendor]:
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
    return vendors


def outline(
    random: Random, vendors: Sequence[Vendor], companies: int, numbers: Iterable[int]
) -> Outline:
    """A table of so many new companies."""
    famous = random.gauss(0, 0.15)
    shifts = {v.spec.name: random.gauss(0, SPREAD) for v in vendors}
    fields = sorted({name for v in vendors for name in v.spec.gives})
    holes = {name: random.choice((1.0, 1.0, 0.4)) for name in fields}
    entities = []
    answers: dict[str, dict[EntityKey, Outcome]] = {v.spec.name: {} for v in vendors}
    for _, n in zip(range(companies), numbers, strict=False):
        fame, rows = random.gauss(0, 1), 1 + int(random.expovariate(0.8))
        named = random.random() < 0.3
        ident = (IdKind.NAME, f"Company {n}") if named else (IdKind.DOMAIN, f"c{n}.example")
        key = entity_key(EntityType.COMPANY, ident[1])
        empty = {name: rows for name in fields if random.random() < holes[name]}
        entities.append(Entity(key, EntityType.COMPANY, (ident,), rows, empty))
        for v in vendors:
            name = v.spec.name
            known = v.level + v.loading * fame + famous + shifts[name] - 0.5 * named
            if random.random() < _sigmoid(known):
                answers[name][key] = Hit(
                    {f: Value("x") for f, at in v.fields.items() if random.random() < _sigmoid(at)}
                    or {Field("website"): Value("x")}
                )
            else:
                answers[name][key] = Miss()
    return Outline(entities, answers)


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


_jobs = count()


def run(table: Outline, specs: Sequence[ProviderSpec], store: MemoryStore) -> int:
    """Run the table down the real waterfall, and give its bill."""
    under = World.new(store=store, job=f"job{next(_jobs)}")
    providers = {
        spec.name: Scripted(spec, _script(table.answers[spec.name]), latency=0.01) for spec in specs
    }
    steps = tuple(Step(spec, spec.gives) for spec in specs)
    in_virtual_time(
        running.run(
            _plan(table, steps),
            {EntityType.COMPANY: table.entities},
            providers,
            under.shared,
            lambda _: None,
        )
    )
    return under.budget.spent


def _script(answers: Mapping[EntityKey, Outcome]) -> Script:
    return lambda query: answers[query.entity]


def _plan(table: Outline, steps: tuple[Step, ...]) -> Plan:
    fields = dict.fromkeys(name for one in table.entities for name in one.empty)
    return Plan(tuple(Wanted(name, name) for name in fields), steps, EPOCH)


def _forecaster(table: Outline, steps: tuple[Step, ...], store: MemoryStore) -> Forecaster:
    forecaster = Forecaster(_plan(table, steps), None, store.history())
    for entity in table.entities:
        forecaster.add(Ticket.open(entity, forecaster.plan, {}))
    return forecaster


Costs = Mapping[tuple[frozenset[str], str], int]
"""What it costs to ask a provider once some others have been asked."""


def _costs(table: Outline, paid: Sequence[ProviderSpec], free: Sequence[ProviderSpec]) -> Costs:
    """Every next step that any order can take, by what each provider would really say."""
    crowd = [(entity, set(entity.empty)) for entity in table.entities]
    for spec in free:
        for entity, missing in crowd:
            if spec.usable(entity.ids):
                missing -= _found(table, spec, entity) & spec.gives
    costs: dict[tuple[frozenset[str], str], int] = {}
    for size in range(len(paid)):
        for done in combinations(paid, size):
            names = frozenset(spec.name for spec in done)
            left = [
                (entity, missing - _all_found(table, done, entity)) for entity, missing in crowd
            ]
            for spec in paid:
                if spec.name not in names:
                    costs[names, spec.name] = _cost(table, spec, left)
    return costs


def _summed(tables: Iterable[Costs]) -> Costs:
    total: Counter[tuple[frozenset[str], str]] = Counter()
    for costs in tables:
        total.update(costs)
    return total


def _found(table: Outline, spec: ProviderSpec, entity: Entity) -> frozenset[Field]:
    outcome = table.answers[spec.name][entity.key]
    return frozenset(outcome.values) if isinstance(outcome, Hit) else frozenset()


def _all_found(table: Outline, specs: Iterable[ProviderSpec], entity: Entity) -> set[Field]:
    return {
        name for spec in specs if spec.usable(entity.ids) for name in _found(table, spec, entity)
    }


def _cost(table: Outline, spec: ProviderSpec, left: Iterable[tuple[Entity, set[Field]]]) -> int:
    asked = [one for one, missing in left if missing & spec.gives and spec.usable(one.ids)]
    assert spec.price is not None
    match spec.price.per:
        case Per.HIT:
            paid = sum(isinstance(table.answers[spec.name][one.key], Hit) for one in asked)
        case Per.ITEM:
            paid = len(asked)
        case Per.CALL:
            paid = math.ceil(len(asked) / spec.batch)
    return spec.price.usd * paid


def _bill(costs: Costs, order: Sequence[str]) -> int:
    return sum(costs[frozenset(order[:at]), name] for at, name in enumerate(order))


def _best(costs: Costs, names: Sequence[str]) -> int:
    """The bill of the cheapest of all orders: the cheapest way to each set of providers."""
    cheapest = {frozenset[str](): 0}
    for size in range(1, len(names) + 1):
        for some in map(frozenset, combinations(names, size)):
            cheapest[some] = min(cheapest[some - {n}] + costs[some - {n}, n] for n in some)
    return cheapest[frozenset(names)]

"""Money that is short: cells filled for a dollar, against asking row by row until it is gone.

The table has companies with many rows and companies with few, as real ones have (Zipf), in no
order, and two providers of different price, of which the cheap one knows every second company.
The tool is run with a part of what the whole table costs. Against it stand orders by position: the
rows from the first to the last, each company once, the cheap provider first, until the money is
gone; as the table came, and shuffled. They know at once what a call has cost, and get the same
answers of the same vendors at the same prices.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from random import Random
from statistics import mean

from enrich_cli.domain.money import Money, format_money, parse_money
from enrich_cli.sandbox.play import Request
from enrich_cli.sandbox.players.generic import PLAYER
from tests.bench.harness import Sheet, enrich_run, folder, reset, run, server, stats, write_spec

COMPANIES, ROWS, SKEW = 500, 5_000, 1.1
SHUFFLES, SEED = 50, 20261124
PARTS = (5, 20, 50)
"""Per cent of what the whole table costs."""
COLUMNS = ("company_name", "employee_count", "industry")
SPEC = """
name     = "@name@"
entity   = "company"
tier     = "@tier@"
needs    = [["domain"]]
base_url = "@url@/@@name@.sandbox.example"

[price]
usd = "@price@"
per = "hit"

[limits]
concurrency = 20

[request]
path  = "/one"
query = { domain = "{domain}", fields = "@fields@", price = "@price@", hit = "@hit@" }

[fields]
company_name   = "company_name"
employee_count = "employee_count"
industry       = "industry"
"""
VENDORS = {
    "cheap": {"tier": "cheap", "price": "0.02", "hit": "50", "fields": "company_name,industry"},
    "dear": {"tier": "premium", "price": "0.25", "hit": "90", "fields": ",".join(COLUMNS)},
}


def main(companies: int = COMPANIES, rows: int = ROWS, shuffles: int = SHUFFLES) -> bool:
    """Measure, print, and say whether no order by position filled more for a dollar."""
    table = skewed(companies, rows, Random(SEED))
    orders = [table, *(shuffled(table, seed) for seed in range(shuffles))]
    _, whole = by_position(table, None)
    sheet = Sheet(
        f"short of money: {rows:,} rows, {companies} companies, {format_money(whole)} for all"
    )
    with folder() as place, server("enrich_cli.sandbox") as url:
        text = "\n".join(["website", *table])
        (place / "t.csv").write_text(f"{text}\n", encoding="utf-8")
        for name, values in VENDORS.items():
            write_spec(place / "specs", name, SPEC, url=url, **values)
        for part in PARTS:
            budget = Money(whole * part // 100)
            reset(url)
            cells, spent = _enrich(place, budget, part)
            billed = stats(url)["billed_total"] / 1e6
            sheet.exactly(f"{part} % of it: dollars billed", f"{billed:.2f}", f"{spent / 1e6:.2f}")
            sheet.exactly("  billed above the budget", max(0, spent - budget), 0)
            ours = cells / spent
            others = [filled / paid for filled, paid in (by_position(o, budget) for o in orders)]
            sheet.add("  cells filled, and for a dollar", f"{cells:,}, {ours * 1e6:,.0f}")
            sheet.add("  in the order of the table", f"{others[0] * 1e6:,.0f}")
            sheet.add(f"  shuffled {shuffles} times: mean", f"{mean(others) * 1e6:,.0f}")
            sheet.add("    best", f"{max(others) * 1e6:,.0f}")
            sheet.add("  times as many as by position", f"{ours / mean(others):.2f}")
            sheet.exactly("  orders by position that fill more", sum(o > ours for o in others), 0)
    return sheet.show()


def skewed(companies: int, rows: int, random: Random) -> list[str]:
    """The website of each row: the n-th company has 1/n^SKEW times as many as the first, or one."""
    weights = [(n + 1) ** -SKEW for n in range(companies)]
    more = random.choices(range(companies), weights, k=rows - companies)
    numbers = [*range(companies), *more]
    random.shuffle(numbers)
    return [f"c{n}.example" for n in numbers]


def shuffled(table: Sequence[str], seed: int) -> list[str]:
    """The same rows in another order."""
    rows = list(table)
    Random(seed).shuffle(rows)
    return rows


def by_position(table: Iterable[str], budget: Money | None) -> tuple[int, Money]:
    """The cells filled by asking row by row, and what was paid; None is money without end."""
    rows = Counter(table)
    cells = spent = 0
    for domain in rows:  # each once, by its first row
        missing = set(COLUMNS)
        for name, vendor in VENDORS.items():
            price = parse_money(vendor["price"])
            gives = set(vendor["fields"].split(","))
            if not missing & gives or (budget is not None and spent + price > budget):
                continue
            if known := _answer(name, domain):
                spent += price
                cells += rows[domain] * len(missing & known)
                missing -= known
    return cells, Money(spent)


@cache
def _answer(name: str, domain: str) -> frozenset[str]:
    """The wanted columns that a vendor of the sandbox knows of a company."""
    vendor = VENDORS[name]
    query = {"domain": domain, "fields": vendor["fields"], "hit": vendor["hit"]}
    reply = PLAYER.play(Request("GET", f"{name}.sandbox.example", "/one", query))
    said = json.loads(reply.body) if reply.hits else {}
    return frozenset(column for column in COLUMNS if said.get(column) is not None)


def _enrich(place: Path, budget: Money, part: int) -> tuple[int, Money]:
    """A first run with that much money: cells filled, and money spent, by its own report."""
    wanted = ",".join(f"{column[:4]}={column}" for column in COLUMNS)
    out, cache_ = place / f"{part}.csv", place / f"cache{part}"
    command = enrich_run(place / "t.csv", out, cache_, place / "specs", wanted, list(VENDORS))
    done = run([*command, "--budget", format_money(budget), "--json"], codes=(3,))
    report = done.json()
    return report["table"]["cells_filled"], parse_money(report["spend"]["spent"])

"""A commented configuration to begin with, for one table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from enrich_cli.domain.entity import EntityType, Field
from enrich_cli.domain.money import Money, format_money
from enrich_cli.domain.provider import ProviderSpec


def starter(
    table: str,
    identify: Mapping[EntityType, Sequence[str]],
    columns: Mapping[str, Field],
    providers: Mapping[EntityType, Sequence[str]],
    keyless: Sequence[ProviderSpec],
    budget: Money,
    likely: str,
) -> str:
    """The text of an `enrich.toml`.

    `identify` are the columns that name entities; `columns` those to be filled, and with what;
    `providers` those that can be asked, in order; `keyless` those whose keys are not set. `likely`
    says what filling the columns would cost.
    """
    name = json.dumps(table, ensure_ascii=False)
    lines = [
        f"# For {name}. `enrich config show` says what holds, `enrich run` does it.",
        "",
        "[run]",
        f'budget = "{format_money(budget)}"  # dollars, the most that one run may cost; {likely}',
        "",
        "# What all runs together may spend:",
        "# [budget]",
        '# month = "100"',
        "",
        "[identify]  # the columns that name companies and people, the first counts most",
        *(f"{type_.value} = {_list(names)}" for type_, names in identify.items() if names),
        "",
        "[columns]  # the column, and the field that goes into it; `enrich fields` lists more",
        *(f"{json.dumps(c, ensure_ascii=False)} = {_list([f])[1:-1]}" for c, f in columns.items()),
        "",
        "# Who is asked, in this order. Take out the # to keep it like this:",
        "# [waterfall]",
        *(f"# {type_.value} = {_list(names)}" for type_, names in providers.items() if names),
        "",
        "# What is not good enough, and is asked of the next one:",
        "# [accept]",
        '# employee_count = { confidence = 0.6, max_age = "180d" }',
    ]
    if keyless:
        lines += ["", "# Left out, as their keys are not set in the environment:"]
        lines += [f"#   {spec.name}: {spec.key_env}" for spec in keyless]
    return "\n".join(lines) + "\n"


def _list(names: Sequence[str]) -> str:
    return json.dumps(list(names), ensure_ascii=False)

"""Made-up vendors in the sandbox, tables to ask them about, and what a run said of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

_SPEC = """
name = "{name}"
entity = "company"
tier = "{tier}"
needs = [["domain"]]
base_url = "{url}/@{name}.sandbox.example"
[price]
usd = "{price}"
per = "hit"
[limits]
{limits}
[request]
path = "/one"
query = {{ domain = "{{domain}}", price = "{price}"{query} }}
[fields]
company_name = "company_name"
employee_count = "employee_count"
"""


def declare(
    folder: Path,
    sandbox: httpx.Client,
    name: str,
    limits: str = "",
    *,
    price: str = "0",
    query: str = "",
) -> None:
    """Put a provider where `--provider-dir own` finds it; it is free unless it has a price.

    `limits` are lines of that table, `query` is further parameters of a call.
    """
    (folder / "own").mkdir(exist_ok=True)
    text = _SPEC.format(
        name=name,
        tier="free" if price == "0" else "cheap",
        url=str(sandbox.base_url).rstrip("/"),
        price=price,
        limits=limits,
        query=query,
    )
    (folder / "own" / f"{name}.toml").write_text(text, "utf-8")


def sites(folder: Path, count: int) -> list[str]:
    """Write `t.csv`, a table of that many companies, and give their domains."""
    domains = [f"c{n}.example" for n in range(count)]
    (folder / "t.csv").write_text("\n".join(["site", *domains]) + "\n", "utf-8")
    return domains


def report_of(folder: Path, name: str = "out") -> Mapping[str, Any]:
    """The report of the run that wrote `out.csv`."""
    report: Mapping[str, Any] = json.loads((folder / f"{name}.report.json").read_bytes())
    return report

"""A report that was kept as JSON, read back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from enrich_cli.domain.entity import EntityKey, EntityType, Field
from enrich_cli.domain.history import Forecasted
from enrich_cli.domain.money import Money, parse_money
from enrich_cli.domain.outcome import Gap, Reason
from enrich_cli.domain.plan import Population
from enrich_cli.domain.provider import Tier
from enrich_cli.domain.report import FieldLine, ProviderLine, Report, UnknownCharge
from enrich_cli.domain.store import JobStatus, Operations


def read_report(document: bytes) -> Report:
    """The report that `report_json` wrote; its times are whole seconds.

    Raises ValueError for anything else.
    """
    try:
        return _report(msgspec.json.decode(document))
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a report: {error}") from error


def _report(given: Mapping[str, Any]) -> Report:
    table, spend = given["table"], given["spend"]
    charges = [_charge(charge) for charge in given["unknown_charges"]]
    return Report(
        job=given["job"],
        status=JobStatus(given["status"]),
        started_at=_moment(given["started_at"]),
        seconds=given["seconds"],
        path=table["path"],
        rows=table["rows"],
        cells_wanted=table["cells_wanted"],
        cells_filled=table["cells_filled"],
        entities={
            EntityType(name): Population(**numbers) for name, numbers in given["entities"].items()
        },
        spent=_money(spend["spent"]),
        budget=None if spend["budget"] is None else _money(spend["budget"]),
        unknown=_money(spend["unknown"]),
        naive=_money(spend["naive"]),
        undone=_money(spend.get("undone", "0")),
        reached=tuple(spend.get("reached", ())),
        providers=tuple(map(_provider, given["providers"])),
        fields=tuple(
            FieldLine(
                Field(line["name"]),
                line["wanted"],
                line["filled"],
                line["by"],
                line.get("before"),
                {round(float(at) * 100): n for at, n in line.get("confidence", {}).items()},
            )
            for line in given["fields"]
        ),
        gaps={Gap(name): cells for name, cells in given["gaps"].items()},
        unknown_calls=given["unknown_calls"],
        unknown_charges=tuple(c for c in charges if c.job == given["job"]),
        earlier_charges=tuple(c for c in charges if c.job != given["job"]),
        retries=given["retries"],
        store=Operations(**given["store"]),
        estimate=_estimate(given),
    )


def _estimate(given: Mapping[str, Any]) -> Forecasted | None:
    made = given.get("estimate")
    if made is None:
        return None
    low, likely, high, worst = (_money(made[name]) for name in ("low", "likely", "high", "worst"))
    return Forecasted(low, likely, high, worst, _money(given["spend"]["spent"]))


def _provider(line: Mapping[str, Any]) -> ProviderLine:
    return ProviderLine(
        name=line["name"],
        tier=Tier(line["tier"]),
        calls=line["calls"],
        items=line["items"],
        hits=line["hits"],
        misses=line["misses"],
        failures=line["failures"],
        cached=line["cached"],
        spent=_money(line["spent"]),
        unpriced_calls=line.get("unpriced_calls", 0),
        reasons={Reason(name): count for name, count in line.get("reasons", {}).items()},
    )


def _charge(given: Mapping[str, Any]) -> UnknownCharge:
    return UnknownCharge(
        job=given["job"],
        provider=given["provider"],
        entity=EntityKey(given["entity_id"]),
        usd=_money(given["usd"]),
        at=_moment(given["at"]),
    )


def _money(text: str) -> Money:
    return Money(-parse_money(text[1:])) if text.startswith("-") else parse_money(text)


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()

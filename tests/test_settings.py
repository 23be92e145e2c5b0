"""Settings: which source wins, what a file may say, and what is said of a wrong one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from enrich_cli.domain.entity import EntityType, Field
from enrich_cli.domain.errors import ConfigError, EnrichError, UsageError
from enrich_cli.domain.money import parse_money
from enrich_cli.domain.plan import DAY, Accept, ErrorLimit
from enrich_cli.settings import Settings, names, resolve

CACHE = Path("/nowhere/enrich")


def settled(
    folder: Path,
    file: str = "",
    flags: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    if file:
        (folder / "enrich.toml").write_text(file, "utf-8")
    return resolve(flags or {}, environ or {}, folder, CACHE)


def test_nothing_said_is_the_default(tmp_path: Path) -> None:
    assert settled(tmp_path) == Settings(CACHE)
    no: dict[str, object] = {"budget": None, "providers": [], "offline": False}
    assert settled(tmp_path, flags=no, environ={"ENRICH_BUDGET": ""}) == Settings(CACHE)


@pytest.mark.parametrize(
    ("flag", "variable", "line", "wins"),
    [
        ("1", "2", 'budget = "3"', "1"),
        (None, "2", 'budget = "3"', "2"),
        (None, None, 'budget = "3"', "3"),
        (None, None, "budget = 3", "3"),
    ],
)
def test_flag_before_environment_before_file(
    tmp_path: Path, flag: str | None, variable: str | None, line: str, wins: str
) -> None:
    environ = {} if variable is None else {"ENRICH_BUDGET": variable}
    found = settled(tmp_path, f"[run]\n{line}\n", {"budget": flag}, environ)
    assert found.budget == parse_money(wins)


WHOLE = """\ufeff
[run]
cache = "/elsewhere"
max_age = "90d"
concurrency = 4
sandbox = true
contact = "https://we.example/bot"
[waterfall]
company = ["website", "acme-company"]
[accept]
employee_count = { confidence = 0.6, max_age = "2w" }
country = { allowed = ["CH", "DE"], pattern = "[A-Z]{2}" }
[provider.acme-company]
usd = "0.20"
batch.size = 50
[identify]
company = ["Site", "Mail"]
[columns]
"Company" = "company_name"
"""


def test_a_whole_file(tmp_path: Path) -> None:
    flags = {"max_age": ["city=1d"], "providers": ["a,b", "c"]}
    assert settled(tmp_path, WHOLE) == Settings(
        cache=Path("/elsewhere"),
        config=tmp_path / "enrich.toml",
        max_age=90 * DAY,
        concurrency=4,
        sandbox=True,
        contact="https://we.example/bot",
        waterfall={EntityType.COMPANY: ("website", "acme-company")},
        accept={
            Field("employee_count"): Accept(0.6, 14 * DAY),
            Field("country"): Accept(pattern="[A-Z]{2}", allowed=frozenset({"CH", "DE"})),
        },
        overrides={"acme-company": {"usd": "0.20", "batch": {"size": 50}}},
        identify={EntityType.COMPANY: ("Site", "Mail")},
        columns={"Company": "company_name"},
    )
    found = settled(tmp_path, WHOLE, flags)
    assert found.providers == ("a", "b", "c")
    assert found.accept[Field("city")] == Accept(max_age=DAY)


@pytest.mark.parametrize(
    ("file", "says", "hint"),
    [
        ("[runn]\n", "unknown table [runn]", "'run'"),
        ("run = 1\n", "write [run]", ""),
        ("[run\n", "not valid TOML", ""),
        ('[run]\nbudgt = "1"\n', "unknown key 'budgt'", "'budget'"),
        ('[run]\nbudget = "much"\n', "budget: 'much'", ""),
        ('[run]\nlimit = "x"\n', "limit: 'x' is not a whole number", ""),
        ("[run]\nlimit = -1\n", "limit: '-1' is not a whole number", ""),
        ("[run]\nconcurrency = 0\n", "concurrency: 0 is too few", ""),
        ('[run]\nsandbox = "maybe"\n', "sandbox: 'maybe'", ""),
        ('[run]\nmax_age = "long"\n', "max_age: 'long'", ""),
        ('[run]\nmax_age = "cty=1d"\n', "unknown field 'cty'", ""),
        ('[waterfall]\ncompany = "website"\n', "write a list", ""),
        ("[waterfall]\ncompny = []\n", "unknown key 'compny'", "'company'"),
        ("[accept]\ncity = 1\n", "write a table", ""),
        ("[accept]\ncty = {}\n", "unknown field 'cty'", "'city'"),
        ("[accept]\ncity = { confidense = 1 }\n", "'confidense'", "'confidence'"),
        ("[accept]\ncity = { confidence = 2 }\n", "from 0 to 1", ""),
        ('[accept]\ncity = { pattern = "(" }\n', "[accept] city", ""),
        ('[accept]\ncity = { allowed = "Bern" }\n', "allowed is a list", ""),
        ('[accept]\ncity = { order = "website" }\n', "order is a list of providers", ""),
        ("[provider]\nacme = 1\n", "[provider.acme] is a table", ""),
        ("[columns]\nA = 1\n", "unknown field 1", ""),
        ('[budget]\nweek = "1"\n', "[budget] unknown key 'week'", "day, month"),
        ('[budget]\nday = "-1"\n', "[budget] day: '-1'", ""),
        ('[provider.acme]\nbudget = "much"\n', "[provider.acme] budget: 'much'", ""),
        ('[run]\nmax_errors = "101%"\n', "max_errors: '101%' is not a share", ""),
    ],
)
def test_a_wrong_file_is_named_with_its_key(
    tmp_path: Path, file: str, says: str, hint: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        settled(tmp_path, file)
    assert raised.value.message.startswith(str(tmp_path / "enrich.toml"))
    assert says in raised.value.message
    assert "\n" not in raised.value.message
    assert hint in raised.value.hint


@pytest.mark.parametrize(
    ("flags", "environ", "kind", "says"),
    [
        ({"limit": "-1"}, {}, UsageError, "--limit: '-1'"),
        ({"provider_dir": ["none"]}, {}, UsageError, "--provider-dir none"),
        ({"config": "none.toml"}, {}, UsageError, "none.toml"),
        ({}, {"ENRICH_LIMIT": "x"}, ConfigError, "ENRICH_LIMIT: 'x'"),
    ],
)
def test_a_wrong_flag_or_variable_is_named(
    tmp_path: Path,
    flags: Mapping[str, object],
    environ: Mapping[str, str],
    kind: type[EnrichError],
    says: str,
) -> None:
    with pytest.raises(kind) as raised:
        settled(tmp_path, "", flags, environ)
    assert says in raised.value.message


def test_providers_beside_a_file_are_used_and_stray_ones_only_known_of(tmp_path: Path) -> None:
    beside, own = tmp_path / "providers", tmp_path / "own"
    beside.mkdir()
    own.mkdir()
    stray = settled(tmp_path, flags={"provider_dir": [str(own)]})
    assert (stray.provider_dirs, stray.stray_dir) == ((own,), beside)
    used = settled(tmp_path, "[run]\n", {"provider_dir": [str(own)]})
    assert (used.provider_dirs, used.stray_dir) == ((own, beside), None)


def test_names() -> None:
    assert names(None) == ()
    assert names("a, b,") == ("a", "b")
    assert names(["a,b", "c"]) == ("a", "b", "c")


def test_budgets_of_a_period_and_of_a_provider(tmp_path: Path) -> None:
    file = """
[budget]
day = "5"
month = "50.50"
[provider.acme]
usd = "0.01"
budget = "1"
"""
    found = settled(tmp_path, file)
    assert found.budgets == {"day": 5_000_000, "month": 50_500_000}
    assert found.provider_budgets == {"acme": 1_000_000}
    assert found.overrides == {"acme": {"usd": "0.01"}}


@pytest.mark.parametrize(
    ("text", "limit"),
    [("5", ErrorLimit(count=5)), ("5%", ErrorLimit(share=0.05)), ("0", ErrorLimit(count=0))],
)
def test_errors_are_a_number_or_a_share(tmp_path: Path, text: str, limit: ErrorLimit) -> None:
    assert settled(tmp_path, flags={"max_errors": text}).max_errors == limit


def test_the_age_of_one_field_leaves_that_of_all_others_alone(tmp_path: Path) -> None:
    found = settled(tmp_path, '[run]\nmax_age = "90d"\n', {"max_age": ["city=7d"]})
    assert found.max_age == 90 * DAY
    assert found.accept == {Field("city"): Accept(max_age=7 * DAY)}

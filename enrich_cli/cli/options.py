"""The options that several commands share, declared once.

Nothing heavy is imported here: `enrich --help` reads this module.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from enrich_cli.cli import completing

F = TypeVar("F", bound=Callable[..., Any])

_TABLE = typer.Argument(
    metavar="TABLE",
    help="CSV, TSV, Parquet or NDJSON file (also .gz, .zst), a glob, a URL, or - for stdin.",
    show_default=False,
)
Table = Annotated[str, _TABLE]
TableOrPlan = Annotated[str | None, _TABLE]
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="NAME",
        help="csv, tsv, parquet or ndjson, where the name does not tell.",
    ),
]


def switch(name: str, text: str) -> Any:
    """An option without a value, spelled `name` and in no other way."""
    return typer.Option(name, metavar="", help=text)


NoHeader = Annotated[
    bool, switch("--no-header", "The first line is a row; columns are named column_1, ...")
]
Strict = Annotated[
    bool, switch("--strict", "Refuse rows that have not as many cells as the header.")
]
Json = Annotated[bool, switch("--json", "Print JSON on standard output.")]


def _option(type_: Any, name: str, default: object, **settings: Any) -> inspect.Parameter:
    spelled = "--" + name.replace("_", "-")
    if type_ is bool:
        settings["metavar"] = ""
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[type_, typer.Option(spelled, **settings)],
    )


_WHAT, _MONEY, _PLACES = "What to fill", "Money", "Places"

PLACES = (
    _option(
        Path | None,
        "config",
        None,
        metavar="FILE",
        help="Configuration (default: enrich.toml here).",
        rich_help_panel=_PLACES,
    ),
    _option(
        Path | None,
        "cache",
        None,
        metavar="DIR",
        help="Folder of paid answers and the ledger.",
        rich_help_panel=_PLACES,
    ),
    _option(
        list[Path] | None,
        "provider_dir",
        None,
        metavar="DIR",
        help="Folder with provider specs of your own; may be repeated.",
        rich_help_panel=_PLACES,
    ),
    _option(
        bool,
        "sandbox",
        False,
        help="Fictional providers on this machine: no key, no network, no cost.",
        rich_help_panel=_PLACES,
    ),
)

SHARED = (
    _option(
        list[str] | None,
        "columns",
        None,
        metavar="LIST",
        autocompletion=completing.fields,
        help='Fields to add, such as company_name or "Company=company_name".',
        rich_help_panel=_WHAT,
    ),
    _option(
        str | None,
        "where",
        None,
        metavar="SQL",
        help="Only rows for which this predicate holds want answers.",
        rich_help_panel=_WHAT,
    ),
    _option(
        int | None,
        "limit",
        None,
        metavar="N",
        min=0,
        help="Only the first N of these rows.",
        rich_help_panel=_WHAT,
    ),
    _option(
        int | None,
        "sample",
        None,
        metavar="N",
        min=0,
        help="Only N of these rows, by chance.",
        rich_help_panel=_WHAT,
    ),
    _option(
        int | None,
        "seed",
        None,
        metavar="S",
        min=0,
        help="Which chance --sample takes (and --pilot).",
        rich_help_panel=_WHAT,
    ),
    _option(
        bool,
        "overwrite",
        False,
        help="Also replace cells that are not empty.",
        rich_help_panel=_WHAT,
    ),
    _option(
        bool,
        "accept_low",
        False,
        help="Also write values below their threshold.",
        rich_help_panel=_WHAT,
    ),
    _option(
        list[str] | None,
        "providers",
        None,
        metavar="LIST",
        autocompletion=completing.providers,
        help="Ask these providers only, in this order.",
        rich_help_panel=_WHAT,
    ),
    _option(
        list[str] | None,
        "max_age",
        None,
        metavar="AGE",
        help="Ask again what is older: 90d, or FIELD=90d; may be repeated.",
        rich_help_panel=_WHAT,
    ),
    _option(bool, "refresh", False, help="Do not use stored answers.", rich_help_panel=_WHAT),
    _option(bool, "offline", False, help="Use stored answers only.", rich_help_panel=_WHAT),
    _option(
        str | None,
        "budget",
        None,
        metavar="USD",
        help="The most that the run may cost.",
        rich_help_panel=_MONEY,
    ),
    _option(
        str | None,
        "max_per_entity",
        None,
        metavar="USD",
        help="The most that one company or person may cost.",
        rich_help_panel=_MONEY,
    ),
    _option(
        str | None,
        "fail_over",
        None,
        metavar="USD",
        help="End with exit 3, before anything is spent, where the likely cost is above.",
        rich_help_panel=_MONEY,
    ),
    _option(
        str | None,
        "max_per_cell",
        None,
        metavar="USD",
        help="Leave out a provider whose filled cells cost more.",
        rich_help_panel=_MONEY,
    ),
    _option(
        bool,
        "explain_order",
        False,
        help="Print who is asked after whom, and why.",
        rich_help_panel=_MONEY,
    ),
    _option(bool, "yes", False, help="Do not ask before money is spent.", rich_help_panel=_MONEY),
    _option(
        bool,
        "rebuy_unknown",
        False,
        help="Buy again what a cut-off call may have bought.",
        rich_help_panel=_MONEY,
    ),
    *PLACES,
    _option(
        bool,
        "allow_private_hosts",
        False,
        help="Let the table's URLs reach private addresses.",
        rich_help_panel=_PLACES,
    ),
    _option(bool, "quiet", False, help="Print errors only."),
)


def takes(shared: Sequence[inspect.Parameter]) -> Callable[[F], F]:
    """Let a command that takes `**flags` have `shared` as options of its own."""

    def decorate(command: F) -> F:
        signature = inspect.signature(command, eval_str=True)
        own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        own = [p.replace(kind=p.KEYWORD_ONLY) for p in own]
        command.__signature__ = signature.replace(parameters=[*own, *shared])  # type: ignore[attr-defined]
        return command

    return decorate

"""What a look at a table brought, for people and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from enrich_cli.domain.inspection import Inspection
from enrich_cli.views.encode import encode_document
from enrich_cli.views.tables import Column, Kind, print_line, print_table
from enrich_cli.views.text import counted
from enrich_cli.views.words import entities as entities_of

if TYPE_CHECKING:
    from rich.console import Console

_LONGEST_EXAMPLE = 40
_MOST = 5
_LISTED = 20

REASONS = {
    "placeholder": "a placeholder, no value",
    "free_mail": "free mail: a person may be there, no company",
    "disposable": "a disposable mail host",
    "directory": "a page in a directory, not the company's own",
    "shared_host": "a page on a shared host, not the company's own",
    "app_store": "a page in an app store",
    "two_values": "two values in one cell",
    "bad_host": "no valid host name",
    "bad_email": "no valid e-mail address",
    "no_suffix": "not under a known top-level domain",
    "public_suffix": "a public suffix, nobody's own domain",
    "ip_address": "an IP address",
    "local_name": "a name of a local network",
    "linkedin_showcase": "a LinkedIn showcase page, a part of a company",
    "linkedin_other": "a LinkedIn page of another kind",
    "only_linkedin_person": "a person's LinkedIn page",
    "only_linkedin_company": "a company's LinkedIn page",
    "role_mailbox": "a role mailbox, no person",
    "not_an_identifier": "text that identifies nobody",
    "not_a_name": "not a name",
    "not_a_country": "not a country",
}
"""The rejection codes in plain words; an unknown code is shown as it is."""


def inspect_json(inspection: Inspection) -> bytes:
    """The inspection as a JSON document."""
    return encode_document(
        {
            "path": inspection.path,
            "rows": inspection.rows,
            "columns": list(inspection.columns),
            "uses": [
                {
                    "column": use.column,
                    "role": use.role,
                    "entities": [type_.value for type_ in use.entities],
                    "why": use.why,
                }
                for use in inspection.uses
            ],
            "entities": {
                type_.value: {
                    "rows": some.rows,
                    "unique": some.unique,
                    "by": dict(some.kinds),
                    "largest": [{"identifier": i, "rows": rows} for i, rows in some.largest],
                    "rows_without": inspection.nameless[type_],
                }
                for type_, some in inspection.entities.items()
            },
            "passed_over": [
                {"column": column, "why": why} for column, why in inspection.passed.items()
            ],
            "rejected": [
                {
                    "column": one.column,
                    "reason": one.reason,
                    "cells": one.cells,
                    "distinct": one.distinct,
                    "examples": list(one.examples),
                }
                for one in inspection.rejected
            ],
            "conflicting_rows": inspection.conflicting,
            "conflicts": [
                {
                    "row": one.row,
                    "identifier": one.identifier,
                    "other": one.other,
                    "rows": one.rows,
                }
                for one in inspection.conflicts
            ],
            "several_names": [
                {
                    "identifier": one.identifier,
                    "names": one.number,
                    "rows": one.rows,
                    "examples": list(one.examples),
                }
                for one in inspection.several_names
            ],
            "same_name": [
                {
                    "name": one.identifier,
                    "companies": one.number,
                    "rows": one.rows,
                    "examples": list(one.examples),
                }
                for one in inspection.same_name
            ],
            "suppressed": [
                {"entity": type_.value, "identifier": identifier, "rows": rows}
                for type_, identifier, rows in inspection.suppressed
            ],
        }
    )


def print_inspection(inspection: Inspection, console: Console) -> None:
    """Print which columns are used and why, the entities, the rejected cells and conflicts."""
    size = f"{counted(inspection.rows, 'row')}, {counted(len(inspection.columns), 'column')}"
    print_line(console, f"{inspection.path}: {size}", style="bold")
    console.print()
    if not inspection.uses:
        print_line(
            console,
            "No column names companies or people. Name one in enrich.toml, such as"
            ' [identify] company = ["Site"].',
        )
        return
    print_table(
        console,
        (Column("column", Kind.NAME), Column("read as", Kind.NAME), Column("why", Kind.WORDS)),
        [(use.column, _purpose(use.role, use.entities), use.why) for use in inspection.uses],
    )
    if inspection.passed:
        console.print()
        print_line(console, "Columns passed over", style="bold")
        print_table(
            console,
            (Column("column", Kind.NAME), Column("because", Kind.WORDS)),
            [*inspection.passed.items()],
        )
    for type_, some in inspection.entities.items():
        console.print()
        by = ", ".join(f"{count:,} by {kind}" for kind, count in some.kinds.items())
        print_line(
            console,
            f"{counted(some.rows, 'row')} name {entities_of(type_, some.unique)}"
            + (f": {by}" if by else "")
            + f"; {counted(inspection.nameless[type_], 'row')} name none",
            style="bold",
        )
        if some.largest:
            print_line(
                console, "most rows: " + ", ".join(f"{_named(i)} ({n:,})" for i, n in some.largest)
            )
    if inspection.suppressed:
        console.print()
        number = f"{len(inspection.suppressed):,}"
        print_line(console, f"{number} on your list of those not to be asked about", style="bold")
        print_table(
            console,
            (Column("entity", Kind.NAME), Column("identifier", Kind.NAME), Column("rows")),
            [(t.value, _named(i), f"{rows:,}") for t, i, rows in inspection.suppressed[:_LISTED]],
        )
    if inspection.rejected:
        console.print()
        print_line(console, "Cells that name nobody", style="bold")
        print_table(
            console,
            (
                Column("column", Kind.NAME),
                Column("cells"),
                Column("because", Kind.WORDS),
                Column("such as", Kind.WORDS),
            ),
            [
                (
                    one.column,
                    f"{one.cells:,}",
                    REASONS.get(one.reason, one.reason.replace("_", " ")),
                    ", ".join(_short(text) for text in one.examples),
                )
                for one in inspection.rejected
            ],
        )
    if inspection.conflicts:
        console.print()
        rows = counted(inspection.conflicting, "row")
        print_line(console, f"{rows} with columns that name different companies", style="bold")
        print_table(
            console,
            (
                Column("counts", Kind.NAME),
                Column("other", Kind.NAME),
                Column("rows"),
                Column("first row"),
            ),
            [
                (_named(one.identifier), _named(one.other), f"{one.rows:,}", f"{one.row:,}")
                for one in inspection.conflicts[:_MOST]
            ],
        )
    for title, head, groups in (
        ("Companies with several names, taken for one", "company", inspection.several_names),
        ("Names of several companies, kept apart", "name", inspection.same_name),
    ):
        if groups:
            console.print()
            print_line(console, title, style="bold")
            print_table(
                console,
                (Column(head, Kind.NAME), Column("rows"), Column("such as", Kind.WORDS)),
                [
                    (
                        one.identifier,
                        f"{one.rows:,}",
                        ", ".join(_short(_named(e)) for e in one.examples),
                    )
                    for one in groups[:_MOST]
                ],
            )


def _purpose(role: str, entities: object) -> str:
    types = ", ".join(str(type_) for type_ in entities) if isinstance(entities, tuple) else ""
    spoken = role.replace("_", " ")
    return f"{spoken} ({types})" if types else f"{spoken} (hint)"


def _named(identifier: str) -> str:
    """An identifier as people say it: `acme|DE`, a name with what sets it apart, as `acme (DE)`."""
    name, _, apart = identifier.partition("|")
    return f"{name} ({apart})" if apart else name


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_EXAMPLE else text[: _LONGEST_EXAMPLE - 1] + "…"

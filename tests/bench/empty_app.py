"""The floor for `enrich --help`: a Typer application with one empty command."""

from __future__ import annotations

import typer

app = typer.Typer(rich_markup_mode="rich")


@app.command()
def nothing() -> None:
    """Do nothing."""


if __name__ == "__main__":
    app()

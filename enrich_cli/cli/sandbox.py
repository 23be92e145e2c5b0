"""`enrich sandbox`: the fictional providers and websites as a server in the foreground."""

from __future__ import annotations

from typing import Annotated

import typer


def sandbox(
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="0: a free one.")] = 8790,
) -> None:
    """Serve fictional providers and websites on 127.0.0.1, for trying and for tests."""
    from enrich_cli.sandbox.__main__ import main

    raise typer.Exit(main(["--port", str(port)]))

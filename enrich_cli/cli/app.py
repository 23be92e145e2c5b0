"""The command line: its commands, and the one place where errors become words and exit codes."""

from __future__ import annotations

import gc
import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from enrich_cli import __version__
from enrich_cli.cli import estimate, fields, inspect, providers, run, sandbox
from enrich_cli.domain.errors import EnrichError, ExitCode


class Boundary(TyperGroup):
    """The group whose `invoke` is the one error boundary."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; expected errors become one line on standard error and their code."""
        try:
            return super().invoke(ctx)
        except EnrichError as error:
            _say(error)
            raise typer.Exit(error.code) from error
        except BrokenPipeError as error:
            _silence_stdout()
            raise typer.Exit(ExitCode.PIPE) from error
        except KeyboardInterrupt as error:
            raise typer.Exit(ExitCode.INTERRUPTED) from error


def _say(error: EnrichError) -> None:
    text = " ".join(error.message.split())
    sys.stderr.write(f"enrich: {text}\n" + (f"  hint: {error.hint}\n" if error.hint else ""))


def _silence_stdout() -> None:
    """Let the interpreter's last flush go nowhere: the reader is gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _version(value: bool) -> None:
    if value:
        typer.echo(f"enrich {__version__}")
        raise typer.Exit


app = typer.Typer(
    name="enrich",
    cls=Boundary,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Enrich tables of companies and people: each entity once, cheapest source first.",
)


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Enrich tables of companies and people: each entity once, cheapest source first."""


app.command("estimate")(estimate.estimate)
app.command("run")(run.run)
app.command("inspect")(inspect.inspect)
app.command("fields")(fields.fields)
app.add_typer(providers.app, name="providers")
app.command("sandbox")(sandbox.sandbox)


def main() -> None:
    """Run `enrich` with the process's own arguments.

    Python's collector would look through all that is imported again and again, and once more at
    the end, to find that it is needed: a tenth of a second of a short run.
    """
    gc.set_threshold(100_000, 20, 20)
    try:
        app()
    finally:
        gc.freeze()

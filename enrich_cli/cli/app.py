"""The command line: its commands, and the one place where errors become words and exit codes."""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, TextIO

import typer
from typer.core import TyperGroup

from enrich_cli import __version__
from enrich_cli.cli import (
    cache,
    config,
    doctor,
    estimate,
    fields,
    init,
    inspect,
    jobs,
    providers,
    run,
    sandbox,
    warm,
)
from enrich_cli.domain.errors import EnrichError, ExitCode
from enrich_cli.views.patience import patient

_MACHINE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.EBADF}
"""Numbers of errors that are the machine's, wherever they come up."""


class Boundary(TyperGroup):
    """The group that has the one error boundary: around the command, and around its help."""

    def make_context(self, *args: Any, **more: Any) -> Any:
        """Read the command line; `--help` and `--version` print here."""
        with _bounded():
            return super().make_context(*args, **more)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        with _bounded():
            return super().invoke(ctx)


@contextmanager
def _bounded() -> Iterator[None]:
    """Expected errors become one line on standard error and their exit code."""
    try:
        try:
            yield
        except EnrichError:
            _flush_or_silence(sys.stdout)  # what has failed there already is told once
            raise
        finally:
            sys.stdout.flush()
    except EnrichError as error:
        _say(error.message, error.hint)
        raise typer.Exit(error.code) from error
    except BrokenPipeError as error:
        _silence(sys.stdout, sys.stderr)
        raise typer.Exit(ExitCode.PIPE) from error
    except SystemExit as error:
        if isinstance(error.__context__, BrokenPipeError):  # so the help's console ends
            raise typer.Exit(ExitCode.PIPE) from error
        raise
    except OSError as error:
        if error.errno not in _MACHINE:
            raise
        _silence(sys.stdout)
        _say(f"the machine failed: {error.strerror}")
        raise typer.Exit(ExitCode.MACHINE) from error
    except KeyboardInterrupt as error:
        raise typer.Exit(ExitCode.INTERRUPTED) from error


def _say(message: str, hint: str = "") -> None:
    text = " ".join(message.split())
    try:
        sys.stderr.write(f"enrich: {text}\n" + (f"  hint: {hint}\n" if hint else ""))
        sys.stderr.flush()
    except OSError:
        _silence(sys.stderr)


def _flush_or_silence(stream: TextIO) -> None:
    try:
        stream.flush()
    except OSError:
        _silence(stream)


def _silence(*streams: TextIO) -> None:
    """Let the interpreter's last flush go nowhere: what is left cannot be written."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in streams:
        os.dup2(nowhere, stream.fileno())


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
        bool,
        typer.Option(
            "--version", metavar="", callback=_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Enrich tables of companies and people: each entity once, cheapest source first."""


app.command("estimate")(estimate.estimate)
app.command("run")(run.run)
app.command("warm")(warm.warm)
app.command("inspect")(inspect.inspect)
app.command("fields")(fields.fields)
app.add_typer(providers.app, name="providers")
app.add_typer(jobs.app, name="jobs")
app.add_typer(cache.app, name="cache")
app.command("init")(init.init)
app.add_typer(config.app, name="config")
app.command("doctor")(doctor.doctor)
app.command("sandbox")(sandbox.sandbox)


def main() -> None:
    """Run `enrich` with the process's own arguments.

    Python's collector would look through all that is imported again and again, and once more at
    the end, to find that it is needed: a tenth of a second of a short run.
    """
    gc.set_threshold(200_000, 20, 20)
    # Polars' allocator (jemalloc) has four arenas a core: what is free in one is taken anew in
    # the next. With one a core ten million rows take a tenth less of the system's time.
    os.environ.setdefault("_RJEM_MALLOC_CONF", f"narenas:{os.cpu_count() or 1}")
    _open_streams()
    # Where no run has taken over the signal, temporary files are removed all the same.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(ExitCode.TERMINATED))
    try:
        app()
    finally:
        gc.freeze()


def _open_streams() -> None:
    """Put something in the place of closed standard streams, so that no file gets their numbers.

    Where one comes to write on them after all, that fails as it must. A reader of standard error
    that stopped reading is waited for no longer than `patient` says.
    """
    if sys.stdin is None:
        sys.stdin = open(os.devnull)  # noqa: SIM115, PTH123 - open to the end
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123
    sys.stderr = patient(sys.stderr)

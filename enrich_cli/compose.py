"""The composition root: the one module that builds adapters and hands them on."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import (
    AbstractContextManager,
    ExitStack,
    asynccontextmanager,
    contextmanager,
    nullcontext,
    suppress,
)
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, BinaryIO, TextIO

from enrich_cli.domain.provider import Clock, Provider, ProviderSpec
from enrich_cli.domain.store import Store
from enrich_cli.settings import Flags, Settings, resolve

if TYPE_CHECKING:
    from rich.console import Console

    from enrich_cli.adapters.sandboxed import Sandbox
    from enrich_cli.adapters.specs import Loaded
    from enrich_cli.adapters.world import World
    from enrich_cli.job import Parts, Table
    from enrich_cli.tables.source import Told


class SystemClock:
    """The machine's own time."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some fixed moment."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return after that time."""
        import asyncio

        await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Streams:
    """The standard streams of the process, as tests replace them."""

    stdin: BinaryIO
    stdout: TextIO
    stderr: TextIO

    @property
    def interactive(self) -> bool:
        """Whether a person sits at both ends, so that a question can be asked."""
        return self.stderr.isatty() and self.stdin.isatty()


@dataclass
class Composition:
    """One command's settings, specs and adapters. Adapters are built when they are first used."""

    settings: Settings
    environ: Mapping[str, str]
    streams: Streams
    clock: Clock
    scratch: Path
    closing: ExitStack = field(repr=False)

    @cached_property
    def world(self) -> World:
        """What providers are opened with."""
        from enrich_cli.adapters.world import World

        settings = self.settings
        return World(
            environ=self.environ,
            clock=self.clock,
            contact=settings.contact,
            key_files=settings.key_files,
            options=settings.overrides,
            private_hosts=settings.allow_private_hosts,
            sandbox=self.sandbox if settings.sandbox else None,
        )

    @cached_property
    def loaded(self) -> Mapping[str, Loaded]:
        """The usable provider specs by name, shipped ones and the user's.

        Where `--providers` names them, only those are read.
        """
        from enrich_cli.adapters.specs import SHIPPED, load_specs

        settings = self.settings
        named = {*settings.providers, *(n for w in settings.waterfall.values() for n in w)}
        dirs = (SHIPPED, *settings.provider_dirs)
        specs = dict(load_specs(dirs, settings.overrides, settings.providers or None))
        if settings.stray_dir is not None and named:
            specs.update(load_specs((*dirs, settings.stray_dir), settings.overrides, named))
        return specs

    @cached_property
    def specs(self) -> Mapping[str, ProviderSpec]:
        """What the middle knows of each provider, declared ones and Python ones."""
        specs = self._all_specs()
        return (
            {n: _unhurried(spec) for n, spec in specs.items()} if self.settings.sandbox else specs
        )

    def _all_specs(self) -> Mapping[str, ProviderSpec]:
        from enrich_cli.adapters.plugins import plugin_names
        from enrich_cli.adapters.world import plugin_specs

        specs = {name: loaded.spec for name, loaded in self.loaded.items()}
        wanted = set(self.settings.providers) - specs.keys()
        if self.settings.providers and not wanted:
            return specs
        if wanted - plugin_names():
            from enrich_cli.adapters.specs import SHIPPED, load_specs

            # A name that nobody has: the hint needs all that there are.
            beside = (self.settings.stray_dir,) if self.settings.stray_dir else ()
            dirs = (SHIPPED, *self.settings.provider_dirs, *beside)
            loaded = load_specs(dirs, self.settings.overrides)
            specs, wanted = {name: one.spec for name, one in loaded.items()}, set()
        names = (wanted or plugin_names()) & plugin_names()
        off = {n for n, own in self.settings.overrides.items() if own.get("enabled") is False}
        return {**specs, **plugin_specs(sorted(names - specs.keys() - off), self.world)}

    def has_key(self, spec: ProviderSpec) -> bool:
        """Whether the provider can be asked: it needs no key, or the key is there."""
        if self.settings.sandbox or not spec.key_env or spec.key_optional:
            return True
        return self.world.key(spec) is not None

    def look(self, path: str, said: Told, *, hurried: bool = False) -> Table:
        """Open a table; no provider is needed for that. Raises TableError, ConfigError.

        With `hurried` the table goes to `job.prepare`, which looks once more where it must.
        """
        from enrich_cli import job

        own = self.streams.stdin, self.settings, self.scratch
        return job.look(path, said, *own, hurried=hurried)

    @cached_property
    def parts(self) -> Parts:
        """What a job is handed."""
        from enrich_cli.job import Parts

        return Parts(
            settings=self.settings,
            specs=self.specs,
            has_key=self.has_key,
            clock=self.clock,
            random=Random(),  # noqa: S311 - jitter and job names
            scratch=self.scratch,
            history=self.store.history(),
        )

    @property
    def store_folder(self) -> Path:
        """Where the store lies; that of the sandbox within the real one's folder."""
        cache = self.settings.cache
        return cache / "sandbox" if self.settings.sandbox else cache

    @cached_property
    def store(self) -> Store:
        """The store on disk; the sandbox has one of its own."""
        from enrich_cli.adapters.store import open_store

        store = open_store(self.store_folder)
        self.closing.callback(store.close)
        return store

    @cached_property
    def sandbox(self) -> Sandbox:
        """The local server of `--sandbox`, started when this is first looked at."""
        from enrich_cli.adapters.sandboxed import start

        return self.closing.enter_context(start())

    @asynccontextmanager
    async def open_providers(
        self, specs: Sequence[ProviderSpec]
    ) -> AsyncIterator[Mapping[str, Provider]]:
        """The providers of these specs, with clients that live as long as the context.

        What the user should know of them is told before the first call.
        """
        from enrich_cli.adapters.opening import open_providers

        self._tell_of(specs)
        async with open_providers(specs, self.loaded, self.world) as providers:
            yield providers

    def readers(self, specs: Sequence[ProviderSpec]) -> Mapping[str, Provider]:
        """The providers of these specs, to read stored answers; nobody can be asked by them."""
        from enrich_cli.adapters.world import readers

        self._tell_of(specs)
        return readers(specs, self.loaded, self.world)

    def _tell_of(self, specs: Sequence[ProviderSpec]) -> None:
        from enrich_cli.adapters.world import diverted_keys

        for line in diverted_keys(specs, self.world):
            self.warn(line)
        used = (self.loaded[spec.name] for spec in specs if spec.name in self.loaded)
        self.say_notes([f"{one.spec.name} {note}" for one in used for note in one.notes])

    @cached_property
    def console(self) -> Console:
        """Words for people, on standard error."""
        from enrich_cli.views.consoles import console_on

        return console_on(self.streams.stderr, self.environ)

    @cached_property
    def console_out(self) -> Console:
        """What a command was asked to show, on standard output."""
        from enrich_cli.views.consoles import console_on

        return console_on(self.streams.stdout, self.environ)

    def say(self, text: str) -> None:
        """Tell one line, unless the user wants quiet; that nobody listens ends nothing."""
        if not self.settings.quiet:
            self._tell(text)

    def busy(self, what: str) -> AbstractContextManager[object]:
        """Show on a terminal that something goes on, for as long as the context does."""
        from enrich_cli.views.text import clean

        console = self.console
        if self.settings.quiet or not console.is_terminal or console.is_dumb_terminal:
            return nullcontext()
        return console.status(clean(what))

    def warn(self, text: str) -> None:
        """Tell one line that matters too much to be silenced."""
        self._tell(f"warning: {text}")

    def _tell(self, text: str) -> None:
        from enrich_cli.views.text import clean

        with suppress(OSError):
            if "console" in vars(self) and self.console.is_terminal:
                self.console.out(clean(text), highlight=False)  # above what is painted there
                return
            self.streams.stderr.write(f"{clean(text)}\n")
            self.streams.stderr.flush()

    def say_notes(self, notes: Sequence[str]) -> None:
        """Tell what is worth knowing, one line each, unless the user wants quiet."""
        for note in notes:
            self.say(f"note: {note}")

    def confirm(self, question: str) -> bool:
        """Ask a person; anything but a yes is a no."""
        self.streams.stderr.write(f"{question} [y/N] ")
        self.streams.stderr.flush()
        return self.streams.stdin.readline().strip().lower() in (b"y", b"yes")


def _unhurried(spec: ProviderSpec) -> ProviderSpec:
    """The spec without its rate limits: the sandbox has none, and nobody wants to wait for it."""
    poll = spec.poll and replace(spec.poll, every=0.1)
    return replace(spec, limits=replace(spec.limits, rates=()), poll=poll)


@contextmanager
def compose(
    flags: Flags,
    *,
    environ: Mapping[str, str] | None = None,
    streams: Streams | None = None,
    clock: Clock | None = None,
) -> Iterator[Composition]:
    """Everything that one command needs; let go of when the context ends.

    `flags` are the command's options by name. Raises ConfigError and UsageError.
    """
    import platformdirs

    environ = os.environ if environ is None else environ
    streams = streams or Streams(sys.stdin.buffer, sys.stdout, sys.stderr)
    default = Path(platformdirs.user_data_dir("enrich", appauthor=False))
    settings = resolve(flags, environ, Path.cwd(), default)
    with ExitStack() as closing:
        scratch = closing.enter_context(tempfile.TemporaryDirectory(prefix="enrich-"))
        yield Composition(
            settings=settings,
            environ=environ,
            streams=streams,
            clock=clock or SystemClock(),
            scratch=Path(scratch),
            closing=closing,
        )

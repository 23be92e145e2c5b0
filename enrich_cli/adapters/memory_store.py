"""The store's twin in memory, for runs and tests that leave nothing behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from enrich_cli.domain.errors import StoreError
from enrich_cli.domain.ledger import Charge, ChargeState
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Answer, Failure
from enrich_cli.domain.provider import DEAD_AFTER, Job, Operations, Submitted

_MAY_CLOSE = (ChargeState.INTENT, ChargeState.UNKNOWN)


class MemoryStore:
    """The `Store` of the domain in dictionaries. Each write counts as a commit of its own."""

    def __init__(self) -> None:
        self._answers: dict[str, Answer] = {}
        self._charges: dict[str, Charge] = {}
        self._leases: dict[str, str] = {}
        self._jobs: dict[str, Job] = {}
        self._submitted: dict[str, Submitted] = {}
        self._reads = 0
        self._commits = 0
        self._closed = False

    @property
    def operations(self) -> Operations:
        """What this store did since it was made."""
        return Operations(self._reads, self._commits)

    async def recall(self, keys: Sequence[str]) -> Mapping[str, Answer]:
        """The stored answers among `keys`. `cached` is set on each."""
        self._read()
        return {key: self._answers[key] for key in keys if key in self._answers}

    async def intend(self, charges: Sequence[Charge]) -> None:
        """Write the intent to pay. Raises StoreError for a charge that is in the ledger already."""
        self._write()
        new = {charge.id: charge for charge in charges}
        if len(new) < len(charges) or new.keys() & self._charges.keys():
            ids = ", ".join(charge.id for charge in charges)
            raise StoreError(f"the ledger has one of these charges already: {ids}")
        self._charges |= new

    async def keep(self, charges: Sequence[Charge], answers: Mapping[str, Answer]) -> None:
        """Close charges, store answers that are no failures, release the leases on all their keys.

        A charge that is closed already stays as it is, but an unknown one may become known.
        """
        self._write()
        for charge in charges:
            known = self._charges.get(charge.id)
            if known is None:
                self._charges[charge.id] = charge
            elif known.state in _MAY_CLOSE:
                self._charges[charge.id] = replace(known, state=charge.state, actual=charge.actual)
        for key, answer in answers.items():
            if not isinstance(answer.outcome, Failure):
                self._answers[key] = replace(answer, cached=True)
            self._leases.pop(key, None)
            self._submitted.pop(key, None)

    async def submit(self, job: Submitted, keys: Sequence[str]) -> None:
        """Write down a job that a provider has begun; `keys` are those of its answers."""
        self._write()
        self._submitted |= dict.fromkeys(keys, job)

    async def submitted(self, keys: Sequence[str]) -> Mapping[str, Submitted]:
        """The jobs that providers work on, by those of `keys` whose answers they will bring."""
        self._read()
        found = [(key, self._submitted[key]) for key in keys if key in self._submitted]
        found.sort(key=lambda pair: (pair[1].at, pair[1].id))
        return {key: self._with_charge(job) for key, job in found}

    def _with_charge(self, job: Submitted) -> Submitted:
        return replace(job, charge=self._charges.get(job.charge.id) if job.charge else None)

    async def give_up(self, job: Submitted) -> None:
        """Forget a job that will bring nothing. One whose answers are kept is forgotten by that."""
        self._write()
        for key, known in list(self._submitted.items()):
            if (known.provider, known.id) == (job.provider, job.id):
                del self._submitted[key]

    async def claim(self, seen: Mapping[str, float | None], job: str, now: float) -> frozenset[str]:
        """Lease the keys that no other living job holds and nobody has answered meanwhile.

        `seen` gives the time of the stored answer that the caller knows, None for no answer. Gives
        the keys that `job` holds now.
        """
        self._write()
        held = frozenset(
            key
            for key, at in seen.items()
            if (key not in self._answers or self._answers[key].at == at)
            and ((holder := self._leases.get(key, job)) == job or not self._lives(holder, now))
        )
        self._leases |= dict.fromkeys(held, job)
        return held

    async def release(self, keys: Sequence[str], job: str) -> None:
        """Give back those leases on `keys` that `job` holds."""
        self._write()
        for key in keys:
            if self._leases.get(key) == job:
                del self._leases[key]

    async def record(self, job: Job) -> None:
        """Write a job's state. One that has finished gives back all its leases."""
        self._write()
        self._jobs[job.id] = job
        if job.finished is not None:
            self._leases = {key: held for key, held in self._leases.items() if held != job.id}

    async def charges(self, job: str) -> Sequence[Charge]:
        """The charges of one job, oldest first."""
        self._read()
        return self._oldest(charge for charge in self._charges.values() if charge.job == job)

    async def jobs(self) -> Sequence[Job]:
        """All jobs, oldest first."""
        self._read()
        return sorted(self._jobs.values(), key=lambda job: job.started)

    async def spent_since(self, at: float) -> Money:
        """What the charges of all jobs since `at` cost; unknown ones count with their worst."""
        self._read()
        counted = (ChargeState.SETTLED, ChargeState.UNKNOWN)
        return Money(
            sum(
                charge.actual
                for charge in self._charges.values()
                if charge.at >= at and charge.state in counted
            )
        )

    async def open_intents(self, now: float) -> Sequence[Charge]:
        """The intents of jobs that are dead, finished or not recorded, oldest first."""
        self._read()
        return self._dead_intents(now)

    async def settle_dead(self, now: float) -> Sequence[Charge]:
        """Close the intents of dead jobs as unknown, free their leases, return those charges."""
        self._write()
        lost = [charge.closed(ChargeState.UNKNOWN) for charge in self._dead_intents(now)]
        self._charges |= {charge.id: charge for charge in lost}
        self._leases = {key: job for key, job in self._leases.items() if self._lives(job, now)}
        return lost

    def close(self) -> None:
        """Refuse what is asked from now on. May be called twice."""
        self._closed = True

    def _dead_intents(self, now: float) -> list[Charge]:
        return self._oldest(
            charge
            for charge in self._charges.values()
            if charge.state is ChargeState.INTENT and not self._lives(charge.job, now)
        )

    def _lives(self, id_: str, now: float) -> bool:
        job = self._jobs.get(id_)
        return job is not None and job.finished is None and job.beat >= now - DEAD_AFTER

    def _read(self) -> None:
        self._check_open()
        self._reads += 1

    def _write(self) -> None:
        self._check_open()
        self._commits += 1

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError("the store is closed")

    @staticmethod
    def _oldest(charges: Iterable[Charge]) -> list[Charge]:
        return sorted(charges, key=lambda charge: charge.at)

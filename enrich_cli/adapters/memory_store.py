"""The store's twin in memory, for what is to leave nothing behind."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from enrich_cli.adapters.codec import erased
from enrich_cli.adapters.forgetting import Mentions, untraced, without
from enrich_cli.domain.entity import NOBODY, EntityKey
from enrich_cli.domain.errors import StoreError
from enrich_cli.domain.history import NO_HISTORY, Forecasted, History
from enrich_cli.domain.ledger import Ceiling, Charge, ChargeState, Claim, Claimed
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Answer, Failure
from enrich_cli.domain.plan import DAY
from enrich_cli.domain.settled import Record
from enrich_cli.domain.store import (
    DEAD_AFTER,
    Forgotten,
    Job,
    JobStatus,
    Operations,
    Records,
    Submitted,
)

_MAY_CLOSE = (ChargeState.INTENT, ChargeState.UNKNOWN)


def _of(key: str) -> EntityKey:
    """The entity that a key is about."""
    return EntityKey(key.rpartition(":")[2])


class MemoryStore:
    """The `Store` of the domain in dictionaries. Each write counts as a commit of its own."""

    def __init__(self) -> None:
        self._answers: dict[str, Answer] = {}
        self._charges: dict[str, Charge] = {}
        self._leases: dict[str, str] = {}
        self._jobs: dict[str, Job] = {}
        self._traces: dict[str, list[bytes]] = {}
        self._submitted: dict[str, Submitted] = {}
        self._settled: dict[EntityKey, dict[str, Record]] = {}
        self._history = NO_HISTORY
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

    async def answered(self, identities: Sequence[str]) -> frozenset[str]:
        """Which of these providers (`ProviderSpec.identity`) have any stored answer."""
        self._read()
        given = {key.rpartition(":")[0] for key in self._answers}
        return frozenset(given.intersection(identities))

    async def settled(self, plan: str, entities: Sequence[EntityKey], now: float) -> Records:
        """The records of a plan's mark for runs that start `now`, in one bulk read."""
        self._read()
        found = [
            record
            for entity in entities
            if (record := self._settled.get(entity, {}).get(plan)) is not None
            if record.since <= now < record.until
        ]
        return Records([one.entity for one in found], "\n".join(one.body for one in found))

    def settle(self, records: Sequence[Record]) -> None:
        """Keep those records whose answers are still as they say."""
        self._check_open()
        for record in records:
            known = {key: self._answers.get(key) for key, _ in record.answers}
            times = {key: answer and answer.at for key, answer in known.items()}
            if times == dict(record.answers):
                self._settled.setdefault(record.entity, {})[record.plan] = record

    async def intend(
        self, charges: Sequence[Charge], ceilings: Sequence[Ceiling] = ()
    ) -> frozenset[str]:
        """Write those intents to pay that all ceilings have room for, and give their ids.

        Raises StoreError for a charge that is in the ledger already.
        """
        self._write()
        rooms = [ceiling.limit - self._taken(ceiling.since) for ceiling in ceilings]
        written: dict[str, Charge] = {}
        for charge in charges:
            if any(charge.worst > room for room in rooms):
                continue
            if charge.id in self._charges or charge.id in written:
                raise StoreError(f"the ledger has this charge already: {charge.id}")
            rooms = [room - charge.worst for room in rooms]
            written[charge.id] = charge
        self._charges |= written
        return frozenset(written)

    def history(self) -> History:
        """What providers did in all runs so far, and the latest ranges."""
        self._read()
        return self._history

    async def keep(
        self, charges: Sequence[Charge], answers: Mapping[str, Answer], news: History = NO_HISTORY
    ) -> None:
        """Close charges, store answers that are no failures, release the leases on all their keys.

        A charge that is closed already stays as it is, but an unknown one may become known.
        """
        self._write()
        self._history = self._history.plus(news)
        for charge in charges:
            known = self._charges.get(charge.id)
            if known is None:
                self._charges[charge.id] = charge
            elif known.state in _MAY_CLOSE:
                self._charges[charge.id] = replace(known, state=charge.state, actual=charge.actual)
        for entity in (key.rpartition(":")[2] for key in erased(answers)):
            for key in [key for key in self._answers if key.endswith(f":{entity}")]:
                del self._answers[key]
        for key, answer in answers.items():
            if not isinstance(answer.outcome, Failure):
                self._answers[key] = replace(answer, cached=True)
                self._settled.pop(EntityKey(key.rpartition(":")[2]), None)
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

    async def claim(self, claims: Sequence[Claim], job: str, now: float) -> Claimed:
        """Lease the keys that no other living job holds and nobody has answered meanwhile.

        A job that is found dead by its leases has its intents become unknown.
        """
        self._write()
        wanted = [
            one
            for one in claims
            if one.key not in self._answers or self._answers[one.key].at == one.seen
        ]
        holders = {self._leases.get(one.key, job) for one in wanted} - {job}
        if any(not self._lives(holder, now) for holder in holders):
            self._settle_dead(job, now)
        held = {one.key: one for one in wanted if self._leases.get(one.key, job) == job}
        self._leases |= dict.fromkeys(held, job)
        doubtful = {
            one.key: charge
            for charge in self._oldest(self._charges.values())
            if charge.state is ChargeState.UNKNOWN
            for one in held.values()
            if one.provider == charge.provider and one.entity in charge.entities
            if one.seen is None or charge.at > one.seen
        }
        return Claimed(frozenset(held), doubtful)

    async def release(self, keys: Sequence[str], job: str) -> None:
        """Give back those leases on `keys` that `job` holds."""
        self._write()
        for key in keys:
            if self._leases.get(key) == job:
                del self._leases[key]

    async def begin(self, job: Job) -> Sequence[Charge]:
        """Write a job's start, clear up after dead jobs, and give the charges they lost."""
        self._write()
        self._note(job)
        return self._settle_dead(job.id, job.beat)

    async def record(self, job: Job, forecasted: Forecasted | None = None) -> None:
        """Write a job's state. One that has finished gives back all its leases."""
        self._write()
        self._note(job)
        if forecasted is not None:
            self._history = self._history.plus(History(ranges=(forecasted,)))
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

    async def taken_since(self, at: float) -> Money:
        """What the charges of all jobs since the UTC day of `at` cost or may have cost."""
        self._read()
        return self._taken(at)

    async def living(self, now: float) -> Sequence[str]:
        """The ids of the jobs that go on, by their signs of life."""
        self._read()
        return [id_ for id_ in self._jobs if self._lives(id_, now)]

    async def traces(self, job: str) -> Sequence[bytes]:
        """The parts of what a job did."""
        self._read()
        return list(self._traces.get(job, ()))

    async def forget(
        self, entities: Collection[EntityKey], texts: Collection[str], now: float
    ) -> Forgotten:
        """Take out everything that names these entities."""
        self._write()
        mentions, found = Mentions(frozenset(texts)), set(entities)
        found |= {_of(key) for key, answer in self._answers.items() if mentions.about(answer)}
        polls = 0
        blanked: dict[tuple[str, str], Submitted] = {}
        for job in set(self._submitted.values()):
            left = without(job.queries, found, mentions)
            found |= {o.entity for o, n in zip(job.queries, left, strict=True) if o != n}
            blanked[job.provider, job.id] = replace(job, queries=left)
            polls += left != job.queries
        kept = {key: answer for key, answer in self._answers.items() if _of(key) not in found}
        gone = len(self._answers) - len(kept)
        less = {key: mentions.without(answer) for key, answer in kept.items()}
        others = sum(less[key] != answer for key, answer in kept.items())
        self._traces = {
            job: [untraced(part, found, mentions) for part in parts]
            for job, parts in self._traces.items()
        }
        self._answers = less
        self._settled.clear()
        self._submitted = {
            key: blanked[job.provider, job.id]
            for key, job in self._submitted.items()
            if _of(key) not in found
        }
        self._leases = {
            key: job
            for key, job in self._leases.items()
            if _of(key) not in found or self._lives(job, now)
        }
        charges = 0
        for id_, charge in self._charges.items():
            named = tuple(NOBODY if one in found else one for one in charge.entities)
            charges += named != charge.entities
            self._charges[id_] = replace(charge, entities=named)
        reports = 0
        for id_, job_ in self._jobs.items():
            report = mentions.blotted(job_.report)
            for entity in found:
                report = report.replace(entity.encode(), NOBODY.encode())
            reports += report != job_.report
            self._jobs[id_] = replace(job_, report=report)
        return Forgotten(gone, others, polls, charges, reports)

    def close(self) -> None:
        """Refuse what is asked from now on. May be called twice."""
        self._closed = True

    def _note(self, job: Job) -> None:
        self._jobs[job.id] = replace(job, trace=())
        self._traces.setdefault(job.id, []).extend(job.trace)

    def _taken(self, at: float) -> Money:
        return Money(
            sum(
                charge.worst if charge.state is ChargeState.INTENT else charge.actual
                for charge in self._charges.values()
                if charge.at // DAY >= at // DAY
            )
        )

    def _settle_dead(self, asking: str, now: float) -> list[Charge]:
        living = {asking, *(id_ for id_ in self._jobs if self._lives(id_, now))}
        lost = self._oldest(
            charge.closed(ChargeState.UNKNOWN)
            for charge in self._charges.values()
            if charge.state is ChargeState.INTENT and charge.job not in living
        )
        self._charges |= {charge.id: charge for charge in lost}
        self._leases = {key: job for key, job in self._leases.items() if job in living}
        for id_, job in self._jobs.items():
            if job.finished is None and id_ not in living:
                self._jobs[id_] = replace(job, status=JobStatus.INTERRUPTED)
        return lost

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

"""What the store holds about a table's entities: counted, and as a fingerprint."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from enrich_cli.domain.entity import EntityKey
from enrich_cli.domain.outcome import Answer, Gap, Miss
from enrich_cli.domain.plan import Plan, Step, Stored

_ROOM = 1 << 128


def _nobody(answer: Answer) -> bool:  # noqa: ARG001 - one way to ask
    return False


@dataclass(slots=True)
class _Count:
    hits: int = 0
    misses: int = 0
    stale: int = 0
    sum: int = 0


class Stock:
    """Counts stored answers by provider. Those of which `own` is true are left out.

    The fingerprint is a sum of hashes, so it does not depend on the order of the entities.
    """

    def __init__(self, plan: Plan, own: Callable[[Answer], bool] = _nobody) -> None:
        self._plan = plan
        self._own = own
        self._steps = {step.spec.name: step for step in plan.steps}
        self._counts = {name: _Count() for name in self._steps}

    def add(self, entity: EntityKey, known: Mapping[str, Answer]) -> None:
        """Count what is stored about one entity; `known` are the answers by provider."""
        for name, answer in known.items():
            step = self._steps.get(name)
            if step is None or self._own(answer):
                continue
            count = self._counts[name]
            if not self._counts_still(step, answer):
                count.stale += 1
                continue
            if isinstance(answer.outcome, Miss):
                count.misses += 1
                if step.spec.free and answer.outcome.gap is not Gap.ERASED:
                    continue
            else:
                count.hits += 1
            said = f"{step.spec.key(entity)} {answer.at!r}".encode()
            count.sum += int.from_bytes(hashlib.sha256(said).digest()[:16])

    def add_counts(self, stored: Mapping[str, Stored]) -> None:
        """Count answers that were summed up before; the fingerprint is then without them."""
        for name, one in stored.items():
            count = self._counts[name]
            count.hits += one.hits
            count.misses += one.misses
            count.stale += one.stale

    def _counts_still(self, step: Step, answer: Answer) -> bool:
        return self._plan.alive(step.spec, answer) and all(
            self._plan.fresh(name, answer) for name in step.fields
        )

    def stored(self) -> Mapping[str, Stored]:
        """The counts by provider, in the order of the steps."""
        return {
            name: Stored(one.hits, one.misses, one.stale, f"{one.sum % _ROOM:032x}")
            for name, one in self._counts.items()
        }

"""One entity's way down the waterfall, as pure decisions: whom to ask what, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from enrich_cli.domain.entity import Entity, Field, Query
from enrich_cli.domain.frozen import quick
from enrich_cli.domain.history import LONGEST_PAST, Past, ProviderKey
from enrich_cli.domain.ledger import ChargeState
from enrich_cli.domain.money import ZERO, Money, Per
from enrich_cli.domain.outcome import Answer, Failure, Gap, Hit, Miss, Reason, Value
from enrich_cli.domain.plan import Plan, Step, certainty, offered


@quick
@dataclass(frozen=True, slots=True)
class Finding:
    """What a field of an entity is filled with, and by whom; or the gap that stays.

    Exactly one of `value` and `gap` is set. A `low` value failed its accept rule and is kept
    only as a last resort.
    """

    value: Value | None = None
    gap: Gap | None = None
    provider: str = ""
    url: str | None = None
    confidence: float | None = None
    at: float | None = None
    charge: str = ""
    low: bool = False


_WORST_FIRST = (
    Gap.SUPPRESSED,
    Gap.ERASED,
    Gap.INTERRUPTED,
    Gap.UNKNOWN_CHARGE,
    Gap.PROVIDER_FAILED,
    Gap.BUDGET,
    Gap.OFFLINE,
    Gap.BELOW_THRESHOLD,
    Gap.FORBIDDEN,
    Gap.NOT_FOUND,
)
"""Which reason a cell is given where several apply: what the user can act on comes first."""


@quick
@dataclass(frozen=True, slots=True)
class Ticket:
    """An entity with all that the plan's providers have said about it so far.

    What a field is filled with is a function of these answers and of the order of the steps, not
    of the order in which the answers came: the first step whose answer is accepted. So a run and
    its repetition from the store give the same cells. `failures` are kept apart, so that a failed
    question about one field does not throw away an older answer that fills another. `capped`
    names the providers that one entity's ceiling left unasked. A `suppressed` one asks nobody.
    """

    entity: Entity
    plan: Plan
    answers: Mapping[str, Answer]
    failures: Mapping[str, Answer] = field(default_factory=lambda: MappingProxyType({}))
    capped: frozenset[str] = frozenset()
    suppressed: bool = False

    @staticmethod
    def open(entity: Entity, plan: Plan, known: Mapping[str, Answer]) -> Ticket:
        """A ticket at the head of the waterfall; `known` are stored answers by provider.

        One whom nobody may be asked about has no identifiers and no answers, stored ones neither.
        """
        if plan.suppress.covers(entity):
            return Ticket(replace(entity, ids=()), plan, MappingProxyType({}), suppressed=True)
        alive = {
            step.spec.name: answer
            for step in plan.steps_for(entity.type)
            if (answer := known.get(step.spec.name)) is not None and plan.alive(step.spec, answer)
        }
        return Ticket(entity, plan, MappingProxyType(alive))

    @property
    def plain(self) -> bool:
        """Whether it says no more than its entity does: nothing stored counts, nobody is barred."""
        return not (self.answers or self.failures or self.suppressed)

    @property
    def wanted(self) -> frozenset[Field]:
        """The fields for which some cell is to be filled."""
        return frozenset([name for name, cells in self.entity.empty.items() if cells])

    @property
    def missing(self) -> frozenset[Field]:
        """The wanted fields that no accepted answer fills yet; none once the entity is erased."""
        if not self.answers:
            return self.wanted
        if self._erased:
            return frozenset()
        filled = {
            name
            for step in self.plan.steps_for(self.entity.type)
            if (answer := self.answers.get(step.spec.name)) is not None
            for name in step.fields
            if self.plan.accepts(name, answer)
        }
        return self.wanted - {name for name in filled if not self._awaits_better(name)}

    def _awaits_better(self, name: Field) -> bool:
        """Whether one whose word counts more about a field is still to be asked.

        That can only be where the field has an order of its own. A stored answer fills it all the
        same: nobody buys again what is there, whatever the order now is.
        """
        if not self.plan.rule(name).order:
            return False
        for step in self.plan.giving(name):
            answer = self.answers.get(step.spec.name)
            if answer is not None and self.plan.accepts(name, answer):
                return False
            if answer is None and self._may_be_asked(step):
                return not any(
                    later.cached and self.plan.accepts(name, later)
                    for later in self.answers.values()
                )
        return False

    def _may_be_asked(self, step: Step) -> bool:
        name = step.spec.name
        passed = name in self.failures or name in self.capped
        return not passed and step.spec.usable(self.entity.ids)

    @property
    def _erased(self) -> bool:
        return any(
            isinstance(answer.outcome, Miss) and answer.outcome.gap is Gap.ERASED
            for answer in self.answers.values()
        )

    @property
    def spent(self) -> Money:
        """What this run paid for this entity."""
        return Money(
            sum(
                answer.receipt.amount
                for answer in (*self.answers.values(), *self.failures.values())
                if answer.receipt is not None and not answer.cached
            )
        )

    def query(self, step: Step) -> Query | None:
        """The question to put to this step's provider.

        None where nothing is missing that it gives, where the entity has no identifier that it
        takes, or where it has answered already.
        """
        return self._query(step) if not self.over_cap(step) else None

    def over_cap(self, step: Step) -> bool:
        """Whether asking this step could cost more than one entity is worth."""
        cap = self.plan.max_per_entity
        return cap is not None and self.spent + step.spec.worst(1) > cap

    def _query(self, step: Step) -> Query | None:
        if step.spec.entity is not self.entity.type:
            return None
        asked = self.missing & step.fields
        answer = self.answers.get(step.spec.name)
        if answer is not None:
            asked = frozenset(name for name in asked if not self.plan.fresh(name, answer))
        if not asked or not step.spec.usable(self.entity.ids):
            return None
        entity = self.entity
        return Query(entity.key, entity.ids, asked, past=self._past, cells=entity.empty)

    @property
    def _past(self) -> Past:
        """Who has answered so far, in the order of the steps; the latest ones only."""
        return tuple(
            (ProviderKey(step.spec.identity), isinstance(answer.outcome, Hit))
            for step in self.plan.steps_for(self.entity.type)
            if (answer := self.answers.get(step.spec.name)) is not None
        )[-LONGEST_PAST:]

    def after(self, step: Step, answer: Answer) -> Ticket:
        """This ticket once the step's provider has answered, or could not."""
        name = step.spec.name
        answers, failures = self.answers, self.failures
        if isinstance(answer.outcome, Failure):
            failures = MappingProxyType({**failures, name: answer})
        else:
            answers = MappingProxyType({**answers, name: answer})
        return Ticket(self.entity, self.plan, answers, failures, self.capped, self.suppressed)

    def passed(self, step: Step) -> Ticket:
        """This ticket once the step was passed without a question, with the reason kept."""
        if self.over_cap(step) and self._query(step) is not None:
            return replace(self, capped=self.capped | {step.spec.name})
        return self

    @property
    def asked(self) -> bool:
        """Whether anybody was asked in this run."""
        for answer in self.answers.values():
            if not answer.cached:
                return True
        return any(
            answer.receipt is not None or not _unasked(answer) for answer in self.failures.values()
        )

    def findings(self) -> dict[Field, Finding]:
        """What each wanted field ends with."""
        return {name: self._finding(name) for name, cells in self.entity.empty.items() if cells}

    def _finding(self, name: Field) -> Finding:
        plan, answers = self.plan, self.answers
        steps, low = plan.giving(name), None
        for step in steps:
            provider = step.spec.name
            answer = answers.get(provider)
            value = None if answer is None else offered(name, answer)
            if answer is None or value is None:
                continue
            if plan.takes(name, answer, value):
                return _filled(provider, answer, value, low=False)
            low = low or (provider, answer, value)
        if plan.accept_low and low:
            return _filled(*low, low=True)
        gaps = set(self._gaps(name, steps))
        return Finding(gap=next((gap for gap in _WORST_FIRST if gap in gaps), Gap.NO_PROVIDER))

    def _gaps(self, name: Field, steps: Sequence[Step]) -> Iterator[Gap]:
        if self.suppressed:
            yield Gap.SUPPRESSED
        if self._erased:
            yield Gap.ERASED
        for step in steps:
            provider = step.spec.name
            if provider in self.capped:
                yield Gap.BUDGET
            if (failed := self.failures.get(provider)) is not None:
                yield _failure_gap(failed)
            if (answer := self.answers.get(provider)) is None:
                continue
            if isinstance(answer.outcome, Miss):
                yield answer.outcome.gap
            else:
                known = offered(name, answer) is not None
                yield Gap.BELOW_THRESHOLD if known else Gap.NOT_FOUND

    def undone(self) -> Money:
        """The most that it would cost to ask whom this run did not ask for want of money."""
        if not (self.failures or self.capped):
            return ZERO
        broke = {
            name
            for name, answer in self.failures.items()
            if isinstance(answer.outcome, Failure) and answer.outcome.reason is Reason.BUDGET
        }
        if not (broke or self.capped):
            return ZERO
        steps = self.plan.steps_for(self.entity.type)
        left = [step.spec for step in steps if step.spec.name in broke | self.capped]
        # A full batch's share, rounded up.
        return Money(sum(-(-spec.worst(spec.batch) // spec.batch) for spec in left))

    def once(self) -> Money:
        """What its answers cost at list price."""
        paid = 0
        for step in self.plan.steps_for(self.entity.type) if self.answers else ():
            answer = self.answers.get(step.spec.name)
            if answer is not None:
                paid += _list_price(step, answer)
        return Money(paid)

    def naive(self) -> Money:
        """What cell by cell would have cost: its charges at list price, once for each cell."""
        return _naive(self.once(), self.entity)

    def again(self) -> Ticket:
        """This ticket as the store alone would open it, were the run repeated now."""
        if not (self.failures or self.capped) and all(a.cached for a in self.answers.values()):
            return self
        answers = {name: replace(answer, cached=True) for name, answer in self.answers.items()}
        return Ticket(self.entity, self.plan, MappingProxyType(answers))

    @property
    def settled(self) -> bool:
        """Whether no step has a question left, whatever it may cost."""
        steps = self.plan.steps_for(self.entity.type)
        return not self.missing or all(self._query(step) is None for step in steps)


@quick
@dataclass(frozen=True, slots=True)
class Done:
    """An entity that is through, with what each of its wanted fields ends with.

    `once` is what its answers cost at list price.
    """

    ticket: Ticket
    findings: Mapping[Field, Finding]
    once: Money = ZERO

    @staticmethod
    def of(ticket: Ticket) -> Done:
        """What a ticket ends with."""
        return Done(ticket, ticket.findings(), ticket.once())

    @property
    def naive(self) -> Money:
        """What cell by cell would have cost, see `Ticket.naive`."""
        return _naive(self.once, self.ticket.entity)


def _naive(once: Money, entity: Entity) -> Money:
    return Money(once * sum(entity.empty.values()))


def _unasked(failed: Answer) -> bool:
    return isinstance(failed.outcome, Failure) and failed.outcome.reason.unasked


def _failure_gap(failed: Answer) -> Gap:
    if failed.receipt is not None and failed.receipt.state is ChargeState.UNKNOWN:
        return Gap.UNKNOWN_CHARGE
    return failed.outcome.reason.gap if isinstance(failed.outcome, Failure) else Gap.NOT_FOUND


def _list_price(step: Step, answer: Answer) -> Money:
    price = step.spec.price
    if price is None:
        return ZERO
    return price.usd if price.per is not Per.HIT or isinstance(answer.outcome, Hit) else ZERO


def _filled(provider: str, answer: Answer, value: Value, *, low: bool) -> Finding:
    return Finding(
        value,
        None,
        provider,
        answer.url if value.url is None else value.url,
        certainty(value, answer),
        answer.at,
        "" if answer.receipt is None else answer.receipt.charge,
        low,
    )

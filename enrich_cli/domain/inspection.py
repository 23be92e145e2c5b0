"""What a look at a table brought: columns in use, entities, and cells that name nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from enrich_cli.domain.entity import EntityType


@dataclass(frozen=True, slots=True)
class UsedColumn:
    """A column that identifies, what it is read as, whom it identifies, and why it was chosen."""

    column: str
    role: str
    entities: tuple[EntityType, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Distinct:
    """The distinct entities of one type: rows behind them, and how many are named by what kind.

    `largest` are those with most rows, as identifier and rows.
    """

    rows: int
    unique: int
    kinds: Mapping[str, int]
    largest: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Rejected:
    """Cells of one column that name nobody for one reason; `examples` are the most frequent."""

    column: str
    reason: str
    cells: int
    distinct: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two columns of a row that name different companies; the first one counts.

    `row` is the first such row, counted from 1 without the header; `rows` is how many there are.
    """

    row: int
    identifier: str
    other: str
    rows: int


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A company with several names, or a name with several companies, which was left as it is.

    `identifier` is what they share, `number` how many there are; `examples` are the commonest.
    """

    identifier: str
    number: int
    rows: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What `enrich inspect` shows.

    `passed` has the columns that look as if they identify and do not, with why. Of the lists of
    conflicts and doubtful groups it has the ones of most rows; `conflicting` counts the rows of
    all conflicts. `suppressed` are those of whom nobody is asked: type, identifier and rows.
    """

    path: str
    rows: int
    columns: tuple[str, ...]
    uses: tuple[UsedColumn, ...]
    entities: Mapping[EntityType, Distinct]
    rejected: tuple[Rejected, ...]
    conflicts: tuple[Conflict, ...]
    nameless: Mapping[EntityType, int]
    passed: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    conflicting: int = 0
    several_names: tuple[Doubtful, ...] = ()
    same_name: tuple[Doubtful, ...] = ()
    suppressed: tuple[tuple[EntityType, str, int], ...] = ()

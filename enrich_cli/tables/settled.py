"""Records of settled entities to text, and back to columns: no entity becomes an object.

A body says things by letters. What most findings of an entity share stands in it once: the
provider's number `p`, when it answered `t`, charge `h`, address `u`, confidence `c`; a finding that
differs has its own, with the number of its field behind the letter. `v0` is the first field's
value, `g0` the reason why it has none; `i` are the identifiers, `o` the list prices, `s` the
numbers of the providers that have a stored answer, `f` of those whose answer counts for all fields
they give, `m` of those among them whose answer is a miss, `a` whether any answer counts.

It is one line of parts with `_PART` between them: a JSON object first, then those things that are
another's for almost every entity, as they are: `i`, `t`, `h`, `u` and the values. The object,
which many entities have in common, is read once for all of them. What is empty, no plain text, or
a list, stands in the object, and its part is empty.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import polars as pl

from enrich_cli.domain.entity import CATALOGUE, EntityType, Field, FieldType, IdKind
from enrich_cli.domain.events import CacheRead, ChunkDone
from enrich_cli.domain.money import ZERO, Money
from enrich_cli.domain.outcome import Gap, Miss, Scalar
from enrich_cli.domain.plan import STEP, Plan, Stored
from enrich_cli.domain.settled import Describe, Settled
from enrich_cli.domain.store import Records
from enrich_cli.tables.join import DTYPES, KEY, result_column
from enrich_cli.tables.provenance import SPOOLED

_BETWEEN = "\x1f"
_PART = "\x1e"
_OWN = {"i": pl.String(), "t": pl.Float64(), "h": pl.String(), "u": pl.String()}
_LARGEST = 1 << 63
_MOST_KNOWN = 10_000  # objects that are kept as text, about 2 MB
_SHARED = {
    "p": pl.Int64(),
    "t": pl.Float64(),
    "h": pl.String(),
    "u": pl.String(),
    "c": pl.Float64(),
}


def describing(plan: Plan, type_: EntityType) -> Describe:
    """What makes the body of a record under this plan of an entity of that type, one line.

    It gives None where a value is low or not of its field's type.
    """
    steps = [(i, step, step.spec.name) for i, step in enumerate(plan.steps_for(type_))]
    numbers = {name: i for i, _, name in steps}
    fields = [
        (name, f"v{i}", _FITS.get(CATALOGUE[name].type, _is_text), i)
        for i, name in enumerate(plan.fields(type_))
    ]
    columns = (*_OWN, *(column for _, column, _, _ in fields))
    texts: dict[tuple[object, ...], str] = {}

    def common(rest: dict[str, Any]) -> str:
        """The object as JSON, made once for all entities that have it in common."""
        known = tuple(rest.items())
        text = texts.get(known)
        if text is None:
            if len(texts) >= _MOST_KNOWN:
                texts.clear()
            text = texts[known] = msgspec.json.encode(rest).decode()
        return text

    def describe(settled: Settled) -> str | None:
        living, findings = settled.living, settled.findings
        fresh: list[int] = []
        misses: list[int] = []
        for i, step, name in steps:
            answer = living.get(name)
            if answer is not None and plan.fresh_for_all(step, answer):
                fresh.append(i)
                if isinstance(answer.outcome, Miss):
                    misses.append(i)
        own: dict[str, Any] = {
            "i": _BETWEEN.join([f"{kind}={text}" for kind, text in settled.entity.ids])
        }
        rest: dict[str, Any] = {
            "o": settled.once,
            "s": settled.stored,
            "a": bool(living),
            "f": tuple(fresh),
            "m": tuple(misses),
        }
        main: str | None = None
        for name, column, fits, i in fields:
            finding = findings.get(name)
            if finding is None:
                continue
            if finding.value is None:
                rest[f"g{i}"] = finding.gap
                continue
            content = finding.value.content
            if finding.low or not fits(content):
                return None
            own[column] = int(content) if isinstance(content, bool) else content
            url, confidence = finding.url, finding.confidence
            if main is None or finding.provider == main:
                answer = living[finding.provider]
                if main is None:
                    main = finding.provider
                    rest["p"], rest["c"] = numbers[main], answer.confidence
                    own["t"], own["h"], own["u"] = finding.at, finding.charge, answer.url
                if url != answer.url:
                    rest[f"u{i}"] = url
                if confidence != answer.confidence:
                    rest[f"c{i}"] = confidence
            else:
                rest |= {f"p{i}": numbers[finding.provider], f"t{i}": finding.at}
                rest |= {f"h{i}": finding.charge, f"u{i}": url, f"c{i}": confidence}
        parts = []
        for column in columns:
            said = own.get(column)
            part = _plain(said)
            if not part and column in own:
                rest[column] = said
            parts.append(part)
        try:
            return _PART.join((common(rest), *parts))
        except UnicodeEncodeError:  # the store says such text in another way
            return None

    return describe


def _plain(said: object) -> str:
    """The part that says it, empty where it does not stand for itself."""
    if isinstance(said, str):
        # A separator, a line end or half a surrogate would not be read as it was written.
        return said if said.isprintable() or said.replace(_BETWEEN, "").isprintable() else ""
    return repr(said) if isinstance(said, int | float) else ""


def _is_text(content: Scalar) -> bool:
    return isinstance(content, str)


def _is_number(content: Scalar) -> bool:
    return isinstance(content, int) and -_LARGEST <= content < _LARGEST


def _is_list(content: Scalar) -> bool:
    return isinstance(content, tuple)


def _is_day(content: Scalar) -> bool:
    try:
        return isinstance(content, str) and dt.date.fromisoformat(content).isoformat() == content
    except ValueError:
        return False


_FITS = {
    FieldType.INTEGER: _is_number,
    FieldType.LIST: _is_list,
    FieldType.DATE: _is_day,
}
"""Whether a value is of a field's type; text where none is named."""


@dataclass(frozen=True, slots=True)
class Warm:
    """Entities of one type that the store answers in full.

    `frame` has their `key`, `place` in the frame they were looked up from, `identifier`, `rows`
    and `empty:<field>` counts, `once`, `stored`, `answered`, `fresh`, `misses`, and for each
    field `__value:` and the other columns of `join.results`, `at` and `charge` as recorded.
    """

    type: EntityType
    fields: tuple[Field, ...]
    providers: tuple[str, ...]
    frame: pl.DataFrame

    @property
    def naive(self) -> Money:
        """What asking cell by cell would cost for them."""
        return Money(int((self.frame["once"] * self._cells()).sum()))

    @property
    def answered(self) -> int:
        """For how many of them an answer counts."""
        return int(self.frame["answered"].sum())

    @property
    def stock(self) -> Mapping[str, Stored]:
        """What the store holds about them by provider, without a fingerprint."""
        stored, fresh, misses = (self._counts(name) for name in ("stored", "fresh", "misses"))
        return {
            name: Stored(fresh[i] - misses[i], misses[i], stored[i] - fresh[i])
            for i, name in enumerate(self.providers)
        }

    def _counts(self, column: str) -> Counter[int]:
        numbers = self.frame[column].explode().drop_nulls().value_counts()
        return Counter(dict(numbers.iter_rows()))

    def _in_order(self) -> list[Field]:
        """The fields in the order in which an entity's findings come."""
        return [Field(name[6:]) for name in self.frame.columns if name.startswith("empty:")]

    def _cells(self) -> pl.Series:
        empty = [pl.col(f"empty:{name}").cast(pl.Int64) for name in self.fields]
        return self.frame.select(pl.sum_horizontal(pl.lit(0, pl.Int64), *empty)).to_series()

    def read(self, now: float) -> CacheRead:
        """The stored answers that they stand for."""
        counts = {self.providers[i]: n for i, n in self._counts("stored").items()}
        return CacheRead(now, self.frame.height, counts)

    def done(self, now: float) -> ChunkDone:
        """That they are through, summed up."""
        filled: dict[Field, dict[str, int]] = {}
        sure: dict[Field, dict[int, int]] = {}
        gaps: dict[Gap, int] = {}
        for name in self.fields:
            cells = pl.col(f"empty:{name}").cast(pl.Int64).sum().alias("cells")
            source, reason = result_column(name, "source"), result_column(name, "reason")
            by = self.frame.filter(pl.col(source).is_not_null()).group_by(source).agg(cells)
            if by.height:
                filled[name] = dict(by.sort(source).iter_rows())
            said = pl.col(result_column(name, "confidence"))
            step = (said * 100 / STEP + 1e-9).floor().cast(pl.Int64) * STEP  # as plan.step_of
            at = self.frame.filter(pl.col(source).is_not_null(), said.is_not_null())
            if at.height:
                sure[name] = dict(at.group_by(step.alias("step")).agg(cells).iter_rows())
            why = self.frame.filter(pl.col(reason).is_not_null()).group_by(reason).agg(cells)
            for text, count in why.iter_rows():
                gaps[Gap(text)] = gaps.get(Gap(text), 0) + count
        height = self.frame.height
        known = self.answered
        return ChunkDone(now, self.type, height, known, 0, filled, gaps, self.naive, ZERO, sure)

    def results(self, *, provenance: bool) -> pl.DataFrame:
        """What `join.results` gives for finished entities."""
        columns = [pl.col("key").alias(KEY)]
        for name in self.fields:
            columns.append(pl.col(result_column(name)))
            if provenance:
                at = pl.from_epoch(pl.col(result_column(name, "at")).cast(pl.Int64))
                columns += [
                    pl.col(result_column(name, part)) for part in ("source", "url", "confidence")
                ]
                columns.append(
                    at.dt.strftime("%Y-%m-%dT%H:%M:%SZ").alias(result_column(name, "at"))
                )
                columns.append(pl.col(result_column(name, "reason")))
        return self.frame.select(columns)

    def explained(self) -> pl.DataFrame:
        """Their rows of the provenance file, field by field, for `Sidecar.add_columns`."""
        parts = []
        for name in self._in_order():
            value = pl.col(result_column(name))
            if DTYPES[CATALOGUE[name].type] == pl.List:
                value = value.list.join("; ")
            at = (pl.col(result_column(name, "at")) * 1e6).round(mode="half_to_even")
            rows = self.frame.filter(pl.col(f"empty:{name}") > 0)
            parts.append(
                rows.select(
                    "place",
                    entity=pl.col("key"),
                    identifier=pl.col("identifier"),
                    type=pl.lit(self.type.value),
                    field=pl.lit(name),
                    value=value.cast(pl.String),
                    provider=pl.col(result_column(name, "source")),
                    url=pl.col(result_column(name, "url")),
                    confidence=pl.col(result_column(name, "confidence")),
                    at=at.cast(pl.Int64),
                    charge=pl.col(result_column(name, "charge")),
                    reason=pl.col(result_column(name, "reason")),
                )
            )
        return pl.concat(parts).select("place", *SPOOLED)


def decoded(
    records: Records, part: pl.DataFrame, plan: Plan, type_: EntityType, places: pl.Series
) -> Warm:
    """Those entities in `part` whose records say all that is wanted of them.

    `part` are the rows of `Found.entities` at `places` (UInt32).
    """
    fields = plan.fields(type_)
    providers = tuple(step.spec.name for step in plan.steps_for(type_))
    read = _read(records.bodies, [CATALOGUE[name].type for name in fields])
    keyed = read.with_columns(pl.Series("key", records.entities, pl.String))
    counts = [name for name in part.columns if name.startswith("empty:")]
    asked = part.select(
        places.alias("place"),
        "key",
        pl.col("canonical").alias("identifier"),
        "rows",
        *counts,
        ids=_ids(),
    )
    known = [
        (pl.col(f"empty:{name}") == 0)
        | pl.col(f"v{i}").is_not_null()
        | pl.col(f"g{i}").is_not_null()
        for i, name in enumerate(fields)
    ]
    usable = asked.join(keyed, on="key", maintain_order="left").filter(
        pl.col("ids") == pl.col("i"), *known
    )
    names = pl.Series(providers, dtype=pl.String)
    frame = usable.select(
        *("place", "key", "identifier", "rows", *counts),
        pl.col("o").alias("once"),
        pl.col("s").alias("stored"),
        pl.col("a").alias("answered"),
        pl.col("f").alias("fresh"),
        pl.col("m").alias("misses"),
        *(one for i, name in enumerate(fields) for one in _finding(i, name, names)),
    )
    return Warm(type_, fields, providers, frame)


def _read(bodies: str, types: Sequence[FieldType]) -> pl.DataFrame:
    """What the bodies say, a row for each, with a column for each thing that can be said."""
    values = {
        f"v{i}": pl.String() if of is FieldType.DATE else DTYPES[of] for i, of in enumerate(types)
    }
    own = {**_OWN, **values}
    said: dict[str, pl.DataType] = {
        "o": pl.Int64(),
        "s": pl.List(pl.Int64()),
        "a": pl.Boolean(),
        "f": pl.List(pl.Int64()),
        "m": pl.List(pl.Int64()),
        **_SHARED,
        **own,
    }
    for i, _ in enumerate(types):
        said |= {f"{letter}{i}": dtype for letter, dtype in _SHARED.items()}
        said[f"g{i}"] = pl.String()
    flat = {name: pl.String() if dtype.is_nested() else dtype for name, dtype in own.items()}
    lines = pl.read_csv(
        bodies.encode(),
        separator=_PART,
        has_header=False,
        quote_char=None,
        schema={"rest": pl.String(), **{f"own:{name}": dtype for name, dtype in flat.items()}},
    )
    rests = lines.select(pl.col("rest").unique(maintain_order=True))
    known = pl.read_ndjson("\n".join(rests["rest"]).encode(), schema=said).hstack(rests)
    return lines.join(known, on="rest", how="left", maintain_order="left").with_columns(
        pl.col(name) if dtype.is_nested() else pl.coalesce(f"own:{name}", name).alias(name)
        for name, dtype in own.items()
    )


def _ids() -> pl.Expr:
    """The identifiers as `describing` has them written: the canonical one first, then by kind."""
    spelled = {kind: pl.lit(f"{kind.value}=") + pl.col(f"id:{kind}") for kind in IdKind}
    is_main = {kind: pl.col("kind") == kind.value for kind in IdKind}
    main = pl.coalesce(pl.when(is_main[kind]).then(spelled[kind]) for kind in IdKind)
    others = [pl.when(~is_main[kind]).then(spelled[kind]) for kind in IdKind]
    return pl.concat_str(main, *others, separator=_BETWEEN, ignore_nulls=True)


def _finding(i: int, name: Field, providers: pl.Series) -> list[pl.Expr]:
    """The columns of a field, null for entities of which it is not wanted."""
    wanted = pl.col(f"empty:{name}") > 0
    has = wanted & pl.col(f"v{i}").is_not_null()
    own = pl.col(f"p{i}").is_not_null()

    def either(letter: str) -> pl.Expr:
        return pl.when(own).then(pl.col(f"{letter}{i}")).otherwise(pl.col(letter))

    def differing(letter: str) -> pl.Expr:
        mine = pl.col(f"{letter}{i}")
        return pl.when(own).then(mine).otherwise(pl.coalesce(mine, pl.col(letter)))

    value = pl.col(f"v{i}")
    if CATALOGUE[name].type is FieldType.DATE:
        value = value.str.to_date("%Y-%m-%d")
    charge = either("h")
    parts = {
        "value": value,
        "source": pl.lit(providers).gather(either("p")),
        "url": differing("u"),
        "confidence": differing("c"),
        "at": either("t"),
        "charge": pl.when(charge != "").then(charge),
    }
    return [
        *(pl.when(has).then(expr).alias(result_column(name, part)) for part, expr in parts.items()),
        pl.when(wanted).then(pl.col(f"g{i}")).alias(result_column(name, "reason")),
    ]

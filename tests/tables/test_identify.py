"""Rows to entities: compared with a plain reference, and the rules one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from enrich_cli.domain.entity import EntityType, Field, IdKind, entity_key
from enrich_cli.domain.errors import ConfigError
from enrich_cli.domain.outcome import Gap
from enrich_cli.tables import gather, normal, own
from enrich_cli.tables.identify import COLUMN, Found, attach, identify, to_entities, whom
from enrich_cli.tables.recognise import Role, Use

COMPANY, PERSON = EntityType.COMPANY, EntityType.PERSON

# What may stand in the cells of a random table, junk and other kinds included.
_JUNK = [None, "", "N/A", "-", "https://", "see above"]
_SITES = [
    "https://www.acme.example/",
    "ACME.example",
    "acme.example/about?utm=1",
    "globex.example",
    "http://shop.globex.example:8080/x",
    "acme.example globex.example",
    "initech.test",
]
_MAILS = [
    "jane@acme.example",
    "Jane@Acme.example ",
    "info@acme.example",
    "bo@globex.example",
    "bo.bly@gmail.com",
    "sales@initech.test",
    "bad@@acme.example",
]
_PAGES = [
    "https://www.linkedin.com/company/acme/",
    "linkedin.com/company/globex/about",
    "https://linkedin.com/in/jane-roe?x=1",
    "LINKEDIN.com/in/Jane-Roe",
    "https://www.linkedin.com/school/acme-academy",
]
_FIRMS = ["Acme Inc.", "ACME", "Globex, LLC", "globex  llc", "Initech", "Node.js", "2024"]
_PEOPLE = ["Jane Roe", "JANE ROE", "Dr. Jane Roe", "Bo Bly", "Jane"]
_FIRST = ["Jane", "jane", "Bo"]
_LAST = ["Roe", "Bly", "Initech"]
_LANDS = ["US", "United States", "Germany", "de", "Atlantis"]
_CELLS: Mapping[str, list[str | None]] = {
    "site": [*_JUNK, *_SITES, *_MAILS[:2], _PAGES[0]],
    "mail": [*_JUNK, *_MAILS, _SITES[3], _PAGES[2]],
    "mail2": [*_JUNK, *_MAILS],
    "page": [*_JUNK, *_PAGES, _SITES[0], _MAILS[3]],
    "firm": [*_JUNK, *_FIRMS],
    "who": [*_JUNK, *_PEOPLE],
    "first": [*_JUNK, *_FIRST],
    "last": [*_JUNK, *_LAST],
    "land": [*_JUNK, *_LANDS],
    "size": [None, "", "12", " "],
    "pick": ["y", "n"],
}
_ROLES = {
    "site": Role.WEBSITE,
    "mail": Role.EMAIL,
    "mail2": Role.EMAIL,
    "page": Role.LINKEDIN,
    "firm": Role.COMPANY_NAME,
    "who": Role.PERSON_NAME,
    "first": Role.FIRST_NAME,
    "last": Role.LAST_NAME,
    "land": Role.COUNTRY,
}
_ADDRESSES = (Role.WEBSITE, Role.EMAIL, Role.LINKEDIN)
_NAMES_OF = {
    COMPANY: (Role.COMPANY_NAME,),
    PERSON: (Role.PERSON_NAME,),
}
_SIZE, _INDUSTRY, _TITLE = Field("employee_count"), Field("industry"), Field("job_title")
_WANTED: dict[Field, str | None] = {_SIZE: "size", _INDUSTRY: None, _TITLE: None}


def _normal_forms() -> dict[str, dict[str, object]]:
    """Every cell of the random tables, read once by the normal forms."""
    raws = sorted({cell for cells in _CELLS.values() for cell in cells if cell})
    raw = pl.col("raw")
    cells = pl.DataFrame({"raw": raws})
    read = cells.hstack(normal.read(cells["raw"])).with_columns(
        firm=normal.company_name(cells["raw"]),
        person=normal.person_name(cells["raw"]),
        land=normal.country(raw),
    )
    return {row["raw"]: row for row in read.to_dicts()}


_READ = _normal_forms()
Row = Mapping[str, str | None]
Name = tuple[IdKind, str]


def _cell(row: Row, column: str, form: str) -> str | None:
    value = _READ[row[column] or ""][form] if row[column] else None
    return value if isinstance(value, str) else None


def _part(row: Row, column: str, kind: str) -> str | None:
    """A domain, a company's page, a person's page or a person's address, or None."""
    if kind == "domain":
        return _cell(row, column, "domain")
    if kind == "email":
        role = bool(row[column]) and _READ[row[column] or ""]["role"]
        return None if role else _cell(row, column, "email")
    page = _cell(row, column, "linkedin")
    return page if page and ("/in/" in page) == (kind == "person_page") else None


def _written(text: str) -> str:
    return " ".join(text.split())


def _firm(row: Row, columns: Iterable[str]) -> str | None:
    return next((row[c] for c in columns if _cell(row, c, "firm")), None)


def _person_name(text: str) -> str | None:
    made = normal.person_name(pl.Series([text])).item()
    return made if isinstance(made, str) else None


_PAIRS = {
    (first, last): _person_name(f"{first} {last}")
    for first in [*_FIRST, "see above", "https://"]
    for last in [*_LAST, "see above", "https://"]
}


@dataclass
class Expected:
    """What the slow way finds: entities by canonical identifier, and the name of each row."""

    order: list[Name]
    rows: Counter[Name]
    empty: dict[Field, Counter[Name]]
    hints: dict[tuple[Name, IdKind], Counter[str]]
    of_row: list[Name | None]
    nobody: dict[Field, Counter[Gap]]


class Reference:
    """The rules of identification for one row after another, in plain Python."""

    def __init__(self, uses: Sequence[Use]) -> None:
        halves = [use for use in uses if use.column in ("first", "last")]
        self.uses: list[Use] = []
        for use in uses:
            if use not in halves:
                self.uses.append(use)
            elif use is halves[0] and len(halves) == 2:
                both = (PERSON,) if halves[0].entities and halves[1].entities else ()
                self.uses.append(Use("first last", Role.PERSON_NAME, both, ""))

    def _columns(self, role: Role, type_: EntityType | None = None) -> list[str]:
        return [
            use.column
            for use in self.uses
            if use.role is role and (type_ is None or type_ in use.entities)
        ]

    def _strongest(self, row: Row, type_: EntityType, name: Name | None) -> Name | None:
        """Each column's own kind in the order of the uses, names at their place among them;
        what stands in a column of another kind comes last, but before names that come last."""
        company = type_ is COMPANY
        kinds = ("domain", "company_page") if company else ("person_page", "email")
        own: list[tuple[str, str]] = []
        other: list[tuple[str, str]] = []
        place: int | None = None
        for use in self.uses:
            if type_ in use.entities and use.role in _NAMES_OF[type_]:
                place = len(own) if place is None else place
            elif type_ in use.entities and use.role in _ADDRESSES:
                first = (use.role is Role.LINKEDIN) == company
                if not company:
                    first = use.role is Role.EMAIL
                own.append((use.column, kinds[first]))
                other.append((use.column, kinds[not first]))
        steps: list[tuple[str, str] | None] = list(own)
        if place is None or place == len(own):
            steps += [*other, None]
        else:
            steps = [*own[:place], None, *own[place:], *other]
        for step in steps:
            if step is None:
                if name:
                    return name
            elif value := _part(row, *step):
                kind = {"domain": IdKind.DOMAIN, "email": IdKind.EMAIL}
                return kind.get(step[1], IdKind.LINKEDIN), value
        return None

    def company(self, row: Row) -> Name | None:
        """The row's company."""
        written = _firm(row, self._columns(Role.COMPANY_NAME, COMPANY))
        land = self._land(row)
        name = written and (IdKind.NAME, f"{_READ[written]['firm']}|{land or ''}")
        return self._strongest(row, COMPANY, name or None)

    def person(self, row: Row) -> Name | None:
        """The row's person."""
        company = self.company(row)
        written = self._who(row, PERSON)
        name = None
        if written and company and company[0] is IdKind.DOMAIN:
            canonical = written[1]
            name = canonical and (IdKind.NAME, f"{canonical}|{company[1]}")
        return self._strongest(row, PERSON, name or None)

    def free(self, row: Row) -> bool:
        """Whether a free-mail address stands where a company's could be."""
        return any(
            COMPANY in use.entities
            and use.role in _ADDRESSES
            and _cell(row, use.column, "rejected") == "free_mail"
            for use in self.uses
        )

    def hints(self, row: Row, type_: EntityType) -> dict[IdKind, str | None]:
        """The further identifiers that the row's entity may carry."""
        firm = _firm(row, self._columns(Role.COMPANY_NAME))
        firm = firm and _written(firm)
        shared = {IdKind.COUNTRY: self._land(row)}
        if type_ is COMPANY:
            return shared | {
                IdKind.DOMAIN: self._any(row, COMPANY, "domain"),
                IdKind.LINKEDIN: self._any(row, COMPANY, "company_page"),
                IdKind.NAME: firm,
            }
        company = self.company(row)
        who = self._who(row, None)
        return shared | {
            IdKind.LINKEDIN: self._any(row, PERSON, "person_page"),
            IdKind.EMAIL: self._any(row, PERSON, "email"),
            IdKind.NAME: who[0] if who and who[1] else None,
            IdKind.DOMAIN: company[1] if company and company[0] is IdKind.DOMAIN else None,
            IdKind.COMPANY: firm,
        }

    def _any(self, row: Row, type_: EntityType, kind: str) -> str | None:
        helps = {"company_page": Role.LINKEDIN, "person_page": Role.LINKEDIN, "email": Role.EMAIL}
        for use in self.uses:
            helping = not use.entities and use.role is helps.get(kind)
            fits = use.role in _ADDRESSES and (type_ in use.entities or helping)
            if fits and (value := _part(row, use.column, kind)):
                return value
        return None

    def _land(self, row: Row) -> str | None:
        return next(
            filter(None, (_cell(row, c, "land") for c in self._columns(Role.COUNTRY))), None
        )

    def _who(self, row: Row, type_: EntityType | None) -> tuple[str, str | None] | None:
        """A full name as written and as an identifier."""
        for column in self._columns(Role.PERSON_NAME, type_):
            if column == "first last":
                halves = (row["first"] or "", row["last"] or "")
                if canonical := _PAIRS.get(halves):
                    return _written(" ".join(halves)), canonical
            elif canonical := _cell(row, column, "person"):
                return _written(row[column] or ""), canonical
        return None

    def table(
        self, rows: Sequence[Row], type_: EntityType, wanted: Mapping[Field, str | None]
    ) -> Expected:
        """The entities of one type behind the picked rows."""
        found = Expected([], Counter(), {}, {}, [], {})
        for row in rows:
            name = self.company(row) if type_ is COMPANY else self.person(row)
            picked = row["pick"] == "y"
            found.of_row.append(name if picked else None)
            if not picked:
                continue
            for field, column in wanted.items():
                if column and row[column]:
                    continue
                if name:
                    found.empty.setdefault(field, Counter())[name] += 1
                else:
                    free = type_ is COMPANY and self.free(row)
                    gap = Gap.FREE_MAIL if free else Gap.NO_IDENTIFIER
                    found.nobody.setdefault(field, Counter())[gap] += 1
            if name:
                if name not in found.rows:
                    found.order.append(name)
                found.rows[name] += 1
                for kind, value in self.hints(row, type_).items():
                    if value:
                        found.hints.setdefault((name, kind), Counter())[value] += 1
        return found


_TABLES = st.lists(
    st.fixed_dictionaries({column: st.sampled_from(cells) for column, cells in _CELLS.items()}),
    max_size=14,
)


@st.composite
def _uses(draw: st.DrawFn) -> list[Use]:
    """Some of the columns, in any order, each for one type, both or none."""
    columns = draw(st.lists(st.sampled_from(sorted(_ROLES)), unique=True, min_size=1))
    uses = []
    for column in columns:
        role = _ROLES[column]
        if role in _ADDRESSES:
            entities = draw(st.sampled_from([(COMPANY,), (PERSON,), (COMPANY, PERSON), ()]))
        elif role is Role.COUNTRY:
            entities = ()
        else:
            own = COMPANY if role is Role.COMPANY_NAME else PERSON
            entities = draw(st.sampled_from([(own,), (own,), ()]))
        uses.append(Use(column, role, entities, "drawn"))
    return uses


def _frame(rows: Sequence[Row]) -> pl.LazyFrame:
    return pl.LazyFrame(list(rows), schema=dict.fromkeys(_CELLS, pl.String))


@settings(max_examples=30, deadline=None)
@given(rows=_TABLES, uses=_uses())
def test_same_as_row_by_row(rows: list[Row], uses: list[Use]) -> None:
    picked = pl.col("pick") == "y"
    found = identify(_frame(rows), uses, _WANTED, selected=picked)
    attached = _attached(_frame(rows), found)

    assert found.rows == len(rows)
    assert found.selected == sum(row["pick"] == "y" for row in rows)
    assert attached.drop(COLUMN.values()).equals(_frame(rows).collect())
    reference = Reference(uses)
    gaps: dict[Field, dict[Gap, int]] = {}
    for type_, wanted in (
        (COMPANY, {_SIZE: "size", _INDUSTRY: None}),
        (PERSON, {_TITLE: None}),
    ):
        expected = reference.table(rows, type_, wanted)
        gaps |= {field: dict(counts) for field, counts in expected.nobody.items()}
        keys = [name and entity_key(type_, name[1]) for name in expected.of_row]
        assert attached[COLUMN[type_]].to_list() == keys
        frame = found.entities[type_]
        assert frame["key"].to_list() == [entity_key(type_, name[1]) for name in expected.order]
        for row, name in zip(frame.to_dicts(), expected.order, strict=True):
            assert (row["kind"], row["canonical"]) == name
            assert row["rows"] == expected.rows[name]
            for field in wanted:
                counts = expected.empty.get(field, Counter())
                assert row[f"empty:{field}"] == counts[name]
            for kind in IdKind:
                carried = expected.hints.get((name, kind), Counter())
                most = min(carried.items(), key=lambda each: (-each[1], each[0]), default=None)
                value = most and most[0]
                if name[0] is kind and kind is not IdKind.NAME:
                    value = name[1]
                assert row[f"id:{kind}"] == value, kind
    assert found.unidentified == gaps


@settings(max_examples=15, deadline=None)
@given(
    rows=_TABLES,
    uses=_uses(),
    hints=st.frozensets(st.sampled_from(list(IdKind))),
    wanted=st.sampled_from([{}, {_SIZE: "size"}, {_TITLE: None}]),
)
def test_hints_and_wishes_change_no_entity(
    rows: list[Row], uses: list[Use], hints: frozenset[IdKind], wanted: dict[Field, str | None]
) -> None:
    full = identify(_frame(rows), uses, wanted)
    with TemporaryDirectory() as scratch, pytest.MonkeyPatch.context() as patch:
        patch.setattr(gather, "_AT_ONCE", 3)  # so it goes in slices
        place = Path(scratch)
        some = identify(_frame(rows), uses, wanted, hints=hints, scratch=place, about=len(rows))
        alone = whom(_frame(rows), some).collect(engine="streaming")
    assert alone.equals(attach(_frame(rows), full).select(COLUMN.values()).collect())
    seen = identify(_frame(rows), uses, {})
    assert some.unidentified == full.unidentified
    attached = [_attached(_frame(rows), found) for found in (some, full, seen)]
    assert attached[0].equals(attached[1])
    for type_, frame in some.entities.items():
        same = [name for name in frame.columns if not name.startswith("id:")]
        assert frame.select(same).equals(full.entities[type_].select(same))
        if type_ in seen.entities:
            same = ["key", "kind", "canonical", "rows"]
            assert frame.select(same).equals(seen.entities[type_].select(same))
            assert attached[0][COLUMN[type_]].equals(attached[2][COLUMN[type_]])


@settings(max_examples=15, deadline=None)
@given(rows=_TABLES, more=_TABLES, uses=_uses())
def test_other_rows_change_no_id(rows: list[Row], more: list[Row], uses: list[Use]) -> None:
    def keys(table: list[Row]) -> pl.DataFrame:
        found = identify(_frame(table), uses, {})
        return _attached(_frame(table), found).select(COLUMN.values())

    assert keys(rows).equals(keys(rows + more).head(len(rows)))


def _attached(frame: pl.LazyFrame, found: Found) -> pl.DataFrame:
    """The table with the entities' keys for their places."""
    table = attach(frame, found).collect(engine="streaming")
    for type_, column in COLUMN.items():
        assert table.schema[column] == pl.UInt32
        keys = pl.Series([], dtype=pl.String)
        if type_ in found.entities:
            keys = found.entities[type_]["key"]
        table = table.with_columns(pl.lit(keys).gather(pl.col(column)).alias(column))
    return table


def _site_and_mail() -> list[Use]:
    return [
        Use("site", Role.WEBSITE, (COMPANY,), ""),
        Use("mail", Role.EMAIL, (COMPANY, PERSON), ""),
    ]


def _companies(found: Found) -> list[str]:
    return found.entities[COMPANY]["canonical"].to_list()


def test_four_spellings_are_one_company() -> None:
    spellings = [
        "https://www.{}.example/",
        "{}.EXAMPLE",
        "{}.example/about?utm=1",
        "jane@{}.example",
    ]
    cells = [spelling.format(f"co{n}") for n in range(50) for spelling in spellings]
    frame = pl.LazyFrame({"site": cells[::3] + cells[1::3] + cells[2::3]})

    found = identify(frame, [Use("site", Role.WEBSITE, (COMPANY,), "")], {_INDUSTRY: None})

    companies = found.entities[COMPANY]
    assert companies.height == 50
    assert companies["rows"].to_list() == [4] * 50
    assert companies["empty:industry"].to_list() == [4] * 50
    assert _attached(frame, found)[own.COMPANY].n_unique() == 50


def test_a_company_is_the_same_from_a_website_and_from_an_address() -> None:
    frame = pl.LazyFrame(
        {
            "site": ["www.acme.example", None, "globex.example"],
            "mail": [None, "jane@acme.example", "bo@acme.example"],
        }
    )
    found = identify(frame, _site_and_mail(), {})
    attached = _attached(frame, found)

    assert _companies(found) == ["acme.example", "globex.example"]
    assert attached[own.COMPANY][0] == attached[own.COMPANY][1]
    assert attached[own.PERSON].to_list() == [
        None,
        entity_key(PERSON, "jane@acme.example"),
        entity_key(PERSON, "bo@acme.example"),
    ]
    assert found.conflicts.to_dicts() == [
        {"row": 3, "identifier": "globex.example", "other": "acme.example", "rows": 1}
    ]


def test_one_column_alone_is_read_once_and_says_the_same() -> None:
    frame = pl.LazyFrame({"mail": ["a@acme.example", "A@acme.example", None, "b@gmail.com"]})
    found = identify(
        frame, [Use("mail", Role.EMAIL, (COMPANY, PERSON), "")], {_INDUSTRY: None, _TITLE: "mail"}
    )
    assert found.entities[COMPANY].select("canonical", "rows", "empty:industry").rows() == [
        ("acme.example", 2, 2)
    ]
    assert found.entities[PERSON].select("canonical", "empty:job_title", "id:domain").rows() == [
        ("a@acme.example", 0, "acme.example"),
        ("b@gmail.com", 0, None),
    ]
    assert found.unidentified == {
        _INDUSTRY: {Gap.NO_IDENTIFIER: 1, Gap.FREE_MAIL: 1},
        _TITLE: {Gap.NO_IDENTIFIER: 1},
    }


def test_entities_come_as_objects_canonical_identifier_first() -> None:
    frame = pl.LazyFrame(
        {
            "site": ["acme.example", "acme.example", None, None],
            "firm": ["Acme Widgets", "Acme Widgets", "Globex, Inc.", "GLOBEX"],
            "land": ["Germany", "de", "US", "US"],
            "who": ["Jane Roe", "jane roe", "Bo Bly", None],
            "size": ["", "7", None, "8"],
        }
    )
    uses = [
        Use("site", Role.WEBSITE, (COMPANY,), ""),
        Use("firm", Role.COMPANY_NAME, (COMPANY,), ""),
        Use("who", Role.PERSON_NAME, (PERSON,), ""),
        Use("land", Role.COUNTRY, (), ""),
    ]
    found = identify(frame, uses, {_SIZE: "size", _TITLE: None})

    acme, globex = to_entities(found, COMPANY)
    assert acme.key == entity_key(COMPANY, "acme.example")
    assert acme.ids == (
        (IdKind.DOMAIN, "acme.example"),
        (IdKind.NAME, "Acme Widgets"),
        (IdKind.COUNTRY, "DE"),
    )
    assert (acme.rows, dict(acme.empty)) == (2, {_SIZE: 1})
    assert globex.key == entity_key(COMPANY, "globex|US")
    assert globex.ids == ((IdKind.NAME, "GLOBEX"), (IdKind.COUNTRY, "US"))
    assert (globex.rows, dict(globex.empty)) == (2, {_SIZE: 1})
    (jane,) = to_entities(found, PERSON)
    assert jane.key == entity_key(PERSON, "jane roe|acme.example")
    assert jane.ids == (
        (IdKind.NAME, "Jane Roe"),
        (IdKind.DOMAIN, "acme.example"),
        (IdKind.COUNTRY, "DE"),
        (IdKind.COMPANY, "Acme Widgets"),
    )
    assert found.unidentified == {_TITLE: {Gap.NO_IDENTIFIER: 2}}


def test_first_and_last_name_make_a_full_name() -> None:
    frame = pl.LazyFrame(
        {
            "site": ["acme.example"] * 4,
            "first": ["Jane", " JANE", "Bo", "N/A"],
            "last": ["Roe", "Roe ", None, "Bly"],
        }
    )
    uses = [
        Use("site", Role.WEBSITE, (COMPANY,), ""),
        Use("first", Role.FIRST_NAME, (PERSON,), ""),
        Use("last", Role.LAST_NAME, (PERSON,), ""),
    ]
    people = identify(frame, uses, {}).entities[PERSON]
    assert people.select("canonical", "rows", "id:name").rows() == [
        ("jane roe|acme.example", 2, "JANE Roe")
    ]
    assert identify(frame, uses, {}).rejected.rows() == [
        ("first + last", "N/A Bly", "not_a_name", 1)
    ]


def test_a_linkedin_profile_outranks_the_address_where_the_uses_say_so() -> None:
    frame = pl.LazyFrame(
        {"page": ["linkedin.com/in/jane-roe", None], "mail": ["jane@acme.example"] * 2}
    )
    uses = [
        Use("page", Role.LINKEDIN, (PERSON,), ""),
        Use("mail", Role.EMAIL, (PERSON,), ""),
    ]
    people = identify(frame, uses, {}).entities[PERSON]
    assert people.select("kind", "canonical", "id:email").rows() == [
        ("linkedin", "linkedin.com/in/jane-roe", "jane@acme.example"),
        ("email", "jane@acme.example", "jane@acme.example"),
    ]


def test_what_stands_in_another_column_counts_before_a_name() -> None:
    frame = pl.LazyFrame(
        {
            "site": ["https://www.linkedin.com/company/acme/", "globex.example"],
            "page": ["initech.example", "linkedin.com/company/globex"],
            "firm": ["Acme", "Globex"],
        }
    )
    site, page, firm = (
        Use("site", Role.WEBSITE, (COMPANY,), ""),
        Use("page", Role.LINKEDIN, (COMPANY,), ""),
        Use("firm", Role.COMPANY_NAME, (COMPANY,), ""),
    )
    assert _companies(identify(frame.head(1), [site, firm], {})) == ["linkedin.com/company/acme"]
    assert _companies(identify(frame, [page, site, firm], {})) == [
        "initech.example",
        "linkedin.com/company/globex",
    ]
    assert _companies(identify(frame, [firm, site, page], {})) == ["acme|", "globex|"]


def test_free_mail_and_role_mailboxes() -> None:
    frame = pl.LazyFrame(
        {"site": [None] * 3, "mail": ["a@gmail.com", "b@gmail.com", "info@acme.example"]}
    )
    found = identify(frame, _site_and_mail(), {_INDUSTRY: None, _TITLE: None})
    assert _companies(found) == ["acme.example"]
    assert found.entities[PERSON]["canonical"].to_list() == ["a@gmail.com", "b@gmail.com"]
    assert found.unidentified == {
        _INDUSTRY: {Gap.FREE_MAIL: 2},
        _TITLE: {Gap.NO_IDENTIFIER: 1},
    }
    assert found.rejected.rows() == [
        ("mail", "a@gmail.com", "free_mail", 1),
        ("mail", "b@gmail.com", "free_mail", 1),
    ]


def test_junk_is_named_and_counted() -> None:
    frame = pl.LazyFrame(
        {"site": ["N/A", "N/A", "https://", "a.example, b.example", "about us", "acme.example"]}
    )
    found = identify(frame, [Use("site", Role.WEBSITE, (COMPANY,), "")], {})
    assert found.rejected.rows() == [
        ("site", "N/A", "placeholder", 2),
        ("site", "a.example, b.example", "two_values", 1),
        ("site", "about us", "not_an_identifier", 1),
        ("site", "https://", "placeholder", 1),
    ]


def test_overwrite_counts_filled_cells_too() -> None:
    frame = pl.LazyFrame({"site": ["acme.example"] * 3, "size": ["1", "", None]})
    uses = [Use("site", Role.WEBSITE, (COMPANY,), "")]
    filled = identify(frame, uses, {_SIZE: "size"})
    replaced = identify(frame, uses, {_SIZE: "size"}, overwrite=frozenset({_SIZE}))
    assert filled.entities[COMPANY]["empty:employee_count"].item() == 2
    assert replaced.entities[COMPANY]["empty:employee_count"].item() == 3


@pytest.mark.parametrize("indexed", [False, True], ids=["no index", "with index"])
def test_a_limit_by_row_number(indexed: bool) -> None:
    frame = pl.LazyFrame({"site": ["a.example", "b.example", "a.example", "c.example"]})
    frame = frame.with_row_index(own.ROW) if indexed else frame
    uses = [Use("site", Role.WEBSITE, (COMPANY,), "")]
    found = identify(frame, uses, {_INDUSTRY: None}, selected=pl.col(own.ROW).is_in([1, 2]))
    attached = _attached(frame, found)
    assert (found.rows, found.selected) == (4, 2)
    assert _companies(found) == ["b.example", "a.example"]
    assert attached.columns == [*frame.collect_schema().names(), own.COMPANY, own.PERSON]
    assert attached[own.COMPANY].to_list() == [
        None,
        entity_key(COMPANY, "b.example"),
        entity_key(COMPANY, "a.example"),
        None,
    ]


@pytest.mark.parametrize("rows", [0, 3], ids=["no rows", "all null"])
def test_nothing_to_identify(rows: int) -> None:
    frame = pl.LazyFrame(
        {"site": [None] * rows, "mail": [None] * rows},
        schema={"site": pl.String, "mail": pl.String},
    )
    found = identify(frame, _site_and_mail(), {_INDUSTRY: None, _TITLE: None})
    assert (found.rows, found.selected) == (rows, rows)
    assert all(each.is_empty() for each in found.entities.values())
    assert list(to_entities(found, COMPANY)) == []
    assert _attached(frame, found)[own.COMPANY].to_list() == [None] * rows
    gaps = {Gap.NO_IDENTIFIER: rows}
    assert found.unidentified == ({_INDUSTRY: gaps, _TITLE: gaps} if rows else {})


def test_no_column_identifies() -> None:
    frame = pl.LazyFrame({"note": ["x", "y"]})
    found = identify(frame, [], {_INDUSTRY: None})
    assert found.entities[COMPANY].is_empty()
    assert found.unidentified == {_INDUSTRY: {Gap.NO_IDENTIFIER: 2}}
    assert _attached(frame, found).rows() == [("x", None, None), ("y", None, None)]


def test_other_column_types_are_read_as_text() -> None:
    frame = pl.LazyFrame(
        {"site": ["acme.example", "acme.example", None], "size": [1, None, None], "id": [7, 8, 9]}
    ).with_columns(pl.col("site").cast(pl.Categorical))
    uses = [Use("site", Role.WEBSITE, (COMPANY,), ""), Use("id", Role.COMPANY_NAME, (COMPANY,), "")]
    found = identify(frame, uses, {_SIZE: "size"})
    attached = _attached(frame, found)
    assert found.entities[COMPANY].select("canonical", "empty:employee_count").rows() == [
        ("acme.example", 1)
    ]
    assert attached.schema["site"] == pl.Categorical
    assert attached[own.COMPANY].null_count() == 1


@pytest.mark.parametrize(
    ("column", "message"), [("gone", "no column 'gone'"), ("tags", "'tags' holds")]
)
def test_columns_that_cannot_be_used(column: str, message: str) -> None:
    frame = pl.LazyFrame({"site": ["acme.example"], "tags": [["a"]]})
    with pytest.raises(ConfigError, match=message):
        identify(frame, [Use(column, Role.WEBSITE, (COMPANY,), "")], {})


@pytest.mark.parametrize("collide", [False, True])
def test_whom_rows_name_is_kept_from_the_first_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, collide: bool
) -> None:
    """Unless two cells have the same hash: then the table is looked at again."""
    sites = ["acme.example", None, "globex.example", "", "?", "https://acme.example/", "nobody"]
    frame = pl.LazyFrame({"site": sites * 2_000})
    uses = [Use("site", Role.WEBSITE, (COMPANY,), "")]
    if collide:
        monkeypatch.setattr(pl.Series, "hash", lambda cells: cells.is_null().cast(pl.UInt64))
    found = identify(frame, uses, {_INDUSTRY: None}, scratch=tmp_path)
    assert bool(found.hashes) is not collide
    rows = whom(frame if collide else frame.clear(), found).collect(engine="streaming")
    assert rows[own.COMPANY].to_list() == [0, None, 1, None, None, 0, None] * 2_000
    assert rows[own.PERSON].null_count() == rows.height
    some = identify(frame, uses, {_INDUSTRY: None}, selected=pl.col("site") != "", scratch=tmp_path)
    assert not some.hashes


def test_a_scanned_file_keeps_its_order(tmp_path: object) -> None:
    rows = 3_000
    cells = {"n": range(rows), "site": [f"co{(n * 7919) % 100}.example" for n in range(rows)]}
    path = f"{tmp_path}/table.csv"
    pl.DataFrame(cells).write_csv(path)
    frame = pl.scan_csv(path, infer_schema=False)
    found = identify(frame, [Use("site", Role.WEBSITE, (COMPANY,), "")], {_INDUSTRY: None})
    attached = _attached(frame, found)
    assert attached["n"].to_list() == [str(n) for n in range(rows)]
    assert _companies(found) == [f"co{(n * 7919) % 100}.example" for n in range(100)]
    keys = [entity_key(COMPANY, str(site)) for site in cells["site"]]
    assert attached[own.COMPANY].to_list() == keys


def test_entities_come_in_the_order_of_their_keys_a_few_at_a_time() -> None:
    table = pl.LazyFrame({"Website": [f"acme-{n}.example" for n in range(10)]})
    found = identify(table, [Use("Website", Role.WEBSITE, (COMPANY,), "")], {})
    usual = [entity.key for entity in to_entities(found, COMPANY)]
    by_key = [entity.key for entity in to_entities(found, COMPANY, by_key=4)]
    assert by_key == [*sorted(usual[:4]), *sorted(usual[4:8]), *sorted(usual[8:])]
    assert by_key != usual


def test_what_is_not_attachable_is_the_same_but_for_that() -> None:
    table = pl.LazyFrame({"website": ["a.example", "www.a.example", "b.example", "x"] * 3})
    uses = [Use("website", Role.WEBSITE, (COMPANY,), "")]
    usual, lean = (
        identify(table, uses, {Field("company_name"): None}, attachable=attachable)
        for attachable in (True, False)
    )
    assert_frame_equal(lean.entities[COMPANY], usual.entities[COMPANY])
    assert (lean.rows, lean.unidentified) == (usual.rows, usual.unidentified)
    assert lean.resolver.cells.columns["website"].is_empty()
    for attached in (attach, whom):
        with pytest.raises(ValueError, match="without a second pass"):
            attached(table, lean)

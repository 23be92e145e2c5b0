"""The choice of the columns that identify, by what a sample of their cells looks like."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from enrich_cli.domain.entity import EntityType
from enrich_cli.tables import headers, likeness
from enrich_cli.tables.sample import Column, Sample
from enrich_cli.tables.uses import Role, Use

COMPANY, PERSON = EntityType.COMPANY, EntityType.PERSON
Passed = dict[tuple[str, EntityType], str]

# Shares and counts from which on something is taken for the rule. Set on public tables of
# companies, agencies, universities and grants, with room on both sides.
_MOSTLY = 0.5
_NEARLY_ALL = 0.9
_SOME = 0.1
_MANY = 10
_OVERLAP = 3
_ENOUGH = 0.4
# Shares closer than this count as equal: the column further left comes first.
_CLOSE = 0.1


@dataclass(frozen=True, slots=True)
class Choice:
    """The columns for each entity type, the strongest first, and what helps them.

    `passed` has why a column that looks likely does not identify that type.
    """

    company: tuple[Use, ...]
    person: tuple[Use, ...]
    helping: tuple[Use, ...]
    passed: Mapping[tuple[str, EntityType], str]


def kind(column: Column) -> Role | None:
    """What most cells of a column are, where they are websites, addresses or LinkedIn pages."""
    shares = {
        Role.WEBSITE: column.website,
        Role.EMAIL: column.email,
        Role.LINKEDIN: column.linkedin,
    }
    if sum(shares.values()) < _MOSTLY:
        return None
    return max(shares, key=lambda role: shares[role])


def choose(sample: Sample) -> Choice:
    """Choose the columns that identify companies and people."""
    passed: Passed = {}
    columns = list(sample.columns.values())
    sites = [c for c in columns if kind(c) is Role.WEBSITE and _is_website(c, passed)]
    mails = [c for c in columns if kind(c) is Role.EMAIL]
    pages = [c for c in columns if kind(c) is Role.LINKEDIN]
    company = _by_domain(sample, sites, mails, passed)
    company += [
        Use(c.name, Role.LINKEDIN, (COMPANY,), _why(sample, c, c.company_page, "company pages"))
        for c in pages
        if c.company_page >= _SOME * c.linkedin
    ]
    names = [c for c in columns if kind(c) is None]
    company_name = _company_name(sample, names, [use.column for use in company])
    if company_name:
        company = [*_likest_first(sample, company, company_name.column), company_name]
        names = [c for c in names if c.name != company_name.column]
    person = [
        Use(c.name, Role.LINKEDIN, (PERSON,), _why(sample, c, c.person_page, "profiles"))
        for c in pages
        if c.person_page >= _SOME * c.linkedin
    ]
    person += _by_address(sample, mails, company, passed)
    person += _by_name(sample, names, [use.column for use in person], passed)
    return Choice(tuple(company), tuple(person), tuple(_country(sample, names)), passed)


def role_of(column: Column, type_: EntityType) -> Role:
    """What a column must be, if it is to identify that type all the same."""
    words = headers.words(column.name)
    by_cells = kind(column)
    if by_cells:
        return by_cells
    if not column.filled:
        for role, said in headers.ADDRESSES.items():
            if words & said:
                return Role(role)
    if column.country >= _NEARLY_ALL:
        return Role.COUNTRY
    if type_ is COMPANY:
        return Role.COMPANY_NAME
    if words & headers.FIRST_NAME:
        return Role.FIRST_NAME
    return Role.LAST_NAME if words & headers.LAST_NAME else Role.PERSON_NAME


def _is_website(column: Column, passed: Passed) -> bool:
    """Whether a column of URLs holds the companies' own websites."""
    words = headers.words(column.name)
    reason = ""
    if column.named < 2 * _SOME:
        reason = f"its URLs name no company ({column.refused})"
    elif column.top_share >= _NEARLY_ALL and column.pages >= max(
        _MANY, _MOSTLY * column.values * column.named
    ):
        reason = f"{column.pages:,} different pages on {column.top}: a directory"
    elif column.file >= _MOSTLY:
        reason = "its URLs are files"
    elif words & headers.NO_WEBSITE and column.home < _MOSTLY:
        reason = "its URLs are single pages, and its header speaks of something else"
    if reason:
        passed[column.name, COMPANY] = reason
    return not reason


def _by_domain(
    sample: Sample, sites: Sequence[Column], mails: Sequence[Column], passed: Passed
) -> list[Use]:
    """Websites, then e-mail addresses, as long as they agree with the stronger ones."""
    uses: list[Use] = []
    # Free mail names no company, but then that is the reason which a row without one is given.
    named = [column for column in mails if column.named > 0 or column.refused == "free_mail"]
    candidates = _strongest(sites, lambda c: c.named * c.filled) + _strongest(
        named, lambda c: c.named * c.filled
    )
    for column in candidates:
        diverse = next((c for c in candidates if c is not column and c.domains >= 2 * _MANY), None)
        if diverse and column.top_share >= _NEARLY_ALL:
            passed[column.name, COMPANY] = (
                f"nearly all name {column.top}, while {diverse.name!r} names many companies"
            )
            continue
        others = [use.column for use in uses]
        if others:
            rows, same = sample.agreement(column.name, others)
            if rows >= _OVERLAP and same < _MOSTLY:
                passed[column.name, COMPANY] = (
                    f"only {_percent(same)} name the company that {others[0]!r} names"
                )
                continue
        role = Role.WEBSITE if column in sites else Role.EMAIL
        what = "websites" if role is Role.WEBSITE else "e-mail addresses at companies"
        uses.append(Use(column.name, role, (COMPANY,), _why(sample, column, column.named, what)))
    return uses


def _likest_first(sample: Sample, uses: Sequence[Use], name: str) -> list[Use]:
    """The same uses, the addresses that look most like the companies' names first among them.

    Of two people in a row one may work elsewhere: at a university, at an agency.
    """
    mails = [use for use in uses if use.role is Role.EMAIL]
    if len(mails) < 2:
        return list(uses)
    alike = {use.column: likeness.to_domains(sample, [name], [use.column])[name] for use in mails}
    by_name = [sample.columns[use.column] for use in mails]
    places = [column.name for column in _strongest(by_name, lambda c: alike[c.name])]
    ordered = iter(sorted(mails, key=lambda use: places.index(use.column)))
    return [next(ordered) if use.role is Role.EMAIL else use for use in uses]


def _by_address(
    sample: Sample, mails: Sequence[Column], company: Sequence[Use], passed: Passed
) -> list[Use]:
    """The strongest column of people's addresses, and others about the same person."""
    uses: list[Use] = []
    companies = max((sample.columns[use.column].domains for use in company), default=0)
    for column in _strongest(mails, lambda c: c.personal * c.filled):
        if column.personal < 2 * _SOME:
            passed.setdefault((column.name, PERSON), "its addresses are not of people")
            continue
        if column.people * _MANY <= companies and column.top_share >= _NEARLY_ALL:
            passed.setdefault((column.name, PERSON), "the same few addresses in every row")
            continue
        why = _why(sample, column, column.personal, "e-mail addresses of people")
        first = uses[0].column if uses else ""
        if first and headers.stem(first) != headers.stem(column.name):
            passed[column.name, PERSON] = f"about another person than {first!r}"
            continue
        uses.append(Use(column.name, Role.EMAIL, (PERSON,), why))
    return uses


def _company_name(sample: Sample, columns: Sequence[Column], known: Sequence[str]) -> Use | None:
    """The column of text that most looks like company names, if any does."""
    companies = max((sample.columns[name].domains for name in known), default=0)
    best: tuple[float, Use] | None = None
    fit = [c for c in columns if _is_names(c) and c.values >= _SOME * companies]
    names = [column.name for column in fit]
    to_domains = likeness.to_domains(sample, names, known)
    to_addresses = likeness.to_addresses(sample, names)
    for column in fit:
        alike, person = to_domains[column.name], to_addresses[column.name]
        hint = headers.company_hint(column.name)
        score = hint + 0.5 * alike + 0.4 * column.legal + 0.2 * column.organisation - 0.8 * person
        if known and column.person >= 0.8 and alike + column.legal < 2 * _SOME:
            score -= 0.4
        if score < _ENOUGH or (best and score <= best[0]):
            continue
        reasons = [
            f"{_percent(alike)} of the names look like the domain" if alike >= 2 * _SOME else "",
            f"{_percent(column.legal)} end in a legal form" if column.legal >= 2 * _SOME else "",
            "its header says so" if hint > 0 else "",
        ]
        why = f"names of companies: {', '.join(filter(None, reasons)) or 'short names'}"
        best = (score, Use(column.name, Role.COMPANY_NAME, (COMPANY,), why))
    return best[1] if best else None


def _by_name(
    sample: Sample, columns: Sequence[Column], known: Sequence[str], passed: Passed
) -> list[Use]:
    """The column of full names, or those of first and last names."""
    addresses = [name for name in known if sample.columns[name].email]
    about = {headers.stem(name) for name in addresses}
    scored: list[tuple[float, Column]] = []
    fit = [c for c in columns if _is_names(c) and c.person >= 0.6 and c.legal <= _SOME]
    to_addresses = likeness.to_addresses(sample, [column.name for column in fit], addresses)
    for column in fit:
        alike = to_addresses[column.name]
        beside = headers.stem(column.name) in about
        score = headers.person_hint(column.name) + alike + 0.2 * (column.person >= 0.8)
        words = headers.words(column.name)
        if words & headers.COMPANY and not words & headers.PERSON and not beside:
            score -= _ENOUGH
        if score >= _ENOUGH:
            scored.append((score + 0.3 * beside, column))
    scored.sort(key=lambda each: -each[0])
    if scored:
        best = scored[0][1]
        for _, column in scored[1:]:
            passed[column.name, PERSON] = f"names of other people than {best.name!r}"
        why = _why(sample, best, best.person, "names of people")
        return [Use(best.name, Role.PERSON_NAME, (PERSON,), why)]
    halves = [
        next(
            (
                Use(c.name, role, (PERSON,), _why(sample, c, c.one_name, what))
                for c in columns
                if headers.words(c.name) & said
                and not headers.words(c.name) & headers.NO_NAME
                and c.one_name >= 0.7
            ),
            None,
        )
        for role, said, what in (
            (Role.FIRST_NAME, headers.FIRST_NAME, "first names"),
            (Role.LAST_NAME, headers.LAST_NAME, "last names"),
        )
    ]
    return [half for half in halves if half] if all(halves) else []


def _country(sample: Sample, columns: Sequence[Column]) -> list[Use]:
    """The column of countries that goes with names."""
    fit = [
        column
        for column in columns
        if column.country >= _NEARLY_ALL and not headers.words(column.name) & headers.NO_COUNTRY
    ]
    said = [column for column in fit if headers.words(column.name) & headers.COUNTRY]
    best = _strongest(said or fit, lambda c: c.country * c.filled)[:1]
    return [Use(c.name, Role.COUNTRY, (), _why(sample, c, c.country, "countries")) for c in best]


def _is_names(column: Column) -> bool:
    """Short texts that differ: neither sentences nor numbers nor lists."""
    return column.filled > 0 and column.wordy >= 0.8 and column.words <= 6


def _strongest(columns: Sequence[Column], strength: Callable[[Column], float]) -> list[Column]:
    """By strength; those about as strong as the strongest left stay in the table's order."""
    rest, ordered = list(columns), []
    while rest:
        floor = max(strength(column) for column in rest) * (1 - _CLOSE)
        ordered.append(next(column for column in rest if strength(column) >= floor))
        rest.remove(ordered[-1])
    return ordered


def _why(sample: Sample, column: Column, share: float, what: str) -> str:
    where = "cells" if sample.whole else "sampled cells"
    return f"{_percent(share)} of {column.filled:,} {where} are {what}"


def _percent(share: float) -> str:
    """Rounded, but never to all or nothing."""
    rounded = round(share * 100)
    if rounded == 100 and share < 1:
        rounded = 99
    return f"{1 if rounded == 0 and share > 0 else rounded} %"

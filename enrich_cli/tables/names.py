"""Names as identifiers: companies without their legal form, people without their title."""

from __future__ import annotations

import re
from functools import cache

import polars as pl

from enrich_cli.domain.lists import lines
from enrich_cli.tables.text import folded, once, stands_for_nothing, tidy
from enrich_cli.tables.urls import registrable

_f = pl.field

_ADDRESS = r"(?i)https?:|^www\.|^[\w-]+:/|\S@\S+\.\S|^@"
_LONGEST = 150
# One token with a dot inside, such as `acme.example` or `Node.js`.
_DOTTED = r"^[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)+/?$"
_SHORT_END = r"\.\p{L}{2,4}$"
_MIXED_CASE = r"\p{Lu}.*\p{Ll}|\p{Ll}.*\p{Lu}"
# Written without a space before or after the name.
_ATTACHED = (
    r"(股份有限公司|有限责任公司|有限責任公司|有限公司"
    r"|株式会社|有限会社|合同会社|주식회사|유한회사)"
)
_SPELLED = {"(株)": " 株式会社 ", "(有)": " 有限会社 ", "(주)": " 주식회사 ", "(유)": " 유한회사 "}
# Società per azioni; `Spa` and `SPA` may be a bath.
_ITALIAN = r"\b(?:S\.[pP]\.A\b\.?|SpA\b)"
_WITHOUT_SPACES = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]"
# Legal forms that are no family name anywhere.
_FIRM = r" (?:inc|llc|ltd|gmbh|corp|corporation|limited|plc|llp|sarl|srl|pty ltd|company)$"


def company_name(raw: pl.Expr) -> pl.Expr:
    """The name of each company as an identifier, null for junk, placeholders and addresses.

    Lower case, accents folded, `&` read as "and", initials joined (`J. P.` stays apart, `J.P.`
    does not), punctuation and spaces folded, legal forms dropped at the end and, where a language
    puts them there, in front: `Innosense Llc` and `Innosense, LLC` are one. A name never gets
    empty or meaningless by this: `Company Inc` is `company`, `AG` stays `ag`, `X Corp` is `x corp`.

    Null are numbers, more than 150 letters, e-mail addresses, URLs, and single tokens that read
    as a host or a file (`acme.example`, `Node.js`). A host in mixed case (`Acme.example`) is how
    a company may write its name.
    """
    cell = pl.struct(tidy(raw).alias("text"))
    cell = cell.struct.with_fields(lower=folded(_f("text")))
    cell = cell.struct.with_fields(
        junk=_f("text").str.contains(_ADDRESS)
        | stands_for_nothing(_f("lower"))
        | once(_f("text"), _reads_as_file),
        spaced=_spaced(_joined_initials(folded(_f("text").str.replace_all(_ITALIAN, " s p a ")))),
    )
    forms, prefixes = _alternatives("legal_forms"), _alternatives("legal_prefixes")
    bare = (
        _f("spaced")
        .str.replace(rf"^((?:the )?\S+(?: \S+)*?)(?:(?: and)? (?:{forms}))+$", "$1")
        .str.replace(rf"^(?:(?:{prefixes}) )+(\S)", "$1")
    )
    cell = cell.struct.with_fields(bare=bare)
    name = pl.when(_means_nothing(_f("bare"))).then(_f("spaced")).otherwise(_f("bare"))
    cell = cell.struct.with_fields(name=name)
    good = ~_f("junk") & ~_means_nothing(_f("name")) & (_f("name").str.len_chars() <= _LONGEST)
    return cell.struct.with_fields(name=pl.when(good).then(_f("name"))).struct.field("name")


def person_name(raw: pl.Expr) -> pl.Expr:
    """The full name of each person as an identifier, null for junk and for single names.

    Lower case, accents folded, titles before and degrees after the name dropped, what runs on
    behind it cut (`Leo WillowTitle: CEO`, `Leo Willow - CEO`), `Willow, Leo` turned round. Null
    are placeholders, addresses, job titles, names of firms, cells with digits, and single tokens
    other than Chinese, Japanese and Korean ones, which are written without a space.
    """
    cell = pl.struct(tidy(raw).alias("text"))
    cell = cell.struct.with_fields(lower=folded(_f("text")))
    cell = cell.struct.with_fields(
        junk=_f("lower").str.contains(_ADDRESS)
        | stands_for_nothing(_f("lower"))
        | once(_f("text"), _reads_as_file),
        cut=_f("lower")
        .str.replace(r"(?:title|position|role|phone|email)\s*:.*$", "")
        .str.replace_all(r"""\([^)]*\)|\[[^\]]*\]|"[^"]*"|“[^”]*”""", " ")
        .str.replace(r"\s+[–—|/•·-]\s.*$", ""),
    )
    cell = cell.struct.with_fields(turned=once(_f("cut"), _turned))
    titles, degrees = _alternatives("titles"), _alternatives("degrees")
    name = (
        _f("turned")
        .str.replace_all(r"[’‘ʼ`´]", "'")
        .str.replace_all(r"[^\p{L}\p{M}'-]+", " ")
        .str.replace_all(r"['-]*\s['-]*|['-]{2,}", " ")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars(" '-")
        .str.replace(rf"^(?:(?:{titles}) )+(\S)", "$1")
        .str.replace(rf"^(\S+(?: \S+)*?)(?: (?:{degrees}))+$", "$1")
    )
    cell = cell.struct.with_fields(name=name)
    name = _f("name")
    tokens = name.str.count_matches(" ", literal=True) + 1
    unspaced = (tokens == 1) & name.str.contains(_WITHOUT_SPACES) & (name.str.len_chars() > 1)
    nobody = _alternatives("placeholders", "no_person", "jobs")
    good = (
        ~_f("junk")
        & (tokens.is_between(2, 6) | unspaced)
        & (name.str.len_chars() <= _LONGEST)
        & name.str.contains(r"\p{L}{2}|" + _WITHOUT_SPACES)
        & ~_f("cut").str.contains(r"[@\p{N}]")
        & ~name.str.contains(_FIRM)
        & ~name.str.contains(rf"^(?:(?:{nobody})(?: |$))+$")
    )
    return cell.struct.with_fields(name=pl.when(good).then(name)).struct.field("name")


def _reads_as_file(text: pl.Expr) -> pl.Expr:
    dotted = pl.when(text.str.contains(_DOTTED)).then(text.str.strip_chars_end("/"))
    is_host = registrable(dotted.str.to_lowercase()).is_not_null()
    is_file = dotted.str.contains(_SHORT_END).fill_null(False)
    return (is_host & ~dotted.str.contains(_MIXED_CASE)) | (is_file & ~is_host)


def _means_nothing(name: pl.Expr) -> pl.Expr:
    return (
        stands_for_nothing(name)
        | ~name.str.contains(r"\p{L}")
        | name.is_in(["the", "and", "the and"])
    )


def _joined_initials(lower: pl.Expr) -> pl.Expr:
    """`s.p.a.` as `spa`, but `a.p.moller` as `ap moller`."""
    return lower.str.replace_all(r"\.(\p{L}{2,})", ". $1").str.replace_all(r"\b(\p{L})\.", "$1")


def _spaced(lower: pl.Expr) -> pl.Expr:
    """A company's name as words with one space between them."""
    return (
        lower.str.replace_many(list(_SPELLED), list(_SPELLED.values()))
        .str.replace_all(_ATTACHED, " $1 ")
        .str.replace_all("&", " and ", literal=True)
        .str.replace_all(r"['’‘ʼ`´]", "")
        .str.replace_all(r"[^\p{L}\p{M}\p{N}+#]+", " ")
        .str.strip_chars()
    )


def _turned(name: pl.Expr) -> pl.Expr:
    """`Willow, Leo` as `Leo Willow`; but for `Jr.`, any other comma ends the name."""
    name = name.str.replace(r"\s*,\s*((?:jr|sr|ii|iii|iv)\b)", " $1")
    titled = name.str.contains(rf"^[^,]*,\s*(?:{_alternatives('titles', 'degrees', 'jobs')})\b")
    last_first = (
        r"^((?:(?:van|von|de|der|den|la|le|di|da|del|dos|du|el|al|bin|ter|ten|st) )*[^\s,]+)"
        r"\s*,\s*([^\s,]+(?: [^\s,]+)?)\s*(?:,.*)?$"
    )
    turned = pl.when(titled).then(name).otherwise(name.str.replace(last_first, "$2 $1"))
    return turned.str.replace(r",.*$", "")


@cache
def _alternatives(*names: str) -> str:
    """The entries of lists as alternatives of a regular expression, the longest first."""
    entries = {entry for name in names for entry in lines(name)}
    ordered = sorted(entries, key=lambda entry: (-len(entry), entry))
    return "|".join(re.escape(entry) for entry in ordered)

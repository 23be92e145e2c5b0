"""Names as identifiers: companies without their legal form, people without their title."""

from __future__ import annotations

import re
from functools import cache

import polars as pl

from enrich_cli.domain.lists import lines
from enrich_cli.tables.text import folded, in_slices, split, stands_for_nothing, tidy
from enrich_cli.tables.urls import registrable

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


def company_name(cells: pl.Series) -> pl.Series:
    """The name of each company as an identifier, null for junk, placeholders and addresses.

    Lower case, accents folded, `&` read as "and", initials joined (`J. P.` stays apart, `J.P.`
    does not), punctuation and spaces folded, legal forms dropped at the end and, where a language
    puts them there, in front: `Innosense Llc` and `Innosense, LLC` are one. A name never gets
    empty or meaningless by this: `Company Inc` is `company`, `AG` stays `ag`, `X Corp` is `x corp`.

    Null are numbers, more than 150 letters, e-mail addresses, URLs, and single tokens that read
    as a host or a file (`acme.example`, `Node.js`). A host in mixed case (`Acme.example`) is how
    a company may write its name.
    """
    return in_slices(cells, _company_name)


def _company_name(cells: pl.Series) -> pl.Series:
    text, lower, spaced, bare, name = map(pl.col, ("text", "lower", "spaced", "bare", "name"))
    frame = cells.to_frame("raw").select(text=tidy(pl.col("raw")))
    frame = frame.with_columns(
        _reads_as_file(frame["text"]).alias("file"),
        lower=folded(text),
        spaced=folded(text.str.replace_all(_ITALIAN, " s p a ")),
    )
    forms, prefixes = _alternatives("legal_forms"), _alternatives("legal_prefixes")
    shortened = spaced.str.replace(
        rf"^((?:the )?\S+(?: \S+)*?)(?:(?: and)? (?:{forms}))+$", "$1"
    ).str.replace(rf"^(?:(?:{prefixes}) )+(\S)", "$1")
    junk = text.str.contains(_ADDRESS) | stands_for_nothing(lower) | pl.col("file")
    good = ~junk & ~_means_nothing(name) & (name.str.len_chars() <= _LONGEST)
    return (
        frame.with_columns(spaced=_spaced(_joined_initials(spaced)))
        .with_columns(bare=shortened)
        .with_columns(name=pl.when(_means_nothing(bare)).then(spaced).otherwise(bare))
        .select(pl.when(good).then(name))
        .to_series()
    )


def person_name(cells: pl.Series) -> pl.Series:
    """The full name of each person as an identifier, null for junk and for single names.

    Lower case, accents folded, titles before and degrees after the name dropped, what runs on
    behind it cut (`Leo WillowTitle: CEO`, `Leo Willow - CEO`), `Willow, Leo` turned round. Null
    are placeholders, addresses, job titles, names of firms, cells with digits, and single tokens
    other than Chinese, Japanese and Korean ones, which are written without a space.
    """
    return in_slices(cells, _person_name)


def _person_name(cells: pl.Series) -> pl.Series:
    text, lower, cut, comma, name = map(pl.col, ("text", "lower", "cut", "comma", "name"))
    frame = cells.to_frame("raw").select(text=tidy(pl.col("raw")))
    frame = frame.with_columns(_reads_as_file(frame["text"]).alias("file"), lower=folded(text))
    shortened = (
        lower.str.replace(r"(?:title|position|role|phone|email)\s*:.*$", "")
        .str.replace_all(r"""\([^)]*\)|\[[^\]]*\]|"[^"]*"|“[^”]*”""", " ")
        .str.replace(r"\s+[–—|/•·-]\s.*$", "")
    )
    titles, degrees = _alternatives("titles"), _alternatives("degrees")
    bare = (
        _turned(comma)
        .str.replace_all(r"[’‘ʼ`´]", "'")
        .str.replace_all(r"[^\p{L}\p{M}'-]+", " ")
        .str.replace_all(r"['-]*\s['-]*|['-]{2,}", " ")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars(" '-")
        .str.replace(rf"^(?:(?:{titles}) )+(\S)", "$1")
        .str.replace(rf"^(\S+(?: \S+)*?)(?: (?:{degrees}))+$", "$1")
    )
    junk = lower.str.contains(_ADDRESS) | stands_for_nothing(lower) | pl.col("file")
    tokens = name.str.count_matches(" ", literal=True) + 1
    unspaced = (tokens == 1) & name.str.contains(_WITHOUT_SPACES) & (name.str.len_chars() > 1)
    nobody = _alternatives("placeholders", "no_person", "jobs")
    good = (
        ~junk
        & (tokens.is_between(2, 6) | unspaced)
        & (name.str.len_chars() <= _LONGEST)
        & name.str.contains(r"\p{L}{2}|" + _WITHOUT_SPACES)
        & ~cut.str.contains(r"[@\p{N}]")
        & ~name.str.contains(_FIRM)
        & ~name.str.contains(rf"^(?:(?:{nobody})(?: |$))+$")
    )
    return (
        frame.with_columns(cut=shortened)
        .with_columns(comma=cut.str.replace(r"\s*,\s*((?:jr|sr|ii|iii|iv)\b)", " $1"))
        .with_columns(name=bare)
        .select(pl.when(good).then(name))
        .to_series()
    )


def _reads_as_file(texts: pl.Series) -> pl.Series:
    """Whether a text is a single token that reads as a host or a file."""
    dotted = texts.str.contains(_DOTTED).fill_null(False)
    return split(texts, dotted, _is_file, _is_no_file).to_series()


def _is_file(texts: pl.Series) -> pl.DataFrame:
    text = pl.col("text")
    is_host = registrable(text.str.to_lowercase()).is_not_null()
    is_file = text.str.contains(_SHORT_END)
    return (
        texts.str.strip_chars_end("/")
        .to_frame("text")
        .select(file=(is_host & ~text.str.contains(_MIXED_CASE)) | (is_file & ~is_host))
    )


def _is_no_file(texts: pl.Series) -> pl.DataFrame:
    return pl.select(file=pl.repeat(False, len(texts)))


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
        .str.normalize("NFC")  # what an apostrophe kept apart may be one letter now
        .str.replace_all(r"[^\p{L}\p{M}\p{N}+#]+", " ")
        .str.strip_chars()
    )


def _turned(name: pl.Expr) -> pl.Expr:
    """`Willow, Leo` as `Leo Willow`; but for `Jr.`, any other comma ends the name."""
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

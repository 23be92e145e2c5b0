"""LinkedIn pages in one spelling."""

from __future__ import annotations

from urllib.parse import unquote

import polars as pl

from enrich_cli.tables.text import once, tidy

_f = pl.field

# Of mobile pages, guest pages and the Sales Navigator, whose company ids are LinkedIn's own.
_PREFIX = r"(?i)^/(?:mwlite/|m/|organization-guest/|sales/(company/[0-9]+))"
_PAGE = r"(?i)^/(?<word>company|companies|company-beta|school|showcase|in)/(?<slug>[^/?#\\]+)"
_SLUG = r"^[^\s\x00-\x1f\x7f<>\"{}|^`\u{fffd}]+$"
# The ids of members, the one kind of slug where case matters.
_MEMBER_ID = r"^ACoA[A-Za-z0-9_-]{20,}$"
# Nobody encodes a path more often by mistake; a crafted one would keep us busy for ever.
_ROUNDS = 6


def linkedin_page(path: pl.Expr) -> pl.Expr:
    """The page that a path on linkedin.com leads to, as a Struct of `kind` and `page`.

    `path` is what follows the host, to the end. `kind` is `company`, `person`, `school`,
    `showcase` or `other`, null where `path` is null. `page` is `linkedin.com/company/slug`,
    `linkedin.com/school/slug` or `linkedin.com/in/slug`, percent-decoded and in lower case, and
    null for the other kinds.
    """
    cell = pl.struct(path=once(path.str.extract(r"^([^?#]*)", 1), _decoded_path))
    cell = cell.struct.with_fields(parts=_f("path").str.extract_groups(_PAGE))
    cell = cell.struct.with_fields(
        word=_f("parts").struct.field("word").str.to_lowercase(),
        slug=once(_f("parts").struct.field("slug"), _folded_slug),
    )
    word = (
        pl.when(_f("word").is_in(["companies", "company-beta"]))
        .then(pl.lit("company"))
        .otherwise(_f("word"))
    )
    cell = cell.struct.with_fields(word=pl.when(_f("slug").is_not_null()).then(word))
    kind = _f("word").replace("in", "person").fill_null("other")
    named = pl.when(_f("word") != "showcase").then(_f("word"))
    page = pl.struct(
        kind=pl.when(_f("path").is_not_null()).then(kind),
        page="linkedin.com/" + named + "/" + _f("slug"),
    )
    return cell.struct.with_fields(result=page).struct.field("result")


def _decoded_path(path: pl.Expr) -> pl.Expr:
    coded = pl.when(path.str.contains("%", literal=True)).then(path)
    decoded = coded.map_batches(_decoded, return_dtype=pl.String, is_elementwise=True)
    return (
        pl.coalesce(decoded, path)
        .str.replace_all(r"[/\\]+", "/")
        .str.replace(_PREFIX, "/$1")
        .str.replace(r"^//", "/")
    )


def _folded_slug(slug: pl.Expr) -> pl.Expr:
    slug = tidy(slug)
    # Lower case can take a letter out of NFKC, and NFKC of a lower-case letter is lower case.
    folded = (
        pl.when(slug.str.contains(_MEMBER_ID))
        .then(slug)
        .otherwise(tidy(slug.str.to_lowercase()).str.to_lowercase())
    )
    return pl.when(folded.str.contains(_SLUG)).then(folded)


def _decoded(paths: pl.Series) -> pl.Series:
    """Percent-encoded paths decoded until nothing is left to decode, each distinct path once."""
    distinct = paths.drop_nulls().unique()
    decoded = pl.Series([_unquoted(path) for path in distinct], dtype=pl.String)
    return paths.replace_strict(distinct, decoded, default=None, return_dtype=pl.String)


def _unquoted(path: str) -> str:
    for _ in range(_ROUNDS):
        decoded = unquote(path)
        if decoded == path:
            return path
        path = decoded
    return "\ufffd"

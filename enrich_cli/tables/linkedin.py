"""LinkedIn pages in one spelling."""

from __future__ import annotations

from urllib.parse import unquote

import polars as pl

from enrich_cli.tables.text import once, split, tidy

# A page in its usual spelling, with nothing to decode or to fold but the case.
_PLAIN = r"(?s)^/(?:company|school|in)/[A-Za-z0-9_-]+(?:/[^%?#]*)?(?:[?#].*)?$"
# Of mobile pages, guest pages and the Sales Navigator, whose company ids are LinkedIn's own.
_PREFIX = r"(?i)^/(?:mwlite/|m/|organization-guest/|sales/(company/[0-9]+))"
_PAGE = r"(?i)^/(?<word>company|companies|company-beta|school|showcase|in)/(?<slug>[^/?#\\]+)"
_SLUG = r"^[^\s\x00-\x1f\x7f<>\"{}|^`\u{fffd}]+$"
# The ids of members, the one kind of slug where case matters.
_MEMBER_ID = r"^ACoA[A-Za-z0-9_-]{20,}$"
# Nobody encodes a path more often by mistake; a crafted one would keep us busy for ever.
_ROUNDS = 6


def linkedin_pages(paths: pl.Series) -> pl.DataFrame:
    """The pages that paths on linkedin.com lead to, as the columns `kind` and `page`.

    A path is what follows the host, to the end. `kind` is `company`, `person`, `school`,
    `showcase` or `other`. `page` is `linkedin.com/company/slug`, `linkedin.com/school/slug` or
    `linkedin.com/in/slug`, percent-decoded and in lower case, and null for the other kinds.
    """
    plain = paths.str.contains(_PLAIN) & ~paths.str.contains("/ACoA", literal=True)
    return split(paths, plain.fill_null(False), _plain, _odd)


def _plain(paths: pl.Series) -> pl.DataFrame:
    page = pl.col("path").str.extract(r"^(/[a-z]+/[^/?#]+)", 1).str.to_lowercase()
    kind = (
        pl.when(page.str.starts_with("/in/"))
        .then(pl.lit("person"))
        .when(page.str.starts_with("/school/"))
        .then(pl.lit("school"))
        .otherwise(pl.lit("company"))
    )
    return paths.to_frame("path").select(kind=kind, page="linkedin.com" + page)


def _odd(paths: pl.Series) -> pl.DataFrame:
    frame = paths.to_frame("path")
    path = once(pl.col("path").str.extract(r"^([^?#]*)", 1), _decoded_path)
    frame = frame.select(parts=path.str.extract_groups(_PAGE)).unnest("parts")
    frame = frame.with_columns(
        word=pl.col("word").str.to_lowercase(), slug=once(pl.col("slug"), _folded_slug)
    )
    word = (
        pl.when(pl.col("slug").is_null())
        .then(None)
        .when(pl.col("word").is_in(["companies", "company-beta"]))
        .then(pl.lit("company"))
        .otherwise("word")
    )
    named = pl.when(pl.col("word") != "showcase").then("word")
    return frame.with_columns(word=word).select(
        kind=pl.col("word").replace("in", "person").fill_null("other"),
        page="linkedin.com/" + named + "/" + pl.col("slug"),
    )


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

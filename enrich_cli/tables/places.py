"""Where a raw cell leads: the host of a website or of an address, or what keeps it from one."""

from __future__ import annotations

import polars as pl

from enrich_cli.tables.parts import parts
from enrich_cli.tables.text import is_placeholder, split, stands_for_nothing
from enrich_cli.tables.urls import host_of

_f = pl.field

PLACE = (
    "empty",  # null, or without text
    "nothing",  # it only says that it is empty
    "two",  # there is more than one value
    "broken_mail",  # an address that cannot be one
    "mailed",  # there is an @ before any path
    "is_mail",
    "is_site",
    "sited",  # it is certain to be a website
    "host",  # null where the URL standard finds none
    "local",  # what stands before the @, in lower case
    "segment",  # the first part of the path, in lower case
    "tail",  # what stands behind the host
)
"""The columns in which a cell's place is described."""

_ADDRESS = r"^[^\s@:]+@[^\s@]+$"
# Where a value begins inside a cell; a token that is a whole value; words between values.
_BEGINS = r"(?i)(?:^|[\s,;|<(]+)(?:https?:[/\\]+|www\.|[^\s,;|<(/?@]+@[^\s,;|<(/?@]+\.)"
_WHOLE = r"(?i)^(?:[a-z]{2,15}:[/\\]+)?(?:[^\s/@]+@)?(?:[\p{L}\p{N}_-]+\.)+\p{L}{2,}(?::[0-9]+)?/?$"
_TWO_ADDRESSES = r"^[^\s/@]+@[^\s/@]+/[^\s/@]+@[^\s/@]+$"
_BETWEEN = ["and", "or", "und", "et", "y", "e"]

# ASCII only, and without user, port, quotes or spaces: nothing in it has to be unwrapped,
# decoded or mended, and only the host and the path are left to tell apart.
_HOST = r"(?:[A-Za-z0-9_-]+\.)+[A-Za-z]{2,}"
_SITE = rf"(?:[Hh][Tt][Tt][Pp][Ss]?://)?{_HOST}(?:[/?#][A-Za-z0-9/?#._~=&%+!:-]*)?"
_PLAIN = rf"^(?:{_SITE}|[A-Za-z0-9._+-]+@{_HOST})$"
# ASCII words: nothing to unwrap or to fold, and no sign that could begin or end a host.
_WORDS = r"^[A-Za-z0-9](?:[A-Za-z0-9 ,&-]*[A-Za-z0-9])?$"
_ONLY_HOST = "localhost"  # the one word that is a host
_PUNYCODE = "[xX][nN]--"
_WWW = r"^[wW]{3}[0-9]?\."


def places(cells: pl.Series) -> pl.DataFrame:
    """The place of each cell, in the columns of `PLACE`.

    Most cells are a URL or an address and nothing else, or a few words: those take few steps.
    """
    plain = cells.str.contains(_PLAIN) & ~cells.str.contains(_PUNYCODE)
    return split(cells, plain.fill_null(False), _plain, _others)


def _others(cells: pl.Series) -> pl.DataFrame:
    words = cells.str.contains(_WORDS) & (cells.str.to_lowercase() != _ONLY_HOST)
    return split(cells, words.fill_null(False), _words, _odd)


def _words(cells: pl.Series) -> pl.DataFrame:
    no, none = pl.lit(False), pl.lit(None, pl.String)
    signs = ("empty", "two", "broken_mail", "mailed", "is_mail", "is_site", "sited")
    return (
        cells.to_frame("raw")
        .select(
            **dict.fromkeys(signs, no),
            **dict.fromkeys(("host", "local", "segment"), none),
            nothing=stands_for_nothing(pl.col("raw").str.to_lowercase()),
            tail=pl.lit(""),
        )
        .select(PLACE)
    )


def _plain(cells: pl.Series) -> pl.DataFrame:
    raw, after, authority = pl.col("raw"), pl.col("after"), pl.col("authority")
    local, domain = (pl.col("halves").struct.field(f"field_{place}") for place in (0, 1))
    sound, is_mail = ~pl.col("nothing"), pl.col("is_mail")
    return (
        pl.DataFrame({"raw": cells})
        .with_columns(after=raw.str.replace(r"^[Hh][Tt][Tt][Pp][Ss]?://", ""))
        .with_columns(authority=pl.coalesce(after.str.head(after.str.find("[/?#]")), after))
        .with_columns(
            tail=after.str.strip_prefix(authority),
            authority=authority.str.to_lowercase(),
            schemed=after.str.len_bytes() != raw.str.len_bytes(),
        )
        .with_columns(
            halves=authority.str.splitn("@", 2),
            sited=pl.col("schemed") | authority.str.contains(_WWW),
        )
        .with_columns(
            is_mail=domain.is_not_null(),
            # There are letters in all of them.
            nothing=is_placeholder(raw.str.to_lowercase())
            | is_placeholder(_named(pl.when("sited").then(authority))).fill_null(False),
        )
        .select(
            "nothing",
            "is_mail",
            "sited",
            "tail",
            empty=pl.lit(False),
            two=pl.lit(False),
            broken_mail=pl.lit(False),
            mailed=is_mail,
            is_site=sound & ~is_mail,
            host=pl.when(sound).then(pl.coalesce(domain, local)),
            local=pl.when(sound, is_mail).then(local),
            segment=pl.when(sound, ~is_mail).then(_segment(pl.col("tail"))),
        )
        .select(PLACE)
    )


def _odd(cells: pl.Series) -> pl.DataFrame:
    # A chain of structs: each stage sees the fields of those before it and is computed once.
    cell = parts(pl.col("raw"))
    for stage in (_kind, _several, _place):
        cell = cell.struct.with_fields(**stage())
    return cells.to_frame("raw").select(cell=cell).unnest("cell").select(PLACE)


def _kind() -> dict[str, pl.Expr]:
    """Whether it is an address, and whether it is certain to be a website."""
    with_at = ~_f("schemed") & _f("authority").str.contains("@", literal=True)
    address = pl.when(with_at).then(_f("authority")).str.replace_all(r"\s*@\s*", "@")
    is_mail = address.str.contains(_ADDRESS) & ~_f("tail").str.contains(r"^[/\\]")
    return {
        "address": address,
        "is_mail": is_mail.fill_null(False),
        "sited": _f("schemed") | _f("authority").str.contains(_WWW),
    }


def _several() -> dict[str, pl.Expr]:
    """Whether there are two values, or none, or an address that cannot be one."""
    text = _f("text")
    several = pl.when(text.str.contains(r"[\s,;|]|@.*@") & text.str.contains(r"[.@]")).then(text)
    tokens = several.str.extract_all(r"[^\s,;|]*[\p{L}\p{N}][^\s,;|]*").list.filter(
        ~pl.element().is_in(_BETWEEN)
    )
    whole = tokens.list.eval(pl.element().str.contains(_WHOLE)).list.all()
    two = (
        (several.str.count_matches(_BEGINS) > 1)
        | (whole & (tokens.list.len() > 1))
        | several.str.contains(_TWO_ADDRESSES)
    )
    site = pl.when(_f("sited")).then(_f("authority")).str.to_lowercase().str.strip_chars_end("./")
    broken = _f("address").str.contains(r"^\S*@\S*\.\S*$") & ~_f("is_mail") & ~_f("bare")
    return {
        "two": two.fill_null(False),
        "nothing": _says_nothing(_f("lower"), site),
        "broken_mail": broken.fill_null(False),
    }


def _place() -> dict[str, pl.Expr]:
    """The host, of the address or of the website, and the first part of the path."""
    sound = ~_f("two") & ~_f("nothing")
    is_site = sound & ~_f("is_mail") & (_f("sited") | _f("bare"))
    site = pl.when(is_site).then(_f("authority").str.strip_chars_end(" .,;)}>'\""))
    mail = pl.when(_f("is_mail") & sound).then(_f("address"))
    path = pl.when(is_site).then(_f("tail"))
    return {
        "empty": (_f("text") == "").fill_null(True),
        "mailed": _f("address").is_not_null(),
        "is_site": is_site,
        "host": host_of(pl.coalesce(mail.str.extract(r"@(.*)$", 1), site)),
        "local": mail.str.extract(r"^([^@]*)@", 1).str.to_lowercase(),
        "segment": _segment(path),
    }


def _says_nothing(lower: pl.Expr, site: pl.Expr) -> pl.Expr:
    """Whether the cell, or the host of what is certain to be a website, is a placeholder."""
    return stands_for_nothing(lower) | stands_for_nothing(_named(site)).fill_null(False)


def _named(site: pl.Expr) -> pl.Expr:
    """The host of a website without what all begin with."""
    short = pl.when(site.str.starts_with("www")).then(site).str.replace(r"^www\.?", "")
    return pl.coalesce(short, site)


def _segment(path: pl.Expr) -> pl.Expr:
    """The first part of a path in lower case."""
    # Old links to social networks have the path in the fragment: /#!/acme
    return path.str.extract(r"^(?:[/\\]*#!)?[/\\]+([^/\\?#]+)", 1).str.to_lowercase()

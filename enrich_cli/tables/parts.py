"""A raw cell taken apart like a URL: what is before the host, the authority, and the tail."""

from __future__ import annotations

import polars as pl

from enrich_cli.tables.text import once, tidy

_f = pl.field

# A host as people write it without a scheme: labels, then what could be a top-level domain.
_BARE_HOST = (
    r"^(?:[^\s/@]+@)?(?:[\p{L}\p{M}\p{N}\p{So}_%\u{b7}\u{200c}\u{200d}-]+[.\u{3002}])+"
    r"(?:[xX][nN]--[a-zA-Z0-9-]+|[\p{L}\p{M}%]{2,})\.?(?::[0-9]*)?$"
    r"|(?i)^localhost\.?(?::[0-9]*)?$"
)
_BARE_IP = (
    r"^[0-9]{1,3}(?:\.[0-9]{1,3}){3}\.?(?::[0-9]*)?$"
    r"|^\[[0-9a-fA-F:.]+\](?::[0-9]*)?$|^[0-9a-fA-F:]*::[0-9a-fA-F:.]*$"
)
_LABEL = r"(?i)^(?:(?:url|web|web ?site|home ?page|site|e-?mail|mailto|mail)\s*:\s*)+"
_QUOTES = "\"'`“”„‟‘’‚‛«»‹›"
_OPENS = rf"^[<(\[{{={_QUOTES}]"
_URL = rf"(?i)(?:https?://|mailto:)[^\s<>()\[\]{_QUOTES}]+"
# What may stand before the host, typing errors and repetitions included.
_SCHEME = (
    r"(?i)^(?:(?:"
    r"[a-z][a-z0-9+-]{1,14}[:;]+[/\\]+"  # https://, htp://, http:/, https;//
    r"|h?t+ps?[.,:;]+[/\\]+"  # http.//
    r"|h?t+ps?[/\\]{2,}:?[/\\]*"  # http//acme.example, http//:acme.example
    r"|https?:"  # https:acme.example, which the URL standard reads like this, too
    r"|:?[/\\]{2,}"  # //acme.example, ://acme.example
    r")\s*)+"
)


def parts(raw: pl.Expr) -> pl.Expr:
    """The parts of each cell, whether it is a URL or not.

    `raw` is a String column. The result is a Struct of

    - `text`: the cell without what is wrapped around its one value
    - `lower`: the same in lower case
    - `schemed`: whether it begins as a URL does
    - `authority`: what stands before the path, query or fragment: user, host and port
    - `tail`: the rest
    - `bare`: whether the authority is a host by its form alone
    """
    cell = pl.struct(text=once(tidy(raw), _unwrapped))
    cell = cell.struct.with_fields(text=_f("text").str.replace(_LABEL, ""))
    cell = cell.struct.with_fields(after=_f("text").str.replace(_SCHEME, ""))
    cell = cell.struct.with_fields(
        lower=_f("text").str.to_lowercase(),
        schemed=_f("after").str.len_bytes() != _f("text").str.len_bytes(),
        authority=_f("after").str.extract(r"^([^/\\?#]*)", 1),
    )
    authority = _f("authority")
    return cell.struct.with_fields(
        bare=authority.str.contains(_BARE_HOST) | authority.str.contains(_BARE_IP),
        tail=_f("after").str.strip_prefix(authority),
    )


def _unwrapped(text: pl.Expr) -> pl.Expr:
    """The text without quotes, brackets, markup or a display name around its one value."""
    wrapped = text.str.contains(_OPENS) & ~text.str.contains(_BARE_IP)
    urls = pl.when(wrapped).then(text).str.extract_all(_URL).list.unique()
    # Jane Doe <jane@acme.example>
    named = pl.when(text.str.ends_with(">")).then(text)
    address = named.str.extract(r"^[^<>@]*<([^<>@\s]+@[^<>@\s]+)>$", 1)
    return (
        pl.when(urls.list.len() == 1)
        .then(urls.list.first())
        .when(wrapped & address.is_null())
        .then(text.str.strip_chars("<>()[]{}=,;| " + _QUOTES))
        .otherwise(pl.coalesce(address, text).str.strip_chars(" ,;|>" + _QUOTES))
    )

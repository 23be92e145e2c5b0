"""The names of the columns that we put beside those of a table: no table has them."""

from __future__ import annotations

from collections.abc import Iterable

from enrich_cli.domain.errors import TableError

_MARK = "\ue000"  # the first of Unicode's characters for private use


def own(name: str) -> str:
    """A name for a column of ours."""
    return _MARK + name


ROW = own("row")
"""The row's number, from 0."""
WEIGHT = own("weight")
"""How many rows of the table a row stands for."""
COMPANY, PERSON = own("company"), own("person")
"""The places of a row's entities."""
HASH = own("hash")
"""The hash of a row's cell."""
FREE_MAIL = own("free")
"""Whether a row names no company, but has a free-mail address where a company's could be."""
CHOSEN = own("chosen")
"""Whether a row was selected."""


def check_names(path: str, names: Iterable[str]) -> None:
    """Refuse the one kind of column name that would be taken for ours. Raises TableError."""
    for name in names:
        if name.startswith(_MARK):
            raise TableError(
                f"{path}: the name of the column {name[1:]!r} begins with U+E000, as ours do",
                hint="take that character out of the header",
            )

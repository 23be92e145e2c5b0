"""Telephone numbers in one form: E.164 where their country is known."""

from __future__ import annotations

import re
from urllib.parse import unquote

import phonenumbers

from enrich_cli.adapters.coerce import text

_EXTENSION = re.compile(r"[;,#x]|ext|app\b|poste", re.IGNORECASE)
_OPENED = re.compile(r"\([^)]*$")  # what was opened and is not closed belongs to something else
_WHOLE = phonenumbers.ValidationResult.IS_POSSIBLE  # with its area, where it has one
_PHONE = re.compile(r"\+?[\d\s().\-/\u00a0\u2010-\u2015\u202f]+")


def phone(raw: object) -> str | None:
    """A telephone number: E.164 where its country is in it, else as it stands there."""
    found = text(raw)
    found = unquote(found).lower().removeprefix("tel:").strip() if found else ""
    found = _EXTENSION.split(found, maxsplit=1)[0].replace("(0)", "")
    found = _OPENED.sub("", found).strip()
    if not _PHONE.fullmatch(found):
        return None
    digits = "".join(char for char in found if char.isascii() and char.isdigit())
    if found.startswith("00"):
        digits = digits[2:]
    if not 7 <= len(digits) <= 15 or len(set(digits)) < 3:
        return None
    return f"+{digits}" if found.startswith(("+", "00")) else " ".join(found.split())


def dialled(number: str, country: str) -> str:
    """The number as E.164, if it is one that the country may have; else as it was.

    `number` is what `phone` gives, `country` its two letters. The lengths of a country's numbers
    and its trunk prefix are those of libphonenumber.
    """
    if number.startswith("+"):
        return number
    try:
        read = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return number
    if phonenumbers.is_possible_number_with_reason(read) != _WHOLE:
        return number
    return str(phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164))

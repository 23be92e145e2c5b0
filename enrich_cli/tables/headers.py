"""What a header hints at: its words, and which of them speak for or against a use."""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


def words(header: str) -> frozenset[str]:
    """The words of a header in lower case, capitals taken for beginnings, and not.

    `LinkedIn Page` is linked, in, linkedin and page.
    """
    return _parts(header) | frozenset(re.findall(r"[^\W\d_]+", header.lower()))


def _parts(header: str) -> frozenset[str]:
    """`compPiName` and `comp_pi name` have the same parts."""
    return frozenset(word.lower() for word in _WORD.findall(header))


COMPANY = _set(
    "company companies comp organisation organization org firm employer business enterprise"
    " vendor supplier customer client account merchant manufacturer publisher institution"
    " university school college brand startup corporation unternehmen firma société societe"
    " entreprise empresa azienda bedrijf"
)
PERSON = _set(
    "person people contact founder ceo cto cfo owner director manager employee author speaker"
    " candidate investigator pi officer attendee member user representative lead fullname buyer"
    " president ansprechpartner kontakt prospect recipient applicant partner"
)
NAME = _set("name names nom nombre nome naam bezeichnung")
FIRST_NAME = _set("first given forename firstname givenname fname vorname prénom prenom")
LAST_NAME = _set("last surname family lastname familyname lname nachname")
NO_NAME = _set(
    "id ids key code type category status year date time founded created updated city town state"
    " province region address street zip postal postcode phone tel fax email mail url uri link"
    " website site domain description desc about summary tag tags industry sector size employees"
    " revenue role title position job product project program programme batch branch phase model"
    " source note notes comment comments number num no count amount location place currency"
    " language lang slug department division text data types ticker symbol duns suborganization"
    " parent competitor investor country nation file path user username login"
)
NO_WEBSITE = _set(
    "image img picture photo logo icon avatar source article news video blog post product job jobs"
    " careers feed rss investor competitor parent referrer referer tracking facebook twitter"
    " instagram youtube github crunchbase cb pdf document file profile"
)
EMAIL = _set(
    "email e mail emails address work private personal business primary secondary main other"
    " alternative alternate alt adresse"
)
ADDRESSES = {
    "linkedin": _set("linkedin"),
    "email": _set("email mail emails"),
    "website": _set("website websites web site domain domains homepage www url webseite"),
}
COUNTRY = _set("country land nation pays país pais paese countrycode")
NO_COUNTRY = _set(
    "state province region county language lang locale currency phone prefix dial code city"
)


def stem(header: str) -> frozenset[str]:
    """What is left of a header without words for names and addresses: whom it is about.

    `comp_pi_email` and `comp_pi_name` are about the same person, `comp_bus_email` is not.
    """
    return frozenset(
        word
        for word in _parts(header) - EMAIL - NAME - FIRST_NAME - LAST_NAME - {"full"}
        if not word.isdigit()
    )


def company_hint(header: str) -> float:
    """How much a header speaks for names of companies: below zero against them."""
    said = words(header)
    if said & NO_NAME:
        return -0.6
    if said & COMPANY:
        return 0.1 if said & PERSON else 0.5
    return 0.2 if said & NAME else 0.0


def person_hint(header: str) -> float:
    """How much a header speaks for names of people: below zero against them."""
    said = words(header)
    if said & PERSON:
        return 0.5
    if said & NO_NAME:
        return -0.6
    return 0.3 if said & NAME else 0.0

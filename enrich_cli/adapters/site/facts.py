"""Facts that a page gives, where on it they stand, and how far each such place is trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import msgspec


class Source(StrEnum):
    """Where on a page a fact was found."""

    VISIT = "visit"
    STATED = "stated"
    MARKED = "marked"
    STATED_SITE = "stated_site"
    LANGUAGE = "language"
    SITE_NAME = "site_name"
    SUMMARY = "summary"
    TITLE_ALIKE = "title_alike"
    TITLE = "title"
    MAIL_GENERAL = "mail_general"
    MAIL_OTHER = "mail_other"
    PHONE_LINK = "phone_link"
    PROFILE_ALIKE = "profile_alike"
    PROFILE = "profile"
    LEGAL_ALIKE = "legal_alike"
    LEGAL = "legal"
    KIND = "kind"
    LOGO = "logo"
    ICON = "icon"
    SIGN = "sign"
    HEAD = "head"
    CARD = "card"
    HOLDER = "holder"
    WORDS = "words"
    PHONE_TEXT = "phone_text"
    ADDRESS_ELEMENT = "address_element"
    ADDRESS_TEXT = "address_text"
    TAX_NUMBER = "tax_number"
    DOMAIN = "domain"
    FOUNDED_TOLD = "founded_told"
    SINCE = "since"
    LINK = "link"
    STAFF_TOLD = "staff_told"


CONFIDENCE: Mapping[Source, float] = {
    Source.VISIT: 1.0,  # we were there
    Source.STATED: 0.9,  # JSON-LD: the company about itself, for machines to read
    Source.MARKED: 0.85,  # microdata: the same, but old and often left behind by a template
    Source.STATED_SITE: 0.8,  # JSON-LD of the website, not of the company: mostly one name
    Source.LANGUAGE: 0.9,  # set by the site's own software; wrong on few template sites
    Source.SITE_NAME: 0.8,  # og:site_name: the site's name, now and then a product's
    Source.SUMMARY: 0.75,  # meta description: true, but written to sell
    Source.TITLE_ALIKE: 0.75,  # part of the title that is like the domain: two witnesses
    Source.TITLE: 0.35,  # some part of the title: as often a slogan as a name
    Source.MAIL_GENERAL: 0.85,  # info@, contact@ and the like under the company's own domain
    Source.MAIL_OTHER: 0.5,  # another mailbox there: a department's, maybe one person's
    Source.PHONE_LINK: 0.7,  # a number to tap: the company's, sometimes one branch's
    Source.PROFILE_ALIKE: 0.85,  # a linked profile whose name is like the domain or the company
    Source.PROFILE: 0.5,  # another linked profile: may be the web agency's or a partner's
    Source.LEGAL_ALIKE: 0.75,  # a name with a legal form that is like the domain or the company
    Source.LEGAL: 0.45,  # the first such name on the imprint: may be the host's
    Source.KIND: 0.6,  # the kind of business by its JSON-LD type: coarse
    Source.LOGO: 0.6,  # a picture that calls itself logo
    Source.ICON: 0.35,  # the browser's icon: the logo's shape at best
    Source.SIGN: 0.8,  # files and marks that one technology leaves
    Source.HEAD: 0.75,  # metas about place and contact: stated, but by few and long ago
    Source.CARD: 0.75,  # a business card in class names: old, and now and then a partner's
    Source.HOLDER: 0.5,  # whose copyright it is: mostly the firm's, sometimes the template's
    Source.WORDS: 0.7,  # the language by the page's own words
    Source.PHONE_TEXT: 0.65,  # a number with "Tel." before it, or on a page to contact the firm
    Source.ADDRESS_ELEMENT: 0.75,  # an address marked as such, read by its form
    Source.ADDRESS_TEXT: 0.65,  # one in the text, read by its form
    Source.LINK: 0.8,  # a page of the site by what the link to it says, a feed by its link
    Source.TAX_NUMBER: 0.6,  # the country of the VAT number
    Source.DOMAIN: 0.5,  # the country of the domain's ending
    Source.FOUNDED_TOLD: 0.65,  # "founded in 1997": the firm's, unless a forerunner's
    Source.SINCE: 0.4,  # "since 1997": as often a product's as the firm's
    Source.STAFF_TOLD: 0.55,  # "120 people work here": true when it was written
}
"""How far a fact of each source is to be trusted. Kept facts name their source, not this number,
so a change here holds for them too."""


class Verdict(StrEnum):
    """What a page is."""

    SITE = "site"
    PARKED = "parked"  # for sale, or full of advertisements
    PLACEHOLDER = "placeholder"  # a server's default page, or not ready
    WALLED = "walled"  # nothing without a login or JavaScript
    BLOCKED = "blocked"  # a test for robots


class Topic(StrEnum):
    """What a further page of the site is about."""

    CONTACT = "contact"
    IMPRINT = "imprint"
    ABOUT = "about"


class Fact(msgspec.Struct, frozen=True, array_like=True):
    """One thing that one page says."""

    field: str
    content: str | int | tuple[str, ...]
    source: Source
    url: str


@dataclass(frozen=True, slots=True)
class Page:
    """What was read from one page.

    `names` are the texts by which it names its owner, `mentions` says whether a page elsewhere
    mentions the domain that was asked about, `refresh` is where it sends the visitor on to. Of a
    page that is not `whole` only the head was read, as that was enough.
    """

    verdict: Verdict
    facts: tuple[Fact, ...] = ()
    links: tuple[tuple[Topic, str], ...] = ()
    names: tuple[str, ...] = ()
    mentions: bool = False
    refresh: str | None = None
    whole: bool = True


ADDRESS = ("street_address", "city", "region", "postal_code", "country")
"""The fields of an address, which is taken from one place as a whole."""


_REACH = (Topic.CONTACT, Topic.IMPRINT)
PLACES: Mapping[str, tuple[Topic, ...]] = {
    "legal_name": (Topic.IMPRINT,),
    "vat_id": (Topic.IMPRINT,),
    "register_number": (Topic.IMPRINT,),
    "company_email": _REACH,
    "company_phone": _REACH,
    **dict.fromkeys(ADDRESS, _REACH),
    "description": (Topic.ABOUT,),
    "founded_year": (Topic.ABOUT,),
    "employee_count": (Topic.ABOUT,),
    "company_linkedin": (Topic.CONTACT, Topic.ABOUT),
}
"""The pages, nearest first, on which a field that the home page lacks may stand."""


class Alias(msgspec.Struct, frozen=True):
    """Another domain to which the one that was asked about leads, and why it is the company's."""

    url: str
    domain: str
    evidence: str = ""


class Mark(msgspec.Struct, frozen=True, omit_defaults=True):
    """By what a server tells whether its page has changed: its ETag, its Last-Modified."""

    url: str
    etag: str = ""
    modified: str = ""


class Facts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is kept of a visit, in place of the pages: enough to answer again by later rules.

    `verdict` is that of the home page, "" where none was seen; then `gap` and `detail` say why.
    `sought` are the fields for which it was gone to further pages, None where that is not known;
    of a home page that is not `whole` only the head was read. `marks` are those of the pages.
    """

    domain: str
    pages: tuple[str, ...] = ()
    verdict: str = ""
    gap: str = ""
    detail: str = ""
    alias: Alias | None = None
    facts: tuple[Fact, ...] = ()
    sought: tuple[str, ...] | None = None
    whole: bool = True
    marks: tuple[Mark, ...] = ()

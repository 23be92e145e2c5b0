"""What a web page says about the company that it belongs to: bytes in, facts out, nothing asked.

`read` never raises, whatever the bytes are, and its time is bounded whatever they were made for.
"""

from __future__ import annotations

import codecs
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from functools import cached_property, lru_cache
from html import unescape
from itertools import islice
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import msgspec
from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser, LexborNode

from enrich_cli.adapters.coerce import coerce, text
from enrich_cli.domain.entity import Field
from enrich_cli.domain.outcome import Scalar, Value


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


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

    `names` are the texts by which it names its owner, `mentions` says whether it mentions the
    domain that was asked about, `refresh` is where it sends the visitor on to.
    """

    verdict: Verdict
    facts: tuple[Fact, ...] = ()
    links: tuple[tuple[Topic, str], ...] = ()
    names: tuple[str, ...] = ()
    mentions: bool = False
    refresh: str | None = None


def read(body: bytes, url: str, domain: str, content_type: str = "") -> Page:
    """What the page says. `domain` is the registrable domain that was asked about."""
    html = _bounded(decode(body[:MAX_BYTES], content_type))
    tree = LexborHTMLParser(html, options=LexborDocumentOptions.WO_EVENTS)
    page = _Page(tree, url, domain)
    mentions = domain in html.lower()
    for step in (page.organization, page.head, page.anchors, page.pictures, page.signs):
        step()
    links = page.links()  # the last to use the nodes of anchors: `words` takes some of them away
    page.mails()
    page.legal_names()
    return Page(
        verdict=page.verdict(),
        facts=tuple(page.facts),
        links=links,
        names=tuple(page.names),
        mentions=mentions,
        refresh=page.refresh(),
    )


def best(facts: Iterable[Fact]) -> dict[Field, Value]:
    """The most trusted value of each field; among equals the one found first.

    An address is taken from one place as a whole, and technologies are gathered from all.
    """
    ranked = sorted(facts, key=lambda fact: -CONFIDENCE[fact.source])
    place = next((f for f in ranked if f.field in ("street_address", "city")), None)
    signs = [fact for fact in ranked if fact.field == "technologies"]
    values: dict[Field, Value] = {}
    for fact in ranked:
        field = Field(fact.field)
        elsewhere = place and (fact.source, fact.url) != (place.source, place.url)
        if field in values or (field in ADDRESS and elsewhere):
            continue
        content: Scalar = fact.content
        if field == "technologies":
            content = tuple(
                sorted({n for s in signs if isinstance(s.content, tuple) for n in s.content})
            )
        values[field] = Value(content, CONFIDENCE[fact.source], fact.url)
    return values


MAX_BYTES = 2_000_000
"""What is read of a page."""
ADDRESS = ("street_address", "city", "region", "postal_code", "country")

_SHORT = 1_500  # letters of visible text; what a page that is nothing but a notice stays below
_MAX_NAME, _MAX_VALUE, _MAX_SUMMARY = 100, 300, 1_000
_MAX_VALUES = 12  # of one field on one page; more are lists of other firms


# -- From bytes to a tree ------------------------------------------------------------------------

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHARSET = re.compile(
    r"charset\s{0,5}=\s{0,5}[\"']?\s{0,5}([\w.:-]{1,30})", re.IGNORECASE | re.ASCII
)
# Labels by the Encoding standard, as Python calls what browsers take them for.
_CODECS = {
    "ascii": "cp1252", "us-ascii": "cp1252", "iso-8859-1": "cp1252", "iso8859-1": "cp1252",
    "latin1": "cp1252", "latin-1": "cp1252", "iso-8859-9": "cp1254", "iso-8859-11": "cp874",
    "tis-620": "cp874", "windows-874": "cp874", "shift_jis": "cp932", "shift-jis": "cp932",
    "sjis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932", "gb2312": "gb18030",
    "gbk": "gb18030", "gb18030": "gb18030", "big5": "big5hkscs", "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949", "euc-jp": "euc_jp", "iso-2022-jp": "iso2022_jp", "koi8-r": "koi8_r",
    "koi8-u": "koi8_u", "macintosh": "mac_roman",
}  # fmt: skip
_REGULAR = re.compile(r"iso-?8859-(?:[2-8]|1[03-6])|(?:windows-|cp)125[0-8]", re.ASCII)


def decode(body: bytes, content_type: str = "") -> str:
    """The text of a page by its byte-order mark, header or own declaration, else as UTF-8.

    What declares nothing and is plainly not UTF-8 is read as Windows-1252, as browsers do.
    """
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(codec, "replace")
    for declared in (content_type, body[:4_096].decode("latin-1")):
        match = _CHARSET.search(declared)
        label = match[1].lower() if match else ""
        if label in ("utf-8", "utf8", "utf-16", "utf-16le", "utf-16be"):  # "utf-16" in ASCII lies
            break
        found = _CODECS.get(label) or (label if _REGULAR.fullmatch(label) else "")
        if found:
            return body.decode(found, "replace")
    html = body.decode("utf-8", "replace")
    wrong = html.count("\ufffd")
    if wrong > 3 and 2 * wrong > len(html) - len(html.encode("ascii", "ignore")):
        return body.decode("cp1252", "replace")
    return html


# The parser's time grows with the square of the nesting, and its memory with the square of
# unclosed formatting elements (100 kB made for it took 7 GB). So what only formats becomes
# `span`, which is kept simple, and of pages with very many tags the middle is left out.
_FORMATTING = (
    r"[bBcCeEfFiInNsStTuU](?:|[iI][gG]|[oO][dD][eE]|[mM]|[oO][nN][tT]|[oO][bB][rR]|[mM][aA][lL][lL]"
    r"|[tT][rR][iI][kK][eE]|[tT][rR][oO][nN][gG]|[tT])(?=[\s/>])"
)
_FORMATTING_START, _FORMATTING_END = re.compile(f"<{_FORMATTING}"), re.compile(f"</{_FORMATTING}")
_ROOT = re.compile(r"<[hHbB](?:[tT][mM][lL]|[oO][dD][yY])(?=[\s/>])")
_FEW_TAGS = 500
_HEAD_TAGS, _TAIL_TAGS = 7_000, 3_000
_HEAD_LENGTH, _TAIL_LENGTH = 400_000, 200_000
_SEAM = "--></script></style></textarea>"


def _bounded(html: str) -> str:
    """The page, or as much of it as is parsed in a bounded time: its head and its tail."""
    tags = html.count("<")
    if tags > _HEAD_TAGS + _TAIL_TAGS or len(html) > _HEAD_LENGTH + _TAIL_LENGTH:
        end, start = 0, len(html)
        for _ in range(_HEAD_TAGS):
            following = html.find("<", end + 1, _HEAD_LENGTH)
            if following < 0:
                break
            end = following
        for _ in range(_TAIL_TAGS):
            previous = html.rfind("<", max(end, len(html) - _TAIL_LENGTH), start)
            if previous < 0:
                break
            start = previous
        html = html[: end or _HEAD_LENGTH] + _SEAM + html[start:]
    if tags > _FEW_TAGS:
        html = _FORMATTING_END.sub("</span", _FORMATTING_START.sub("<span", html))
        if len(_ROOT.findall(html)) > 4:  # each repetition adds its attributes to the first
            html = _ROOT.sub("<span", html)
    return html


# -- Names and hosts -----------------------------------------------------------------------------

_UMLAUTS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae"}
)
_NEARLY = 0.8


def same_site(host: str, domain: str) -> bool:
    """Whether `host` is that domain or a host below it."""
    return host == domain or host.endswith("." + domain)


@lru_cache(maxsize=4_096)
def label(domain: str) -> str:
    """The part of a registrable domain that its owner chose, as people read it."""
    first = domain.partition(".")[0]
    if first.startswith("xn--"):
        try:
            return first.encode("ascii").decode("idna")
        except UnicodeError:
            return first
    return first


@lru_cache(maxsize=16_384)
def resembles(name: str, label: str) -> bool:
    """Whether a name and a domain's label (or two names) are plainly those of one company."""
    name, label = name[:_MAX_NAME].casefold(), label[:_MAX_NAME].casefold()
    there = _folded(label)
    spelled = [_folded(name), _folded(name.translate(_UMLAUTS))]
    if len(there) < 2 or len(spelled[0]) < 2:
        return there == spelled[0]
    words = [_folded(word) for word in re.split(r"[\W_]+", name) if word]
    if there in words or "".join(word[:1] for word in words) == there:
        return True
    return any(
        (len(there) > 3 and there in here)
        or (len(here) > 3 and here in there)
        or _nearly(here, there)
        for here in spelled
    )


def _nearly(here: str, there: str) -> bool:
    matcher = SequenceMatcher(None, here, there, autojunk=False)
    likely = matcher.real_quick_ratio() >= _NEARLY and matcher.quick_ratio() >= _NEARLY
    return likely and matcher.ratio() >= _NEARLY


@lru_cache(maxsize=16_384)
def _folded(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if c.isalnum())


def _host(url: str) -> str:
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except ValueError:  # UnicodeError is one
        return ""


def _absolute(base: str, href: str) -> str | None:
    try:
        url = urljoin(base, href.strip())
        return url if urlsplit(url).scheme in ("http", "https") and len(url) <= 2_000 else None
    except ValueError:
        return None


# -- Structured data -----------------------------------------------------------------------------

_ORGANIZATIONS = _words(
    "organization corporation localbusiness ngo airline consortium cooperative librarysystem"
    " performinggroup project sportsteam workersunion politicalparty collegeoruniversity school"
    " highschool middleschool elementaryschool preschool autodealer autorepair autorental bakery"
    " barorpub brewery winery distillery cafeorcoffeeshop fastfoodrestaurant restaurant childcare"
    " dentist dryclearningorlaundry employmentagency financialservice accountingservice"
    " bankorcreditunion insuranceagency electrician generalcontractor hvacbusiness housepainter"
    " locksmith movingcompany plumber roofingcontractor legalservice attorney notary library hotel"
    " hostel motel resort campground bedandbreakfast medicalclinic hospital pharmacy physician"
    " veterinarycare optician beautysalon hairsalon dayspa healthclub realestateagent"
    " recyclingcenter selfstorage shoppingcenter store travelagency professionalservice"
    " emergencyservice radiostation televisionstation museum exercisegym golfcourse gasstation"
    " bookstore clothingstore computerstore electronicsstore florist furniturestore gardenstore"
    " grocerystore hardwarestore jewelrystore liquorstore officeequipmentstore onlinestore"
    " petstore shoestore sportinggoodsstore toystore wholesalestore"
)  # schema.org 29, Organization and what stands below it
_TOO_GENERAL = _words(
    "organization corporation localbusiness project store onlinestore onlinebusiness ngo"
    " professionalservice performinggroup"
)
# Where the site's own company may stand inside of another thing. Parents, members, reviewers,
# employers and the site's makers stand elsewhere.
_WITHIN = ("@graph", "mainEntity", "mainEntityOfPage", "publisher", "about", "isPartOf", "provider",
           "copyrightHolder")  # fmt: skip
_MAX_SCRIPTS, _MAX_SCRIPT, _MAX_NODES = 40, 300_000, 3_000
_MAX_ORGANIZATIONS, _MAX_PROPERTIES = 40, 1_500
_OPENING = re.compile(r"<!--|/\*\s*<!\[CDATA\[\s*\*/|//\s*<!\[CDATA\[|<!\[CDATA\[")
_CLOSING = re.compile(r"(?:-->|/\*\s*\]\]>\s*\*/|//\s*\]\]>|\]\]>)$")
# Strings are matched first, so that what looks like a comment or a comma inside of one stays.
_SLIPS = re.compile(
    r'("(?:[^"\\]|\\.)*(?:"|\Z))|/\*.*?(?:\*/|\Z)|(?<![:"])//[^\n]*|,(?=\s*[}\]])', re.DOTALL
)


def _parsed(script: str) -> object:
    """The JSON of a script, with the slips that people and plugins make; None if it is beyond."""
    plain = _OPENING.sub("", script[:_MAX_SCRIPT].strip(), count=1).rstrip(" \t\r\n;")
    plain = _CLOSING.sub("", plain[-20:]).join((plain[:-20], "")).rstrip(" \t\r\n;")
    for attempt in (str, _mended, lambda t: _mended(unescape(t))):
        try:
            return json.JSONDecoder(strict=False, parse_int=_small_int).decode(attempt(plain))
        except (ValueError, RecursionError):
            continue
    return None


def _mended(script: str) -> str:
    return _SLIPS.sub(lambda match: match[1] or " ", script)


def _small_int(digits: str) -> int | None:
    return int(digits) if len(digits) < 16 else None


def _nodes(value: object) -> Iterator[dict[str, Any]]:
    """The objects in which the site's company or website may be described, outermost first."""
    queue: list[object] = [value]
    for _ in range(_MAX_NODES):
        if not queue:
            return
        node = queue.pop()
        if isinstance(node, list):
            queue.extend(reversed(node[:200]))
        elif isinstance(node, dict):
            yield node
            queue.extend(node[key] for key in reversed(_WITHIN) if key in node)


def _types(node: Mapping[str, Any]) -> list[str]:
    raw = node.get("@type")
    names = raw if isinstance(raw, list) else [raw]
    return [re.split(r"[/:#]", n)[-1] for n in names[:9] if isinstance(n, str)]


def _is_organization(node: Mapping[str, Any]) -> bool:
    names = [name.lower() for name in _types(node)]
    return any(n in _ORGANIZATIONS or n.endswith(("organization", "business")) for n in names)


def _first(raw: object, *keys: str) -> str | int | float | None:
    """The first plain value in what may be one, a list of such, or an object that has it."""
    for _ in range(6):
        if isinstance(raw, list):
            raw = next((part for part in raw if part), None)
        elif isinstance(raw, dict):
            raw = next((raw[key] for key in (*keys, "@value", "name") if raw.get(key)), None)
    if isinstance(raw, str):
        return unescape(raw)
    return raw if isinstance(raw, int | float) and not isinstance(raw, bool) else None


def _all(raw: object) -> list[Any]:
    return raw[:50] if isinstance(raw, list) else [raw]


# -- Contacts ------------------------------------------------------------------------------------

_GENERAL = _words(
    "info contact contacts contactus kontakt hello hallo hi hey mail email office team welcome post"
    " enquiries enquiry inquiries inquiry general reception service zentrale contacto contatti"
    " contatto contato informacion informazioni bonjour accueil segreteria sekretariat buero ask"
    " anfrage hola ola ciao postkasse"
)
_NOT_ASKED = re.compile(
    r"(?:no|do-?not|dont)[-_.]?reply|example|your?[-_.]?(?:name|email)|name|user(?:name)?|"
    r"firstname.*|vorname.*|postmaster|mailer-daemon|abuse|bounce.*|unsubscribe.*|[0-9a-f]{24,}"
)
_PERSONAL = re.compile(r"[a-z]+[._][a-z]{2,}")
_SPELLED = re.compile(r"[\[({] ?(?:at|@|ät|arroba|chiocciola) ?[\])}]", re.IGNORECASE)
_AT = re.compile(rf" ?{_SPELLED.pattern} ?", re.IGNORECASE)
_DOT = re.compile(r" ?[\[({] ?(?:dot|punkt|punto|point|ponto|\.) ?[\])}] ?", re.IGNORECASE)
_LOCAL, _DOMAIN = re.compile(r"[\w.%+-]+\Z", re.ASCII), re.compile(r"[\w-]+(?:\.[\w-]+)+", re.ASCII)
_EXTENSION = re.compile(r"[;,#x]|ext|app\b|poste", re.IGNORECASE)
_PHONE = re.compile(r"\+?[\d\s().\-/\u00a0\u2010-\u2015\u202f]+")


def phone(raw: object) -> str | None:
    """A telephone number: E.164 where its country is in it, else as it stands there."""
    found = text(raw)
    found = unquote(found).lower().removeprefix("tel:").strip() if found else ""
    found = _EXTENSION.split(found, maxsplit=1)[0].replace("(0)", "").strip()
    if not _PHONE.fullmatch(found):
        return None
    digits = "".join(char for char in found if char.isascii() and char.isdigit())
    if found.startswith("00"):
        digits = digits[2:]
    if not 7 <= len(digits) <= 15 or len(set(digits)) < 3:
        return None
    return f"+{digits}" if found.startswith(("+", "00")) else " ".join(found.split())


def _unhidden(code: str) -> str:
    """The address that a well-known CDN hides: a key byte, then each byte xor the key."""
    try:
        key, *rest = bytes.fromhex(code[:400])
    except ValueError:
        return ""
    return bytes(byte ^ key for byte in rest).decode("utf-8", "replace")


def _written(words: str) -> Iterator[str]:
    """The e-mail addresses in a text, plain or spelled for people."""
    if _SPELLED.search(words):
        words = _DOT.sub(".", _AT.sub("@", words))
    at = -1
    for _ in range(200):
        at = words.find("@", at + 1)
        if at < 0:
            return
        local = _LOCAL.search(words[max(0, at - 64) : at])
        domain = _DOMAIN.match(words[at + 1 : at + 200])
        if local and domain:
            yield f"{local[0]}@{domain[0]}"


_NETWORK = re.compile(
    r"(?:https?:)?//(?:[\w-]+\.){0,2}(linkedin|twitter|x|facebook|fb|instagram|youtube|"
    r"github)\.com/"
    r"([^?#]{2,200})",
    re.IGNORECASE | re.ASCII,
)
_PROFILES = {
    "linkedin": ("company_linkedin", re.compile(r"company/([^/]+)(?:/[\w-]+)?")),
    "x": ("company_twitter", re.compile(r"@?(\w{1,15})/?", re.ASCII)),
    "facebook": ("company_facebook", re.compile(r"(?:pages/([^/]+)/\d+|p/([^/]+)|([\w.\-]+))/?")),
    "instagram": ("company_instagram", re.compile(r"([\w.]{1,30})/?", re.ASCII)),
    "youtube": ("company_youtube", re.compile(r"(?:@|(?:channel|c|user)/)([\w.\-]+)/?")),
    "github": ("company_github", re.compile(r"([a-z\d-]{1,39})/?", re.ASCII | re.IGNORECASE)),
}
_SAME_NETWORK = {"twitter": "x", "fb": "facebook"}
_NO_PROFILE = _words(
    "about accounts ads apps blog business collections compose contact customer-stories developer"
    " developers dialog direct enterprise events explore feature features features.html feed gaming"
    " groups hashtag help home home.php i intent intents join l.php legal login login.php"
    " marketplace media messages new notifications oauth orgs p pages people permalink.php photo"
    " photo.php photos plugins policies pricing privacy profile.php readme reel reels search"
    " security settings share share.php sharer sharer.php signup site sponsors stories story.php"
    " terms topics tos tr trending tv v2.0 watch widgets wix wordpress"
)


def profile(url: str) -> tuple[str, str, str] | None:
    """Field, address and name of the company profile that a link leads to, or None.

    Links that share a page, and those to posts and to people, are none.
    """
    match = _NETWORK.match(url.strip())
    if match is None:
        return None
    network = match[1].lower()
    network = _SAME_NETWORK.get(network, network)
    field, pattern = _PROFILES[network]
    path = match[2].strip("/")
    slug = pattern.fullmatch(path)
    name = next((group for group in slug.groups() if group), "") if slug else ""
    if not name or name.lower() in _NO_PROFILE or (network == "facebook" and name.isdigit()):
        return None
    path = path.removeprefix("@") if network == "x" else path
    address = coerce(Field(field), f"https://{network}.com/{path}")
    return (field, address, unquote(name)) if isinstance(address, str) else None


# -- The words of pages --------------------------------------------------------------------------

_BETWEEN = re.compile(r"\s*[|•·»«]\s*|\s+[-–—~]+\s+|\s*[:–—]\s+")
_WELCOME = re.compile(
    r"^(?:welcome to|willkommen (?:bei|beim|auf)|bienvenue (?:chez|sur|à)|bienvenidos? a|"
    r"benvenut[oi] (?:in|su|da)|welkom bij|home of) ", re.IGNORECASE)  # fmt: skip
_NO_NAME = re.compile(
    r"(?:home ?page|home|welcome|start(?:seite)?|willkommen|accueil|bienvenue|inicio|bienvenidos?|"
    r"benvenut[oi]|welkom|index(?:\.html?)?|untitled(?: document)?|(?:my )?(?:web)?site|page|blog|"
    r"official (?:web)?site|(?:react|vite|vue|next|nuxt|angular|svelte)(?:\.js)?(?: ?\+ ?\w+)* ?"
    r"(?:app)?|app|shop|store|news|about(?: us)?|contact|kontakt|impressum|imprint|document|"
    r"loading\W*|error|login|log in|sign in|new tab|title|default|main|"
    r"\d+)\W*", re.IGNORECASE)  # fmt: skip
_NO_SUMMARY = re.compile(
    r"just another wordpress site|web site created using create-react-app|default description|"
    r"(?:meta )?description|a wix site", re.IGNORECASE)  # fmt: skip

_PARKED = re.compile(
    r"domain(?: name)? (?:\S+ )?(?:(?:is|may be|might be) )?(?:for sale|available for purchase|"
    r"parked)|"
    r"(?:buy|purchase|acquire|own|inquire about) th(?:is|e) (?:premium )?domain|parked (?:domain|"
    r"free|by)|"
    r"domain (?:parking|zu verkaufen|kaufen)|domain \S{0,80} ?steht zum verkauf|"
    r"diese domain (?:ist|wurde|kaufen|steht)|(?:nom de )?domaine (?:\S+ )?est (?:à vendre|"
    r"en vente)|"
    r"dominio (?:\S+ )?(?:está |è )?(?:en venta|in vendita)|domínio (?:\S+ )?(?:está )?à venda|"
    r"dom(?:ei|ai)n(?:naam)? (?:\S+ )?(?:is )?te koop|related searches|future home of something|"
    r"this domain (?:has (?:recently )?been registered|is registered|has expired|name has expired)",
    re.IGNORECASE)  # fmt: skip
_PARKING_HOSTS = re.compile(
    r"//(?:[\w-]{1,40}\.){0,3}(?:sedoparking|parkingcrew|bodis|afternic|hugedomains|undeveloped|sedo|"
    r"parklogic|above|voodoo|domainmarket|skenzo|dan|parkingpage|domainsponsor)\.(?:com|net)[/?: ]",
    re.IGNORECASE | re.ASCII)  # fmt: skip
_PLACEHOLDER = re.compile(
    r"welcome to (?:nginx|openresty|caddy|centos|plesk|apache)|.{0,30}default (?:web ?site|page|"
    r"server)|"
    r"test page for|iis\d* ?(?:windows|$)|(?:microsoft )?internet information services|it works|"
    r"index of /|(?:web )?server'?s? default page|(?:account|site|website) (?:suspended|not found|"
    r"unavailable|disabled|offline)|(?:\S+ (?:is )?)?(?:coming soon|under construction|"
    r"under maintenance)|"
    r"(?:website|seite)? ?(?:im aufbau|in bearbeitung)|wartung(?:sarbeiten|smodus)?|"
    r"site en construction|"
    r"en construcci[oó]n|in costruzione|maintenance(?: mode)?|(?:error )?(?:403|404|500|502|503)\b|"
    r"not found|page not found|forbidden|bad gateway|service unavailable|database error|"
    r"hello,? world",
    re.IGNORECASE)  # fmt: skip
_BLOCKED = re.compile(
    r"just a moment|attention required|access (?:to this page has been )?denied|"
    r"are you (?:a )?(?:robot|human)|"
    r"verify(?:ing)? (?:that )?you are (?:a )?human|security (?:check|verification)|"
    r"checking your browser|"
    r"ddos[- ]protection|captcha|request rejected|pardon our interruption|(?:bot|robot) (?:check|"
    r"verification)|"
    r"one moment, please|please wait\W*$|human verification",
    re.IGNORECASE)  # fmt: skip
_LOGIN = re.compile(
    r"log ?in|sign ?in|anmeld|einloggen|connexion|se connecter|iniciar sesi|acceso|accedi|"
    r"inloggen|entrar",
    re.IGNORECASE)  # fmt: skip
_SCRIPT_ONLY = re.compile(r"java ?script", re.IGNORECASE)

_TOPICS = {
    Topic.CONTACT: re.compile(
        r"contact|kontakt|contatt|contato|get[ -]in[ -]touch|reach[ -]us|yhteystiedot|"
        r"联系|お問い合わせ"),
    Topic.IMPRINT: re.compile(
        r"impressum|imprint|mentions[ -]l[eé]gales|aviso[ -]legal|note[ -]legali|dati[ -]societari|"
        r"legal[ -](?:notice|information|disclosure)|colofon|colophon|"
        r"anbieterkennzeichnung|特定商取引"),
    Topic.ABOUT: re.compile(
        r"about|(?:ue|ü|u|%c3%bc)ber[ -]uns|wir[ -]ueber|unternehmen|a[ -]propos|à[ -]propos|"
        r"qui[ -]sommes|entreprise|nosotros|qui[eé]nes[ -]somos|empresa|chi[ -]siamo|azienda|"
        r"over[ -]ons|om[ -]os+|o[ -]nas|sobre|quem[ -]somos|"
        r"who[ -]we[ -]are|our[ -](?:company|story)|"
        r"company|会社概要"),
}  # fmt: skip
_ORIGIN = re.compile(r"https?://[^/]*")
_NO_PAGE = re.compile(r"\.(?!html?$|php$|aspx?$|jsp$)[a-z0-9]{2,5}$", re.IGNORECASE)
_MAX_ANCHORS = 3_000

# The usual ones of the countries whose companies write them out; longer forms come first.
_FORMS = (
    r"GmbH & Co\. ?(?:KG|OHG)|gGmbH|GmbH|AG & Co\. ?KG|AG|KGaA|KG|OHG|UG \(haftungsbeschränkt\)|"
    r"e\. ?V\.|eG|SE|Incorporated|Inc\.?|LLC|L\.L\.C\.|LLP|Corporation|Corp\.?|Limited|PLC|plc|"
    r"Pty\.? Ltd\.?|Pte\.? Ltd\.?|Ltd\.?|S\.A\.S\.|SAS|SARL|S\.à r\.l\.|S\.A\.|SA|S\.r\.l\.|"
    r"S\.R\.L\.|Srl|S\.p\.A\.|SpA|S\.L\.U?\.?|SL|B\.V\.|BV|N\.V\.|NV|AB|ASA|AS|A/S|ApS|Oyj|Oy|"
    r"Sp\. z o\.o\.|s\.r\.o\.|a\.s\.|Kft\.|Zrt\.|d\.o\.o\.|Ltda\.?|Lda\.?|K\.K\."
)
_LEGAL_NAME = re.compile(
    r"(?:[^\W\d_a-z][\w'’.+-]{0,30}|\d[\w-]{0,15})"
    rf"(?:,? (?:[^\W_][\w'’.+-]{{0,30}}|&)){{0,5}}?,? (?:{_FORMS})(?!\w)"
)
_AHEAD = re.compile(r"^(?:©|\(c\)|copyright|all rights reserved|by|\d{4}|[-–,.\s])+", re.IGNORECASE)

_GENERATOR = re.compile(r"[A-Za-z][\w.!+ -]{1,38}?(?=\s+v?\d|\s*[;,(:]|\s*$)", re.ASCII)
_ASSETS = (
    ("/wp-content/", "WordPress"), ("/wp-includes/", "WordPress"), ("cdn.shopify.com", "Shopify"),
    ("static.wixstatic.com", "Wix"), ("static.parastorage.com", "Wix"), ("/typo3", "TYPO3"),
    ("squarespace.com", "Squarespace"), ("website-files.com", "Webflow"), ("/_next/", "Next.js"),
    ("/_nuxt/", "Nuxt"), ("/sites/default/files", "Drupal"), ("hs-scripts.com", "HubSpot"),
    ("googletagmanager.com", "Google Tag Manager"), ("google-analytics.com", "Google Analytics"),
    ("matomo.js", "Matomo"), ("piwik.js", "Matomo"), ("jquery", "jQuery"),
    ("bootstrap", "Bootstrap"), ("js.stripe.com", "Stripe"), ("static.hotjar.com", "Hotjar"),
    ("widget.intercom.io", "Intercom"), ("cdn.segment.com", "Segment"),
    ("plausible.io", "Plausible"),
)  # fmt: skip
_MARKS = (("[ng-version]", "Angular"), ("[data-wf-site]", "Webflow"), ("[data-reactroot]", "React"))


class _Page:
    """One page while it is read: its tree, and the facts found so far, each value once."""

    def __init__(self, tree: LexborHTMLParser, url: str, domain: str) -> None:
        self._tree, self._url, self._domain = tree, url, domain
        self._host = _host(url).removeprefix("www.")
        self._label = label(domain)
        base = tree.css_first("base[href]")
        self._base = _absolute(url, (base and base.attributes.get("href")) or "") or url
        self._anchors = [
            (href, node)
            for node in tree.css("a[href]")[:_MAX_ANCHORS]
            if (href := (node.attributes.get("href") or "").strip())
        ]
        self._metas = self._read_metas()
        title = tree.css_first("head title") or tree.css_first("title")
        self._title = text(title.text() if title else None) or ""
        self._seen: set[tuple[str, object]] = set()
        self._count: Counter[str] = Counter()
        self._properties = _MAX_PROPERTIES
        self._parking = False
        self._good = False  # whether the page describes the company in words made for it
        self._noscript = " ".join(n.text() for n in tree.css("noscript")[:20])[:_SHORT]
        self.facts: list[Fact] = []
        self.names: list[str] = []

    def _read_metas(self) -> dict[str, str]:
        metas: dict[str, str] = {}
        for node in self._tree.css("meta[content]")[:200]:
            attributes = node.attributes
            name = (
                attributes.get("property") or attributes.get("name") or attributes.get("http-equiv")
            )
            if name:
                metas.setdefault(name.strip().lower()[:60], attributes.get("content") or "")
        return metas

    @cached_property
    def _words(self) -> str:
        """The visible text, one line a piece.

        What is not visible is gone from the tree after this, so no node that was found before
        may be touched any more.
        """
        self._anchors.clear()
        self._tree.strip_tags(["script", "style", "noscript", "template", "svg", "iframe"])
        body = self._tree.body
        return body.text(separator="\n", strip=True) if body else ""

    def add(self, field: str, raw: object, source: Source) -> None:
        """Note a value, if it is one."""
        if isinstance(raw, str):
            if field in ("company_name", "legal_name") and (
                len(raw) > _MAX_NAME or _NO_NAME.fullmatch(raw)
            ):
                return
            if field == "description":
                raw = raw[:_MAX_SUMMARY]
            elif len(raw) > _MAX_VALUE and field != "logo_url":
                return
        content = phone(raw) if field == "company_phone" else coerce(Field(field), raw)
        if content is None or (field, content) in self._seen or self._count[field] >= _MAX_VALUES:
            return
        self._count[field] += 1
        self._seen.add((field, content))
        self.facts.append(Fact(field, content, source, self._url))
        if field in ("company_name", "legal_name") and isinstance(content, str):
            self.names.append(content)

    # -- what the site says for machines ---------------------------------------------------------

    def organization(self) -> None:
        """JSON-LD and microdata: the one organization that is most plainly the site's own."""
        scripts = self._tree.css('script[type*="ld+json" i]')[:_MAX_SCRIPTS]
        nodes = [node for script in scripts for node in _nodes(_parsed(script.text()))]
        stated = [(node, Source.STATED) for node in nodes if _is_organization(node)]
        marked = [(node, Source.MARKED) for node in self._microdata()]
        for kind in (stated, marked):
            ranked = sorted(kind[:_MAX_ORGANIZATIONS], key=lambda pair: -self._nearness(pair[0]))
            if ranked and self._nearness(ranked[0][0]) > 0:
                self._good = True
                self._describe(*ranked[0])
        for node in nodes:
            if any(name.lower() == "website" for name in _types(node)):
                self.add("company_name", _first(node.get("name")), Source.STATED_SITE)

    def _nearness(self, node: Mapping[str, Any]) -> int:
        """How surely the organization is this site's: by its address first, then by its name."""
        links = [raw for key in ("url", "@id") if isinstance(raw := _first(node.get(key)), str)]
        hosts = [host for link in links if (host := _host(_absolute(self._base, link) or ""))]
        points = 1
        if any(self._own(host) for host in hosts):
            points += 3
        elif hosts:
            points -= 3
        names = [_first(node.get(key)) for key in ("name", "legalName", "alternateName")]
        if any(isinstance(name, str) and resembles(name, self._label) for name in names):
            points += 3
        return points + any(key in node for key in ("address", "telephone", "logo", "sameAs"))

    def _describe(self, node: Mapping[str, Any], source: Source) -> None:
        for field, key in (
            ("company_name", "name"),
            ("legal_name", "legalName"),
            ("description", "description"),
            ("company_phone", "telephone"),
            ("founded_year", "foundingDate"),
            ("industry", "industry"),
        ):
            self.add(field, _first(node.get(key)), source)
        self.add("employee_count", _first(node.get("numberOfEmployees"), "value"), source)
        self._address(node, source)
        logo = _first(node.get("logo"), "url", "contentUrl", "@id")
        if isinstance(logo, str):
            self.add("logo_url", _absolute(self._base, logo), source)
        contacts = [c for c in _all(node.get("contactPoint")) if isinstance(c, dict)]
        for contact in (node, *contacts):
            self._mail(_first(contact.get("email")), source)
        for contact in contacts:
            self.add("company_phone", _first(contact.get("telephone")), source)
        for link in _all(node.get("sameAs")):
            found = profile(link) if isinstance(link, str) else None
            if found:
                self.add(found[0], found[1], source)
        for kind in _types(node):
            if kind.lower() in _ORGANIZATIONS - _TOO_GENERAL:
                words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower()
                self.add("industry", words[:1].upper() + words[1:], Source.KIND)

    def _address(self, node: Mapping[str, Any], source: Source) -> None:
        places = [node, *(p for p in _all(node.get("location")) if isinstance(p, dict))]
        found = [a for p in places for a in _all(p.get("address")) if isinstance(a, dict)]
        for address in found[:1]:
            self.add("street_address", _first(address.get("streetAddress")), source)
            self.add("city", _first(address.get("addressLocality")), source)
            self.add("region", _first(address.get("addressRegion")), source)
            self.add("postal_code", _first(address.get("postalCode")), source)
            self.add("country", _first(address.get("addressCountry"), "identifier"), source)

    def _microdata(self) -> list[dict[str, Any]]:
        scopes = self._tree.css("[itemscope][itemtype]:not([itemprop])")[:_MAX_ORGANIZATIONS]
        kinds = [{"@type": (node.attributes.get("itemtype") or "").split()} for node in scopes]
        pairs = zip(scopes, kinds, strict=True)
        return [self._item(node, 0) for node, kind in pairs if _is_organization(kind)]

    def _item(self, node: LexborNode, depth: int) -> dict[str, Any]:
        """One microdata item, with the items inside of it as far as anything is read of them."""
        item: dict[str, Any] = {"@type": (node.attributes.get("itemtype") or "").split()}
        for inner in node.css("[itemprop]"):
            self._properties -= 1
            if self._properties < 0:
                break
            name = (inner.attributes.get("itemprop") or "").strip()
            if inner.mem_id == node.mem_id or name in item or not _belongs(inner, node):
                continue
            if "itemscope" in inner.attributes:
                item[name] = self._item(inner, depth + 1) if depth < 2 else None
            else:
                item[name] = _property(inner, name)
        return item

    def head(self) -> None:
        """What stands in the head: names, summary, language."""
        metas = self._metas
        site = metas.get("og:site_name", "")
        if site and _folded(site) != _folded(self._domain):
            self._good = True
            self.add("company_name", site, Source.SITE_NAME)
        for key in ("application-name", "apple-mobile-web-app-title"):
            if resembles(metas.get(key, ""), self._label):
                self.add("company_name", metas[key], Source.TITLE_ALIKE)
        for key in ("description", "og:description", "twitter:description"):
            summary = metas.get(key, "").strip()
            if len(summary) >= 15 and not _NO_SUMMARY.match(summary):
                self._good = True
                self.add("description", summary, Source.SUMMARY)
        self._name_from_title()
        root = self._tree.css_first("html")
        tag = (root and root.attributes.get("lang")) or metas.get("og:locale") or ""
        if found := _language(tag) or _language(metas.get("content-language", "")):
            self.add("language", found, Source.LANGUAGE)
        handle = metas.get("twitter:site", "").strip()
        if re.fullmatch(r"@\w{1,15}", handle, re.ASCII):
            self._profile("company_twitter", f"https://x.com/{handle[1:]}", handle[1:])

    def _name_from_title(self) -> None:
        parts = [_WELCOME.sub("", part.strip()) for part in _BETWEEN.split(self._title[:300])]
        parts = [part for part in parts if part and not _NO_NAME.fullmatch(part)]
        alike = [p for p in parts if len(p) <= 60 and resembles(p, self._label)]
        if alike:
            self.add("company_name", min(alike, key=len), Source.TITLE_ALIKE)
        elif parts and _topic(self._url, "") is None:
            self.add("company_name", min(parts, key=len), Source.TITLE)

    # -- what it says for people -----------------------------------------------------------------

    def anchors(self) -> None:
        """Profiles, telephone numbers and mailboxes that are linked."""
        found = [p for href, _ in self._anchors if (p := profile(href))]
        for field in dict.fromkeys(field for field, _, _ in found):
            mine = list(dict.fromkeys((a, name) for f, a, name in found if f == field))[:40]
            alike = [pair for pair in mine if self._alike(pair[1])]
            # Many profiles of other names are those of customers or partners.
            for address, name in alike or (mine if len(mine) <= 2 else []):
                self._profile(field, address, name)
        for href, node in self._anchors:
            start = href[:7].lower()
            if start.startswith("tel:") and not _is_fax(node):
                self.add("company_phone", href, Source.PHONE_LINK)
            elif start == "mailto:":
                self._mail(unquote(href[7:]).split("?")[0].split(",")[0], Source.MAIL_OTHER)
            elif "/cdn-cgi/l/email-protection#" in href:
                self._mail(_unhidden(href.rpartition("#")[2]), Source.MAIL_OTHER)
        for node in self._tree.css("[data-cfemail]")[:20]:
            self._mail(_unhidden(node.attributes.get("data-cfemail") or ""), Source.MAIL_OTHER)

    def mails(self) -> None:
        """Mailboxes in the text."""
        if "@" in self._words or _SPELLED.search(self._words):
            for address in _written(" ".join(self._words.split())):
                self._mail(address, Source.MAIL_OTHER)

    def _mail(self, raw: object, source: Source) -> None:
        """A mailbox under the site's own domain, and none that is somebody's own name.

        What the company states for machines may lie elsewhere, at less trust.
        """
        address = coerce(Field("company_email"), raw)
        if not isinstance(address, str) or len(address) > 120:
            return
        local, _, host = address.partition("@")
        if _NOT_ASKED.fullmatch(local):
            return
        stated = source in (Source.STATED, Source.MARKED)
        if not self._own(host):
            if stated:
                self.add("company_email", address, Source.MAIL_OTHER)
            return
        general = local.split("+")[0] in _GENERAL or _folded(local) == _folded(self._label)
        if stated or general:
            self.add("company_email", address, source if stated else Source.MAIL_GENERAL)
        elif not _PERSONAL.fullmatch(local):
            self.add("company_email", address, Source.MAIL_OTHER)

    def _profile(self, field: str, address: str, name: str) -> None:
        self.add(field, address, Source.PROFILE_ALIKE if self._alike(name) else Source.PROFILE)

    def _alike(self, name: str) -> bool:
        return resembles(name, self._label) or any(resembles(own, name) for own in self.names[:3])

    def _own(self, host: str) -> bool:
        host = host.removeprefix("www.")
        return same_site(host, self._domain) or (self._host != "" and same_site(host, self._host))

    def pictures(self) -> None:
        """The logo, or what comes near."""
        for node in self._tree.css(
            'img[class*="logo" i],img[id*="logo" i],img[alt*="logo" i],img[src*="logo" i]'
        )[:5]:
            attributes = node.attributes
            told = " ".join(str(attributes.get(key) or "") for key in ("class", "id", "alt", "src"))
            source = attributes.get("src") or attributes.get("data-src") or ""
            if not re.search(
                r"partner|client|customer|sponsor|payment|kunde|award", told, re.IGNORECASE
            ):
                self.add("logo_url", _absolute(self._base, source) if source else None, Source.LOGO)
                break
        icons = self._tree.css('link[rel~="apple-touch-icon" i][href]')[:1]
        for node in icons or self._tree.css('link[rel~="icon" i][href]')[:1]:
            href = node.attributes.get("href") or ""
            self.add("logo_url", _absolute(self._base, href), Source.ICON)

    def signs(self) -> None:
        """Technologies that leave plain marks."""
        found = {name for selector, name in _MARKS if self._tree.css_first(selector)}
        if generator := _GENERATOR.match(self._metas.get("generator", "").strip()):
            found.add(generator[0])
        nodes = self._tree.css("script[src],link[href],iframe[src]")[:300]
        links = [n.attributes.get("src") or n.attributes.get("href") or "" for n in nodes]
        assets = " ".join(link[:300] for link in links).lower()
        anchors = " ".join(href[:300] for href, _ in self._anchors[:50])
        self._parking = _PARKING_HOSTS.search(f"{assets} {anchors} ") is not None
        found.update(name for part, name in _ASSETS if part in assets)
        if found:
            self.add("technologies", sorted(found), Source.SIGN)

    def legal_names(self) -> None:
        """Names with a legal form: at the foot of any page, anywhere on an imprint."""
        topic = _topic(self._url, "")
        words = self._words
        searched = words[:20_000] if topic is Topic.IMPRINT else words[-3_000:]
        lines = [" ".join(line.split()) for line in searched.split("\n") if len(line) <= 400]
        matches = (match for line in lines if (match := _LEGAL_NAME.search(_AHEAD.sub("", line))))
        for match in islice(matches, _MAX_ORGANIZATIONS):
            if self._alike(match[0]):
                self.add("legal_name", match[0], Source.LEGAL_ALIKE)
            elif topic is Topic.IMPRINT:
                self.add("legal_name", match[0], Source.LEGAL)

    # -- what kind of page it is -----------------------------------------------------------------

    def links(self) -> tuple[tuple[Topic, str], ...]:
        """The nearest further page on each topic."""
        found: dict[Topic, str] = {}
        for href, node in self._anchors:
            # Such pages lie near the root; most links do not, and are not worth a closer look.
            if len(href) > 200 or "?" in href or href.count("/") > 6 or href[0] == "#":
                continue
            topic = _topic(href, node.text()[:60])
            url = _absolute(self._base, href.partition("#")[0]) if topic else None
            if topic is None or url is None or url == self._url or not self._own(_host(url)):
                continue
            if _NO_PAGE.search(urlsplit(url).path):
                continue
            if topic not in found or len(url) < len(found[topic]):
                found[topic] = url
        return tuple(found.items())

    def refresh(self) -> str | None:
        """Where a page with hardly any text of its own sends the visitor at once."""
        match = re.match(
            r"\s*(\d{1,2})\s*[;,]\s*url\s*=\s*[\"']?([^\"']+)",
            self._metas.get("refresh", ""),
            re.IGNORECASE,
        )
        if match is None or int(match[1]) > 5 or len(self._words) > _SHORT:
            return None
        return _absolute(self._base, match[2])

    def verdict(self) -> Verdict:
        """What the page is. Notices count only where there is little else."""
        words = " ".join(self._words[: 20 * _SHORT].split())
        if len(words) >= _SHORT:
            return Verdict.SITE
        heading = self._tree.css_first("h1")
        said = (self._title, text(heading.text() if heading else None) or "")
        if any(_BLOCKED.match(line) for line in said):
            return Verdict.BLOCKED
        stated = any(fact.source is Source.STATED for fact in self.facts)
        parked = _PARKED.search(f"{self._title} {words}") or (len(words) < 600 and self._parking)
        if parked and not stated:
            return Verdict.PARKED
        if any(_PLACEHOLDER.match(line) for line in said) and not stated:
            return Verdict.PLACEHOLDER
        if self._good or len(words) >= 600:
            return Verdict.SITE
        if _LOGIN.search(self._title) and self._tree.css_first('input[type="password"]'):
            return Verdict.WALLED
        named = any(fact.source is Source.TITLE_ALIKE for fact in self.facts)
        alone = _SCRIPT_ONLY.search(f"{words} {self._noscript}") and len(words) < 200
        return Verdict.WALLED if not named and (alone or len(words) < 20) else Verdict.SITE


def _topic(href: str, words: str) -> Topic | None:
    """What the page behind a link is about, by its path or by what the link says."""
    path = _ORIGIN.sub("", href.lower()).replace("_", "-").rstrip("/").split("/")
    last = "/".join(path[-2:])
    said = words.strip().lower()
    for topic, pattern in _TOPICS.items():
        if pattern.search(last) or (len(said) < 40 and pattern.match(said)):
            return topic
    return None


def _language(tag: str) -> str | None:
    """A language tag in its usual spelling, such as de-CH, or None."""
    parts = tag.strip().replace("_", "-").split("-")[:3]
    if not re.fullmatch(r"[a-zA-Z]{2,3}", parts[0], re.ASCII):
        return None
    rest = [
        p.upper() if len(p) == 2 else p.title()
        for p in parts[1:]
        if re.fullmatch(r"[a-zA-Z]{2}|[a-zA-Z]{4}", p, re.ASCII)
    ]
    return "-".join([parts[0].lower(), *rest])


def _is_fax(node: LexborNode) -> bool:
    before = node.prev
    near = node.text()[:60] + (before.text()[-20:] if before and before.is_text_node else "")
    return "fax" in (near + (node.attributes.get("class") or "")).lower()


def _belongs(inner: LexborNode, scope: LexborNode) -> bool:
    """Whether a property is that item's own, not one of an item inside of it."""
    parent = inner.parent
    for _ in range(40):
        if parent is None:
            return False
        if parent.mem_id == scope.mem_id:
            return True
        if "itemscope" in parent.attributes:
            return False
        parent = parent.parent
    return False


def _property(node: LexborNode, name: str) -> str:
    attributes: Mapping[str, str | None] = node.attributes
    keys: Sequence[str] = ("content", "datetime")
    if name in ("url", "sameAs", "logo", "image", "email", "telephone"):
        keys = (*keys, "href", "src")
    return (
        next((v for k in keys if (v := attributes.get(k))), None)
        or node.text(separator=" ", strip=True)[:2_000]
    )

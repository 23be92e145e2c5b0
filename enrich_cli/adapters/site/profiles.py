"""Profiles on social networks: the company's own, and no buttons to share a page."""

from __future__ import annotations

import re
from urllib.parse import unquote

from enrich_cli.adapters.coerce import coerce
from enrich_cli.adapters.site.document import Document
from enrich_cli.adapters.site.facts import Source
from enrich_cli.adapters.site.findings import Findings
from enrich_cli.adapters.site.wording import words
from enrich_cli.domain.entity import Field

_NETWORK = re.compile(
    r"(?:https?:)?//(?:[\w-]++\.){0,2}(linkedin|twitter|x|facebook|fb|instagram|youtube|"
    r"github|tiktok|crunchbase)\.com/"
    r"(?:#!/)?([^?#]{2,200})",
    re.IGNORECASE | re.ASCII,
)
_PROFILES = {
    "linkedin": ("company_linkedin", re.compile(r"company/([^/]+)(?:/[\w-]+)?")),
    "x": ("company_twitter", re.compile(r"@?(\w{1,15})/?", re.ASCII)),
    "facebook": ("company_facebook", re.compile(r"(?:pages/([^/]+)/\d+|p/([^/]+)|([\w.\-]+))/?")),
    "instagram": ("company_instagram", re.compile(r"([\w.]{1,30})/?", re.ASCII)),
    "youtube": ("company_youtube", re.compile(r"(?:@|(?:channel|c|user)/)([\w.\-]+)/?")),
    "tiktok": ("company_tiktok", re.compile(r"@([\w.]{2,24})/?", re.ASCII)),
    "crunchbase": ("company_crunchbase", re.compile(r"organization/([^/]+)(?:/[\w-]+){0,2}")),
    "github": ("company_github", re.compile(r"([a-z\d-]{1,39})", re.ASCII | re.IGNORECASE)),
}
_FOLLOW = re.compile(r"intent/(?:user|follow)\?(?:.{0,100}&)?screen_name=(\w{1,15})", re.ASCII)
_SAME_NETWORK = {"twitter": "x", "fb": "facebook"}
_NO_PROFILE = words(
    "about accounts ads apps blog business collections compose contact customer-stories developer"
    " developers dialog direct enterprise events explore feature features features.html feed gaming"
    " groups hashtag help home home.php i intent intents join l.php legal login login.php"
    " marketplace media messages new notifications oauth orgs p pages people permalink.php photo"
    " photo.php photos plugins policies pricing privacy profile.php readme reel reels search"
    " security settings share share.php sharer sharer.php signup site sponsors stories story.php"
    " terms topics tos tr trending tv v2.0 watch widgets"
)
BUILDERS = words(
    "blogger blogspot wix wixcom wordpress wordpressdotcom wordpresscom squarespace shopify"
    " webflow jimdo weebly godaddy ionos strato elementor elemntor elegantthemes prestashop"
    " joomla drupal ghost tryghost framer duda dudamobile hubspot tilda tildacc site123 webnode"
    " bigcommerce magento typo3 typo3cms contentful gatsbyjs nextjs vercel netlify cloudflare"
    " hostinger one.com cargo readymag carrd unbounce leadpages strikingly bandzoogle"
    " templatemonster themeforest envato"
)
"""Who made the site, or the software under it: named and linked on the pages of other firms."""


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
    if network == "x" and (follow := _FOLLOW.search(url[:400])):
        path = follow[1]
    if network == "github":
        path = path.removeprefix("orgs/")
    slug = pattern.fullmatch(path)
    name = next((group for group in slug.groups() if group), "") if slug else ""
    if not name or name.lower() in _NO_PROFILE or (network == "facebook" and name.isdigit()):
        return None
    if network == "crunchbase":  # without the page of the profile that is linked
        path = f"organization/{name}"
    path = path.removeprefix("@") if network == "x" else path
    address = coerce(Field(field), f"https://{network}.com/{path}")
    return (field, address, unquote(name)) if isinstance(address, str) else None


def find(document: Document, findings: Findings) -> None:
    """Note the company's own profiles among those that the page links."""
    own = [href for rel, href in document.linked if "me" in rel or "publisher" in rel][:20]
    own += [node.attributes.get("data-href") or "" for node in document.rare(".fb-page")[:3]]
    hrefs = (*own, *(href for href in document.away if "//" in href[:8]))
    found = [p for href in hrefs if (p := profile(href)) and not _is_builders(p[2], findings)]
    for field in dict.fromkeys(field for field, _, _ in found):
        mine = list(dict.fromkeys((a, name) for f, a, name in found if f == field))[:40]
        alike = [pair for pair in mine if findings.alike(pair[1])]
        # Many profiles of other names are those of customers or partners.
        for address, name in alike or (mine if len(mine) <= 2 else []):
            note(field, address, name, findings)


def _is_builders(name: str, findings: Findings) -> bool:
    return name.lower() in BUILDERS and not findings.alike(name)


def note(field: str, address: str, name: str, findings: Findings) -> None:
    """Note a profile, trusted by whether its name is like the company's."""
    alike = findings.alike(name)
    findings.add(field, address, Source.PROFILE_ALIKE if alike else Source.PROFILE)

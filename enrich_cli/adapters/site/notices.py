"""Tells sites from notices: parked, for sale, a server's default page, a wall, a robot test."""

from __future__ import annotations

import re

from enrich_cli.adapters.coerce import text
from enrich_cli.adapters.site.document import NOTICE, Document
from enrich_cli.adapters.site.facts import Source, Verdict
from enrich_cli.adapters.site.findings import Findings

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


def verdict(document: Document, findings: Findings) -> Verdict:
    """What the page is. Notices count only where there is little else."""
    words = " ".join(document.words[: 20 * NOTICE].split())
    if len(words) >= NOTICE:
        return Verdict.SITE
    heading = document.tree.css_first("h1")
    said = (document.title, text(heading.text() if heading else None) or "")
    if any(_BLOCKED.match(line) for line in said):
        return Verdict.BLOCKED
    stated = findings.has(Source.STATED)
    advertised = len(words) < 600 and bool(
        _PARKING_HOSTS.search(document.assets + document.targets)
    )
    if not stated and (_PARKED.search(f"{document.title} {words}") or advertised):
        return Verdict.PARKED
    if any(_PLACEHOLDER.match(line) for line in said) and not stated:
        return Verdict.PLACEHOLDER
    if findings.described or len(words) >= 600:
        return Verdict.SITE
    if _LOGIN.search(document.title) and document.tree.css_first('input[type="password"]'):
        return Verdict.WALLED
    alone = _SCRIPT_ONLY.search(f"{words} {document.noscript}") and len(words) < 200
    empty = not findings.has(Source.TITLE_ALIKE) and (alone or len(words) < 20)
    return Verdict.WALLED if empty else Verdict.SITE

"""Tells sites from notices: parked, for sale, a server's default page, a wall, a robot test."""

from __future__ import annotations

import re

from enrich_cli.adapters.coerce import text
from enrich_cli.adapters.site.document import NOTICE, Document
from enrich_cli.adapters.site.facts import Source, Verdict
from enrich_cli.adapters.site.findings import Findings

# Each of them is searched for in pages with little text only, so that they may be short.
_PARKED = re.compile(
    r"domain(?: name)? (?:\S+ )?(?:(?:is|may be|might be) )?(?:for sale|available for purchase|"
    r"parked)|"
    r"(?:buy|purchase|acquire|own|inquire about) th(?:is|e) (?:premium )?domain|parked (?:domain|"
    r"free|by)|make (?:an|your) offer (?:on|for) this domain|"
    r"domain (?:parking|zu verkaufen|kaufen)|domain \S{0,80} ?steht zum verkauf|"
    r"diese domain (?:ist|wurde|kaufen|steht)|(?:nom de )?domaine (?:\S+ )?est (?:à vendre|"
    r"en vente)|"
    r"dominio (?:\S+ )?(?:está |è )?(?:en venta|in vendita)|domínio (?:\S+ )?(?:está )?à venda|"
    r"dom(?:ei|ai)n(?:naam)? (?:\S+ )?(?:is )?te koop|related searches|future home of something|"
    r"this domain (?:has (?:recently )?been registered|is registered|has expired|name has expired)|"
    r"domen[ay] (?:\S+ )?(?:jest )?na sprzedaż|na sprzedaż domen|domänen (?:\S+ )?är till salu|"
    r"domænet (?:\S+ )?er til salg|domenet (?:\S+ )?er til salgs|doména (?:\S+ )?je na prodej|"
    r"alan adı satılık|satılık (?:alan adı|domain)|verkkotunnus (?:\S+ )?(?:on )?myytävänä|"
    r"домен (?:\S+ )?(?:продается|продаётся|припаркован)|域名(?:出售|转让|待售|正在出售)|"
    r"ドメインは?(?:販売|売り出|お名前\.com)|도메인(?:을)? ?판매",
    re.IGNORECASE)  # fmt: skip
_PARKING_HOSTS = re.compile(
    r"//(?:[\w-]{1,40}\.){0,3}(?:sedoparking|parkingcrew|bodis|afternic|hugedomains|undeveloped|sedo|"
    r"parklogic|above|voodoo|domainmarket|skenzo|dan|parkingpage|domainsponsor)\.(?:com|net)[/?: ]",
    re.IGNORECASE | re.ASCII)  # fmt: skip
# What parking firms leave in pages that show nothing without their scripts.
_PARKING_MARKS = "html[data-adblockkey],#parking-lander,#sedo_search,script[src*='parking' i]"
_PARKING_SCRIPTS = re.compile(r"[\"']/lander[\"'?]|window\.park\b|parkingPageType")
_PLACEHOLDER = re.compile(
    r"welcome to (?:nginx|openresty|caddy|centos|plesk|apache|your new (?:web)?site|xampp|"
    r"lighttpd)|"
    r".{0,30}default (?:web ?site|page|server|welcome page)|placeholder page|"
    r"test page for|iis\d* ?(?:windows|$)|(?:microsoft )?internet information services|it works|"
    r"index of /|(?:web )?server'?s? default page|(?:account|site|website) (?:suspended|not found|"
    r"unavailable|disabled|offline|expired|not published)|(?:\S+ (?:is )?)?(?:coming soon|"
    r"under construction|under maintenance|launching soon)|apache tomcat|congratulations!? your|"
    r"(?:website|seite)? ?(?:im aufbau|in bearbeitung)|wartung(?:sarbeiten|smodus)?|"
    r"(?:hier entsteht|demnächst)|site en construction|bientôt (?:en ligne|disponible)|"
    r"en construcci[oó]n|próximamente|in costruzione|prossimamente|em (?:construção|breve)|"
    r"binnenkort|in aanbouw|strona w budowie|wkrótce|under uppbyggnad|kommer snart|"
    r"tulossa pian|stránky ve výstavbě|yapım aşamasında|сайт (?:в разработке|находится)|"
    r"工事中|準備中|建设中|网站建设中|maintenance(?: mode)?|(?:error )?(?:403|404|500|502|503)\b|"
    r"not found|page not found|forbidden|bad gateway|service unavailable|database error|"
    r"hello,? world",
    re.IGNORECASE)  # fmt: skip
_BLOCKED = re.compile(
    r"just a moment|attention required|access (?:to this page has been )?denied|"
    r"are you (?:a )?(?:robot|human)|"
    r"verify(?:ing)? (?:that )?you are (?:a )?human|security (?:check|verification)|"
    r"checking your browser|"
    r"ddos[- ]protection|captcha|request rejected|pardon our interruption|(?:bot|robot) (?:check|"
    r"verification)|enable javascript and cookies to continue|"
    r"one moment, please|please wait\W*$|human verification|radware|unusual traffic|"
    r"you have been blocked|client challenge",
    re.IGNORECASE)  # fmt: skip
_LOGIN = re.compile(
    r"log ?in|sign ?in|anmeld|einloggen|connexion|se connecter|iniciar sesi|acceso|accedi|"
    r"inloggen|entrar|zaloguj|logga in|log ind|logg inn|kirjaudu|přihlá|giriş|войти|вход|"
    r"ログイン|登录",
    re.IGNORECASE)  # fmt: skip
_BLANKS = b" \t\n\v\f\r\x1c\x1d\x1e\x1f"
_SCRIPT_ONLY = re.compile(r"java ?script", re.IGNORECASE)


def verdict(document: Document, findings: Findings) -> Verdict:
    """What the page is. Notices count only where there is little else."""
    start = document.words[: 2 * NOTICE]  # mostly the first look is enough
    if len(start.encode("ascii", "ignore").translate(None, _BLANKS)) >= NOTICE:
        return Verdict.SITE
    words = " ".join(document.words[: 20 * NOTICE].split())
    if len(words) >= NOTICE:
        return Verdict.SITE
    heading = document.tree.css_first("h1")
    said = (document.title, text(heading.text() if heading else None) or "")
    if any(_BLOCKED.match(line) for line in said):
        return Verdict.BLOCKED
    stated = findings.has(Source.STATED)
    advertised = len(words) < 600 and _is_advertised(document)
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


def _is_advertised(document: Document) -> bool:
    """Whether the page leads to firms that fill parked domains with advertisements."""
    return bool(
        _PARKING_HOSTS.search(f"{document.assets} {document.targets}")
        or _PARKING_SCRIPTS.search(document.scripts)
        or document.tree.css_first(_PARKING_MARKS)
    )

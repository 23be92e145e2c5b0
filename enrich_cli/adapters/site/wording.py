"""Words that stand where a name or a summary belongs, and are none."""

from __future__ import annotations

import re
from functools import lru_cache

_NO_NAME = re.compile(
    r"(?:home ?page|home|welcome|start(?:seite)?|willkommen|accueil|bienvenue|inicio|bienvenidos?|"
    r"benvenut[oi]|welkom|index(?:\.html?)?|untitled(?: document)?|(?:my )?(?:web)?site|page|blog|"
    r"official (?:web)?site|(?:react|vite|vue|next|nuxt|angular|svelte)(?:\.js)?(?: ?\+ ?\w+)* ?"
    r"(?:app)?|app|shop|store|news|about(?: us)?|contact|kontakt|impressum|imprint|document|"
    r"contatti|contatto|contacto|contato|contactez-nous|nous contacter|aviso legal|note legali|"
    r"mentions légales|colofon|über uns|a propos|à propos|qui sommes-nous|quienes somos|chi siamo|"
    r"over ons|om oss|om os|o nas|o firmie|sobre nós|quem somos|yhteystiedot|iletişim|hakkımızda|"
    r"página inicial|início|strona główna|hem|startsida|forside|hjem|etusivu|domů|ana sayfa|"
    r"главная(?: страница)?|контакты|о компании|ホーム|トップページ|会社概要|お問い合わせ|首页|"
    r"主页|"
    r"关于我们|联系我们|홈|회사소개|αρχική|loading\W*|error|login|log in|sign in|new tab|title|"
    r"default|main|"
    r"[\W\d_]+)\W*", re.IGNORECASE)  # fmt: skip
NO_SUMMARY = re.compile(
    r"just another wordpress site|web site created using create-react-app|default description|"
    r"(?:meta )?description|a wix site|joomla! - the dynamic portal|"
    r"[^.,;:]{3,40} prestashop\W*$", re.IGNORECASE)  # fmt: skip
"""How summaries begin that came with the site's software."""


@lru_cache(maxsize=4_096)
def names_nobody(text: str) -> bool:
    """Whether a text is the whole of a title or a name, and names nobody."""
    return _NO_NAME.fullmatch(text) is not None


def words(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())

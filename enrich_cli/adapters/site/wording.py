"""Words that stand where a name or a summary belongs, and are none."""

from __future__ import annotations

import re

NO_NAME = re.compile(
    r"(?:home ?page|home|welcome|start(?:seite)?|willkommen|accueil|bienvenue|inicio|bienvenidos?|"
    r"benvenut[oi]|welkom|index(?:\.html?)?|untitled(?: document)?|(?:my )?(?:web)?site|page|blog|"
    r"official (?:web)?site|(?:react|vite|vue|next|nuxt|angular|svelte)(?:\.js)?(?: ?\+ ?\w+)* ?"
    r"(?:app)?|app|shop|store|news|about(?: us)?|contact|kontakt|impressum|imprint|document|"
    r"loading\W*|error|login|log in|sign in|new tab|title|default|main|"
    r"\d+)\W*", re.IGNORECASE)  # fmt: skip
"""The whole of a title or a name that names nobody."""

NO_SUMMARY = re.compile(
    r"just another wordpress site|web site created using create-react-app|default description|"
    r"(?:meta )?description|a wix site", re.IGNORECASE)  # fmt: skip
"""How summaries begin that came with the site's software."""


def words(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())

"""The rules of a robots.txt, as far as they concern us."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from protego import Protego

AGENT = "enrich"
"""The name that a robots.txt calls us by."""

MAX_BYTES = 500 * 1024
"""RFC 9309, 2.5: at least that much of a robots.txt is to be read."""

# Other agents than us in a robots.txt, and names that a file could be filled with.
_OTHERS = re.compile(
    rf"(?im)^([^\S\n]*user[- ]?agent[^\S\n]*+:?+[^\S\n]*+)(?!(?:\*|{AGENT})\s*(?:#|$))[^\n]*$"
)


_SITEMAP = re.compile(r"(?im)^[^\S\n]*site-?map[^\S\n]*:[^\n]*$")
_SHORT = 4_000


@dataclass(frozen=True, slots=True)
class Rules:
    """What a host allows. `delay` is the pause that it wants between two pages, in seconds."""

    protego: Protego
    delay: float

    def allow(self, url: str) -> bool:
        """Whether that page may be asked for."""
        return self.protego.can_fetch(url, AGENT)


def parse(text: str) -> Rules:
    """The rules in a robots.txt; what is none, such as a web page, allows everything."""
    return _parsed(text) if len(text) > _SHORT else _remembered(_SITEMAP.sub("", text))


# Most are one of those that come with the software of sites, but for the address of the sitemap.
@lru_cache(maxsize=512)
def _remembered(text: str) -> Rules:
    return _parsed(text)


def _parsed(text: str) -> Rules:
    # Protego's time grows with agents times rules, so all others become one.
    protego = Protego.parse(_OTHERS.sub(r"\1-", text.removeprefix("\ufeff")))
    rate = protego.request_rate(AGENT)
    pause = rate.seconds / rate.requests if rate and rate.requests else 0.0
    return Rules(protego, max(protego.crawl_delay(AGENT) or 0.0, pause))

"""The company's country, where no address and no tax number names it: by the domain's ending."""

from __future__ import annotations

from enrich_cli.adapters.site.document import Document
from enrich_cli.adapters.site.facts import Source
from enrich_cli.adapters.site.findings import Findings
from enrich_cli.adapters.site.wording import words
from enrich_cli.domain.countries import country_code

# Endings of countries under which firms of all countries are at home.
_ANYBODY = words(
    "ac ag ai am bz cc cf co cx fm ga gg gl gq im io la ly me ml ms mu nu pw sc sh so sr st tk to"
    " tv vc vg ws"
)
_ENDINGS = {"uk": "GB"}


def find(document: Document, findings: Findings) -> None:
    """Note the country of the domain's ending."""
    ending = document.domain.rpartition(".")[2]
    if len(ending) == 2 and ending not in _ANYBODY:
        findings.add("country", _ENDINGS.get(ending) or country_code(ending), Source.DOMAIN)

"""What a company calls itself, in titles and at the foot of its page."""

from __future__ import annotations

import pytest

from tests.adapters.site.page_kit import FILLER, values


@pytest.mark.parametrize(
    ("html", "name"),
    [
        ("<title>Crane hire</title><footer>© 2026 Lofty Works</footer>", "Lofty Works"),
        ("<title>Crane hire</title><footer>Copyright Notice</footer>", "Crane hire"),
        ("<title>Crane hire</title><footer>Copyright Information | Terms</footer>", "Crane hire"),
        ("<title>Crane hire</title><footer>© Policy of 2026</footer>", "Crane hire"),
        ("<title>$18.99 | Crane hire</title>", "Crane hire"),
        ("<title>Acme - Crane hire</title><meta property=og:site_name content=www.acme.example>",
         "Acme"),
        ("<title>Crane hire</title><meta property=og:site_name content=Acme>", "Acme"),
    ],
)  # fmt: skip
def test_names(html: str, name: str) -> None:
    head, _, foot = html.partition("<footer>")
    assert values(f"{head}{FILLER}<footer>{foot}", "acme.example")["company_name"] == name

"""Profiles on social networks."""

from __future__ import annotations

import pytest

from enrich_cli.adapters.site.profiles import profile
from tests.adapters.site.page_kit import FILLER, values


@pytest.mark.parametrize(
    ("url", "found"),
    [
        (
            "https://www.linkedin.com/company/acme/about/?x=1",
            "https://www.linkedin.com/company/acme",
        ),
        ("https://www.linkedin.com/company/acme/a/b", None),
        ("https://www.linkedin.com/company/acme/", "https://www.linkedin.com/company/acme"),
        ("http://de.linkedin.com/company/Acme", "https://www.linkedin.com/company/acme"),
        ("https://www.linkedin.com/school/acme", None),
        ("https://www.linkedin.com/in/jane", None),
        ("https://www.linkedin.com/sharing/share-offsite/?url=x", None),
        ("https://twitter.com/acme?lang=en", "https://x.com/acme"),
        ("https://x.com/@acme", "https://x.com/acme"),
        ("https://twitter.com/share", None),
        ("https://twitter.com/acme/status/1", None),
        (
            "https://www.facebook.com/pages/Acme/123456",
            "https://www.facebook.com/pages/Acme/123456",
        ),
        ("https://fb.com/acme", "https://www.facebook.com/acme"),
        ("https://www.facebook.com/groups/acme", None),
        ("https://www.facebook.com/profile.php?id=1", None),
        ("https://www.facebook.com/123456", None),
        ("https://www.instagram.com/acme/", "https://www.instagram.com/acme"),
        ("https://www.instagram.com/reel/abc", None),
        ("https://www.youtube.com/channel/UC123", "https://www.youtube.com/channel/UC123"),
        ("https://www.youtube.com/watch?v=1", None),
        ("https://youtube.com/embed/1", None),
        ("https://github.com/acme", "https://github.com/acme"),
        ("https://github.com/acme/tool", None),
        ("https://github.com/features", None),
        ("https://notgithub.com/acme", None),
        ("https://github.com.evil.example/acme", None),
        ("https://www.linkedin.com/company/", None),
        (
            "https://www.crunchbase.com/organization/acme/company_overview/overview_timeline",
            "https://www.crunchbase.com/organization/acme",
        ),
        ("https://www.crunchbase.com/person/jane", None),
        ("https://www.tiktok.com/@acme?lang=de", "https://www.tiktok.com/@acme"),
        ("https://www.tiktok.com/@acme/video/1", None),
        ("https://www.tiktok.com/tag/acme", None),
        ("javascript:void(0)", None),
    ],
)
def test_profiles(url: str, found: str | None) -> None:
    read_profile = profile(url)
    assert (read_profile and read_profile[1]) == found


def test_profiles_of_many_others_are_nobodys() -> None:
    links = "".join(
        f'<a href="https://www.linkedin.com/company/client-{i}">x</a>' for i in range(9)
    )
    assert "company_linkedin" not in values(links + FILLER, "acme.example")
    own = links + '<a href="https://www.linkedin.com/company/acme-inc">us</a>' + FILLER
    found = values(own, "acme.example")["company_linkedin"]
    assert found == "https://www.linkedin.com/company/acme-inc"

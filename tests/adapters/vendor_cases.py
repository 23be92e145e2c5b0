"""What each vendor is asked, what it answers by its documentation, and what is to be read of that.

A `Case` is one call of a shipped spec: the requests that are expected, the replies to them, and
what comes of it. The reply's body is a document or the name of an example file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from enrich_cli.domain.outcome import Gap, Miss, Reason, Scalar
from tests.adapters.spec_kit import KEY

Ids = Mapping[str, str]
Values = Mapping[str, Scalar]
Outcome = Values | Miss | Reason


@dataclass(frozen=True)
class Asked:
    """An expected request; `json` is the whole body, `form` names texts that each key holds."""

    to: str
    query: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Said:
    """A reply."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A call about some entities. A call that fails as a whole has the one `Reason` as outcome."""

    provider: str
    about: str
    entities: Sequence[Ids]
    exchanges: Sequence[tuple[Asked, Said]]
    outcomes: Sequence[Outcome]
    cost: str | None = None
    confidence: float | None = None

    def __str__(self) -> str:
        return f"{self.provider}: {self.about}"


DOMAIN = {"domain": "northwind.example"}
OTHER = {"domain": "unknown.example"}
NAMED = {"name": "northwind optics"}
EMAIL = {"email": "mara@northwind.example"}
NOBODY = {"email": "nobody@nowhere.example"}
PAGE = {"linkedin": "linkedin.com/company/northwind-optics"}
PROFILE = {"linkedin": "linkedin.com/in/mara-rivera-example"}
WORKS = {"name": "mara rivera", "domain": "northwind.example"}
EMPLOYED = {"name": "mara rivera", "company": "northwind optics"}

COMPANY_PAGE = "https://www.linkedin.com/company/northwind-optics"
PERSON_PAGE = "https://www.linkedin.com/in/mara-rivera-example"
MISS = Miss()
ERASED = Miss(Gap.ERASED)

AUTH: Mapping[str, tuple[str, str]] = {
    "abstract-company": ("?api_key", KEY),
    "apollo-company": ("x-api-key", KEY),
    "apollo-person": ("x-api-key", KEY),
    "brandfetch": ("Authorization", f"Bearer {KEY}"),
    "brave": ("X-Subscription-Token", KEY),
    "companies-house": ("Authorization", "Basic c2stdmVyeS1zZWNyZXQtMDAwMTo="),
    "contactout-company": ("token", KEY),
    "contactout-person": ("token", KEY),
    "coresignal-company": ("apikey", KEY),
    "enrichlayer-company": ("Authorization", f"Bearer {KEY}"),
    "enrichlayer-person": ("Authorization", f"Bearer {KEY}"),
    "firecrawl": ("Authorization", f"Bearer {KEY}"),
    "fullenrich-person": ("Authorization", f"Bearer {KEY}"),
    "github-org": ("Authorization", f"Bearer {KEY}"),
    "github-person": ("Authorization", f"Bearer {KEY}"),
    "gravatar": ("Authorization", f"Bearer {KEY}"),
    "hunter-company": ("X-API-KEY", KEY),
    "hunter-email-finder": ("X-API-KEY", KEY),
    "hunter-person": ("X-API-KEY", KEY),
    "pdl-company": ("X-Api-Key", KEY),
    "pdl-person": ("X-Api-Key", KEY),
    "rocketreach-person": ("Api-Key", KEY),
    "sec-edgar": ("User-Agent", KEY),
    "serper": ("X-API-KEY", KEY),
    "tavily": ("Authorization", f"Bearer {KEY}"),
    "thecompaniesapi": ("Authorization", f"Basic {KEY}"),
}
"""Where each vendor wants its key; the others want none."""

_SITES = [
    f"<{scheme}{www}northwind.example{end}>"
    for scheme in ("https://", "http://")
    for www in ("", "www.")
    for end in ("", "/")
]
_TITLES = {"results": {"bindings": [{"title": {"type": "literal", "value": "Northwind_Optics"}}]}}
_SEARCH = "northwind.example company linkedin"
_BY_NAME = "northwind optics CH company linkedin"
_ORG = {
    "login": "northwind-optics", "name": "Northwind Optics", "blog": "https://northwind.example",
    "description": "Lenses", "email": None, "html_url": "https://github.com/northwind-optics",
    "avatar_url": "https://avatars.example/1", "twitter_username": None, "type": "Organization",
}  # fmt: skip
_GITHUB = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}

_ABSTRACT: Values = {
    "company_name": "Northwind Optics", "description": "…", "industry": "Medical Devices",
    "employee_count": 120, "employee_range": "51-200", "founded_year": 2009,
    "company_type": "private", "revenue": "$10M-$50M", "street_address": "Musterweg 4",
    "city": "Zug", "region": "Zug", "postal_code": "6300", "country": "CH",
    "company_linkedin": COMPANY_PAGE, "technologies": ("nginx",), "logo_url": "https://…",
}  # fmt: skip
_APOLLO_ORG: Values = {
    "company_name": "Northwind Optics", "description": "…", "industry": "medical devices",
    "employee_count": 120, "founded_year": 2009, "revenue": "20000000",
    "website": "http://www.northwind.example", "street_address": "Musterweg 4", "city": "Zug",
    "region": "Zug", "postal_code": "6300", "country": "CH", "company_linkedin": COMPANY_PAGE,
    "technologies": ("Nginx",), "logo_url": "https://…",
}  # fmt: skip
_APOLLO_MARA: Values = {
    "full_name": "Mara Rivera", "first_name": "Mara", "last_name": "Rivera", "job_title": "CTO",
    "seniority": "cxo", "department": "management", "person_email": "mara@northwind.example",
    "email_status": "valid", "person_linkedin": PERSON_PAGE,
    "person_location": "Zug, Zug, Switzerland", "person_country": "CH",
    "avatar_url": "https://img.example/m.jpg", "bio": "CTO at Northwind Optics",
}  # fmt: skip
_CONTACTOUT_ORG: Values = {
    "company_name": "Northwind Optics", "description": "…", "industry": "Medical Devices",
    "employee_range": "51-200", "founded_year": 2009, "company_type": "private",
    "revenue": "$10M", "website": "https://northwind.example", "city": "Zug", "country": "CH",
    "company_linkedin": COMPANY_PAGE,
}  # fmt: skip
_FINDER: Values = {
    "full_name": "Mara Rivera", "first_name": "Mara", "last_name": "Rivera", "job_title": "CTO",
    "person_email": "mara@northwind.example", "email_status": "valid",
    "person_linkedin": PERSON_PAGE,
}  # fmt: skip
_SERPED: Values = {
    "website": "https://northwind.example/", "description": "…",
    "company_linkedin": COMPANY_PAGE,
}  # fmt: skip
_HUNTER_MARA: Values = {
    "full_name": "Mara Rivera", "first_name": "Mara", "last_name": "Rivera", "job_title": "CTO",
    "seniority": "executive", "department": "engineering",
    "person_email": "mara@northwind.example", "person_linkedin": PERSON_PAGE,
    "person_github": "https://github.com/mrivera-nw", "person_location": "Zug, Switzerland",
}  # fmt: skip


def alone(
    provider: str, about: str, entity: Ids, asked: Asked, said: Said, then: Outcome, **more: Any
) -> Case:
    """A call about one entity, of one request."""
    return Case(provider, about, [entity], [(asked, said)], [then], **more)


FREE = [
    alone(
        "rdap", "hit", DOMAIN,
        Asked("GET /domain/northwind.example", headers={"Accept": "application/rdap+json"}),
        Said("rdap.domain.hit"), {"domain_registered": "2009-03-02"},
    ),
    alone(
        "rdap", "miss", OTHER, Asked("GET /domain/unknown.example"),
        Said({"errorCode": 404}, 404), MISS,
    ),
    alone(
        "dns", "hit", DOMAIN,
        Asked("GET /resolve", {"name": "northwind.example", "type": "MX"}),
        Said("doh.mx.hit"), {"mail_provider": "mx1.mailhost.example"},
    ),
    alone(
        "dns", "the best of several, and no alias", DOMAIN,
        Asked("GET /resolve", {"name": "northwind.example", "type": "MX"}),
        Said({"Status": 0, "Answer": [
            {"type": 5, "data": "1 mx.zoho.com."},
            {"type": 15, "data": "20 mx.zoho.com."},
            {"type": 15, "data": "5 aspmx.l.GOOGLE.com."},
        ]}),
        {"mail_provider": "Google Workspace"},
    ),
    alone(
        "dns", "takes no mail", DOMAIN,
        Asked("GET /resolve", {"name": "northwind.example", "type": "MX"}),
        Said({"Status": 0, "Answer": [{"type": 15, "data": "0 ."}]}), MISS,
    ),
    alone(
        "dns", "no mail server", DOMAIN,
        Asked("GET /resolve", {"name": "northwind.example", "type": "MX"}),
        Said("doh.mx.no_answer"), MISS,
    ),
    alone(
        "dns", "no such domain", DOMAIN,
        Asked("GET /resolve", {"name": "northwind.example", "type": "MX"}),
        Said("doh.mx.nxdomain"), MISS,
    ),
    Case(
        "wikidata", "a hit and a miss in one query", [OTHER, DOMAIN],
        [(
            Asked(
                "POST /sparql", form={"query": [*_SITES, "<https://unknown.example> "]},
                headers={"Accept": "application/sparql-results+json"},
            ),
            Said("wikidata.sparql.hit"),
        )],
        [
            MISS,
            {
                "company_name": "Northwind Optics", "founded_year": 2009,
                "website": "https://northwind.example/",
            },
        ],
    ),
    Case(
        "wikidata", "miss", [DOMAIN],
        [(Asked("POST /sparql", form={"query": _SITES}), Said("wikidata.sparql.miss"))], [MISS],
    ),
    Case(
        "wikipedia", "hit", [DOMAIN],
        [
            (Asked("POST /sparql", form={"query": _SITES}), Said(_TITLES)),
            (
                Asked("GET /api/rest_v1/page/summary/Northwind_Optics"),
                Said("wikipedia.summary.hit"),
            ),
        ],
        [{"company_name": "Northwind Optics", "description": "Northwind Optics is …"}],
    ),
    Case(
        "wikipedia", "no article", [DOMAIN],
        [(Asked("POST /sparql", form={"query": _SITES}), Said("wikidata.sparql.miss"))], [MISS],
    ),
    Case(
        "wikipedia", "several meanings", [DOMAIN],
        [
            (Asked("POST /sparql", form={"query": _SITES}), Said(_TITLES)),
            (
                Asked("GET /api/rest_v1/page/summary/Northwind_Optics"),
                Said({"type": "disambiguation", "title": "Northwind", "extract": "may mean"}),
            ),
        ],
        [MISS],
    ),
    alone(
        "gleif", "hit", {**NAMED, "country": "CH"},
        Asked(
            "GET /api/v1/lei-records",
            {"filter[entity.legalName]": "northwind optics", "page[size]": "50"},
            headers={"Accept": "application/vnd.api+json"},
        ),
        Said("gleif.lei_records.hit"),
        {
            "legal_name": "Northwind Optics AG",
            "founded_year": 2009, "street_address": "Musterweg 4", "city": "Zug",
            "region": "CH-ZG", "postal_code": "6300", "country": "CH",
            "lei": "5493000EXAMPLE00AB12",
        },
    ),
    alone(
        "gleif", "miss", NAMED,
        Asked(
            "GET /api/v1/lei-records",
            {"filter[entity.legalName]": "northwind optics", "page[size]": "50"},
        ),
        Said("gleif.lei_records.miss"), MISS,
    ),
    alone(
        "gleif", "a namesake in another country", {**NAMED, "country": "DE"},
        Asked(
            "GET /api/v1/lei-records",
            {"filter[entity.legalName]": "northwind optics", "page[size]": "50"},
        ),
        Said("gleif.lei_records.hit"), MISS,
    ),
    alone(
        "gleif", "another name", {"name": "northwind"},
        Asked(
            "GET /api/v1/lei-records",
            {"filter[entity.legalName]": "northwind", "page[size]": "50"},
        ),
        Said("gleif.lei_records.hit"), MISS,
    ),
    Case(
        "sec-edgar", "hit", [NAMED],
        [
            (Asked("GET /files/company_tickers.json"), Said("sec.company_tickers")),
            (Asked("GET /submissions/CIK0001999999.json"), Said("sec.submissions.hit")),
        ],
        [
            {
                "legal_name": "NORTHWIND OPTICS INC", "industry": "Ophthalmic Goods",
                "ticker": "NWOP", "company_phone": "555-010-0000",
                "street_address": "1 Example Rd", "city": "BOSTON", "postal_code": "02110",
            }
        ],
    ),
    Case(
        "sec-edgar", "miss", [{"name": "northwind"}],
        [(Asked("GET /files/company_tickers.json"), Said("sec.company_tickers"))], [MISS],
    ),
    Case(
        "github-org", "hit", [DOMAIN],
        [
            (
                Asked(
                    "GET /search/users", {"q": "northwind type:org", "per_page": "5"},
                    headers=_GITHUB,
                ),
                Said({"total_count": 1, "items": [{"login": "northwind-optics"}]}),
            ),
            (Asked("GET /orgs/northwind-optics", headers=_GITHUB), Said(_ORG)),
        ],
        [
            {
                "company_name": "Northwind Optics", "description": "Lenses",
                "company_github": "https://github.com/northwind-optics",
                "logo_url": "https://avatars.example/1",
            }
        ],
    ),
    Case(
        "github-org", "the website of another", [DOMAIN],
        [
            (
                Asked("GET /search/users", {"q": "northwind type:org", "per_page": "5"}),
                Said({"total_count": 1, "items": [{"login": "northwind-optics"}]}),
            ),
            (Asked("GET /orgs/northwind-optics"), Said({**_ORG, "blog": ""})),
        ],
        [MISS],
    ),
    Case(
        "github-org", "miss", [DOMAIN],
        [
            (
                Asked("GET /search/users", {"q": "northwind type:org", "per_page": "5"}),
                Said("github.search_users.miss"),
            )
        ],
        [MISS],
    ),
    Case(
        "github-person", "hit", [EMAIL],
        [
            (
                Asked(
                    "GET /search/users", {"q": "mara@northwind.example in:email"},
                    headers=_GITHUB,
                ),
                Said("github.search_users.hit"),
            ),
            (Asked("GET /users/mrivera-nw", headers=_GITHUB), Said("github.user.hit")),
        ],
        [
            {
                "full_name": "Mara Rivera", "bio": "Optics + Rust", "person_location": "Zug",
                "person_github": "https://github.com/mrivera-nw",
            }
        ],
    ),
    Case(
        "github-person", "miss", [EMAIL],
        [
            (
                Asked("GET /search/users", {"q": "mara@northwind.example in:email"}),
                Said("github.search_users.miss"),
            )
        ],
        [MISS],
    ),
    alone(
        "gravatar", "hit", {"email": "mara@northwind.example"},
        Asked("GET /v3/profiles/{sha256}"), Said("gravatar.profile.hit"),
        {
            "full_name": "Mara Rivera", "first_name": "Mara", "last_name": "Rivera",
            "job_title": "CTO", "person_location": "Zug, Switzerland", "bio": "Builds lenses.",
            "person_github": "https://github.com/mrivera-nw",
        },
    ),
    alone(
        "gravatar", "miss", EMAIL, Asked("GET /v3/profiles/{sha256}"),
        Said({"error": "Profile not found"}, 404), MISS,
    ),
    Case(
        "companies-house", "hit", [{**NAMED, "country": "GB"}],
        [
            (
                Asked("GET /search/companies", {"q": "northwind optics", "items_per_page": "20"}),
                Said("companies_house.search.hit"),
            ),
            (Asked("GET /company/09999999"), Said("companies_house.company.hit")),
        ],
        [
            {
                "legal_name": "NORTHWIND OPTICS LTD", "founded_year": 2009,
                "company_type": "private", "street_address": "1 Example Rd", "city": "Leeds",
                "postal_code": "LS1 1AA", "country": "GB",
            }
        ],
    ),
    Case(
        "companies-house", "nobody of that name", [{"name": "northwind", "country": "GB"}],
        [
            (
                Asked("GET /search/companies", {"q": "northwind", "items_per_page": "20"}),
                Said("companies_house.search.hit"),
            )
        ],
        [MISS],
    ),
    Case(
        "contactout-company", "a hit and a miss", [OTHER, DOMAIN],
        [
            (
                Asked(
                    "POST /v1/domain/enrich",
                    json={"domains": ["unknown.example", "northwind.example"]},
                    headers={"authorization": "basic"},
                ),
                Said("contactout.domain_enrich.mixed"),
            )
        ],
        [MISS, _CONTACTOUT_ORG],
    ),
]  # fmt: skip

CHEAP = [
    alone(
        "serper", "hit by name", {**NAMED, "country": "CH"},
        Asked("POST /search", json={"q": _BY_NAME, "num": 10}),
        Said("serper.search.hit"), _SERPED, cost="0.001",
    ),
    alone(
        "serper", "hit by domain", DOMAIN,
        Asked("POST /search", json={"q": _SEARCH, "num": 10}),
        Said("serper.search.hit"), {"website": "https://northwind.example/", "description": "…"},
        cost="0.001",
    ),
    alone(
        "serper", "somebody else's results", {"name": "southwind optics"},
        Asked("POST /search", json={"q": "southwind optics company linkedin", "num": 10}),
        Said("serper.search.hit"), MISS, cost="0.001",
    ),
    alone(
        "serper", "miss, billed all the same", DOMAIN,
        Asked("POST /search", json={"q": _SEARCH, "num": 10}),
        Said({"searchParameters": {}, "organic": []}), MISS,
    ),
    alone(
        "brave", "hit", DOMAIN, Asked("GET /res/v1/web/search", {"q": _SEARCH, "count": "20"}),
        Said("brave.search.hit"), {"website": "https://northwind.example/", "description": "…"},
    ),
    alone(
        "brave", "miss", DOMAIN, Asked("GET /res/v1/web/search", {"q": _SEARCH, "count": "20"}),
        Said({"type": "search", "query": {}}), MISS,
    ),
    alone(
        "tavily", "hit", NAMED,
        Asked(
            "POST /search",
            json={
                "query": "northwind optics company linkedin", "search_depth": "basic",
                "max_results": 10,
            },
        ),
        Said("tavily.search.hit"), {"website": "https://northwind.example/", "description": "…"},
        confidence=0.91,
    ),
    alone(
        "tavily", "miss", DOMAIN,
        Asked(
            "POST /search", json={"query": _SEARCH, "search_depth": "basic", "max_results": 10}
        ),
        Said({"results": []}), MISS,
    ),
    alone(
        "hunter-person", "hit", EMAIL,
        Asked("GET /v2/people/find", {"email": "mara@northwind.example"}),
        Said("hunter.person.hit"), _HUNTER_MARA,
    ),
    alone(
        "hunter-person", "hit by profile", PROFILE,
        Asked("GET /v2/people/find", {"linkedin_handle": "mara-rivera-example"}),
        Said("hunter.person.hit"), _HUNTER_MARA,
    ),
    alone(
        "hunter-person", "miss", NOBODY,
        Asked("GET /v2/people/find", {"email": "nobody@nowhere.example"}),
        Said("hunter.404", 404), MISS,
    ),
    alone(
        "hunter-person", "erased", EMAIL,
        Asked("GET /v2/people/find", {"email": "mara@northwind.example"}),
        Said("hunter.451.erased", 451), ERASED,
    ),
    alone(
        "hunter-email-finder", "hit", WORKS,
        Asked(
            "GET /v2/email-finder", {"full_name": "mara rivera", "domain": "northwind.example"}
        ),
        Said("hunter.finder.hit"), _FINDER, confidence=0.97,
    ),
    alone(
        "hunter-email-finder", "hit by the company's name", EMPLOYED,
        Asked(
            "GET /v2/email-finder", {"full_name": "mara rivera", "company": "northwind optics"}
        ),
        Said("hunter.finder.hit"), _FINDER, confidence=0.97,
    ),
    alone(
        "hunter-email-finder", "no e-mail found", PROFILE,
        Asked("GET /v2/email-finder", {"linkedin_handle": "mara-rivera-example"}),
        Said({"data": {"first_name": "Mara", "last_name": "Rivera", "email": None}}), MISS,
    ),
    alone(
        "thecompaniesapi", "hit", DOMAIN, Asked("GET /v2/companies/northwind.example"),
        Said("tca.company.hit"),
        {
            "company_name": "Northwind Optics", "legal_name": "Northwind Optics AG",
            "description": "…", "industry": "medical-devices", "employee_count": 42,
            "employee_range": "10-50", "founded_year": 2009, "company_type": "private",
            "revenue": "$1M-$10M", "website": "https://northwind.example",
            "street_address": "Musterweg 4, 6300 Zug", "city": "Zug", "region": "Zug",
            "country": "CH", "language": "en", "company_linkedin": COMPANY_PAGE,
            "technologies": ("nginx",), "logo_url": "https://…",
        },
        cost="0.0019",
    ),
    alone(
        "thecompaniesapi", "miss", DOMAIN, Asked("GET /v2/companies/northwind.example"),
        Said("tca.company.404", 404), MISS,
    ),
    alone(
        "thecompaniesapi", "miss that is empty", DOMAIN,
        Asked("GET /v2/companies/northwind.example"), Said("tca.company.miss200"), MISS,
    ),
    alone(
        "thecompaniesapi", "another company", OTHER, Asked("GET /v2/companies/unknown.example"),
        Said("tca.company.hit"), MISS, cost="0.0019",
    ),
    alone(
        "abstract-company", "hit", DOMAIN, Asked("GET /v2/", {"domain": "northwind.example"}),
        Said("abstract.company.hit"), _ABSTRACT,
    ),
    alone(
        "abstract-company", "miss", {"domain": "nowhere.example"},
        Asked("GET /v2/", {"domain": "nowhere.example"}), Said("abstract.company.miss"), MISS,
    ),
    alone(
        "abstract-company", "another company", OTHER,
        Asked("GET /v2/", {"domain": "unknown.example"}), Said("abstract.company.hit"), MISS,
    ),
    alone(
        "brandfetch", "hit", DOMAIN, Asked("GET /v2/brands/domain/northwind.example"),
        Said("brandfetch.brand.hit"),
        {
            "company_name": "Northwind Optics", "description": "…", "industry": "Medical",
            "employee_range": "51-200", "founded_year": 2009, "company_type": "private",
            "city": "Zug", "country": "CH", "company_linkedin": COMPANY_PAGE,
            "logo_url": "https://…",
        },
    ),
    alone(
        "brandfetch", "miss", DOMAIN, Asked("GET /v2/brands/domain/northwind.example"),
        Said({"message": "Not Found"}, 404), MISS,
    ),
    alone(
        "firecrawl", "hit", DOMAIN, Asked("POST /v2/scrape"), Said("firecrawl.scrape.hit"),
        {"company_name": "Northwind Optics", "description": "…"},
    ),
    alone(
        "firecrawl", "the site answers with an error", DOMAIN, Asked("POST /v2/scrape"),
        Said({"success": True, "data": {"json": {"company_name": "Not found"},
              "metadata": {"statusCode": 404, "sourceURL": "https://northwind.example"}}}),
        MISS,
    ),
]  # fmt: skip

PREMIUM = [
    alone(
        "apollo-company", "hit", DOMAIN,
        Asked("GET /api/v1/organizations/enrich", {"domain": "northwind.example"}),
        Said("apollo.org.hit"), _APOLLO_ORG,
    ),
    alone(
        "apollo-company", "miss", DOMAIN,
        Asked("GET /api/v1/organizations/enrich", {"domain": "northwind.example"}),
        Said({"organization": None}), MISS,
    ),
    Case(
        "apollo-company", "a hit and a miss", [OTHER, DOMAIN],
        [
            (
                Asked(
                    "POST /api/v1/organizations/bulk_enrich",
                    json={
                        "details": [{"domain": "unknown.example"}, {"domain": "northwind.example"}]
                    },
                ),
                Said("apollo.org_bulk.partial"),
            )
        ],
        [MISS, _APOLLO_ORG],
    ),
    alone(
        "apollo-person", "hit", PROFILE,
        Asked("POST /api/v1/people/match", {"linkedin_url": PERSON_PAGE}),
        Said("apollo.people_match.hit"), _APOLLO_MARA,
    ),
    alone(
        "apollo-person", "miss", WORKS,
        Asked("POST /api/v1/people/match", {"name": "mara rivera", "domain": "northwind.example"}),
        Said({"person": None}), MISS,
    ),
    Case(
        "apollo-person", "a hit and a miss, by different identifiers", [NOBODY, PROFILE],
        [
            (
                Asked(
                    "POST /api/v1/people/bulk_match",
                    json={
                        "details": [
                            {"email": "nobody@nowhere.example"}, {"linkedin_url": PERSON_PAGE}
                        ]
                    },
                ),
                Said("apollo.people_bulk.partial"),
            )
        ],
        [MISS, _APOLLO_MARA],
        cost="0.025",
    ),
    Case(
        "apollo-person", "by name and company", [{**WORKS, "name": "jon doe"}, WORKS],
        [(Asked("POST /api/v1/people/bulk_match"), Said("apollo.people_bulk.partial"))],
        [MISS, _APOLLO_MARA],
        cost="0.025",
    ),
    alone(
        "coresignal-company", "hit", DOMAIN,
        Asked(
            "GET /cdapi/v2/company_multi_source/enrich", {"website": "https://northwind.example"}
        ),
        Said("coresignal.preview.hit"),
        {
            "company_name": "Northwind Optics", "industry": "Medical Devices",
            "employee_range": "51-200", "website": "https://northwind.example", "country": "CH",
            "company_linkedin": COMPANY_PAGE,
        },
    ),
    alone(
        "coresignal-company", "miss", DOMAIN,
        Asked(
            "GET /cdapi/v2/company_multi_source/enrich", {"website": "https://northwind.example"}
        ),
        Said({"detail": "Not found"}, 404), MISS,
    ),
    alone(
        "coresignal-company", "another company", OTHER,
        Asked("GET /cdapi/v2/company_multi_source/enrich", {"website": "https://unknown.example"}),
        Said("coresignal.preview.hit"), MISS,
    ),
    alone(
        "enrichlayer-company", "hit", PAGE, Asked("GET /api/v2/company", {"url": COMPANY_PAGE}),
        Said("enrichlayer.company.hit"),
        {
            "company_name": "Northwind Optics", "description": "…",
            "industry": "Medical Devices", "employee_count": 120, "employee_range": "51-200",
            "founded_year": 2009, "company_type": "private",
            "website": "https://northwind.example", "city": "Zug", "postal_code": "6300",
            "country": "CH", "company_linkedin": COMPANY_PAGE, "logo_url": "https://…",
        },
    ),
    alone(
        "enrichlayer-company", "miss", PAGE, Asked("GET /api/v2/company", {"url": COMPANY_PAGE}),
        Said({"code": 404}, 404), MISS,
    ),
    alone(
        "enrichlayer-person", "hit", PROFILE,
        Asked("GET /api/v2/profile", {"profile_url": PERSON_PAGE}),
        Said("enrichlayer.profile.hit"),
        {
            "full_name": "Mara Rivera", "first_name": "Mara", "last_name": "Rivera",
            "job_title": "CTO", "person_linkedin": PERSON_PAGE,
            "person_location": "Zug, Switzerland", "person_country": "CH", "bio": "CTO",
        },
    ),
    alone(
        "enrichlayer-company", "an empty reply, which may be billed", PAGE,
        Asked("GET /api/v2/company", {"url": COMPANY_PAGE}), Said(b"null"), MISS,
    ),
    alone(
        "enrichlayer-person", "miss", PROFILE,
        Asked("GET /api/v2/profile", {"profile_url": PERSON_PAGE}), Said({}, 404), MISS,
    ),
    alone(
        "contactout-person", "hit", PROFILE,
        Asked(
            "POST /v1/people/enrich",
            json={"linkedin_url": PERSON_PAGE, "include": ["work_email"]},
            headers={"authorization": "basic"},
        ),
        Said("contactout.enrich.hit"),
        {
            "full_name": "Mara Rivera", "job_title": "CTO", "bio": "CTO",
            "person_email": "mara@northwind.example", "person_linkedin": PERSON_PAGE,
        },
    ),
    alone(
        "contactout-person", "miss", EMPLOYED,
        Asked(
            "POST /v1/people/enrich",
            json={
                "full_name": "mara rivera", "company": ["northwind optics"],
                "include": ["work_email"],
            },
        ),
        Said("contactout.enrich.miss"), MISS,
    ),
    alone(
        "contactout-person", "miss by status", EMAIL,
        Asked(
            "POST /v1/people/enrich",
            json={"email": "mara@northwind.example", "include": ["work_email"]},
        ),
        Said({"status_code": 404, "message": "Not Found"}, 404), MISS,
    ),
]  # fmt: skip

_ROCKETED: Values = {
    "full_name": "Mara Rivera", "job_title": "CTO", "person_email": "mara@northwind.example",
    "email_status": "valid", "person_linkedin": PERSON_PAGE, "person_location": "Zug, CH",
    "person_country": "CH", "person_phone": "…",
}  # fmt: skip
_LOOKED_UP = "GET /api/v2/person/lookup"
_STATUS = Asked("GET /api/v2/person/checkStatus", {"ids": "900001"})
_JOB = "/api/v2/contact/enrich/bulk/33333333-3333-3333-3333-333333333333"
_FULL = {"name": "run-1", "status": "FINISHED", "cost": {"credits": 1}}
_FOUND = {
    "custom": {"ref": "1"},
    "contact_info": {
        "most_probable_work_email": {"email": "mara@northwind.example", "status": "DELIVERABLE"},
        "work_emails": [{"email": "mara@northwind.example", "status": "DELIVERABLE"}],
    },
}
_UNFOUND = {"custom": {"ref": "0"}, "contact_info": {"work_emails": []}}
_WORK_EMAIL: Values = {"person_email": "mara@northwind.example", "email_status": "valid"}

LATER = [
    alone(
        "rocketreach-person", "hit at once", PROFILE,
        Asked(_LOOKED_UP, {"linkedin_url": PERSON_PAGE}),
        Said("rocketreach.person.complete"), _ROCKETED,
    ),
    Case(
        "rocketreach-person", "hit later", [PROFILE],
        [
            (
                Asked(_LOOKED_UP, {"linkedin_url": PERSON_PAGE}),
                Said("rocketreach.person.searching"),
            ),
            (_STATUS, Said([{"id": 900001, "status": "progress"}])),
            (_STATUS, Said("rocketreach.check_status.mixed")),
        ],
        [_ROCKETED],
    ),
    Case(
        "rocketreach-person", "a look-up that failed", [EMPLOYED],
        [
            (
                Asked(
                    _LOOKED_UP, {"name": "mara rivera", "current_employer": "northwind optics"}
                ),
                Said({"id": 900001, "status": "searching"}),
            ),
            (_STATUS, Said([{"id": 900001, "status": "failed", "name": None}])),
        ],
        [MISS],
    ),
    alone(
        "rocketreach-person", "miss", EMAIL,
        Asked(_LOOKED_UP, {"email": "mara@northwind.example"}), Said({}, 404), MISS,
    ),
    Case(
        "fullenrich-person", "a hit and a miss, not at once, in another order", [PROFILE, WORKS],
        [
            (
                Asked(
                    "POST /api/v2/contact/enrich/bulk",
                    json={
                        "name": "enrich",
                        "data": [
                            {
                                "linkedin_url": PERSON_PAGE,
                                "enrich_fields": ["contact.work_emails"], "custom": {"ref": "0"},
                            },
                            {
                                "first_name": "mara", "last_name": "rivera",
                                "domain": "northwind.example",
                                "enrich_fields": ["contact.work_emails"], "custom": {"ref": "1"},
                            },
                        ],
                    },
                ),
                Said("fullenrich.bulk.submit"),
            ),
            (Asked(f"GET {_JOB}"), Said("fullenrich.bulk.400.in_progress", 400)),
            (Asked(f"GET {_JOB}"), Said({"status": "IN_PROGRESS"})),
            (Asked(f"GET {_JOB}"), Said({**_FULL, "data": [_FOUND, _UNFOUND]})),
        ],
        [MISS, _WORK_EMAIL],
        cost="0.058",
    ),
    Case(
        "fullenrich-person", "the credits ended in the middle", [PROFILE, EMPLOYED],
        [
            (Asked("POST /api/v2/contact/enrich/bulk"), Said("fullenrich.bulk.submit")),
            (
                Asked(f"GET {_JOB}"),
                Said({**_FULL, "status": "CREDITS_INSUFFICIENT", "data": [_FOUND]}, 402),
            ),
        ],
        [Reason.OUT_OF_CREDIT, _WORK_EMAIL],
        cost="0.058",
    ),
    *(
        Case(
            "fullenrich-person", f"a job that broke off: {status}", [PROFILE, EMPLOYED],
            [
                (Asked("POST /api/v2/contact/enrich/bulk"), Said("fullenrich.bulk.submit")),
                (Asked(f"GET {_JOB}"), Said({**_FULL, "status": status, "data": [_FOUND]})),
            ],
            [reason, _WORK_EMAIL],
            cost="0.058",
        )
        for status, reason in (
            ("CREDITS_INSUFFICIENT", Reason.OUT_OF_CREDIT),
            ("CANCELED", Reason.SERVER_ERROR),
        )
    ),
]  # fmt: skip

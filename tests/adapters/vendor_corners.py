"""More calls of the vendors: Hunter's companies, People Data Labs, redirects, and rarer replies."""

from __future__ import annotations

from tests.adapters.vendor_cases import (
    COMPANY_PAGE,
    DOMAIN,
    EMAIL,
    ERASED,
    MISS,
    NAMED,
    OTHER,
    PAGE,
    PERSON_PAGE,
    PROFILE,
    WORKS,
    Asked,
    Case,
    Said,
    Values,
    alone,
)

HUNTED: Values = {
    "company_name": "Northwind Optics", "description": "…", "industry": "Medical Devices",
    "employee_range": "51-200", "founded_year": 2009, "company_type": "private",
    "revenue": "$10M-$50M", "company_email": "info@northwind.example",
    "company_phone": "+41 00 000 00 00", "city": "Zug", "region": "Zug", "postal_code": "6300",
    "country": "CH", "logo_url": "https://logos.hunter.io/northwind.example",
    "company_linkedin": COMPANY_PAGE, "technologies": ("nginx",),
    "mail_provider": "Google Workspace",
}  # fmt: skip
PDL_COMPANY: Values = {
    "company_name": "northwind optics", "description": "…", "industry": "medical devices",
    "employee_count": 120, "employee_range": "51-200", "founded_year": 2009,
    "company_type": "private", "website": "https://northwind.example", "city": "zug",
    "region": "zug", "postal_code": "6300", "country": "CH", "company_linkedin": COMPANY_PAGE,
}  # fmt: skip
PDL_PERSON: Values = {
    "full_name": "mara rivera", "first_name": "mara", "last_name": "rivera", "job_title": "cto",
    "seniority": "cxo", "department": "engineering", "person_email": "mara@northwind.example",
    "person_linkedin": PERSON_PAGE, "person_location": "zug, switzerland", "person_country": "CH",
}  # fmt: skip

_SPENT = {"x-call-credits-spent": "1"}
_FREE = {"x-call-credits-spent": "0"}
_TITLES = {"results": {"bindings": [{"title": {"type": "literal", "value": "Northwind_Optics"}}]}}
_SPARQL = Asked("POST /sparql", form={"query": ["<https://northwind.example>"]})
_BRITISH = {**NAMED, "country": "GB"}
_HOUSE = Asked("GET /search/companies", {"q": "northwind optics", "items_per_page": "20"})
_ORGS = Asked("GET /search/users", {"q": "northwind type:org", "per_page": "5"})
_USERS = Asked("GET /search/users", {"q": "mara@northwind.example in:email"})
_LEIS = Asked(
    "GET /api/v1/lei-records",
    {"filter[entity.legalName]": "northwind optics", "page[size]": "50"},
)
_FINDS = Asked("GET /v2/email-finder", {"full_name": "mara rivera", "domain": "northwind.example"})


def _legal(status: str, kept: str, city: str) -> dict[str, object]:
    seat = {"city": city, "country": "CH"}
    name = {"name": "Northwind Optics AG"}
    entity = {"legalName": name, "headquartersAddress": seat, "status": status}
    return {"attributes": {"entity": entity, "registration": {"status": kept}}}


CORNERS = [
    alone(
        "hunter-company", "hit", DOMAIN,
        Asked("GET /v2/companies/find", {"domain": "northwind.example"}),
        Said("hunter.company.hit"), HUNTED,
    ),
    alone(
        "hunter-company", "miss", DOMAIN,
        Asked("GET /v2/companies/find", {"domain": "northwind.example"}),
        Said("hunter.404", 404), MISS,
    ),
    alone(
        "hunter-company", "erased", DOMAIN,
        Asked("GET /v2/companies/find", {"domain": "northwind.example"}),
        Said("hunter.451.erased", 451), ERASED,
    ),
    alone(
        "hunter-company", "another company", OTHER,
        Asked("GET /v2/companies/find", {"domain": "unknown.example"}),
        Said("hunter.company.hit"), MISS,
    ),
    alone("hunter-email-finder", "miss by status", WORKS, _FINDS, Said("hunter.404", 404), MISS),
    alone("hunter-email-finder", "erased", WORKS, _FINDS, Said("hunter.451.erased", 451), ERASED),
    alone(
        "pdl-company", "hit", DOMAIN,
        Asked("GET /v5/company/enrich", {"website": "northwind.example"}),
        Said("pdl.company.hit", headers=_SPENT), PDL_COMPANY, cost="0.10", confidence=0.9,
    ),
    alone(
        "pdl-company", "hit by page", PAGE,
        Asked("GET /v5/company/enrich", {"profile": "linkedin.com/company/northwind-optics"}),
        Said("pdl.company.hit", headers=_SPENT), PDL_COMPANY, cost="0.10",
    ),
    alone(
        "pdl-company", "hit by name", {**NAMED, "country": "CH"},
        Asked("GET /v5/company/enrich", {"name": "northwind optics", "country": "CH"}),
        Said("pdl.company.hit", headers=_SPENT), PDL_COMPANY, cost="0.10",
    ),
    alone(
        "pdl-company", "miss", OTHER,
        Asked("GET /v5/company/enrich", {"website": "unknown.example"}),
        Said("pdl.404", 404, _FREE), MISS, cost="0",
    ),
    alone(
        "pdl-company", "another company", OTHER,
        Asked("GET /v5/company/enrich", {"website": "unknown.example"}),
        Said("pdl.company.hit", headers=_SPENT), MISS, cost="0.10",
    ),
    alone(
        "pdl-person", "hit", PROFILE,
        Asked("GET /v5/person/enrich", {"profile": "linkedin.com/in/mara-rivera-example"}),
        Said("pdl.person.hit", headers=_SPENT), PDL_PERSON, cost="0.28", confidence=0.8,
    ),
    alone(
        "pdl-person", "miss", EMAIL,
        Asked("GET /v5/person/enrich", {"email": "mara@northwind.example"}),
        Said("pdl.404", 404, _FREE), MISS, cost="0",
    ),
    Case(
        "rdap", "by way of the registry", [DOMAIN],
        [
            (
                Asked("GET /domain/northwind.example"),
                Said(None, 302, {"Location": "/registry/domain/northwind.example"}),
            ),
            (Asked("GET /registry/domain/northwind.example"), Said("rdap.domain.hit")),
        ],
        [{"domain_registered": "2009-03-02"}],
    ),
    Case(
        "wikipedia", "an article that has moved", [DOMAIN],
        [
            (_SPARQL, Said(_TITLES)),
            (
                Asked("GET /api/rest_v1/page/summary/Northwind_Optics"),
                Said(None, 302, {"Location": "Northwind"}),
            ),
            (Asked("GET /api/rest_v1/page/summary/Northwind"), Said("wikipedia.summary.hit")),
        ],
        [{"company_name": "Northwind Optics", "description": "Northwind Optics is …"}],
    ),
    Case(
        "wikipedia", "an article that is gone", [DOMAIN],
        [
            (_SPARQL, Said(_TITLES)),
            (
                Asked("GET /api/rest_v1/page/summary/Northwind_Optics"),
                Said({"type": "Internal error"}, 404),
            ),
        ],
        [MISS],
    ),
    alone("gleif", "no such record", NAMED, _LEIS, Said("gleif.lei_record.404", 404), MISS),
    alone(
        "gleif", "the one whose LEI is kept up", NAMED, _LEIS,
        Said({"data": [
            _legal("INACTIVE", "ISSUED", "Bern"),
            _legal("ACTIVE", "LAPSED", "Basel"),
            _legal("ACTIVE", "ISSUED", "Zug"),
        ]}),
        {"legal_name": "Northwind Optics AG", "city": "Zug", "country": "CH"},
    ),
    Case(
        "sec-edgar", "unknown number", [NAMED],
        [
            (Asked("GET /files/company_tickers.json"), Said("sec.company_tickers")),
            (Asked("GET /submissions/CIK0001999999.json"), Said(b"<html>", 404)),
        ],
        [MISS],
    ),
    Case(
        "github-org", "gone", [DOMAIN],
        [
            (_ORGS, Said({"total_count": 1, "items": [{"login": "northwind-optics"}]})),
            (Asked("GET /orgs/northwind-optics"), Said({"message": "Not Found"}, 404)),
        ],
        [MISS],
    ),
    Case(
        "github-person", "gone", [EMAIL],
        [
            (_USERS, Said("github.search_users.hit")),
            (Asked("GET /users/mrivera-nw"), Said({"message": "Not Found"}, 404)),
        ],
        [MISS],
    ),
    Case(
        "companies-house", "nothing found", [_BRITISH],
        [(_HOUSE, Said({"total_results": 0, "items": []}))],
        [MISS],
    ),
    Case(
        "companies-house", "unknown number", [_BRITISH],
        [
            (_HOUSE, Said("companies_house.search.hit")),
            (Asked("GET /company/09999999"), Said({"errors": []}, 404)),
        ],
        [MISS],
    ),
    alone(
        "brandfetch", "another company", OTHER,
        Asked("GET /v2/brands/domain/unknown.example"), Said("brandfetch.brand.hit"), MISS,
    ),
    alone(
        "apollo-company", "another company", OTHER,
        Asked("GET /api/v1/organizations/enrich", {"domain": "unknown.example"}),
        Said("apollo.org.hit"), MISS,
    ),
    Case(
        "apollo-person", "without e-mails so far", [PROFILE, WORKS],
        [
            (
                Asked("POST /api/v1/people/bulk_match"),
                Said("apollo.people_bulk.waterfall_accepted"),
            )
        ],
        [
            {
                "full_name": "Mara Rivera", "first_name": "Mara", "last_name": "Rivera",
                "job_title": "CTO", "person_linkedin": PERSON_PAGE,
                "person_location": "Zug, Zug, Switzerland", "person_country": "CH",
            },
            MISS,
        ],
    ),
    Case(
        "fullenrich-person", "nothing found", [WORKS],
        [
            (Asked("POST /api/v2/contact/enrich/bulk"), Said("fullenrich.bulk.submit")),
            (
                Asked(
                    "GET /api/v2/contact/enrich/bulk/33333333-3333-3333-3333-333333333333"
                ),
                Said({
                    "status": "FINISHED", "cost": {"credits": 0},
                    "data": [{"custom": {"ref": "0"}, "contact_info": {"work_emails": []}}],
                }),
            ),
        ],
        [MISS],
        cost="0",
    ),
    Case(
        "fullenrich-person", "an address that is likely", [WORKS],
        [
            (Asked("POST /api/v2/contact/enrich/bulk"), Said("fullenrich.bulk.submit")),
            (
                Asked(
                    "GET /api/v2/contact/enrich/bulk/33333333-3333-3333-3333-333333333333"
                ),
                Said({
                    "status": "FINISHED", "cost": {"credits": 1},
                    "data": [{
                        "custom": {"ref": "0"},
                        "contact_info": {"most_probable_work_email": {
                            "email": "mara@northwind.example", "status": "HIGH_PROBABILITY",
                        }},
                    }],
                }),
            ),
        ],
        [{"person_email": "mara@northwind.example", "email_status": "unknown"}],
        cost="0.058",
    ),
]  # fmt: skip

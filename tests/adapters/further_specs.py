"""Calls that vendors document and no shipped spec makes, each as a spec one would write for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.adapters.vendor_cases import (
    COMPANY_PAGE,
    DOMAIN,
    EMAIL,
    MISS,
    NAMED,
    OTHER,
    PROFILE,
    Ids,
    Outcome,
    Said,
)


@dataclass(frozen=True)
class Further:
    """A spec's text without its head, whom it is asked about, the replies, and what is read."""

    about: str
    entity: str
    needs: str
    text: str
    entities: Sequence[Ids]
    asked: Sequence[str]
    replies: Sequence[Said]
    outcomes: Sequence[Outcome]
    cost: str | None = None

    def __str__(self) -> str:
        return self.about


NOBODY = {"linkedin": "linkedin.com/in/nobody-example"}
GONE = {"domain": "gone.example"}
MAIL = {"person_email": "mara@northwind.example"}
_JOB = "22222222-2222-2222-2222-222222222222"
_SCRAPE = "11111111-1111-1111-1111-111111111111"
_LEI = "5493000EXAMPLE00AB12"

FURTHER = [
    Further(
        "contactout, 30 profiles at once", "person", "linkedin",
        """
[batch]
size    = 30
path    = "/v1/people/linkedin/batch"
headers = { authorization = "basic" }
items   = "profiles"
item    = "https://{linkedin}"
answers = "profiles"
match   = { key = "linkedin" }
[fields]
person_email = "[0]"
""",
        [NOBODY, PROFILE], ["POST /v1/people/linkedin/batch"],
        [Said("contactout.v1_batch.mixed")], [MISS, MAIL],
    ),
    Further(
        "contactout, 1,000 profiles later", "person", "linkedin",
        """
[batch]
size    = 1000
path    = "/v2/people/linkedin/batch"
items   = "profiles"
item    = "https://{linkedin}"
answers = "data.result"
match   = { key = "linkedin" }
[poll]
id      = "job_id"
path    = "/v2/people/linkedin/batch/{job}"
until   = "data.status == 'SENT'"
every   = "10s"
expires = "1d"
[fields]
person_email = "work_emails[0]"
""",
        [NOBODY, PROFILE],
        [
            "POST /v2/people/linkedin/batch", f"GET /v2/people/linkedin/batch/{_JOB}",
            f"GET /v2/people/linkedin/batch/{_JOB}",
        ],
        [
            Said("contactout.v2_batch.queued"), Said({"data": {"status": "QUEUED"}}),
            Said("contactout.v2_batch.sent"),
        ],
        [MISS, MAIL],
    ),
    Further(
        "firecrawl, many pages later", "company", "domain",
        """
[price]
usd   = "0.001"
per   = "item"
meter = { json = "creditsUsed", usd = "0.001" }
[batch]
size    = 100
path    = "/v2/batch/scrape"
items   = "urls"
item    = "https://{domain}"
answers = "data"
match   = { field = "metadata.sourceURL", identifier = "domain" }
[poll]
id      = "id"
path    = "/v2/batch/scrape/{job}"
until   = "status == 'completed'"
every   = "5s"
expires = "1d"
[[outcome]]
when = "metadata.statusCode >= `400`"
is   = "miss"
[fields]
company_name = "json.company_name"
""",
        [GONE, DOMAIN],
        [
            "POST /v2/batch/scrape", f"GET /v2/batch/scrape/{_SCRAPE}",
            f"GET /v2/batch/scrape/{_SCRAPE}",
        ],
        [
            Said("firecrawl.batch.submit"), Said("firecrawl.batch.pending"),
            Said("firecrawl.batch.completed"),
        ],
        [MISS, {"company_name": "Northwind Optics"}], "0.002",
    ),
    Further(
        "fullenrich, a company at once", "company", "domain",
        """
[price]
usd   = "0.0145"
per   = "hit"
meter = { json = "metadata.credits", usd = "0.058" }
[request]
method = "POST"
path   = "/api/v2/company/lookup"
json   = { domain = "{domain}" }
[check]
domain = "companies[0].domain"
[fields]
company_name   = "companies[0].name"
description    = "companies[0].description"
employee_count = "companies[0].headcount"
employee_range = "companies[0].headcount_range"
founded_year   = "companies[0].year_founded"
website        = "companies[0].website"
logo_url       = "companies[0].logo_url"
""",
        [DOMAIN], ["POST /api/v2/company/lookup"], [Said("fullenrich.company_lookup.hit")],
        [
            {
                "company_name": "Northwind Optics", "description": "Lens maker",
                "employee_count": 120, "employee_range": "51-200", "founded_year": 2009,
                "website": "https://northwind.example", "logo_url": "https://img.example/l.png",
            }
        ],
        "0.0145",
    ),
    Further(
        "rocketreach, a company", "company", "domain",
        """
[request]
path  = "/api/v2/company/lookup/"
query = { domain = "{domain}" }
[check]
domain = "domain"
[fields]
company_name   = "name"
description    = "description"
industry       = "industry"
employee_count = "num_employees"
founded_year   = "year_founded"
street_address = "address.street"
city           = "address.city"
postal_code    = "address.postal_code"
country        = "address.country_code"
technologies   = "techstack"
""",
        [DOMAIN], ["GET /api/v2/company/lookup/"], [Said("rocketreach.company.hit")],
        [
            {
                "company_name": "Northwind Optics", "description": "…",
                "industry": "Medical Devices", "employee_count": 120, "founded_year": 2009,
                "street_address": "Musterweg 4", "city": "Zug", "postal_code": "6300",
                "country": "CH", "technologies": ("nginx",),
            }
        ],
    ),
    Further(
        "serper, queries together", "company", "name",
        """
[batch]
size  = 100
path  = "/search"
items = ""
item  = { q = "{name} linkedin" }
match = { order = true }
[pick]
from = "organic"
by   = { name = "title" }
[fields]
company_linkedin = "[?contains(link, 'linkedin.com/company/')].link | [0]"
""",
        [NAMED, {"name": "nobody"}], ["POST /search"], [Said("serper.search.batch")],
        [{"company_linkedin": COMPANY_PAGE}, MISS],
    ),
    Further(
        "gleif, by a name that is nearly right", "company", "name",
        """
[first]
path  = "/api/v1/fuzzycompletions"
query = { field = "entity.legalName", q = "{name}" }
pick  = { from = "data", by = { name = "attributes.value" } }
find  = "relationships.\\"lei-records\\".data.id"
[request]
path = "/api/v1/lei-records/{found}"
[fields]
legal_name = "data.attributes.entity.legalName.name || data[0].attributes.entity.legalName.name"
""",
        [NAMED], ["GET /api/v1/fuzzycompletions", f"GET /api/v1/lei-records/{_LEI}"],
        [Said("gleif.fuzzycompletions.hit"), Said("gleif.lei_records.hit")],
        [{"legal_name": "Northwind Optics AG"}],
    ),
    Further(
        "opencorporates", "company", "name",
        """
[request]
path  = "/v0.4/companies/search"
query = { q = "{name}" }
[pick]
from = "results.companies[].company"
by   = { name = "name" }
[fields]
legal_name   = "[0].name"
founded_year = "[0].incorporation_date"
city         = "[0].registered_address.locality"
country      = "[0].registered_address.country"
""",
        [NAMED], ["GET /v0.4/companies/search"], [Said("opencorporates.search.hit")],
        [
            {
                "legal_name": "NORTHWIND OPTICS AG", "founded_year": 2009, "city": "Zug",
                "country": "CH",
            }
        ],
    ),
    Further(
        "wikidata, by name", "company", "name",
        """
[first]
path  = "/w/api.php"
query = { action = "wbsearchentities", search = "{name}", language = "en", format = "json" }
pick  = { from = "search", by = { name = "label" } }
find  = "id"
[request]
path = "/wiki/Special:EntityData/{found}.json"
[fields]
company_name = "values(entities)[0].labels.en.value"
description  = "values(entities)[0].descriptions.en.value"
website      = "values(entities)[0].claims.P856[0].mainsnak.datavalue.value"
""",
        [NAMED], ["GET /w/api.php", "GET /wiki/Special:EntityData/Q900000001.json"],
        [Said("wikidata.wbsearchentities.hit"), Said("wikidata.entitydata.hit")],
        [
            {
                "company_name": "Northwind Optics", "description": "…",
                "website": "https://northwind.example/",
            }
        ],
    ),
    Further(
        "hunter, person and company in one", "person", "email",
        """
[request]
path  = "/v2/combined/find"
query = { email = "{email}" }
[fields]
full_name       = "data.person.name.fullName"
job_title       = "data.person.employment.title"
person_linkedin = { path = "data.person.linkedin.handle", prefix = "https://www.linkedin.com/in/" }
""",
        [EMAIL], ["GET /v2/combined/find"], [Said("hunter.combined.hit")],
        [
            {
                "full_name": "Mara Rivera", "job_title": "CTO",
                "person_linkedin": "https://www.linkedin.com/in/mara-rivera-example",
            }
        ],
    ),
    Further(
        "fullenrich, told apart by who was asked about", "person", "domain",
        """
[batch]
size    = 100
path    = "/api/v2/contact/enrich/bulk"
items   = "data"
item    = { domain = "{domain}", custom = { key = "row-1" } }
answers = "data"
match   = { field = "input.company_domain", identifier = "domain" }
[poll]
id      = "enrichment_id"
path    = "/api/v2/contact/enrich/bulk/{job}"
until   = "status == 'FINISHED'"
every   = "5min"
expires = "1d"
[fields]
person_email = "contact_info.most_probable_work_email.email"
""",
        [OTHER, DOMAIN],
        [
            "POST /api/v2/contact/enrich/bulk",
            "GET /api/v2/contact/enrich/bulk/33333333-3333-3333-3333-333333333333",
        ],
        [Said("fullenrich.bulk.submit"), Said("fullenrich.bulk.finished")], [MISS, MAIL],
    ),
]  # fmt: skip

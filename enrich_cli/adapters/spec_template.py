"""The spec file that `enrich providers new` writes: whole, valid, and explained line by line."""

from __future__ import annotations

_COMPANY = """\
needs    = [["domain"]]                           # alternatives; ["name", "country"] needs both"""
_PERSON = """\
needs    = [["email"], ["linkedin"]]              # alternatives; ["name", "domain"] needs both"""

_TEMPLATE = """\
# {name}: what it is, when you looked, what it costs.
# `enrich providers check {name}` says whether all is well. For an editor that completes the keys:
# `enrich providers schema > provider.schema.json`, and the line
#:schema ./provider.schema.json

name     = "{name}"
title    = "{name}"
docs     = "https://{name}.example/docs"
{entity:<50}# company | person
tier     = "cheap"                                # free | cheap | premium: who is asked first
version  = 1                                      # raise it when something else is asked
{needs}
base_url = "https://api.{name}.example"

[auth]                                            # leave it out where no key is needed
{env:<50}# the key is read from this variable
header = "X-Api-Key"                              # or query = "key", bearer = true, basic = "user"

[price]
usd = "0.01"                                      # dollars, as text
per = "hit"                                       # hit | item (each one asked) | call
# meter = {{ json = "cost", usd = "0.01" }}         # credits in a reply (or header = "x-credits"),
#                                                 # and what one is worth

[limits]
rate        = ["5/s"]                             # several hold together: "100/min", "1000/h"
concurrency = 4
timeout     = "30s"

[request]
method = "GET"
path   = "/v1/lookup"
query  = {{ {query} }}

# [batch]                                         # many in one call; then [request] may go
# size    = 25
# path    = "/v1/bulk"
# items   = "query.domains"                       # where in the JSON body the list goes
# item    = "{batch_item}"                            # one of the list; or a table
# json    = {{ query = {{ detail = "full" }} }}       # what else the body has
# answers = "results"                             # JMESPath to the answers in the reply
# match   = {{ key = "{key}" }}                    # where results is {{"acme.example": ...}}
#                                                 # a list: order = true; echo = "id" where item
#                                                 # has {{ref}}; or field = "site", where that
#                                                 # is, and identifier = "domain"

# [[outcome]]                                     # where a status means something unusual
# status = [403]
# when   = "code == 'slow'"                       # and where the reply says so (JMESPath)
# is     = "rate_limited"                         # hit | miss | retry | auth | out_of_credit | ...

# [pages]                                         # where the list of an answer goes on elsewhere
# list = "results"                                # its keys; next: an address at the same host, or
# next = "next"                                   # with query = "cursor" a token; number = "page"
# most = 10                                       # each page is a call, paid like one

# [balance]                                       # an empty account is not asked
# path    = "/v1/account"
# credits = "credits_left"
# usd     = "0.01"                                # what a credit is worth

[check]                                           # a reply about somebody else is a miss
{check}

[fields]                                          # JMESPath into the reply; see `enrich fields`
{fields}
"""


def template(name: str, entity: str) -> str:
    """A spec of that name about a `company` or a `person`, to be changed where it differs."""
    company = entity == "company"
    return _TEMPLATE.format(
        name=name,
        entity=f'entity   = "{entity}"',
        env=f'env    = "{name.replace("-", "_").upper()}_KEY"',
        batch_item="{domain}" if company else "{email}",
        key="domain" if company else "email",
        needs=_COMPANY if company else _PERSON,
        query='domain = "{domain}"' if company else 'email = "{email}", profile = "{linkedin}"',
        check='domain = "website"' if company else 'email = "email"',
        fields=(
            'company_name   = "name"\nemployee_count = "employees.count"'
            if company
            else 'full_name = "name"\njob_title = "position.title"'
        ),
    )

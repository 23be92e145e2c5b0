"""Each vendor's batch, answered in any order and with gaps: nobody gets what is another's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from enrich_cli.adapters.specs import SHIPPED, load_specs
from enrich_cli.domain.outcome import Hit, Miss
from enrich_cli.domain.provider import Reply
from tests.adapters.spec_kit import KEY, Seen, asking, example, finished, provider, reply, serving

NAMES = ("alpha", "beta", "gamma", "delta")


@dataclass(frozen=True)
class Batch:
    """A spec, one entity by its name, its answer, and the reply that holds some answers.

    `mark` takes the vendor's mark of an entity out of what was sent: where it repeats one.
    """

    field: str
    entity: Callable[[str], Mapping[str, str]]
    answer: Callable[[], Any]
    whole: Callable[[Sequence[Any]], Any]
    sent: Callable[[Any], Sequence[Any]] = list
    mark: str = ""


def company(name: str) -> Mapping[str, str]:
    return {"domain": f"{name}.example"}


def profile(name: str) -> Mapping[str, str]:
    return {"linkedin": f"linkedin.com/in/{name}-example"}


def contact() -> Any:
    email = {"email": "mara@northwind.example", "status": "DELIVERABLE"}
    return {"contact_info": {"most_probable_work_email": email}}


BATCHES = {
    "apollo-company": Batch(
        "website", company,
        lambda: example("apollo.org_bulk.partial")["organizations"][0],
        lambda found: {"status": "success", "organizations": found},
    ),
    "apollo-person": Batch(
        "person_linkedin", profile,
        lambda: example("apollo.people_bulk.partial")["matches"][0],
        lambda found: {"status": "success", "matches": found},
    ),
    "contactout-company": Batch(
        "website", company,
        lambda: example("contactout.domain_enrich.mixed")["companies"][0],
        lambda found: {"status_code": 200, "companies": found},
    ),
    "fullenrich-person": Batch(
        "person_email", profile, contact,
        lambda found: {"status": "FINISHED", "data": found},
        lambda sent: sent["data"], "custom",
    ),
    "pdl-company": Batch(
        "website", company,
        lambda: example("pdl.company_bulk.response")[0],
        lambda found: found, lambda sent: sent["requests"], "metadata",
    ),
    "pdl-person": Batch(
        "person_linkedin", profile,
        lambda: example("pdl.person_bulk.response")[0],
        lambda found: found, lambda sent: sent["requests"], "metadata",
    ),
    "wikidata": Batch(
        "website", company,
        lambda: example("wikidata.sparql.hit")["results"]["bindings"][0],
        lambda found: {"results": {"bindings": found}},
    ),
}  # fmt: skip
SPECS = load_specs([SHIPPED], {})


def renamed(document: Any, name: str) -> Any:
    """A documented answer as one about another entity."""
    text = json.dumps(document, ensure_ascii=False)
    return json.loads(text.replace("northwind", name).replace("mara-rivera", name))


def ask(name: str, order: Sequence[str]) -> Reply:
    """What a spec makes of answers about some of `NAMES`, in that order."""
    batch = BATCHES[name]
    sent: list[Any] = []

    def answer(seen: Seen) -> web.Response:
        if name == "fullenrich-person" and seen.method == "POST":
            sent.append(seen.json)
            return reply({"enrichment_id": "one"})
        asked = sent or ([seen.json] if batch.mark else [])
        found = []
        for one in order:
            said = renamed(batch.answer(), one)
            if batch.mark:
                said[batch.mark] = batch.sent(asked[0])[NAMES.index(one)][batch.mark]
            found.append(said)
        return reply(batch.whole(found))

    async def main() -> Reply:
        async with serving(answer) as served:
            loaded = load_specs([SHIPPED], {name: {"base_url": served.base}}, only=[name])[name]
            async with provider(loaded, KEY if loaded.spec.key_env else None) as one:
                return await finished(one, [asking(batch.entity(each)) for each in NAMES])

    return asyncio.run(main())


@pytest.mark.parametrize("name", BATCHES)
@settings(max_examples=12, deadline=None)
@given(order=st.permutations(NAMES), left=st.integers(1, len(NAMES)))
def test_a_batch_in_any_order(name: str, order: Sequence[str], left: int) -> None:
    known = order[:left]
    for one, item in zip(NAMES, ask(name, known).items, strict=True):
        if one in known:
            assert isinstance(item.outcome, Hit)
            told = str(item.outcome.values[BATCHES[name].field].content)  # type: ignore[index]
            assert one in told
        else:
            assert item.outcome == Miss()


def test_every_batch_is_here() -> None:
    assert {name for name, loaded in SPECS.items() if loaded.spec.batch > 1} == BATCHES.keys()

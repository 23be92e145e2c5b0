"""The provider: what it is, its options, what it keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping

import httpx
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrich_cli.adapters.clients import web_transport
from enrich_cli.adapters.context import ProviderContext
from enrich_cli.adapters.site.facts import Fact, Facts, Source
from enrich_cli.adapters.website import (
    provider,
    spec,
)
from enrich_cli.domain.entity import CATALOGUE, EntityType, IdKind
from enrich_cli.domain.errors import ConfigError
from enrich_cli.domain.outcome import Failure, Miss, Reason
from enrich_cli.domain.provider import Item, Limits
from tests.adapters.site.web_kit import (
    AGENT,
    Clock,
    found,
    query,
)


def test_the_spec_is_that_of_a_free_provider() -> None:
    made = spec(concurrency=7, timeout=3.0)
    assert made.name == "website"
    assert made.free
    assert made.usable([(IdKind.DOMAIN, "acme.example")])
    assert not made.usable([(IdKind.EMAIL, "a@acme.example")])
    assert made.batch == 1
    assert made.limits == Limits(concurrency=7, timeout=3.0)
    assert made.gives <= set(CATALOGUE)
    assert all(CATALOGUE[name].entity is EntityType.COMPANY for name in made.gives)
    assert len(made.mapping) == 16


def context(options: Mapping[str, object]) -> ProviderContext:
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200)))
    return ProviderContext(
        open_web=lambda: client,
        open_api=lambda: client,
        clock=Clock(),
        environ={},
        options=options,
        user_agent=AGENT,
        pages=web_transport(1, {}),
    )


def test_the_entry_point_reads_its_options() -> None:
    made = provider(context({"pages": 1, "concurrency": 5, "timeout": 9}))
    assert made.spec == spec(concurrency=5, timeout=9.0)


@pytest.mark.parametrize(
    "options", [{"pages": 0}, {"pages": 11}, {"pages": "3"}, {"concurrency": True}, {"timeout": 0}]
)
def test_options_that_cannot_be_are_refused_by_name(options: dict[str, object]) -> None:
    (key,) = options
    with pytest.raises(ConfigError, match=rf"\[provider\.website\] {key}"):
        provider(context(options))


def reread(body: bytes) -> Item:
    return provider(context({})).reread(query("acme.example"), body)


def test_kept_facts_are_read_again_without_asking() -> None:
    fact = Fact("company_name", "Acme", Source.STATED, "https://acme.example/")
    alien = Fact("person_email", "a@acme.example", Source.STATED, "https://acme.example/")
    facts = Facts("acme.example", ("https://acme.example/",), "site", facts=(fact, alien))
    item = reread(msgspec.json.encode(facts))
    assert found(item) == {"company_name": "Acme"}
    assert item.url == "https://acme.example/"


@settings(max_examples=200)
@given(
    st.one_of(
        st.binary(max_size=60),
        st.recursive(
            st.none() | st.text(max_size=5),
            lambda x: (
                st.lists(x, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["domain", "pages", "verdict", "facts", "alias", "gap"]),
                    x,
                    max_size=4,
                )
            ),
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_kept_bytes_that_are_no_facts_are_garbage_not_a_crash(body: bytes) -> None:
    outcome = reread(body).outcome
    if isinstance(outcome, Failure):
        assert outcome.reason is Reason.GARBAGE
    else:
        assert isinstance(outcome, Miss)

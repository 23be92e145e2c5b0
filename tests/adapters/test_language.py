"""What spec files can say beyond one question and one answer: candidates, calls, texts, jobs."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from enrich_cli.adapters.hosts import homepage, mail_provider
from enrich_cli.adapters.identity import shown
from enrich_cli.domain.entity import Field, IdKind
from enrich_cli.domain.errors import ConfigError
from enrich_cli.domain.outcome import Failure, Hit, Miss, Outcome, Reason, Value
from enrich_cli.domain.provider import ProviderSpec
from tests.adapters.spec_kit import (
    BATCH,
    MINIMAL,
    Answering,
    Seen,
    always,
    ask,
    asking,
    finished,
    load,
    provider,
    query,
    refused,
    reply,
    serving,
)

NAME = Field("company_name")


def name_of(outcome: Outcome) -> str | None:
    return str(outcome.values[NAME].content) if isinstance(outcome, Hit) else None


# Candidates

PICK = MINIMAL.replace('[["domain"]]', '[["name"], ["domain"]]').replace(
    '{ domain = "{domain}" }', '{ q = "{name?} {domain?} {country?}" }'
).replace(
    "[fields]",
    '[pick]\nfrom = "found"\nby = { name = "title", domain = "url", country = "at" }\n[fields]',
).replace('= "name"\n', '= "[0].title"\n')  # fmt: skip


@pytest.mark.parametrize(
    ("ids", "found", "name"),
    [
        ({"name": "acme optics"}, [{"title": "Acme"}, {"title": "ACME Optics, Inc."}], 1),
        ({"name": "acme optics"}, [{"title": "Acme Optics - Home"}], 0),
        ({"name": "acme optics"}, [{"title": "Acme Optics Supplies"}, {}, "x", None], None),
        ({"name": "acme"}, [{"title": "Acme", "at": "Germany"}], 0),
        ({"name": "acme", "country": "DE"}, [{"title": "Acme", "at": "Germany"}], 0),
        ({"name": "acme", "country": "CH"}, [{"title": "Acme", "at": "Germany"}], None),
        ({"name": "acme", "country": "CH"}, [{"title": "Acme", "at": None}], 0),
        ({"domain": "acme.example"}, [{"title": "A", "url": "https://www.acme.example/de"}], 0),
        ({"domain": "acme.example"}, [{"title": "A", "url": "https://acme.example.org"}], None),
        ({"domain": "acme.example"}, [{"title": "A"}], None),
        ({"name": "acme"}, None, None),
        ({"name": "acme"}, {"title": "Acme"}, None),
    ],
)
def test_only_a_candidate_that_shows_who_was_asked_about_is_read(
    tmp_path: Path, ids: dict[str, str], found: object, name: int | None
) -> None:
    got, _ = ask(tmp_path, PICK, always({"found": found}), [asking(ids)])
    if name is None:
        assert got.items[0].outcome == Miss()
    else:
        assert isinstance(found, list)
        assert name_of(got.items[0].outcome) == found[name]["title"]


TITLES = [
    (IdKind.NAME, "mara rivera", "Mara Rivera - CTO - Acme | LinkedIn", True),
    (IdKind.NAME, "mara rivera", "Mara Rivera-Jones | LinkedIn", False),
    (IdKind.NAME, "zurich optik", "Zürich Optik AG: Startseite", True),
    (IdKind.COMPANY, "acme optics", "Mara works at Acme Optics since 2019", True),
    (IdKind.COMPANY, "acme optics", "Mara works at Acme Opticsworld", False),
    (IdKind.DOMAIN, "acme-optics.example", "Acme Optics | LinkedIn", True),
    (IdKind.DOMAIN, "acme.example", "Acme Optics | LinkedIn", False),
    (IdKind.DOMAIN, "acme-optics.example", "https://de.linkedin.com/company/acme-optics/", True),
    (IdKind.DOMAIN, "acme.example", "https://www.linkedin.com/company/acme-optics", False),
    (IdKind.DOMAIN, "acme.example", "Write to info@acme.example today", True),
    (IdKind.DOMAIN, "acme.example", "https://notacme.example/", False),
    (IdKind.EMAIL, "a@b.example", "A@B.example", True),
    (IdKind.COUNTRY, "CH", "Switzerland", True),
]


@pytest.mark.parametrize(("kind", "asked", "said", "shows"), TITLES)
def test_what_a_page_shows(kind: IdKind, asked: str, said: str, shows: bool) -> None:
    assert shown(kind, asked, said) is shows
    assert shown(kind, asked, ["nothing", None, said]) is shows
    assert not shown(kind, asked, None)


@given(st.sampled_from(IdKind), st.text(max_size=30), st.text(max_size=60))
def test_any_text_can_be_compared(kind: IdKind, asked: str, said: str) -> None:
    assert shown(kind, asked, said) in (True, False)


# Two calls

FIRST = MINIMAL.replace(
    "[request]", '[first]\npath = "/search"\nquery = { q = "{domain}" }\nfind = "id"\n[request]'
).replace('path = "/find"\nquery = { domain = "{domain}" }', 'path = "/firms/{found}"')
ONCE = (
    MINIMAL.replace('[["domain"]]', '[["name"]]')
    .replace(
        "[request]",
        '[first]\npath = "/all"\nonce = true\nfind = "id"\n'
        'pick = { from = "values(@)", by = { name = "title" } }\n[request]',
    )
    .replace('path = "/find"\nquery = { domain = "{domain}" }', 'path = "/firms/{found|ten}"')
)


def firms(search: object, status: int = 200) -> Answering:
    def answer(seen: Seen) -> web.StreamResponse:
        if seen.path.startswith("/firms/"):
            return reply({"name": f"firm {seen.path.rpartition('/')[2]}"})
        return reply(search, status)

    return answer


def test_what_the_first_call_finds_the_second_one_asks_about(tmp_path: Path) -> None:
    got, seen = ask(tmp_path, FIRST, firms({"id": "a b/7"}))
    assert name_of(got.items[0].outcome) == "firm a%20b%2F7"
    assert [one.path for one in seen] == ["/search?q=northwind.example", "/firms/a%20b%2F7"]
    assert (got.items[0].url or "").endswith("/firms/a%20b%2F7")


@pytest.mark.parametrize("found", [None, "", True, [], {"x": 1}])
def test_nothing_found_is_a_miss_without_a_second_call(tmp_path: Path, found: object) -> None:
    got, seen = ask(tmp_path, FIRST, firms({"id": found}))
    assert (got.items[0].outcome, len(seen)) == (Miss(), 1)


def test_trouble_in_the_first_call(tmp_path: Path) -> None:
    assert ask(tmp_path, FIRST, firms({}, 404))[0].items[0].outcome == Miss()
    assert refused(tmp_path, FIRST, firms({}, 503)).reason is Reason.SERVER_ERROR
    assert refused(tmp_path, FIRST, firms(b"<html>")).reason is Reason.GARBAGE


def test_a_list_that_is_the_same_for_all_is_fetched_once(tmp_path: Path) -> None:
    listed = {"0": {"id": 7, "title": "ACME INC"}, "1": {"id": 8, "title": "Borealis"}, "2": None}

    async def main() -> tuple[list[Outcome], list[str]]:
        async with (
            serving(firms(listed)) as served,
            provider(load(tmp_path, ONCE, served.base)) as one,
        ):
            asked = [asking({"name": name}) for name in ("acme", "borealis", "unknown")]
            async with asyncio.TaskGroup() as together:
                tasks = [together.create_task(one.fetch([each])) for each in asked]
            return [task.result().items[0].outcome for task in tasks], [s.path for s in served.seen]

    outcomes, paths = asyncio.run(main())
    assert [name_of(one) for one in outcomes] == ["firm 0000000007", "firm 0000000008", None]
    assert sorted(paths) == ["/all", "/firms/0000000007", "/firms/0000000008"]


# Lists in texts, and forms

TEXTS = BATCH.replace('items = "requests"\n', "").replace(
    'item = { site = "{domain}", ref = "{ref}" }', 'item = "<{domain}>"\nANSWERS'
).replace("MATCH", 'match = { field = "site", identifier = "domain" }')  # fmt: skip


def test_the_items_of_a_batch_go_into_a_text(tmp_path: Path) -> None:
    text = TEXTS.replace("ANSWERS", 'join = "|"\nmethod = "GET"\nquery = { ids = "in ({items})" }')
    answers = always([{"site": "https://b.example/", "name": "B"}])
    got, (seen,) = ask(tmp_path, text, answers, [query("a.example"), query("b.example", "e1")])
    assert [name_of(item.outcome) for item in got.items] == [None, "B"]
    assert parse_qsl(urlsplit(seen.path).query) == [("ids", "in (<a.example>|<b.example>)")]


def test_a_form(tmp_path: Path) -> None:
    text = TEXTS.replace("ANSWERS", 'form = { query = "{items} {{x}} & more" }')
    _, (seen,) = ask(tmp_path, text, always([]), [query("a.example"), query("b.example", "e1")])
    assert seen.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(seen.body.decode()) == {"query": ["<a.example> <b.example> {x} & more"]}


# Answers without order

ANY = BATCH.replace('[["domain"]]', '[["linkedin"], ["email"], ["name", "domain"]]').replace(
    'entity = "company"', 'entity = "person"'
).replace("company_name", "full_name").replace('item = { site = "{domain}", ref = "{ref}" }',
    'item = { url = "{linkedin}", mail = "{email}", name = "{name}", site = "{domain}" }'
).replace(
    "MATCH",
    'match = { fields = { linkedin = "url", email = "mail", name = "name", domain = "site" } }',
)  # fmt: skip
A = {"name": "ann lee", "domain": "a.example"}
B = {"name": "ann lee", "domain": "b.example"}
MAIL = {"email": "ann@c.example"}


@pytest.mark.parametrize(
    ("asked", "answers", "found"),
    [
        ([A, B], [{"name": "Ann Lee", "site": "b.example", "n": 2}], [None, 2]),
        ([A, B], [{"name": "Ann Lee", "site": s, "n": s} for s in ("b.example", "a.example")],
         ["a.example", "b.example"]),
        ([A, MAIL], [None, {"name": "x", "mail": "ANN@c.example", "n": 1}], [None, 1]),
        # Where one of each is left, they belong together: the address has changed.
        ([A, MAIL], [{"name": "x", "mail": "new@d.example", "n": 1},
                     {"name": "Ann Lee", "site": "a.example", "n": 2}], [2, 1]),
        ([A, B, MAIL], [{"name": "who", "n": 1}], [None, None, None]),
    ],
)  # fmt: skip
def test_answers_are_told_apart_by_what_they_say(
    tmp_path: Path, asked: list[dict[str, str]], answers: object, found: list[object]
) -> None:
    text = ANY.replace('full_name = "name"', 'full_name = "n"')
    got, _ = ask(tmp_path, text, always(answers), [asking(ids) for ids in asked])
    names = [
        item.outcome.values[Field("full_name")].content if isinstance(item.outcome, Hit) else None
        for item in got.items
    ]
    assert names == [None if one is None else str(one) for one in found]


# Jobs

JOB = BATCH.replace("MATCH", 'answers = "done"\nmatch = { echo = "ref" }').replace(
    '[["domain"]]', '[["name"]]'
).replace('site = "{domain}"', 'site = "{name|last}"').replace(
    "[fields]",
    '[poll]\nid = "id"\npath = "/jobs/{job}"\nuntil = "done"\nevery = "5s"\nexpires = "1h"\n'
    '[[outcome]]\nstatus = [425]\nis = "pending"\n[fields]',
)  # fmt: skip


def working(*replies: web.StreamResponse) -> Answering:
    left = iter(replies)
    return lambda _: next(left)


def test_a_jobs_answers_belong_to_those_who_were_asked_about(tmp_path: Path) -> None:
    """One of them cannot be asked about: the marks of the others must not move."""
    done = [{"ref": "1", "name": "Second"}, {"ref": "0", "name": "First"}]

    async def main() -> list[Outcome]:
        replies = (reply({"id": 5}), reply({}, 425), reply({"id": 5}), reply({"done": done}))
        async with (
            serving(working(*replies)) as served,
            provider(load(tmp_path, JOB, served.base)) as one,
        ):
            names = ("single", "acme optics", "borealis foods")
            got = await finished(one, [asking({"name": name}) for name in names])
            assert [seen.path for seen in served.seen] == ["/bulk", *["/jobs/5"] * 3]
            return [item.outcome for item in got.items]

    first, *others = asyncio.run(main())
    assert isinstance(first, Failure)
    assert first.reason is Reason.BAD_INPUT
    assert others == [Hit({NAME: Value("First")}), Hit({NAME: Value("Second")})]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (reply({}, 404), Reason.BAD_INPUT),
        (reply({}, 503), Reason.SERVER_ERROR),
        (reply({}, 401), Reason.AUTH),
        (reply(b"<html>"), Reason.GARBAGE),
        (reply({"done": [{"ref": "9"}]}), Reason.GARBAGE),
        (reply({}), Reason.PENDING),
    ],
)
def test_trouble_at_a_look(tmp_path: Path, said: web.Response, reason: Reason) -> None:
    async def main() -> None:
        answers = working(reply({"id": "x"}), said)
        async with (
            serving(answers) as served,
            provider(load(tmp_path, JOB, served.base)) as one,
        ):
            asked = [asking({"name": "acme optics"})]
            job = (await one.fetch(asked)).job
            await one.collect(job, asked)

    with pytest.raises(Exception) as raised:
        asyncio.run(main())
    assert getattr(raised.value, "reason", None) is reason


def test_a_job_without_a_name_is_garbage(tmp_path: Path) -> None:
    asked = [asking({"name": "acme optics"})]
    unnamed: list[object] = [{}, {"id": True}, {"id": ""}, {"id": []}]
    for said in unnamed:
        assert refused(tmp_path, JOB, always(said), asked).reason is Reason.GARBAGE


def test_poll_is_told_to_the_middle(tmp_path: Path) -> None:
    poll = load(tmp_path, JOB).spec.poll
    assert poll is not None
    assert (poll.every, poll.wait, poll.expires) == (5.0, 1800.0, 3600.0)


# Only some


def test_a_country_register_is_not_asked_about_another_country(tmp_path: Path) -> None:
    spec = load(tmp_path, MINIMAL.replace("base_url", 'only = { country = ["GB"] }\nbase_url')).spec
    assert IdKind.COUNTRY in spec.hints

    def usable(spec: ProviderSpec, **ids: str) -> bool:
        return spec.usable(tuple((IdKind(kind), value) for kind, value in ids.items()))

    assert usable(spec, domain="a.example")
    assert usable(spec, domain="a.example", country="GB")
    assert not usable(spec, domain="a.example", country="CH")
    assert not usable(spec, country="GB")


# What cannot be

WRONG = [
    (FIRST.replace("{found}", "x"), "request: {found}, what [first] finds, stands nowhere"),
    (MINIMAL.replace('"/find"', '"/{found}"'), "request.path: {found} is nothing that is known"),
    (MINIMAL.replace('"/find"', '"/{job}"'), "request.path: {job} is nothing that is known"),
    (MINIMAL.replace('"{domain}"', '"{items}"'), "{items} is nothing that is known"),
    (FIRST.replace('find = "id"\n', ""), "first: find is missing"),
    (FIRST.replace("find =", "once = true\nfind ="), "first: once needs a pick by one identifier"),
    (JOB.replace("{job}", "x"), "poll: {job}, the name of the job, stands nowhere"),
    (PICK.replace("by = {", "by = { email = \"m\" } #"), "needs: the calls have a place for none"),
    (TEXTS.replace("ANSWERS", ""), "batch: say in items where the list goes, or write {items}"),
    (TEXTS.replace("ANSWERS", 'items = "x"\nquery = { q = "{items}" }'), "say in items where"),
    (MINIMAL.replace('path = "/find"', 'path = "/find"\nform = { a = "b" }'), "form is the body"),
    (ANY.replace("match = { fields", "match = { order = true, fields"), "give one of echo"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), WRONG)
def test_what_cannot_be_is_told(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(words)):
        load(tmp_path, text)


# Hosts


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("10 aspmx.l.google.com.", "Google Workspace"),
        (["20 b.example.", "5 acme-ch.mail.protection.outlook.com."], "Microsoft 365"),
        ("google.com", "Google Workspace"),
        ("5 mx.acme.example.", "mx.acme.example"),
        ("0 .", None),
        ([], None),
        (None, None),
        (7, None),
        ("not a host at all", None),
    ],
)
def test_who_runs_a_mail_server(raw: object, name: str | None) -> None:
    assert mail_provider(raw) == name


@pytest.mark.parametrize(
    ("raw", "site"),
    [
        (["https://www.linkedin.com/company/acme", "https://WWW.acme.example/de"],
         "https://www.acme.example/"),
        (["https://de.wikipedia.org/wiki/Acme", "http://acme.example"], "https://acme.example/"),
        (["https://www.crunchbase.com/organization/acme"], None),
        (["https://www.bloomberg.com/quote/ACME:US"], None),
        (["https://www.bloomberg.com/europe"], "https://www.bloomberg.com/"),
        ("https://acme.example/x?y", "https://acme.example/"),
        (["nonsense", None, 7, "http://[::1"], None),
        (None, None),
    ],
)  # fmt: skip
def test_the_first_address_that_is_the_companys_own(raw: object, site: str | None) -> None:
    assert homepage(raw) == site


@given(st.recursive(st.none() | st.text() | st.integers(), st.lists, max_leaves=6))
def test_hosts_are_read_out_of_anything(raw: object) -> None:
    for found in (homepage(raw), mail_provider(raw)):
        assert found is None or found

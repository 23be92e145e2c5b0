"""Spec files: what loads, what is overridden, and one clear line for whatever is wrong."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich_cli.adapters.paths import compile_path, truthy
from enrich_cli.adapters.specs import Loaded, load_specs
from enrich_cli.adapters.templates import FILTERS, UnfillableError, parse_template
from enrich_cli.domain.entity import EntityType, Field, IdKind
from enrich_cli.domain.errors import ConfigError
from enrich_cli.domain.money import Meter, Money, Per, Price
from enrich_cli.domain.provider import Limits, Rate, Tier

WHOLE = """\
name     = "acme-company"
title    = "Acme: company"
docs     = "https://docs.acme.example/"
entity   = "company"                          # company | person
tier     = "premium"
version  = 3
needs    = [["domain"], ["linkedin"], ["name", "country"]]
base_url = "https://api.acme.example/v5/"

[auth]
env    = "ACME_KEY"
header = "X-Api-Key"

[price]
usd = "0.10"
per = "hit"
meter = { header = "x-spent", usd = "0.05" }

[limits]
rate        = ["100/min", "10/s", "5000/h", "600/5min"]
concurrency = 4
timeout     = "30s"

[request]
method  = "GET"
path    = "/company/enrich"
query   = { site = "{domain}", profile = "{linkedin?}", name = "{name}" }
headers = { Accept = "application/json" }

[batch]
size    = 80
method  = "POST"
path    = "/company/bulk"
items   = "requests"
item    = { params = { site = "{domain}", url = "{linkedin}", name = "{name}" }, ref = "{ref}" }
answers = "@"
match   = { echo = "ref" }

[[outcome]]
status = [404]
is     = "miss"

[[outcome]]
when   = "error.type == 'quota'"
is     = "out_of_credit"

[confidence]
path = "likelihood"
scale = [0, 10]

[check]
domain = "website"

[fields]
company_name   = "name"
employee_count = { path = "employee_count", as = "int" }
"""


def load(folder: Path, text: str = WHOLE, overrides: Mapping[str, object] | None = None) -> Loaded:
    (folder / "acme.toml").write_text(text, "utf-8")
    return load_specs([folder], {"acme-company": overrides or {}})["acme-company"]


def complaint(folder: Path, text: str, overrides: Mapping[str, object] | None = None) -> str:
    with pytest.raises(ConfigError) as raised:
        load(folder, text, overrides)
    assert "\n" not in raised.value.message
    return raised.value.message.replace(f"{folder}/", "")


def test_a_whole_spec(tmp_path: Path) -> None:
    loaded = load(tmp_path)
    spec = loaded.spec
    assert (spec.name, spec.title, spec.version) == ("acme-company", "Acme: company", 3)
    assert (spec.entity, spec.tier) == (EntityType.COMPANY, Tier.PREMIUM)
    assert spec.gives == {"company_name", "employee_count"}
    assert spec.needs == (
        (IdKind.DOMAIN,),
        (IdKind.LINKEDIN,),
        (IdKind.NAME, IdKind.COUNTRY),
    )
    assert spec.hints == (IdKind.LINKEDIN,)
    assert (spec.base_url, spec.address) == ("https://api.acme.example/v5", "")
    assert (spec.key_env, spec.key_optional) == ("ACME_KEY", False)
    assert spec.price == Price(Money(100_000), Per.HIT, Meter(Money(50_000), header="x-spent"))
    assert spec.limits == Limits(
        (Rate(100, 60), Rate(10, 1), Rate(5000, 3600), Rate(600, 300)), 4, 30.0
    )
    assert spec.batch == 80
    assert re.fullmatch(r"[0-9a-f]{12}", spec.mapping)
    assert (loaded.path, loaded.notes) == (tmp_path / "acme.toml", ())
    assert spec.source == str(tmp_path / "acme.toml")


def test_alternatives_for_which_a_call_has_no_place_are_named_and_not_used(tmp_path: Path) -> None:
    text = WHOLE.replace(', url = "{linkedin}"', "")
    loaded = load(tmp_path, text)
    assert loaded.spec.needs == ((IdKind.DOMAIN,), (IdKind.NAME, IdKind.COUNTRY))
    assert [note.split(":")[0] for note in loaded.notes] == ["is never asked by linkedin"]
    only = WHOLE.replace('{ echo = "ref" }', '{ field = "site", identifier = "domain" }')
    assert load(tmp_path, only).spec.needs == ((IdKind.DOMAIN,),)


def test_a_key_on_an_open_line_is_noted(tmp_path: Path) -> None:
    assert load(tmp_path, WHOLE.replace("https://api", "http://api")).notes
    assert not load(tmp_path, overrides={"base_url": "http://127.0.0.1:80"}).notes


# What is wrong, and where

WRONG = [
    ("[price]", "[prise]", 14, "prise", "did you mean price?"),
    ('usd = "0.10"', "usd = 0.10", 15, "price.usd", "not text"),
    ('usd = "0.10"', 'usd = "ten"', 15, "price.usd", "US dollars"),
    ('usd = "0.10"', 'usd = "0.0000001"', 15, "price.usd", "six decimals"),
    ('usd = "0.10"\n', "", 14, "price", "usd is missing"),
    ('per = "hit"', 'per = "month"', 16, "price.per", "'hit', 'item' or 'call'"),
    ('"x-spent"', '"x spent"', 17, "price.meter.header", "header"),
    ('header = "x-spent", ', "", 17, "price.meter", "one of header and json"),
    ('"100/min"', '"fast"', 20, "limits.rate.1", "100/min"),
    ('"10/s"', '"10/fortnight"', 20, "limits.rate.2", "100/min"),
    ('"30s"', '"soon"', 22, "limits.timeout", "30s or 2min"),
    ("concurrency = 4", "concurrency = 0", 21, "limits.concurrency", "greater than or equal to 1"),
    ("{domain}", "{domian}", 27, "request.query.site", "did you mean domain?"),
    ("{linkedin?}", "{linkedin", 27, "request.query.profile", "single '{'"),
    ("{linkedin?}", "{linkedin|slog}", 27, "request.query.profile", "did you mean slug?"),
    ("{linkedin?}", "{email}", 27, "request.query.profile", "not in needs"),
    ('"/company/enrich"', '"company"', 26, "request.path", "begins with /"),
    ('"/company/enrich"', '"/c?x=1"', 26, "request.path", "goes into query"),
    (
        'Accept = "application/json"',
        'Accept = "{domain}"',
        28,
        "request.headers.Accept",
        "takes no",
    ),
    ("size    = 80", 'size = "80"', 31, "batch.size", "whole number"),
    ('"/company/bulk"', '"/{domain}"', 33, "batch.path", "go into item"),
    ("echo =", "ecko =", 37, "batch.match.ecko", "did you mean echo?"),
    ('echo = "ref"', 'echo = "ref", order = true', 37, "batch.match", "one of"),
    ('echo = "ref"', 'field = "x"', 37, "batch.match", "go together"),
    ('ref = "{ref}"', 'x = "y"', 30, "batch", "needs {ref}"),
    ("status = [404]", "status = 404", 40, "outcome.1.status", "not a list"),
    ("status = [404]", "status = [40]", 40, "outcome.1.status.1", "greater than or equal to 100"),
    ("status = [404]\n", "", 39, "outcome.1", "at least one of"),
    ("error.type ==", "error.type =", 44, "outcome.2.when", "not a JMESPath"),
    ('is     = "miss"', 'is = "mis"', 41, "outcome.1.is", "'erased' or 'pending'"),
    ("[0, 10]", "[10]", 49, "confidence.scale", "two values"),
    ("[0, 10]", "[5, 5]", 49, "confidence.scale", "two values"),
    ('domain = "website"', 'domian = "website"', 52, "check.domian", "did you mean domain?"),
    ("company_name   =", "compny_name =", 55, "fields.compny_name", "did you mean company_name?"),
    ("company_name   =", "quux =", 55, "fields.quux", "not a field"),
    ("company_name   =", "job_title =", 55, "fields.job_title", "field of a person"),
    ('"name"\nemp', '"name["\nemp', 55, "fields.company_name", "not a JMESPath"),
    ('as = "int"', 'as = "itn"', 56, "fields.employee_count.as", "did you mean int?"),
    ('path = "employee_count"', 'paths = "x"', 56, "fields.employee_count.paths", "path"),
    (
        '{ path = "employee_count", as = "int" }',
        '{ value = "many" }',
        56,
        "fields.employee_count",
        "no integer value",
    ),
    ('entity   = "company" ', 'entity = "firm" ', 4, "entity", "'company' or 'person'"),
    ('"domain"], ["linkedin"]', '"domian"], ["linkedin"]', 7, "needs.1.1", "did you mean domain?"),
    ('"https://api', '"ftp://api', 8, "base_url", "https://api.acme.example"),
    ('name     = "acme-company"', 'name = "Acme Company"', 1, "name", "acme-company"),
    ('tier     = "premium"\n', "", 1, "", "tier is missing"),
    ('header = "X-Api-Key"', 'header = "X"\nbearer = true', 10, "auth", "one of header"),
    ('header = "X-Api-Key"', 'header = "X"\nformat = "Basic"', 10, "auth", "{key} once"),
    ('header = "X-Api-Key"', 'body = "key"', 12, "auth.body", 'method = "POST"'),
    ("version  = 3", 'version  = "3"', 6, "version", "whole number"),
    ("[confidence]", '[poll]\nid = "x"\n[confidence]', 47, "poll", "path is missing"),
]


@pytest.mark.parametrize(("old", "new", "line", "key", "words"), WRONG)
def test_one_line_with_file_line_and_key(
    tmp_path: Path, old: str, new: str, line: int, key: str, words: str
) -> None:
    assert old in WHOLE
    said = complaint(tmp_path, WHOLE.replace(old, new, 1))
    where = f"acme.toml:{line}: {key}: " if key else f"acme.toml:{line}: "
    assert said.startswith(where), said
    assert words in said


def test_files_that_are_no_toml(tmp_path: Path) -> None:
    assert complaint(tmp_path, 'name = "x"\nentity = \n').startswith("acme.toml:2: not valid TOML")
    assert complaint(tmp_path, "name = 'x'\nname = 'y'\n").startswith("acme.toml:2: not valid TOML")
    assert "not valid TOML" in complaint(tmp_path, 'name = "x')
    (tmp_path / "acme.toml").write_bytes(b'name = "\xff"\n')
    with pytest.raises(ConfigError, match="not UTF-8"):
        load_specs([tmp_path], {})


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "odd.toml").mkdir()
    with pytest.raises(ConfigError, match=r"odd\.toml: cannot be read"):
        load_specs([tmp_path], {})


def test_one_name_twice_in_a_folder(tmp_path: Path) -> None:
    load(tmp_path)
    (tmp_path / "other.toml").write_text(WHOLE)
    with pytest.raises(ConfigError, match=r"other\.toml.*acme-company.*acme\.toml"):
        load_specs([tmp_path], {})


def test_calls_that_cannot_be(tmp_path: Path) -> None:
    start, end = WHOLE.index("[request]"), WHOLE.index("[[outcome]]")
    assert "give [request], [batch]" in complaint(tmp_path, WHOLE[:start] + WHOLE[end:])
    text = (
        WHOLE.replace('"requests"', '""')
        .replace("header =", "body =")
        .replace(WHOLE[start : WHOLE.index("[batch]")], "")
    )
    assert "no place for a key" in complaint(tmp_path, text.replace('body = "x-s', 'header = "x-s'))
    nowhere = WHOLE.replace("{domain}", "x").replace("{linkedin}", "x").replace("{name}", "x")
    assert "acme.toml:7: needs: " in complaint(tmp_path, nowhere)


# Overrides, folders


def test_overrides(tmp_path: Path) -> None:
    spec = load(
        tmp_path,
        overrides={
            "usd": "0.20",
            "rate": "1000/min",
            "batch": {"size": 50},
            "limits.timeout": "1min",
            "base_url": "http://127.0.0.1:8080",
            "fields": {"company_name": {"prefix": "x"}, "city": "town"},
        },
    )
    assert spec.spec.price is not None
    assert spec.spec.price.usd == Money(200_000)
    assert spec.spec.price.meter is not None
    assert spec.spec.limits.rates == (Rate(1000, 60),)
    assert (spec.spec.batch, spec.spec.limits.timeout) == (50, 60.0)
    assert (spec.spec.base_url, spec.spec.address) == ("http://127.0.0.1:8080",) * 2
    assert "city" in spec.spec.gives
    (name,) = (rule for rule in spec.recipe.fields if rule.field == "company_name")
    assert (name.prefix, name.path and name.path.text) == ("x", "name")


def test_the_shipped_address_by_another_spelling_is_no_other(tmp_path: Path) -> None:
    assert load(tmp_path, overrides={"base_url": "https://api.acme.example/v5"}).spec.address == ""


def test_a_whole_match_is_replaced(tmp_path: Path) -> None:
    loaded = load(tmp_path, overrides={"batch": {"match": {"order": True}}})
    assert loaded.recipe.batch is not None
    assert type(loaded.recipe.batch.match).__name__ == "ByOrder"


@pytest.mark.parametrize(
    ("overrides", "key", "words"),
    [
        ({"usd": "x"}, "price.usd", "US dollars"),
        ({"usd": 0.1}, "price.usd", "not text"),
        ({"prise": {"usd": "1"}}, "prise", "did you mean price?"),
        ({"batch.sizes": 1}, "batch.sizes", "did you mean size?"),
        ({"batch": {"size": 0}}, "batch.size", "greater than or equal to 1"),
        ({"enabled": 1}, "enabled", "true or false"),
        ({"fields": {"quux": "y"}}, "fields.quux", "not a field"),
        ({"base_url": "nowhere"}, "base_url", "an address"),
    ],
)
def test_a_wrong_override_is_blamed_on_the_configuration(
    tmp_path: Path, overrides: Mapping[str, object], key: str, words: str
) -> None:
    said = complaint(tmp_path, WHOLE, overrides)
    assert said.startswith(f"configuration, [provider.acme-company] {key}: "), said
    assert words in said


def test_disabled_and_unknown_providers(tmp_path: Path) -> None:
    load(tmp_path)
    overrides: dict[str, dict[str, object]] = {
        "acme-company": {"enabled": False},
        "website": {"concurrency": 5},
    }
    assert load_specs([tmp_path], overrides) == {}
    assert load_specs([tmp_path / "none"], {}) == {}


def test_the_later_folder_wins_by_name(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    load(first)
    load(second, WHOLE.replace("https://api.acme.example/v5/", "https://other.example"))
    (loaded,) = load_specs([first, second], {}).values()
    assert loaded.path == second / "acme.toml"
    assert loaded.spec.address == "https://other.example"
    (alone,) = load_specs([second], {}).values()
    assert alone.spec.address == ""


def test_only_what_is_named_is_looked_at(tmp_path: Path) -> None:
    load(tmp_path)
    (tmp_path / "broken.toml").write_text("entity = \n")
    (tmp_path / "wrong.toml").write_text('name = "wrong"\n')
    assert list(load_specs([tmp_path], {}, only=["acme-company"])) == ["acme-company"]
    with pytest.raises(ConfigError, match=r"broken\.toml:1"):
        load_specs([tmp_path], {}, only=["broken"])


# The hash of what is read


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ('"0.10"', '"0.20"', True),
        ('["100/min", ', '["1/min", ', True),
        ("size    = 80", "size    = 8", True),
        ("version  = 3", "version  = 4", True),
        ('"/company/enrich"', '"/other"', True),
        ('"name"\nemp', '{ path = "name" }\nemp', True),
        ('"name"\nemp', '"legal"\nemp', False),
        ("scale = [0, 10]", "scale = [0, 100]", False),
        ('domain = "website"', 'domain = "site"', False),
        ("status = [404]", "status = [404, 410]", False),
        (', as = "int"', "", False),
    ],
)
def test_the_mapping_follows_what_is_read(tmp_path: Path, old: str, new: str, same: bool) -> None:
    assert old in WHOLE
    before = load(tmp_path).spec.mapping
    assert (load(tmp_path, WHOLE.replace(old, new)).spec.mapping == before) is same


def test_the_mapping_does_not_follow_the_order_of_fields(tmp_path: Path) -> None:
    lines = WHOLE.splitlines()
    turned = "\n".join([*lines[:-2], lines[-1], lines[-2]])
    assert load(tmp_path, turned).spec.mapping == load(tmp_path).spec.mapping


# Templates and paths

MARA = {"name": "Mara Anna Rivera", "email": " Mara@X.example", "domain": "x.example"}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{domain}", "x.example"),
        ("https://{domain|www}/", "https://www.x.example/"),
        ("{name|first}+{name|last}", "Mara+Rivera"),
        ("{name|slug}", "mara-anna-rivera"),
        ("{name|first|upper}", "MARA"),
        ("{name|lower}", "mara anna rivera"),
        ("{{{domain}}}", "{x.example}"),
        ("{{domain}}", "{domain}"),
        ("{linkedin}", None),
        ("{linkedin?}", None),
        ("{domain} {linkedin?} lenses", "x.example lenses"),
        ("{linkedin?} {domain}", "x.example"),
        ("{domain} {linkedin}", None),
        ("{ domain ? | www }", "www.x.example"),
        ("{domain|www?}", "www.x.example"),
        ("constant", "constant"),
        ("", ""),
    ],
)
def test_templates(template: str, text: str | None) -> None:
    assert parse_template(template).fill(MARA, {}) == text


@pytest.mark.parametrize("name", ["md5", "sha256"])
def test_hashes_are_of_the_trimmed_lower_case_address(name: str) -> None:
    filled = parse_template(f"{{email|{name}}}").fill(MARA, {})
    assert filled == hashlib.new(name, b"mara@x.example").hexdigest()


def test_slug_of_an_address_is_its_last_part() -> None:
    assert FILTERS["slug"]("linkedin.com/company/acme-x") == "acme-x"
    assert FILTERS["slug"]("Soci\xe9t\xe9 G\xe9n\xe9rale!") == "societe-generale"


def test_what_a_filter_leaves_empty_cannot_be_asked() -> None:
    with pytest.raises(UnfillableError, match="name"):
        parse_template("{name|last}").fill({"name": "Mara"}, {})
    assert parse_template("{name?|last}").fill({"name": "Mara"}, {}) is None


@given(st.text())
def test_text_without_braces_is_itself(text: str) -> None:
    doubled = text.replace("{", "{{").replace("}", "}}")
    assert parse_template(doubled).fill({}, {}) == text


NAMES = st.sampled_from(["a", "b", "c"])
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
STEPS = st.lists(NAMES.map(".{}".format) | st.integers(0, 2).map("[{}]".format), max_size=3)
PLAIN = st.builds(lambda name, steps: name + "".join(steps), NAMES, STEPS)


@given(st.lists(PLAIN, min_size=1, max_size=3).map(" || ".join), DOCUMENTS)
def test_the_short_way_finds_what_jmespath_finds(text: str, document: Any) -> None:
    assert compile_path(text).read(document) == jmespath.search(text, document)
    assert truthy(document) is not bool(jmespath.search("!@", document))


def test_a_function_on_the_wrong_type_finds_nothing() -> None:
    best = compile_path("max_by(industries, &score).name")
    assert best.read({"industries": [{"score": 1, "name": "a"}, {"score": 2, "name": "b"}]}) == "b"
    assert best.read({}) is None


def test_expressions_are_checked_when_they_are_compiled() -> None:
    for text in ("", "name[", "a b", "a[?b==1]", '"'):
        with pytest.raises(ValueError, match="not a JMESPath expression"):
            compile_path(text)
    with pytest.raises(ValueError, match="no function max_bye, did you mean max_by"):
        compile_path("a || [max_bye(b, &c)]")


def test_field_names_are_those_of_the_catalogue(tmp_path: Path) -> None:
    assert {rule.field for rule in load(tmp_path).recipe.fields} == {
        Field("company_name"),
        Field("employee_count"),
    }

"""Answers as bytes and back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from enrich_cli.adapters.codec import FORM, decode, encode
from enrich_cli.domain.entity import CATALOGUE, Field
from enrich_cli.domain.errors import StoreError
from enrich_cli.domain.ledger import ChargeState, Receipt
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Answer, Failure, Gap, Hit, Miss, Reason, Value

FIELDS = st.sampled_from(sorted(CATALOGUE)) | st.text(max_size=8).map(Field)
SURE = st.none() | st.floats(0, 1)
CONTENTS = st.text() | st.integers() | st.booleans() | st.lists(st.text()).map(tuple)
VALUES = st.builds(Value, CONTENTS, SURE, st.none() | st.text())
ANSWERS = st.builds(
    Answer,
    outcome=st.builds(Hit, st.dictionaries(FIELDS, VALUES))
    | st.builds(Miss, st.sampled_from(Gap), st.booleans()),
    at=st.floats(allow_nan=False, allow_infinity=False),
    receipt=st.none()
    | st.builds(
        Receipt,
        st.text(),
        st.sampled_from(ChargeState),
        st.integers(0, 10**15).map(Money),
    ),
    reply=st.binary(),
    url=st.none() | st.text(),
    confidence=SURE,
    mapping=st.text(max_size=16),
    cached=st.booleans(),
)

REPLY = json.dumps(
    {
        "status": 200,
        "likelihood": 9,
        "id": "EXAMPLEco_0000",
        "name": "northwind optics",
        "size": "51-200",
        "employee_count": 120,
        "founded": 2009,
        "industry": "medical devices",
        "website": "northwind.example",
        "linkedin_url": "linkedin.com/company/northwind-optics",
        "type": "private",
        "summary": "Northwind Optics makes lenses and imaging systems for surgical microscopes.",
        "location": {"locality": "zug", "country": "switzerland", "postal_code": "6300"},
    },
    separators=(",", ":"),
).encode()
TYPICAL = Answer(
    outcome=Hit(
        {
            Field("company_name"): Value("northwind optics"),
            Field("employee_count"): Value(120),
            Field("industry"): Value("medical devices", 0.7),
            Field("technologies"): Value(("optics", "lasers"), None, "https://northwind.example/"),
        }
    ),
    at=1_795_000_000.25,
    receipt=Receipt("c-1", ChargeState.SETTLED, Money(100_000)),
    reply=REPLY,
    url="https://northwind.example/about",
    confidence=0.9,
    mapping="5d41402abc4b2a76",
)


@given(ANSWERS)
def test_an_answer_comes_back_as_it_was_and_cached(answer: Answer) -> None:
    assert decode(encode(answer)) == replace(answer, cached=True)


def test_the_types_of_a_decoded_answer_are_those_of_the_domain() -> None:
    answer = decode(encode(TYPICAL))

    assert isinstance(answer.outcome, Hit)
    assert answer.receipt is not None
    assert type(answer.receipt.state) is ChargeState
    assert answer.outcome.values[Field("technologies")].content == ("optics", "lasers")
    miss = decode(encode(Answer(Miss(Gap.ERASED, brief=True), 1.0)))
    assert isinstance(miss.outcome, Miss)
    assert type(miss.outcome.gap) is Gap


def test_the_stored_form_stays_readable() -> None:
    # Bytes as form 1 has them, made by hand: a change that cannot read them loses paid answers.
    line = (
        b'[2.5,{"company_name":{"content":"acme","confidence":0.5},"technologies":{"content":["a"]}}'
        b',"not_found",false,{"charge":"c","state":"settled","amount":7},"https://u",null,"m"]'
    )
    stored = b"\x01" + zstandard.compress(line + b"\n" + b"two\nlines")

    assert decode(stored) == Answer(
        outcome=Hit(
            {
                Field("company_name"): Value("acme", 0.5),
                Field("technologies"): Value(("a",)),
            }
        ),
        at=2.5,
        receipt=Receipt("c", ChargeState.SETTLED, Money(7)),
        reply=b"two\nlines",
        url="https://u",
        mapping="m",
        cached=True,
    )


def test_a_row_with_more_columns_than_known_is_read() -> None:
    line = b'[2.5,null,"forbidden",true,null,null,null,"","a column of later"]'

    assert decode(b"\x01" + zstandard.compress(line + b"\n")) == Answer(
        Miss(Gap.FORBIDDEN, brief=True), 2.5, cached=True
    )


def test_a_failure_is_refused() -> None:
    with pytest.raises(ValueError, match="timeout"):
        encode(Answer(Failure(Reason.TIMEOUT), 1.0))


@pytest.mark.parametrize("stored", [b"", b"\x02" + encode(TYPICAL)[1:], b"\x80\x04K\x01."])
def test_an_unknown_form_is_refused(stored: bytes) -> None:
    with pytest.raises(StoreError, match="'pdl@1:ab' has a form") as caught:
        decode(stored, "pdl@1:ab")

    assert "upgrade enrich" in caught.value.hint


@given(st.integers(1, len(encode(TYPICAL)) - 1), st.integers(1, 255))
def test_a_changed_byte_is_found(place: int, change: int) -> None:
    damaged = bytearray(encode(TYPICAL))
    damaged[place] ^= change
    read: Answer | str
    try:
        read = decode(bytes(damaged), "k")
    except StoreError as exc:
        read = exc.message

    # A few bits of a frame mean nothing.
    if isinstance(read, str):
        assert read.startswith("the stored answer 'k' is damaged: ")
        assert "\n" not in read
    else:
        assert read == replace(TYPICAL, cached=True)


@given(st.integers(1, len(encode(TYPICAL)) - 1))
def test_a_cut_answer_is_found(length: int) -> None:
    with pytest.raises(StoreError, match="is damaged"):
        decode(encode(TYPICAL)[:length])


@given(st.binary())
def test_other_content_in_a_sound_frame_is_refused(content: bytes) -> None:
    with pytest.raises(StoreError, match="is damaged"):
        decode(FORM + zstandard.compress(content))


def test_an_impossible_length_is_refused_before_memory_is_taken() -> None:
    frame = bytearray(zstandard.ZstdCompressor().compress(b"x" * 70_000))
    size = zstandard.get_frame_parameters(bytes(frame)).content_size
    place = bytes(frame).index(size.to_bytes(4, "little"))
    frame[place : place + 4] = (0xFFFFFFFF).to_bytes(4, "little")

    with pytest.raises(StoreError, match="impossible length"):
        decode(FORM + bytes(frame))


def test_text_that_is_not_unicode_is_kept_with_a_mark() -> None:
    answer = Answer(
        Hit({Field("bio"): Value("a\ud800b"), Field("technologies"): Value(("\udfff", "c"))}),
        1.0,
        reply=b"\xff",
        url="\ud800",
    )

    assert decode(encode(answer)) == Answer(
        Hit({Field("bio"): Value("a?b"), Field("technologies"): Value(("?", "c"))}),
        1.0,
        reply=b"\xff",
        url="?",
        cached=True,
    )


def test_what_the_values_repeat_of_the_reply_costs_little() -> None:
    content = zstandard.decompress(encode(TYPICAL)[1:])

    assert len(encode(TYPICAL)) < len(content) * 2 / 3

"""JSON lines: one for each event, in order, flushed; a reader that goes away ends nothing."""

from __future__ import annotations

import errno
import io
import json
import os
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from enrich_cli.domain.entity import EntityKey, EntityType, Field
from enrich_cli.domain.events import CallSettled, EntityDone, Event, RunStarted
from enrich_cli.domain.ledger import ChargeState
from enrich_cli.domain.money import Money, parse_money
from enrich_cli.views.streams import JsonLines, event_json

GOLDEN = Path(__file__).parent / "golden"


def test_the_lines_are_the_golden_ones(stream: list[Event]) -> None:
    out = io.BytesIO()
    sink = JsonLines(out)
    for event in stream:
        sink(event)
    assert out.getvalue().decode() == (GOLDEN / "events.jsonl").read_text("utf-8")
    assert sink.broken is None


def test_every_line_begins_with_name_and_time(stream: list[Event]) -> None:
    objects = [event_json(event) for event in stream]
    assert all([*one][:2] == ["event", "at"] for one in objects)
    assert {one["event"] for one in objects} == {
        "run_started",
        "cache_read",
        "call_settled",
        "retry_scheduled",
        "entity_done",
        "budget_reached",
        "chunk_done",
        "run_finished",
    }


class Recorded(io.BytesIO):
    """Remembers what had been written at each flush."""

    def __init__(self) -> None:
        super().__init__()
        self.flushed: list[bytes] = []

    def flush(self) -> None:
        self.flushed.append(self.getvalue())


def test_each_line_is_flushed_before_the_next_event(stream: list[Event]) -> None:
    out = Recorded()
    sink = JsonLines(out)
    for number, event in enumerate(stream, start=1):
        sink(event)
        assert out.flushed[-1].count(b"\n") == number
        assert out.flushed[-1].endswith(b"}\n")


def test_text_bytes_and_wrapped_bytes_get_the_same_lines(stream: list[Event]) -> None:
    text, raw, below = io.StringIO(), io.BytesIO(), io.BytesIO()
    wrapped = io.TextIOWrapper(below, encoding="latin-1", newline="\r\n")
    wrapped.write("before\n")
    event = EntityDone(
        0.0, EntityType.COMPANY, EntityKey("a"), "x", 1, {Field("city"): "Ko\u0161ice"}, {}, {}
    )
    for out in (text, raw, wrapped):
        sink = JsonLines(out)
        for one in (*stream, event):
            sink(one)
    assert text.getvalue().encode() == raw.getvalue()
    assert below.getvalue() == b"before\r\n" + raw.getvalue()


def test_a_reader_that_has_gone_is_remembered_and_the_run_goes_on(stream: list[Event]) -> None:
    reader, writer = os.pipe()
    with os.fdopen(writer, "wb", buffering=0) as out:
        sink = JsonLines(out)
        sink(stream[0])
        assert json.loads(os.read(reader, 1 << 16))["event"] == "run_started"
        os.close(reader)
        for event in stream[1:]:
            sink(event)
    assert isinstance(sink.broken, BrokenPipeError)


class FullDisk(io.StringIO):
    """Takes two lines, and then has no room."""

    tries = 0

    def write(self, text: str) -> int:
        self.tries += 1
        if self.tries > 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(text)


def test_after_an_error_the_sink_is_silent(stream: list[Event]) -> None:
    out = FullDisk()
    sink = JsonLines(out)
    for event in stream:
        sink(event)
    assert isinstance(sink.broken, OSError)
    assert sink.broken.errno == errno.ENOSPC
    assert out.tries == 3
    assert len(out.getvalue().splitlines()) == 2


def test_a_closed_stream_breaks_no_run(stream: list[Event]) -> None:
    out = io.BytesIO()
    sink = JsonLines(out)
    out.close()
    sink(stream[0])
    assert isinstance(sink.broken, ValueError)


values = st.one_of(st.text(), st.integers(), st.lists(st.text(), max_size=3).map(tuple))


@given(st.dictionaries(st.text().map(Field), values), st.text())
def test_values_from_outside_come_through_on_one_harmless_line(
    found: dict[Field, str | int | tuple[str, ...]], identifier: str
) -> None:
    out = io.BytesIO()
    key = EntityKey("a" * 32)
    JsonLines(out)(EntityDone(1.5, EntityType.PERSON, key, identifier, 2, found, {}, {}))
    line = out.getvalue()
    assert line.count(b"\n") == 1
    assert not any(byte < 0x20 for byte in line[:-1])
    read = json.loads(line)
    assert read["identifier"] == identifier
    assert read["values"] == {
        name: [*value] if isinstance(value, tuple) else value for name, value in found.items()
    }


@given(st.integers(0, 10**12).map(Money))
def test_money_is_exact_text(amount: Money) -> None:
    call = CallSettled(0.0, "p", (EntityKey("a"),), 1, 0, {}, ChargeState.SETTLED, amount, 0.1)
    text = event_json(call)["amount"]
    assert isinstance(text, str)
    assert parse_money(text) == amount


def test_no_budget_is_null_and_an_odd_path_is_mended(stream: list[Event]) -> None:
    start = stream[0]
    assert isinstance(start, RunStarted)
    out = io.StringIO()
    JsonLines(out)(replace(start, budget=None, table="leads\udcff.csv"))
    read = json.loads(out.getvalue())
    assert read["budget"] is None
    assert read["table"] == "leads\ufffd.csv"


def test_standard_output_style_streams_are_flushed_first(
    stream: list[Event], tmp_path: Path
) -> None:
    path = tmp_path / "events.jsonl"
    with path.open("w", encoding="utf-8") as out:
        out.write("{}\n")
        sink = JsonLines(out)
        sink(stream[0])
        lines = path.read_text("utf-8").splitlines()
    assert lines[0] == "{}"
    assert json.loads(lines[1])["event"] == "run_started"

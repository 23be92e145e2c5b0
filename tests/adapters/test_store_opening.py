"""Opening a store: the folder, the database in it, and what diskcache has to do with both."""

from __future__ import annotations

import asyncio
import inspect
import pickle
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from itertools import permutations
from pathlib import Path
from typing import Any

import diskcache
import pytest

from enrich_cli.adapters import store_schema, store_sql
from enrich_cli.adapters.bytes_disk import BytesDisk
from enrich_cli.adapters.codec import decode, encode
from enrich_cli.adapters.store import DiskStore, open_store
from enrich_cli.adapters.store_errors import translated
from enrich_cli.adapters.store_opening import connect, file_system, prepare
from enrich_cli.domain.entity import EntityKey, Field
from enrich_cli.domain.errors import EnrichError, MachineError, StoreError
from enrich_cli.domain.history import Count, ProviderKey
from enrich_cli.domain.ledger import Charge, ChargeState, Claim
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Answer, Hit, Miss, Value

ANSWER = Answer(Hit({Field("company_name"): Value("acme")}), 5.0, reply=b"{}")


def put(store: DiskStore, key: str, answer: Answer = ANSWER) -> None:
    asyncio.run(store.keep([], {key: answer}))


def recall(store: DiskStore, key: str) -> Answer | None:
    return asyncio.run(store.recall([key])).get(key)


def filled(folder: Path) -> Path:
    """The database of a store that holds some answers and one charge."""
    store = open_store(folder)
    asyncio.run(
        store.keep([], {f"k{number}": Answer(Miss(), float(number)) for number in range(500)})
    )
    asyncio.run(store.intend([Charge("c", "job", "pdl", (), Money(1), 1.0)]))
    store.close()
    return folder / "cache.db"


def sql(path: Path, *statements: str) -> list[Any]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return [connection.execute(statement).fetchall() for statement in statements]


# The folder


def test_a_new_store_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "share" / "enrich"
    store = open_store(folder)
    put(store, "a")

    assert folder.stat().st_mode & 0o777 == 0o700
    assert folder.parent.stat().st_mode & 0o777 == 0o700
    files = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert files == dict.fromkeys(["cache.db", "cache.db-shm", "cache.db-wal"], 0o600)
    store.close()


def test_the_mode_of_a_folder_that_was_there_is_left_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    open_store(tmp_path).close()

    assert tmp_path.stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "cache.db").stat().st_mode & 0o777 == 0o600


def test_a_store_that_is_opened_again_has_what_it_had(tmp_path: Path) -> None:
    filled(tmp_path)
    store = open_store(tmp_path)

    assert recall(store, "k7") == Answer(Miss(), 7.0, cached=True)
    store.close()


def test_an_opened_store_needs_no_diskcache_to_be_loaded(tmp_path: Path) -> None:
    # Loading it takes longer than all the rest of opening.
    filled(tmp_path)
    code = (
        "import sys; from pathlib import Path; from enrich_cli.adapters.store import open_store;"
        "open_store(Path(sys.argv[1])).close(); print('diskcache' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def refusal(folder: Path) -> StoreError:
    with pytest.raises(StoreError) as caught:
        open_store(folder)
    assert "\n" not in caught.value.message
    assert str(folder) in caught.value.message
    assert caught.value.hint
    return caught.value


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    assert refusal(tmp_path / "file").message.endswith("is not a folder")
    with pytest.raises(StoreError, match="is not a folder"):
        open_store(tmp_path / "file" / "below")


@pytest.mark.parametrize("folder", ["/proc", "/proc/enrich"])
def test_a_folder_where_nothing_can_be_made_is_refused(folder: str) -> None:
    assert "--cache" in refusal(Path(folder)).hint


MOUNTS = """\
/dev/vda / ext4 rw,relatime 0 0
server:/export /mnt/share nfs4 rw 0 0
/dev/vdb /mnt/share/local xfs rw 0 0
//nas/home /mnt/my\\040files cifs rw 0 0
tmpfs /mnt/twice tmpfs rw 0 0
server:/x /mnt/twice nfs rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home/me/store", "ext4"),
        ("/mnt/share", "nfs4"),
        ("/mnt/share/enrich", "nfs4"),
        ("/mnt/shared", "ext4"),
        ("/mnt/share/local/enrich", "xfs"),
        ("/mnt/my files/enrich", "cifs"),
        ("/mnt/twice/enrich", "nfs"),
    ],
)
def test_the_file_system_of_a_folder(folder: str, kind: str) -> None:
    assert file_system(Path(folder), MOUNTS) == kind


def test_no_mount_no_file_system() -> None:
    assert file_system(Path("/home"), "") == ""


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs"])
def test_a_network_file_system_is_refused(tmp_path: Path, kind: str) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/vda / ext4 rw 0 0\nserver:/x {tmp_path} {kind} rw 0 0\n")

    with pytest.raises(StoreError, match=rf"on a network file system \({kind}\)") as caught:
        prepare(tmp_path / "store", mounts)
    assert "local disk" in caught.value.hint
    assert not (tmp_path / "store" / "cache.db").exists()


def test_a_machine_that_tells_no_mounts_is_trusted(tmp_path: Path) -> None:
    assert prepare(tmp_path, tmp_path / "nowhere") == tmp_path / "cache.db"


# Damage


@pytest.mark.parametrize("size", [10, 1_000, 100_000])
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, size: int) -> None:
    noise = random.Random(size).randbytes(size)
    (tmp_path / "cache.db").write_bytes(noise)

    assert "is damaged" in refusal(tmp_path).message
    assert (tmp_path / "cache.db").read_bytes() == noise


def test_damage_inside_is_told_when_it_is_met(tmp_path: Path) -> None:
    path = filled(tmp_path)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size * 3 // 4)
        file.write(b"\xff" * (size - size * 3 // 4))
    store = open_store(tmp_path)

    with pytest.raises(StoreError, match="is damaged"):
        asyncio.run(store.recall([f"k{number}" for number in range(500)]))
    store.close()


@pytest.mark.parametrize("version", range(1, len(store_schema.STEPS) + 1))
def test_a_database_of_another_program_is_refused(tmp_path: Path, version: int) -> None:
    path = tmp_path / "cache.db"
    sql(path, f"PRAGMA user_version = {version}", "CREATE TABLE charges (mine)")

    assert "no such" in refusal(tmp_path).message
    assert sql(path, "SELECT * FROM charges") == [[]]


def busy(path: Path) -> None:
    sql(path, "CREATE TABLE t (x)")
    with closing(sqlite3.connect(path, isolation_level=None)) as one:
        one.execute("BEGIN IMMEDIATE")
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")


def full(path: Path) -> None:
    sql(path, "CREATE TABLE t (x)", "PRAGMA max_page_count = 2")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA max_page_count = 2")
        connection.execute("INSERT INTO t VALUES (zeroblob(100000))")


def read_only(path: Path) -> None:
    sql(path, "CREATE TABLE t (x)")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        connection.execute("INSERT INTO t VALUES (1)")


def no_database(path: Path) -> None:
    path.write_bytes(b"noise" * 100)
    sql(path, "SELECT * FROM sqlite_schema")


def out_of_reach(path: Path) -> None:
    sql(path / "below" / "cache.db", "SELECT 1")


def no_table(path: Path) -> None:
    sql(path, "SELECT * FROM absent")


@pytest.mark.parametrize(
    ("cause", "class_", "words"),
    [
        (busy, StoreError, "another process has held the store"),
        (full, MachineError, "there is no room left on the disk"),
        (read_only, StoreError, "is read-only"),
        (no_database, StoreError, "is damaged"),
        (out_of_reach, StoreError, "cannot be opened"),
        (no_table, StoreError, "cannot be used (no such table: absent)"),
    ],
)
def test_each_trouble_of_sqlite_has_its_words(
    tmp_path: Path, cause: Callable[[Path], None], class_: type[EnrichError], words: str
) -> None:
    path = tmp_path / "cache.db"
    with pytest.raises(sqlite3.Error) as caught:
        cause(path)
    error = translated(caught.value, path)

    assert type(error) is class_
    assert words in error.message
    assert str(path) in error.message
    assert error.hint
    assert error.__cause__ is caught.value


# Versions


def test_a_store_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = filled(tmp_path)
    sql(path, "PRAGMA user_version = 99")
    before = path.read_bytes()
    error = refusal(tmp_path)

    assert "made by a newer enrich (store version 99" in error.message
    assert "upgrade enrich" in error.hint
    assert path.read_bytes() == before


def test_a_folder_that_diskcache_made_becomes_a_store_with_its_answers(tmp_path: Path) -> None:
    with diskcache.Cache(str(tmp_path), disk=BytesDisk) as cache:
        cache.set("a", encode(ANSWER))
    store = open_store(tmp_path)
    put(store, "b")

    assert recall(store, "a") == recall(store, "b") == decode(encode(ANSWER))
    claims = [Claim("a", "pdl", EntityKey("e"), 5.0), Claim("b", "pdl", EntityKey("f"))]
    assert asyncio.run(store.claim(claims, "job", 1.0)).held == {"a"}
    store.close()
    assert sql(tmp_path / "cache.db", "PRAGMA user_version") == [[(len(store_schema.STEPS),)]]


def test_an_upgrade_keeps_what_was_there(tmp_path: Path) -> None:
    path = filled(tmp_path)
    later = (
        *store_schema.STEPS,
        ("ALTER TABLE jobs ADD COLUMN host TEXT",),
        ("CREATE TABLE x (y)",),
    )
    before = sql(path, "SELECT key, value FROM Cache", "SELECT * FROM charges")
    with closing(connect(path)) as connection:
        store_schema.upgrade(connection, path, later)
        store_schema.upgrade(connection, path, later)

        assert store_schema.version(connection) == len(later)
    assert sql(path, "SELECT key, value FROM Cache", "SELECT * FROM charges") == before
    assert sql(path, "SELECT host FROM jobs", "SELECT y FROM x") == [[], []]


DAY = 86_400.0
LEDGER = [
    Charge(f"{state}-{day}", "job", "pdl", (EntityKey("e"),), Money(100 + day), day * DAY + 7)
    for day in range(3)
    for state in ChargeState
]


def test_a_store_of_the_first_version_learns_what_was_taken(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    diskcache.Cache(str(tmp_path), disk=BytesDisk, **store_schema.SETTINGS).close()
    with closing(connect(path)) as connection:
        store_schema.upgrade(connection, path, store_schema.STEPS[:1])
        store_sql.intend(connection, LEDGER, [])
        closed = [
            one.closed(state, Money(30 if state is ChargeState.SETTLED else 0))
            for one in LEDGER
            if (state := ChargeState(one.id.split("-")[0])) is not ChargeState.INTENT
        ]
        store_sql.keep(connection, closed, {})
        before = store_sql.charges(connection, "job")
    store = open_store(tmp_path)

    def taken() -> list[int]:
        return [asyncio.run(store.taken_since(day * DAY)) for day in range(4)]

    # A day has one charge that is open, one unknown and one settled at 30, the others are free.
    assert asyncio.run(store.charges("job")) == before
    assert taken() == [230 + 232 + 234, 232 + 234, 234, 0]
    claimed = asyncio.run(store.claim([Claim("k", "pdl", EntityKey("e"))], "job", 3 * DAY))
    assert claimed.doubtful["k"].id == "unknown-2"
    asyncio.run(store.keep([LEDGER[0].closed(ChargeState.FREE)], {}))
    assert taken() == [130 + 232 + 234, 232 + 234, 234, 0]
    store.close()


def test_an_upgrade_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = filled(tmp_path)
    later = (*store_schema.STEPS, ("CREATE TABLE x (y)", "CREATE TABLE jobs (z)"))
    with closing(connect(path)) as connection:
        with pytest.raises(sqlite3.OperationalError, match="already exists"):
            store_schema.upgrade(connection, path, later)

        assert store_schema.version(connection) == len(store_schema.STEPS)
        assert not connection.in_transaction
    assert sql(path, "SELECT name FROM sqlite_schema WHERE name = 'x'") == [[]]


def test_settings_that_would_lose_answers_are_mended(tmp_path: Path) -> None:
    filled(tmp_path)
    with diskcache.Cache(str(tmp_path), eviction_policy="least-recently-used", cull_limit=10):
        pass
    open_store(tmp_path).close()

    with diskcache.Cache(str(tmp_path), disk=BytesDisk) as cache:
        kept = {name: getattr(cache, name) for name in store_schema.SETTINGS}
    assert kept == dict(store_schema.SETTINGS)


HASTY = {**store_schema.SETTINGS, "sqlite_synchronous": 0}
"""As `prepare` makes a new store, before it forces that to the disk as one."""


def test_a_store_that_was_never_finished_is_finished(tmp_path: Path) -> None:
    diskcache.Cache(str(tmp_path), disk=BytesDisk, **HASTY).close()
    open_store(tmp_path).close()

    with diskcache.Cache(str(tmp_path), disk=BytesDisk) as cache:
        assert cache.sqlite_synchronous == 2
    with closing(connect(tmp_path / "cache.db")) as connection:
        assert store_schema.settled(connection)


@pytest.mark.parametrize("other", [HASTY, store_schema.SETTINGS])
@pytest.mark.parametrize("turns", sorted(set(permutations("aabb"))))
def test_whoever_makes_a_store_first_its_settings_end_the_same(
    tmp_path: Path, turns: tuple[str, ...], other: Mapping[str, object]
) -> None:
    path = tmp_path / "cache.db"
    wanted = {"a": HASTY, "b": other}
    for turn in turns:  # the first of each makes the tables of diskcache, the second ours
        if settings := wanted.pop(turn, None):
            diskcache.Cache(str(tmp_path), disk=BytesDisk, **settings).close()
        else:
            with closing(connect(path)) as connection:
                store_schema.upgrade(connection, path)

    with closing(connect(path)) as connection:
        assert store_schema.settled(connection)


def test_the_file_keeps_its_log_ahead_and_gives_pages_back_when_asked(tmp_path: Path) -> None:
    path = filled(tmp_path)

    assert sql(path, "PRAGMA journal_mode", "PRAGMA auto_vacuum") == [[("wal",)], [(2,)]]
    with closing(connect(path)) as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA busy_timeout").fetchone() == (60_000,)


# Together with diskcache


def test_plain_diskcache_reads_and_counts_the_answers(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    put(store, "schlüssel", ANSWER)
    put(store, "schlüssel", Answer(Miss(), 1.0, reply=b"x" * 100_000))
    put(store, "b")

    with diskcache.Cache(str(tmp_path), disk=BytesDisk) as cache:
        assert decode(cache.get("schlüssel")) == recall(store, "schlüssel")
        assert sorted(cache) == ["b", "schlüssel"]
        assert len(cache) == 2
        assert cache.check() == []
    store.close()


def test_what_plain_diskcache_writes_is_recalled(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    put(store, "a", Answer(Miss(), 1.0))
    with diskcache.Cache(str(tmp_path), disk=BytesDisk) as cache:
        cache.set("a", encode(ANSWER))

    assert recall(store, "a") == decode(encode(ANSWER))
    store.close()


class Trap:
    """A pickle of it writes a file when it is read."""

    def __init__(self, flag: Path) -> None:
        self.flag = flag

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.write_text, (self.flag, "sprung"))


def test_a_pickle_in_the_table_is_never_read(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    flag = tmp_path / "flag"
    with diskcache.Cache(str(tmp_path)) as careless:
        careless.set("trap", Trap(flag))
        careless.set("text", "str")
        assert sql(tmp_path / "cache.db", "SELECT mode FROM Cache") == [[(4,), (1,)]]
    store = open_store(tmp_path)

    for key in "trap", "text":
        with pytest.raises(StoreError, match=f"under '{key}' something that is not plain bytes"):
            recall(store, key)
        with diskcache.Cache(str(tmp_path), disk=BytesDisk) as cache, pytest.raises(StoreError):
            cache.get(key)
    store.close()
    assert not flag.exists()
    with diskcache.Cache(str(tmp_path)) as careless:
        careless.get("trap")
    assert flag.exists()  # so it would have been


@pytest.mark.parametrize("value", ["text", 1, 1.5, None, {"a": 1}, bytearray(b"x")])
def test_other_values_than_bytes_are_not_written(tmp_path: Path, value: object) -> None:
    with diskcache.Cache(str(tmp_path), disk=BytesDisk) as cache:
        with pytest.raises(StoreError, match="values are bytes"):
            cache.set("a", value)
        assert len(cache) == 0


@pytest.mark.parametrize("key", [b"a", 1, ("a",), None])
def test_other_keys_than_text_are_not_written(tmp_path: Path, key: object) -> None:
    cache = diskcache.Cache(str(tmp_path), disk=BytesDisk)
    with cache, pytest.raises(StoreError, match="keys are text"):
        cache.set(key, b"")


def test_a_pickled_key_is_not_read(tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    with pytest.raises(StoreError, match="not text"):
        BytesDisk(str(tmp_path)).get(pickle.dumps(Trap(flag)), False)
    assert not flag.exists()


def test_the_private_parts_of_diskcache_are_as_we_know_them(tmp_path: Path) -> None:
    # We write its table and replace its Disk; a diskcache that changes either must not slip in.
    assert diskcache.core.DBNAME == "cache.db"
    assert diskcache.core.MODE_RAW == 1
    assert diskcache.core.DEFAULT_SETTINGS.keys() >= store_schema.SETTINGS.keys()
    for name in "put", "get", "store", "fetch":
        expected = inspect.signature(getattr(diskcache.Disk, name)).parameters
        assert list(inspect.signature(getattr(BytesDisk, name)).parameters) == list(expected)

    store = open_store(tmp_path)
    put(store, "ours", ANSWER)
    with diskcache.Cache(str(tmp_path), disk=BytesDisk) as cache:
        cache.set("theirs", encode(ANSWER))
    store.close()
    with closing(sqlite3.connect(tmp_path / "cache.db")) as connection:
        cursor = connection.execute("SELECT * FROM Cache ORDER BY key")
        columns = [column for column, *_ in cursor.description]
        ours, theirs = (dict(zip(columns, row, strict=True)) for row in cursor)
    assert ours.pop("store_time") == ours.pop("access_time") == ANSWER.at
    assert theirs.pop("store_time") == theirs.pop("access_time")
    for own in "rowid", "key":
        del ours[own], theirs[own]
    assert ours == theirs
    assert list(ours) == [
        *("raw", "expire_time", "access_count", "tag", "size", "mode", "filename", "value")
    ]


def test_an_older_store_begins_its_history_with_a_count_of_its_answers(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    answers = {f"a@1:{n}": Answer(Miss() if n % 4 else Hit({}), float(n)) for n in range(20)}
    asyncio.run(store.keep([], answers))
    store.close()
    later = ("marks", "settled", "traces", "seen_hits", "seen_fields", "seen_usage", "ranges")
    gone = [f"DROP TABLE {name}" for name in later]
    gone += [f"DROP TRIGGER {name}" for name in ("answer_new", "answer_changed", "answer_gone")]
    sql(tmp_path / "cache.db", *gone, "PRAGMA user_version = 3")

    again = open_store(tmp_path)
    assert again.history().hits == {(ProviderKey("a@1"), "", ()): Count(20, 5)}
    again.close()

"""The README keeps its word: every command in it runs, and says what is printed there."""

from __future__ import annotations

import json
import re
import shlex
import socket
import subprocess
from pathlib import Path

import pytest

from enrich_cli.domain.errors import ExitCode
from tests.cli.readme import SANDBOX, sections, timeless, transcript
from tests.cli.shell import BIN, PATIENCE, ROOT, shell

pytestmark = pytest.mark.long

SECTIONS = sections()
PORT = "8790"  # the one that the README names; here any free one
MAKE, OWN, CRON = "enrich", "Add a provider of your own", "Cron"


def blocks(title: str, language: str) -> list[str]:
    return [block.text for block in SECTIONS[title] if block.language == language]


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def test_every_block_is_of_a_kind_that_is_tested() -> None:
    kinds = {(b.language, bool(b.file)) for some in SECTIONS.values() for b in some}
    assert kinds == {
        ("sh", False), ("console", False), ("crontab", False), ("toml", True), ("toml", False),
        ("python", False),
    }  # fmt: skip
    # The one piece of a file that is none by itself is looked at below.
    assert [t for t, some in SECTIONS.items() for b in some if b.language == "toml" and not b.file]\
        == [OWN]  # fmt: skip


@pytest.mark.parametrize("title", [t for t in SECTIONS if t not in (MAKE, OWN) and blocks(t, "sh")])
def test_the_commands_of_a_section_run(title: str, folder: Path) -> None:
    for block in SECTIONS[title]:
        if block.file:
            (folder / block.file).write_text(block.text, "utf-8")
    for line in "".join(blocks(title, "sh")).splitlines():
        if line.startswith("export "):
            continue
        done = shell(line, folder, environ=SANDBOX)
        assert done.returncode == 0, done.stderr
        assert done.stdout or done.stderr
        assert "enrich: " not in done.stderr


@pytest.mark.parametrize("title", [t for t in SECTIONS if blocks(t, "console")])
def test_a_transcript_is_what_the_commands_say(title: str, folder: Path) -> None:
    for text in blocks(title, "console"):
        assert timeless(transcript(text, folder)) == timeless(text)


def test_the_python_script_runs(folder: Path) -> None:
    (script,) = blocks("From Python", "python")
    (folder / "script.py").write_text(script, "utf-8")
    done = shell("python script.py", folder, environ=SANDBOX)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("shape: (300, ")


def test_make_knows_the_two_commands() -> None:
    for text in blocks(MAKE, "sh"):
        for line in text.splitlines():
            command = shlex.split(line, comments=True)
            done = subprocess.run(
                [*command, "-n"], cwd=ROOT, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
    assert "tests/demo.sh" in shell("make -n demo", ROOT).stdout
    assert "pytest" in shell("make -n test", ROOT).stdout


def test_an_own_provider_answers_as_written(folder: Path) -> None:
    port = free_port()
    (folder / "providers").mkdir()
    for block in SECTIONS[OWN]:
        if block.file:
            (folder / block.file).write_text(block.text.replace(PORT, port), "utf-8")
    commands = "".join(blocks(OWN, "sh")).replace(PORT, port)
    # The shell waits until the server listens, and ends it.
    commands = commands.replace(
        " &\n", " >ready & server=$!\nuntil grep -q listening ready; do :; done\n"
    )
    done = shell(f"{commands}code=$?; kill $server; exit $code", folder)
    assert done.returncode == 0, done.stderr
    assert re.search(r"price +\$0\.01 a hit", done.stdout)
    assert re.search(r"company_name +\d+ +300 +\d+ % +acme \d+", done.stderr)
    assert (folder / "sample_data" / "leads.enriched.csv").exists()


def test_an_own_provider_may_have_a_key_as_written(folder: Path) -> None:
    (folder / "providers").mkdir()
    (file,) = [block for block in SECTIONS[OWN] if block.file]
    (key,) = [b.text for b in SECTIONS[OWN] if b.language == "toml" and not b.file]
    (folder / file.file).write_text(f"{file.text}\n{key}", "utf-8")
    run = "enrich run sample_data/leads.csv --columns company_name --providers acme --budget 5"
    done = shell(run, folder)
    assert done.returncode == 2
    assert "ACME_KEY is not set" in done.stderr


def test_the_crontab_line_works_where_cron_runs_it(folder: Path) -> None:
    home = folder / "home"
    (home / "leads").mkdir()
    (home / "leads" / "leads.csv").write_bytes((folder / "sample_data/leads.csv").read_bytes())
    (home / "enrich" / ".venv").mkdir(parents=True)
    (home / "enrich" / ".venv" / "bin").symlink_to(BIN)
    (line,) = "".join(blocks(CRON, "crontab")).splitlines()
    *when, command = line.split(maxsplit=5)
    assert len(when) == 5
    assert "%" not in command  # cron would take it for a line end
    cron = {"HOME": str(home), "LOGNAME": "me", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}

    def tick() -> None:
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=home,
            env=cron | SANDBOX,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    tick()
    output, report = home / "leads/leads.enriched.csv", home / "leads/leads.enriched.report.json"
    first = output.read_bytes()
    assert json.loads(report.read_bytes())["spend"]["spent"] != "0.00"
    tick()
    assert output.read_bytes() == first
    assert not any(line["calls"] for line in json.loads(report.read_bytes())["providers"])


def test_the_exit_codes_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| ([\d, ]+) \|", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert {int(code) for row in rows for code in row.split(",")} == set(ExitCode)


def test_the_demo_ends_with_a_run_that_costs_nothing(folder: Path) -> None:
    done = shell(f"sh {ROOT / 'tests/demo.sh'}", folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("The second run: 0 calls, $0.00.\n")
    assert "Traceback" not in done.stdout

"""A folder to run commands in, and a sandbox server that keeps its books."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.cli.shell import ROOT
from tests.sandbox.conftest import in_thread


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty home, and the sample data."""
    (tmp_path / "home").mkdir()
    shutil.copytree(ROOT / "sample_data", tmp_path / "sample_data")
    return tmp_path


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    with in_thread() as url:
        yield url


@pytest.fixture
def sandbox(sandbox_url: str) -> Iterator[httpx.Client]:
    """The controls of a sandbox server without faults and with empty books."""
    with httpx.Client(base_url=sandbox_url, verify=False) as client:  # HTTP alone
        client.post("/_faults", json=[])
        client.post("/_reset")
        yield client

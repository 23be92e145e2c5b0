"""Views load the terminal library only once something is painted: start-up time matters."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
import enrich_cli.views.estimate, enrich_cli.views.progress
import enrich_cli.views.report, enrich_cli.views.streams
print(sorted({"rich", "typer", "polars", "httpx", "pydantic"} & sys.modules.keys()))
"""


def test_importing_the_views_loads_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

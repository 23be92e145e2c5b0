"""`python -m tests.bench [NAME ...]`: run the benchmarks, or those that are named.

Some take options, alone: `python -m tests.bench large --rows 30000000 --format parquet`, or
`python -m tests.bench saved --table companies.csv`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from tests.bench import (
    bare,
    calibration,
    cold,
    emails,
    identify,
    kill,
    large,
    overhead,
    recall,
    saved,
    scarce,
    scenarios,
    site,
    startup,
)

BENCHES = {
    "bare": bare.main,
    "scenarios": scenarios.main,
    "startup": startup.main,
    "overhead": overhead.main,
    "cold": cold.main,
    "recall": recall.main,
    "identify": identify.main,
    "kill": kill.main,
    "scarce": scarce.main,
    "calibration": calibration.main,
    "site": site.main,
    "saved": saved.main,
    "large": large.main,
    "emails": emails.main,
}
WITH_OPTIONS: dict[str, Callable[[Sequence[str]], bool]] = {
    "site": site.main,
    "saved": saved.main,
    "large": large.main,
    "emails": emails.main,
}


def main(names: list[str]) -> int:
    """Run them; 1 where a count was wrong or a run failed, 2 where a name is unknown."""
    if len(names) > 1 and names[0] in WITH_OPTIONS and names[1].startswith("-"):
        return 0 if WITH_OPTIONS[names[0]](names[1:]) else 1
    if unknown := [name for name in names if name not in BENCHES]:
        print(f"no benchmark {unknown[0]!r}: there are {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    held = [_held(name, BENCHES[name]) for name in names or BENCHES]
    return 0 if all(held) else 1


def _held(name: str, bench: Callable[[], bool]) -> bool:
    try:
        return bench()
    except RuntimeError as error:
        print(f"{name}: FAILED: {error}\n", file=sys.stderr)
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

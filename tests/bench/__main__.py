"""`python -m tests.bench [NAME ...] [--table PATH]`: run the benchmarks, or those that are named.

`saved` is run on the table at PATH where one is given.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial

from tests.bench import bare, identify, kill, overhead, saved, scarce, scenarios, site, startup

BENCHES = {
    "bare": bare.main,
    "scenarios": scenarios.main,
    "startup": startup.main,
    "overhead": overhead.main,
    "identify": identify.main,
    "kill": kill.main,
    "scarce": scarce.main,
    "site": site.main,
    "saved": saved.main,
}


def main(names: list[str]) -> int:
    """Run them; 1 where a count was wrong or a run failed, 2 where a name is unknown."""
    benches = dict(BENCHES)
    if "--table" in names[:-1]:
        at = names.index("--table")
        benches["saved"] = partial(saved.main, names[at + 1])
        names = names[:at] + names[at + 2 :]
    if unknown := [name for name in names if name not in BENCHES]:
        print(f"no benchmark {unknown[0]!r}: there are {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    held = [_held(name, benches[name]) for name in names or benches]
    return 0 if all(held) else 1


def _held(name: str, bench: Callable[[], bool]) -> bool:
    try:
        return bench()
    except RuntimeError as error:
        print(f"{name}: FAILED: {error}\n", file=sys.stderr)
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

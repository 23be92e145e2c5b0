"""What holds for all tests: nothing leaves this machine, and no test fails for being slow."""

from __future__ import annotations

import gc
import ipaddress
import sys
from contextlib import suppress

from hypothesis import HealthCheck, settings

settings.register_profile("enrich", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("enrich")

gc.set_threshold(200_000, 20, 20)  # as `enrich` itself runs


def pytest_collection_finish() -> None:
    """The tests live to the end: the collector need not look through them again and again."""
    gc.freeze()


def _closed(event: str, args: tuple[object, ...]) -> None:
    """Refuse every connection that does not end here; an audit hook, see PEP 578."""
    if event != "socket.connect" or not isinstance(args[1], tuple):
        return
    host = str(args[1][0])
    with suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback or host == "localhost":
            return
    raise RuntimeError(f"a test wanted to connect to {host}")


sys.addaudithook(_closed)

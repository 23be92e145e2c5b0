"""What holds for all tests: how long a property takes on a busy machine says nothing about it."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("enrich", deadline=None)
settings.load_profile("enrich")

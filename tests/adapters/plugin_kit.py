"""Made-up installed packages with Python providers."""

from __future__ import annotations

from pathlib import Path

GOOD = """
from enrich_cli.domain.entity import EntityType, Field, IdKind
from enrich_cli.domain.outcome import Miss
from enrich_cli.domain.provider import Item, ProviderSpec, Reply, Tier

class Acme:
    def __init__(self, context):
        self.context = context
        self.spec = ProviderSpec(
            "acme-plugin", EntityType.COMPANY, Tier.FREE, frozenset({Field("city")}),
            ((IdKind.DOMAIN,),),
        )
    async def fetch(self, queries):
        return Reply(tuple(Item(Miss()) for _ in queries))
    def reread(self, query, body):
        return Item(Miss())
"""


def install(site: Path, package: str, code: str, points: str) -> None:
    """A package with one module, `plugin_<package>`, and entry points."""
    info = site / f"{package}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[enrich.providers]\n{points}\n")
    (site / f"plugin_{package}.py").write_text(code)

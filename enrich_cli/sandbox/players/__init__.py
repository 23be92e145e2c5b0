"""The registry of players: which vendor answers for which host. A new vendor is a line here."""

from __future__ import annotations

from functools import lru_cache

from enrich_cli.sandbox.play import Player
from enrich_cli.sandbox.players import (
    firms,
    generic,
    hunter,
    pdl,
    people,
    profiles,
    rdap,
    registers,
    searches,
)

PLAYERS = (
    hunter.PLAYER,
    pdl.PLAYER,
    *rdap.PLAYERS,
    *registers.PLAYERS,
    *profiles.PLAYERS,
    *searches.PLAYERS,
    *firms.PLAYERS,
    *people.PLAYERS,
    generic.PLAYER,
)

_BY_HOST = {host: player for player in PLAYERS for host in player.hosts if host[0] != "."}
_BY_ENDING = {host: player for player in PLAYERS for host in player.hosts if host[0] == "."}


@lru_cache(maxsize=16_384)
def player_for(host: str) -> Player | None:
    """The vendor behind `host`; None for every other host, which is a company's website."""
    if known := _BY_HOST.get(host):
        return known
    return next((player for ending, player in _BY_ENDING.items() if host.endswith(ending)), None)

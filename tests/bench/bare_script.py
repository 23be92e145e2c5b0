"""The floor: what one would write by hand, once, for one table and one provider.

    bare_script.py TABLE OUT URL COLUMN

Companies are asked about once, with 25 calls in flight, and their answers joined to the rows. No
store, no budget, no retries, no report; spellings of a website are all that it understands.
"""

from __future__ import annotations

import asyncio
import sys

import aiohttp
import httpx
import polars as pl
from httpx_aiohttp import AiohttpTransport

WORKERS = 25
FIELDS = ("name", "industry", "employees")


def domain(column: str) -> pl.Expr:
    """The domain of a website or an e-mail address."""
    bare = pl.col(column).str.strip_chars().str.to_lowercase()
    bare = bare.str.replace(r"^https?://", "").str.replace(r"^[^/@]*@", "")
    return bare.str.replace(r"^www\.", "").str.extract(r"^([^/?#:]+)")


async def ask(domains: list[str], url: str) -> list[dict[str, object]]:
    """One answer for each domain, in the order in which they came."""
    connector = aiohttp.TCPConnector(limit=WORKERS)
    transport = AiohttpTransport(client=lambda: aiohttp.ClientSession(connector=connector))
    waiting, answers = iter(domains), []

    async def work(client: httpx.AsyncClient) -> None:
        for name in waiting:
            reply = await client.get(f"{url}/one", params={"domain": name})
            answers.append(reply.raise_for_status().json())

    async with (
        httpx.AsyncClient(transport=transport, timeout=30) as client,
        asyncio.TaskGroup() as group,
    ):
        for _ in range(WORKERS):
            group.create_task(work(client))
    return answers


def main(table: str, out: str, url: str, column: str) -> None:
    """Enrich one table."""
    frame = pl.read_csv(table, infer_schema=False).with_columns(domain(column).alias("domain"))
    found = asyncio.run(ask(frame["domain"].drop_nulls().unique().to_list(), url))
    known = pl.DataFrame(found).select("domain", *FIELDS)
    joined = frame.join(known, on="domain", how="left", maintain_order="left")
    joined.drop("domain").write_csv(out)


if __name__ == "__main__":
    main(*sys.argv[1:])

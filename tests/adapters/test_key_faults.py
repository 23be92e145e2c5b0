"""A key shows in nothing that a call leaves behind, whatever goes wrong."""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from aiohttp import web

from enrich_cli.domain.provider import ProviderError
from tests.adapters.spec_kit import MINIMAL, Seen, load, provider, query, reply, serving, speaking

KEY = "k3y+of/a-very~secret=="
SPELLED = {
    KEY,
    quote(KEY, safe=""),
    quote(KEY, safe="").lower(),
    quote_plus(KEY, safe="/"),
    KEY.replace("/", "\\/"),
    json.dumps(KEY)[1:-1],
}
FORMS = [
    'header = "X-Key"',
    'header = "Authorization"\nformat = "Token token={key}"',
    'query = "api_key"',
    "bearer = true",
    'basic = "user"',
    'basic = "password"',
    'body = "api_key"',
]
SPEC = MINIMAL.replace("[request]", '[auth]\nenv = "K"\nAUTH\n[request]\nmethod = "POST"')


def trouble(folder: Path, auth: str, base: str) -> ProviderError:
    async def main() -> None:
        text = SPEC.replace("AUTH", auth).replace(
            "[request]", '[limits]\ntimeout = "1s"\n[request]'
        )
        async with provider(load(folder, text, base), KEY) as one:
            assert KEY not in repr(one)
            await one.fetch([query()])

    with pytest.raises(ProviderError) as raised:
        asyncio.run(main())
    return raised.value


def clean(error: ProviderError) -> None:
    said = "".join(traceback.format_exception(error)) + error.detail + repr(error)
    assert [one for one in SPELLED if one in said] == []


def parrot(seen: Seen) -> str:
    return f"{seen.path} {dict(seen.headers)} {seen.body.decode()} {' '.join(SPELLED)}"


REPLIES: dict[str, Callable[[Seen], web.StreamResponse]] = {
    "refused with the key in the words": lambda seen: reply({"message": parrot(seen)}, 401),
    "bad input": lambda seen: reply({"error": {"message": parrot(seen)}}, 422),
    "server error": lambda seen: reply(parrot(seen).encode(), 500),
    "not JSON": lambda seen: reply(parrot(seen).encode()),
    "redirected elsewhere": lambda seen: reply(
        {}, 307, {"Location": f"http://127.0.0.2:9/?k={quote(KEY)}"}
    ),
    "redirected for ever": lambda seen: reply({}, 307, {"Location": seen.path}),
    "redirected to nonsense": lambda seen: reply({}, 307, {"Location": f"http://[{quote(KEY)}"}),
    "an encoding": lambda seen: reply(b"x", 200, {"Content-Encoding": "br"}),
}


@pytest.mark.parametrize("auth", FORMS)
@pytest.mark.parametrize("fault", REPLIES)
def test_replies(tmp_path: Path, auth: str, fault: str) -> None:
    async def main() -> None:
        text = SPEC.replace("AUTH", auth)
        async with (
            serving(REPLIES[fault]) as served,
            provider(load(tmp_path, text, served.base), KEY) as one,
        ):
            with pytest.raises(ProviderError) as raised:
                await one.fetch([query()])
            clean(raised.value)

    asyncio.run(main())


@pytest.mark.parametrize("auth", FORMS)
def test_no_connection_and_no_encryption(tmp_path: Path, auth: str) -> None:
    clean(trouble(tmp_path, auth, "http://127.0.0.1:9"))

    async def plain() -> None:
        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(64)
            writer.write(b"HTTP/1.1 400 no\r\n\r\n")

        async with speaking(speak) as base:
            text = SPEC.replace("AUTH", auth)
            secure = base.replace("http:", "https:")
            async with provider(load(tmp_path, text, secure), KEY) as one:
                with pytest.raises(ProviderError) as raised:
                    await one.fetch([query()])
                clean(raised.value)

    asyncio.run(plain())


Speak = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def _hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")


async def _broken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + head)
    await writer.drain()


async def _babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(await reader.readuntil(b"\r\n\r\n"))
    await writer.drain()


@pytest.mark.parametrize("auth", FORMS)
@pytest.mark.parametrize("speak", [_hang_up, _broken, _babble])
def test_a_connection_that_goes_wrong(tmp_path: Path, auth: str, speak: Speak) -> None:
    async def main() -> None:
        async with speaking(speak) as base:
            error = await asyncio.to_thread(trouble, tmp_path, auth, base)
            clean(error)

    asyncio.run(main())


def test_a_reply_that_repeats_the_key_is_kept_without_it(tmp_path: Path) -> None:
    async def main() -> None:
        text = SPEC.replace("AUTH", FORMS[0])
        async with (
            serving(lambda seen: reply({"name": "Acme", "asked": parrot(seen)})) as served,
            provider(load(tmp_path, text, served.base), KEY) as one,
        ):
            (item,) = (await one.fetch([query()])).items
            assert b"[key]" in item.body
            assert [form for form in SPELLED if form.encode() in item.body] == []

    asyncio.run(main())

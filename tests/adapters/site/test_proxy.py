"""The scraper behind a proxy: over TLS by name, with certificates of one's own, still guarded."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

from enrich_cli.adapters import clients
from enrich_cli.adapters.resolver import GuardedResolver
from enrich_cli.adapters.website import Website
from enrich_cli.domain.outcome import Hit, Miss
from enrich_cli.domain.provider import Item
from tests.adapters.site.web_kit import AGENT, HOME, Clock, found, query

TLS = Path(__file__).parents[1] / "tls"
HOST = "api.acme.example"  # a name in the tests' certificate


def behind_proxy(replies: dict[str, bytes]) -> tuple[Item, list[str], list[str]]:
    """Visit the site through a proxy. Gives the item, what the proxy and what the site was asked.

    No name can be looked up: the proxy does that.
    """
    connects: list[str] = []
    asked: list[str] = []

    async def site(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := (await reader.readuntil(b"\r\n\r\n")).decode("latin-1"):
                path = request.split()[1]
                asked.append(path)
                writer.write(replies.get(path, b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                writer.write(data)
        except ConnectionError:
            pass
        writer.close()

    async def main() -> Item:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(TLS / "server.pem")
        server = await asyncio.start_server(site, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]

        async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            connects.append(request.split("\r\n")[0])
            there = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(pump(reader, there[1]), pump(there[0], writer))

        gate = await asyncio.start_server(proxy, "127.0.0.1", 0)
        environ = {
            "HTTPS_PROXY": f"http://127.0.0.1:{gate.sockets[0].getsockname()[1]}",
            "SSL_CERT_FILE": str(TLS / "cert.pem"),
        }
        resolver = GuardedResolver(lookup=lambda *_: [])
        transport = clients.web_transport(5, environ, resolver=resolver)
        website = Website(transport, user_agent=AGENT, clock=Clock())
        try:
            return (await website.fetch([query(HOST)])).items[0]
        finally:
            await transport.aclose()
            await resolver.close()
            for one in (gate, server):
                one.close()

    return asyncio.run(main()), connects, asked


def page(body: str) -> bytes:
    text = body.encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(text)}\r\n\r\n"
    return head.encode() + text


def test_a_site_is_read_by_name_over_tls_through_the_proxy() -> None:
    item, connects, asked = behind_proxy({"/": page(HOME)})
    assert found(item)["company_name"] == "Acme"
    assert found(item)["website"] == f"https://{HOST}/"
    assert asked == ["/robots.txt", "/"]
    assert set(connects) == {f"CONNECT {HOST}:443 HTTP/1.1"}


def test_the_proxy_is_never_asked_for_an_address_or_a_local_name() -> None:
    for target in ("https://127.0.0.1/", "https://[::1]/", "https://localhost/", "https://10.1/"):
        moved = f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n"
        item, connects, _ = behind_proxy({"/": moved.encode()})
        assert isinstance(item.outcome, Miss)
        assert connects
        assert all(one.endswith(f"{HOST}:443 HTTP/1.1") for one in connects)


def test_a_link_to_such_an_address_costs_the_rest_nothing() -> None:
    body = HOME.replace("<p>", "<a href='https://169.254.169.254/contact'>Contact</a><p>", 1)
    item, connects, _ = behind_proxy({"/": page(body)})
    assert isinstance(item.outcome, Hit)
    assert set(connects) == {f"CONNECT {HOST}:443 HTTP/1.1"}

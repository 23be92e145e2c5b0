"""Which addresses may be reached: every spelling of the others is refused."""

from __future__ import annotations

import asyncio
import ipaddress
import socket

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from enrich_cli.adapters.guard import (
    AddressRefusedError,
    allowed,
    check_form,
    check_url,
)
from enrich_cli.adapters.resolver import GuardedResolver
from tests.adapters.refused_urls import REFUSED_URLS

PUBLIC = (
    "93.184.216.34",
    "8.8.8.8",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700::1111",
    "2a00:1450::1",
)

PRIVATE = (
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200"),
    *("127.0.0.1", "127.255.255.254", "168.63.129.16", "169.254.169.254", "172.16.0.1"),
    *("172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1"),
    *("198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1"),
    *("255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:93.184.216.34", "::127.0.0.1"),
    *("::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b:1::1", "100::1", "2001::1"),
    *("2001:0:7f00:1::", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::"),
    *("2002:a9fe:a9fe::1", "3fff::1", "4000::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1"),
    *("fe80::1%eth0", "2606:4700::1111%eth0", "fec0::1", "ff02::1"),
    *("2606:4700::5efe:127.0.0.1", "2606:4700::200:5efe:127.0.0.1"),
    *("", "localhost", "127.1", "0x7f000001", "1.2.3.4.5", "::1::", "93.184.216.034"),
)

ALLOWED_URLS = (
    "https://acme.example/",
    "http://acme.example",
    "https://www.acme.example/about?x=http://127.0.0.1/#127.0.0.1",
    "http://ACME.example:80/",
    "https://acme.example:443/",
    "http://acme.example:443/",
    "https://acme.example./",
    "https://xn--bcher-kva.example/",
    "https://my_shop.acme.example/",
    "https://1and1.example/",
    "https://123.example/",
    "https://0x7f.example/",
    "https://10.0.0.1.acme.example/",
    "https://localhost.acme.example/",
)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address: str) -> None:
    assert allowed(address)
    assert allowed(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PRIVATE)
def test_other_addresses_and_what_is_none_are_not(address: str) -> None:
    assert not allowed(address)


def test_there_are_enough_spellings() -> None:
    assert len(set(REFUSED_URLS)) == len(REFUSED_URLS) > 80


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_urls_that_are_refused(url: str) -> None:
    with pytest.raises(AddressRefusedError):
        check_url(url)


@pytest.mark.parametrize("url", ALLOWED_URLS)
def test_urls_that_may_be_asked_for(url: str) -> None:
    check_url(url)


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_passes_in_any_form(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    a, b, c, d = address.packed
    forms = (
        *(str(address), str(number), hex(number), f"0{number:o}", f"{a}.{number & 0xFFFFFF}"),
        *(f"{a}.{b}.{c << 8 | d}", f"{a:#x}.{b:#x}.{c:#x}.{d:#x}", f"0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        *(f"[::ffff:{address}]", f"[64:ff9b::{address}]", f"[::{address}]", f"{address}."),
    )
    for form in forms:
        with pytest.raises(AddressRefusedError):
            check_url(f"http://{form}/")
    for prefix in ("::ffff:", "::", "64:ff9b::", "2606:4700::5efe:"):
        assert not allowed(f"{prefix}{address}")
    assert not allowed(ipaddress.IPv6Address((0x2002 << 112) | (number << 80)))


@given(st.ip_addresses())
def test_nothing_that_python_calls_unroutable_is_allowed(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    local = address.is_private or address.is_loopback or address.is_link_local
    if local or address.is_multicast or address.is_reserved or address.is_unspecified:
        assert not allowed(address)


@given(st.text(max_size=60))
def test_any_text_is_either_a_web_url_or_refused(text: str) -> None:
    for url in (text, f"http://{text}", f"https://acme.example/{text}"):
        try:
            check_url(url)
        except AddressRefusedError:
            continue
        assert url.isascii()
        assert check_form(url).hostname


def test_any_host_passes_the_check_of_the_form_alone() -> None:
    assert check_form("http://127.0.0.1:8080/x").port == 8080
    assert check_form("http://[::1]:8080/").hostname == "::1"
    for url in ("ftp://127.0.0.1/", "http://u@127.0.0.1/", "http://127.0.0.1 /", "http://a:b/"):
        with pytest.raises(AddressRefusedError):
            check_form(url)


class Names:
    """A name server of our own; it counts how often it was asked."""

    def __init__(self, **names: tuple[str, ...]) -> None:
        self.names = {name.replace("_", "."): found for name, found in names.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: int, *_: int) -> list[tuple[object, ...]]:
        self.asked.append(host)
        if host not in self.names:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return [
            (socket.AF_INET6, 1, 6, "", (address, port, 0, 7 if address.startswith("fe80") else 0))
            if ":" in address
            else (socket.AF_INET, 1, 6, "", (address, port))
            for address in self.names[host]
        ]


def resolved(resolver: GuardedResolver, host: str, port: int = 443) -> list[tuple[str, int]]:
    async def main() -> list[tuple[str, int]]:
        try:
            found = await resolver.resolve(host, port)
        finally:
            await resolver.close()
        return [(place["host"], place["port"]) for place in found]

    return asyncio.run(main())


def test_public_addresses_of_a_name_are_handed_on() -> None:
    names = Names(acme_example=("93.184.216.34", "2606:4700::1111"))
    assert resolved(GuardedResolver(lookup=names), "acme.example") == [
        ("93.184.216.34", 443),
        ("2606:4700::1111", 443),
    ]


def test_of_mixed_addresses_the_public_ones_are_handed_on() -> None:
    names = Names(acme_example=("127.0.0.1", "93.184.216.34", "fe80::1", "::ffff:10.0.0.1"))
    assert resolved(GuardedResolver(lookup=names), "acme.example") == [("93.184.216.34", 443)]


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.8", "169.254.169.254", "::1", "fe80::1"])
def test_a_name_with_private_addresses_only_is_refused(address: str) -> None:
    resolver = GuardedResolver(lookup=Names(evil_example=(address,)))
    with pytest.raises(AddressRefusedError, match=r"evil\.example has no public address"):
        resolved(resolver, "evil.example")


def test_a_name_that_does_not_exist_is_another_error() -> None:
    with pytest.raises(OSError, match="no such name") as caught:
        resolved(GuardedResolver(lookup=Names()), "gone.example")
    assert not isinstance(caught.value, AddressRefusedError)
    with pytest.raises(OSError, match="has no address"):
        resolved(GuardedResolver(lookup=Names(empty_example=())), "empty.example")


def test_a_name_that_no_name_server_takes_is_an_oserror() -> None:
    with pytest.raises(OSError, match="no name that can be looked up"):
        resolved(GuardedResolver(), f"{'a' * 70}.example")


def test_the_users_own_proxy_may_lie_anywhere_at_its_port_only() -> None:
    names = Names(proxy_example=("10.0.0.8",))
    exempt = [("proxy.example", 3128)]
    resolver = GuardedResolver(exempt=exempt, lookup=names)
    assert resolved(resolver, "proxy.example", 3128) == [("10.0.0.8", 3128)]
    with pytest.raises(AddressRefusedError):
        resolved(GuardedResolver(exempt=exempt, lookup=names), "proxy.example", 80)


def test_a_short_spelling_that_the_system_resolves_is_still_checked() -> None:
    with pytest.raises(AddressRefusedError):
        resolved(GuardedResolver(), "127.1", 80)


def test_the_connector_never_connects_to_a_refused_address() -> None:
    """aiohttp over the resolver: nothing arrives at the loopback server, not even a connection."""
    reached: list[str] = []

    async def main() -> None:
        async def handle(request: web.BaseRequest) -> web.Response:
            reached.append(request.path)
            return web.Response(text="must not be reached")

        runner = web.ServerRunner(web.Server(handle))
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        resolver = GuardedResolver(lookup=Names(evil_example=("127.0.0.1",)))
        connector = aiohttp.TCPConnector(resolver=resolver)
        async with aiohttp.ClientSession(connector=connector) as session:
            with pytest.raises(aiohttp.ClientConnectorError) as caught:
                await session.get(f"http://evil.example:{port}/")
        assert isinstance(caught.value.__cause__, AddressRefusedError)
        await resolver.close()
        await runner.cleanup()

    asyncio.run(main())
    assert reached == []

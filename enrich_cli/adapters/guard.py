"""Which addresses may be reached: public ones only, whatever a table, a page or a name server says.

Two doors, both needed. `check_url` looks at a URL before it is asked for, at each redirect hop:
schemes, ports, and addresses in place of a name, which the connector never shows to a resolver.
`resolver` looks up names and hands on public addresses only; the connection goes to the very
address that was checked, so a second look-up cannot lead elsewhere.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# IANA IPv4 special-purpose address registry, with the multicast and future-use blocks.
_REFUSED_4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # shared by carriers; some clouds' metadata
            "127.0.0.0/8",  # loopback
            "168.63.129.16/32",  # public by its number, but a cloud's own host agent
            "169.254.0.0/16",  # link-local; most clouds' metadata
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # IETF protocol assignments
            "192.0.2.0/24",  # documentation
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # automatic multicast tunnelling
            "192.88.99.0/24",  # 6to4 relays, withdrawn
            "192.168.0.0/16",  # private
            "192.175.48.0/24",  # AS112
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # future use, and broadcast
        ),
    )
)
# Only global unicast is open at all: outside of it lie loopback, link-local, unique local,
# multicast, and the mapped, compatible and NAT64 forms of IPv4 addresses.
_OPEN_6 = ipaddress.IPv6Network("2000::/3")
# IANA IPv6 special-purpose address registry, as far as it lies within.
_REFUSED_6 = tuple(
    map(
        ipaddress.IPv6Network,
        (
            "2001::/23",  # IETF protocol assignments, Teredo (an IPv4 address inside) among them
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4: an IPv4 address inside
            "2620:4f:8000::/48",  # AS112
            "3fff::/20",  # documentation
        ),
    )
)
_ISATAP = frozenset((0x00005EFE, 0x02005EFE))  # RFC 5214: third quarter, then an IPv4 address

_PORTS = frozenset((None, 80, 443))
# What has a form that every reader understands, with a host that is still to be looked at.
_PLAIN = re.compile(r"https?://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)/[A-Za-z0-9/_.-]*", re.ASCII)
_HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+", re.ASCII)
# The URL standard: a host is an IPv4 address if its last label is a number, in any base.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
# Names that mean this machine or this network, whoever resolves them (RFC 6761, 6762, 8375).
_LOCAL = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".localdomain")


class AddressRefusedError(OSError):
    """A URL or name that leads where nothing may be fetched.

    An `OSError`, so that the HTTP client takes it for a failed connection; it is found in the
    chain of causes of the client's own error.
    """


def allowed(address: str | Address) -> bool:
    """Whether that address is a public one. What is no address, or has a zone, is not."""
    if isinstance(address, str):
        try:
            address = ipaddress.ip_address(address)
        except ValueError:
            return False
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _REFUSED_4)
    if address.scope_id is not None or address not in _OPEN_6:
        return False
    return int(address) >> 32 & 0xFFFFFFFF not in _ISATAP and not any(
        address in network for network in _REFUSED_6
    )


def check_url(url: str) -> None:
    """Refuse a URL that is not plainly a web page of a named host on the internet.

    Raises AddressRefusedError for what `check_form` refuses, for ports other than 80 and 443,
    for an address in place of a name, in any spelling, and for names of the local machine or
    network.
    """
    if plain := _PLAIN.fullmatch(url):
        name = plain[1]
    else:
        parts = check_form(url)
        if parts.port not in _PORTS:
            raise AddressRefusedError(f"port {parts.port} is not one of a public website")
        if "[" in parts.netloc:
            raise AddressRefusedError("an address stands in place of a host's name")
        name = (parts.hostname or "").removesuffix(".")
    if _NUMBER.fullmatch(name.rpartition(".")[2]):
        raise AddressRefusedError("an address stands in place of a host's name")
    if name == "localhost" or name.endswith(_LOCAL):
        raise AddressRefusedError(f"{name[:80]} is a name of the local machine or network")
    if not _HOST.fullmatch(name) or len(name) > 253:
        raise AddressRefusedError("the host is no name on the internet")


def check_form(url: str) -> SplitResult:
    """The parts of a web URL that all readers of URLs understand alike; any host may be named.

    Raises AddressRefusedError for other schemes, for a user name before the host, and for
    characters that some readers drop or take for others.
    """
    if not url.isascii() or not url.isprintable() or "\\" in url or " " in url:
        raise AddressRefusedError("the URL has characters that do not belong in one")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefusedError(f"the URL cannot be read: {error}") from error
    if parts.scheme not in ("http", "https"):
        raise AddressRefusedError(f"{parts.scheme[:20]!r} is no scheme of web pages")
    if not parts.hostname or "@" in parts.netloc or (port is None and parts.netloc[-1] == ":"):
        raise AddressRefusedError("more or less than a host stands where the host belongs")
    return parts

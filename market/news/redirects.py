"""Where a feed may send its reader: never into the reader's own computer or network."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

PORTS = {"http": 80, "https": 443}


class BadRedirect(Exception):
    """A redirect that is not followed; the message says why."""


@dataclass(frozen=True)
class Step:
    """A request to send: `url` names the page, `target` is where to connect."""

    url: httpx.URL
    target: httpx.URL
    headers: Mapping[str, str] = field(default_factory=dict)
    extensions: Mapping[str, str] = field(default_factory=dict)


async def step_to(location: str, here: httpx.URL, own: httpx.URL) -> Step:
    """Return the request that a redirect from `here` asks for; raise BadRedirect.

    `own` is the address that a person chose: its host and port are allowed wherever they are. Of
    any other host the addresses are looked up and checked, and the checked one is connected to,
    so that a second look-up can't give another. Raises httpx.InvalidURL too.
    """
    url = here.join(location)
    if url.scheme not in PORTS or not url.host:
        raise BadRedirect("it redirects to something that is no web address")
    if _place(url) == _place(own):
        return Step(url, url)
    address = await _checked_address(url)
    headers = {"Host": url.netloc.decode("ascii")}
    return Step(url, url.copy_with(host=address), headers, {"sni_hostname": _name(url)})


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the open internet."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is not None:
            return is_public(str(inner))
        if ip.is_site_local:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved)


async def _checked_address(url: httpx.URL) -> str:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            _name(url), _place(url)[1], type=socket.SOCK_STREAM
        )
    except (OSError, UnicodeError):
        raise BadRedirect("it redirects to a host that can't be found") from None
    addresses = [str(one[4][0]) for one in found]
    if not addresses or not all(is_public(address) for address in addresses):
        raise BadRedirect("it redirects into a private network, which is not followed")
    return addresses[0]


def _name(url: httpx.URL) -> str:
    """Return the host as the network knows it (punycode)."""
    return url.raw_host.decode("ascii")


def _place(url: httpx.URL) -> tuple[str, int]:
    return _name(url), url.port or PORTS.get(url.scheme, 0)

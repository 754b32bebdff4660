"""Where a feed may send its reader, judged by the addresses behind a name."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from market.news.fetch import FeedTrouble, Mark, fetch, new_client
from market.news.redirects import is_public
from tests.fakes.clock import START
from tests.fakes.news_server import NewsServer, Story, rss, status

SECRET = Story("Bitcoin secret of the house", "https://a.example/1")
PUBLIC = "93.184.215.14"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"])
async def test_redirect_to_another_place_on_this_computer_is_not_followed(host: str) -> None:
    async with NewsServer() as feed, NewsServer() as inner, new_client() as client:
        inner.put("/rss", rss([SECRET]))
        feed.faults["/rss"] = status(302, Location=f"http://{host}:{inner.port}/rss")
        with pytest.raises(FeedTrouble, match="private network"):
            await fetch(client, feed.address("/rss"), Mark(), START)
        assert not inner.asked


async def test_redirect_within_the_own_address_is_followed() -> None:
    async with NewsServer() as feed, new_client() as client:
        feed.put("/new", rss([SECRET]))
        feed.faults["/old"] = status(302, Location=feed.address("/new"))
        found = await fetch(client, feed.address("/old"), Mark(), START)
    assert found is not None
    assert found.address == feed.address("/new")


async def fetched_over(
    monkeypatch: pytest.MonkeyPatch, resolved: list[str], location: str
) -> tuple[list[httpx.Request], str]:
    """Fetch a feed that redirects once; return what was sent and the address in the end."""
    sent: list[httpx.Request] = []

    async def look_up(*_: object, **__: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        return [(2, 1, 6, "", (address, 443)) for address in resolved]

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        if len(sent) == 1:
            return httpx.Response(302, headers={"Location": location})
        return httpx.Response(200, stream=httpx.ByteStream(b"<rss/>"))

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up, raising=False)
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        found = await fetch(client, "https://feed.example/rss", Mark(), START)
    return sent, found.address if found else ""


async def test_redirect_connects_to_the_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent, address = await fetched_over(monkeypatch, [PUBLIC], "https://new.example:8443/rss")
    assert (sent[1].url.host, sent[1].url.port) == (PUBLIC, 8443)
    assert sent[1].headers["host"] == "new.example:8443"
    assert sent[1].extensions["sni_hostname"] == "new.example"
    assert address == "https://new.example:8443/rss"


@pytest.mark.parametrize("resolved", [["10.0.0.7"], [PUBLIC, "127.0.0.1"], []])
async def test_name_with_a_private_address_among_its_own_is_refused(
    monkeypatch: pytest.MonkeyPatch, resolved: list[str]
) -> None:
    with pytest.raises(FeedTrouble, match="private network"):
        await fetched_over(monkeypatch, resolved, "https://inner.example/rss")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - judged, not listened on
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fec0::1",
        "fd00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
    ],
)
def test_address_of_no_open_network_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", [PUBLIC, "2606:4700::6810:84e5", "::ffff:93.184.215.14"])
def test_address_of_the_open_internet_is_public(address: str) -> None:
    assert is_public(address)

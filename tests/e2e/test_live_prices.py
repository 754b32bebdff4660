"""A price that comes over the websocket is told at once: no regular look happens meanwhile."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.person import Person
from tests.e2e.world import World, eventually, world

# The longest there is: what rings within the test was no regular look.
SELDOM = "300"
STREAMS = {"xrpusdt@bookTicker", "xrpusdt@ticker"}


async def test_price_pushed_over_the_socket_rings_fills_and_survives_a_cut(tmp_path: Path) -> None:
    async with world(tmp_path, sockets=True, WATCH_SECONDS=SELDOM) as town:
        person = town.person()
        town.exchange.set_price("XRPUSDT", 1.0)
        armed = await person.says("/alert XRP above 1.1")
        assert "1.1" in armed.text
        await _subscribed(town)
        asked = town._asked("XRPUSDT")
        town.exchange.set_price("XRPUSDT", 1.12)
        await person.sees(lambda message: "XRP/USDT" in message.text and "1.12" in message.text)
        assert town._asked("XRPUSDT") == asked, "no request was needed for it"

        await _holds(person)
        town.exchange.streams.drop()
        await eventually(lambda: len(town.exchange.streams.attempts) >= 2)
        await _subscribed(town)
        town.exchange.set_price("XRPUSDT", 1.0)
        told = await person.sees(lambda message: message.text.startswith("Stop reached: sold"))
        assert "XRP" in told.text
        status = await person.says("/status")
        assert "Prices of the book: " in status.text


async def _subscribed(town: World) -> None:
    await eventually(lambda: town.exchange.streams.subscribed >= STREAMS)


async def _holds(person: Person) -> None:
    card = await person.says("/buy XRP 100")
    assert (await person.taps(card, "Confirm")).text.startswith("Bought")
    await person.sees(lambda message: message.text.startswith("Filled: bought"))

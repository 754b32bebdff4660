"""A world whose product dies again and again, while people go on with what they are doing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.server import SandboxServer
from tests.e2e.book import Book
from tests.e2e.market_tables import tables_until
from tests.e2e.mortal import Life, Midwife, midwife
from tests.e2e.person import Person
from tests.e2e.world import FIRST_PERSON, MODEL, MODEL_KEY, PEOPLE, addresses, now
from tests.fakes.binance import BinanceServer
from tests.fakes.openai_server import OpenAIServer

SIGKILLED = -9
BASE = "XRP"
# The desk shares a quote for a second among those who ask.
QUOTE_SECONDS = 1.2


@dataclass(frozen=True)
class Kill:
    """The end of a life: at the `time`-th pass of a point, or `after` so many seconds."""

    point: str = ""
    time: int = 1
    after: float = 0.0

    def __str__(self) -> str:
        return f"{self.point} ×{self.time}" if self.point else f"{self.after:.2f} s after the start"


class Stage:
    """The servers, the people, and one life of the product after the other."""

    def __init__(self, telegram: SandboxServer, exchange: BinanceServer, births: Midwife) -> None:
        self.telegram = telegram
        self.exchange = exchange
        self.births = births
        self.book = Book(births.folder / "conclave.db")
        self.deaths = 0
        self.born_at = 0.0
        self.survives = False
        self._people = 0
        self.usual = float(exchange.candles[f"{BASE}USDT", "1m"][-121, 4])

    def person(self) -> Person:
        """Bring somebody new."""
        self._people += 1
        assert self._people < PEOPLE
        return Person(self.telegram.chat, FIRST_PERSON + self._people)

    async def price(self, share: float, *, wait: bool = False) -> None:
        """Move the price to a share of the usual one; `wait` until the desk uses no older one."""
        self.exchange.set_price(f"{BASE}USDT", round(self.usual * share, 6))
        if wait:
            await asyncio.sleep(QUOTE_SECONDS)

    async def dies(self, kills: Iterable[Kill], *, from_nothing: bool = False) -> None:
        """Let lives end one after the other; the last one survives.

        `from_nothing`: each is a process of its own, as a person starts it.
        """
        for kill in kills:
            life = await self._born(kill, from_nothing=from_nothing)
            try:
                code = await life.death(kill.after or 60)
            except TimeoutError:
                assert not kill.point, f"'{kill}' was never passed\n{self.births.logged[-6000:]}"
                life.kill()
                code = await life.death()
            assert code == SIGKILLED, f"it ended by itself before {kill}:\n{self.births.logged}"
            self.deaths += 1
        await self._born(Kill(), from_nothing=from_nothing)
        self.survives = True

    async def _born(self, kill: Kill, *, from_nothing: bool) -> Life:
        bear = self.births.life_from_nothing if from_nothing else self.births.life
        life = await bear(kill.point, kill.time)
        self.born_at = time.monotonic()
        return life

    async def command(self, *arguments: str) -> int:
        """Run a command that ends by itself, such as `verify`; return its exit code."""
        return await (await self.births.life("", 1, *arguments)).death()


@asynccontextmanager
async def stage(folder: Path, **variables: str) -> AsyncIterator[Stage]:
    """Start the servers; the product is not alive yet."""
    async with AsyncExitStack() as stack:
        telegram = SandboxServer(folder / "telegram.db", 0)
        await telegram.start()
        stack.push_async_callback(telegram.stop)
        exchange = await stack.enter_async_context(BinanceServer(tables_until(now()), now))
        model = await stack.enter_async_context(OpenAIServer(models=[MODEL], key=MODEL_KEY))
        where = {**addresses(folder, telegram, exchange, model), **variables}
        births = await stack.enter_async_context(midwife(folder, where))
        yield Stage(telegram, exchange, births)

"""A whole world for the product: Telegram, an exchange and a language model, on loopback."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from pathlib import Path

from sandbox.server import SandboxServer
from tests.e2e.book import Book
from tests.e2e.market_tables import lot_of, tables_until, tick_of
from tests.e2e.person import Person
from tests.e2e.product import Product
from tests.fakes.binance import BinanceServer
from tests.fakes.openai_server import OpenAIServer, Script
from trading.candles import FloatArray

MODEL_KEY = "sk-e2e-0123456789abcdefghij"
MODEL = "test-model"
FIRST_PERSON = 5_001
PEOPLE = 200
# The desk shares a quote for a second among those who ask.
QUOTE_SECONDS = 1.1
SLIPPAGE = Decimal("0.0005")
FEE_RATE = Decimal("0.001")


def now() -> datetime:
    return datetime.now(UTC)


async def eventually(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until something holds that another process does, so that no event tells of it."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110  there is no event to wait for
            await asyncio.sleep(0.02)


class World:
    """The servers, the product that talks to them, and people with accounts of their own."""

    def __init__(
        self,
        telegram: SandboxServer,
        exchange: BinanceServer,
        model: OpenAIServer,
        product: Product,
    ) -> None:
        self.telegram = telegram
        self.exchange = exchange
        self.model = model
        self.product = product
        self.book = Book(product.folder / "conclave.db")
        self._prices: dict[str, float] = {}
        self._people = itertools.count(FIRST_PERSON)

    def person(self) -> Person:
        """Bring somebody new whom the settings let in."""
        number = next(self._people)
        assert number < FIRST_PERSON + PEOPLE
        return Person(self.telegram.chat, number)

    def stranger(self) -> Person:
        """Bring somebody whom the settings don't let in."""
        return Person(self.telegram.chat, 900_000 + next(self._people))

    def plays(self, *scripts: Script) -> None:
        """Let the next runs of the model follow these scripts, one run a script."""
        before = 1 + max((request.conversation for request in self.model.chats), default=-1)
        self.model.scripts = [*([[]] * before), *scripts]

    async def price(self, base: str, last: float) -> None:
        """Change a price, and wait until the desk can't use an older one any more."""
        symbol_id = f"{base}USDT"
        if self._prices.get(symbol_id) != last:
            self._change(symbol_id, last)
            if self._asked(symbol_id):
                await asyncio.sleep(QUOTE_SECONDS)

    async def seen_price(self, base: str, last: float, seconds: float = 30.0) -> None:
        """Change the price of a symbol that somebody holds; wait until the desk looks at it."""
        symbol_id = f"{base}USDT"
        asked = self._asked(symbol_id)
        self._change(symbol_id, last)
        await eventually(lambda: self._asked(symbol_id) > asked, seconds)

    def _change(self, symbol_id: str, last: float) -> None:
        self._prices[symbol_id] = last
        self.exchange.set_price(symbol_id, last)

    def _asked(self, symbol_id: str) -> int:
        """Count how often the desk has asked for a price of the symbol."""
        return sum(
            seen.path == "24hr" and seen.params.get("symbol") == symbol_id
            for seen in self.exchange.requests
        )

    async def settled(self, account_id: str, seconds: float = 30.0) -> None:
        """Wait until every message of the account is delivered or given up."""
        await eventually(
            lambda: all(one.state != "waiting" for one in self.book.outbox(account_id)), seconds
        )


@asynccontextmanager
async def world(
    folder: Path,
    tables: Mapping[tuple[str, str], FloatArray] | None = None,
    *,
    sockets: bool = False,
    **variables: str,
) -> AsyncIterator[World]:
    """Start the servers and the product, and wait until it is ready; settings as variables.

    `tables`: what the exchange lists, in place of the usual. `sockets`: the exchange's websocket
    is used too, beside its requests.
    """
    async with AsyncExitStack() as stack:
        telegram = SandboxServer(folder / "telegram.db", 0)
        await telegram.start()
        stack.push_async_callback(telegram.stop)
        listed = tables_until(now()) if tables is None else tables
        exchange = await stack.enter_async_context(BinanceServer(listed, now))
        model = await stack.enter_async_context(OpenAIServer(models=[MODEL], key=MODEL_KEY))
        if sockets:
            variables = {"EXCHANGE_WS_BASE": exchange.ws_base, **variables}
        product = Product(folder, {**addresses(folder, telegram, exchange, model), **variables})
        stack.push_async_callback(product.kill)
        await product.start()
        await product.ready()
        yield World(telegram, exchange, model, product)


def addresses(
    folder: Path, telegram: SandboxServer, exchange: BinanceServer, model: OpenAIServer
) -> dict[str, str]:
    """Return the settings that point the product at these servers."""
    people = range(FIRST_PERSON, FIRST_PERSON + PEOPLE)
    return {
        "TELEGRAM_BOT_TOKEN": telegram.token,
        "TELEGRAM_API_BASE": telegram.api_base,
        "TELEGRAM_ALLOWED_USERS": ",".join(str(number) for number in people),
        "EXCHANGE_API_BASE": exchange.api_base,
        "OPENAI_API_KEY": MODEL_KEY,
        "OPENAI_BASE_URL": model.base_url,
        "OPENAI_MODEL": MODEL,
        "DATABASE_URL": f"sqlite:///{folder / 'conclave.db'}",
        "NEWS_FEEDS": "none",
        "WATCH_SECONDS": "0.3",
    }


def bought_at(base: str, last: float) -> Decimal:
    """Compute what a market buy fills at: the ask, 5 bps worse, up to the tick."""
    ask = (Decimal(str(last)) * Decimal("1.00005")).quantize(tick_of(base))
    return (ask * (1 + SLIPPAGE)).quantize(tick_of(base), ROUND_CEILING)


def sold_at(base: str, last: float) -> Decimal:
    """Compute what a market sale fills at: the bid, 5 bps worse, down to the tick."""
    bid = (Decimal(str(last)) * Decimal("0.99995")).quantize(tick_of(base))
    return (bid * (1 - SLIPPAGE)).quantize(tick_of(base), ROUND_FLOOR)


def fee_of(quantity: Decimal, price: Decimal) -> Decimal:
    return (quantity * price * FEE_RATE).quantize(Decimal("1E-8"))


def whole_lots(base: str, quantity: Decimal) -> Decimal:
    return (quantity / lot_of(base)).to_integral_value(ROUND_FLOOR) * lot_of(base)

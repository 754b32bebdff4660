"""Markets of any ccxt id, connected to recorded or made answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from market.candles.store import CandleStore
from market.exchange import ExchangeMarket
from tests.fakes.recorded_exchange import RecordedExchange

NOW = datetime(2021, 1, 5, 12, 30, tzinfo=UTC)


def connected(
    exchange_id: str,
    server: RecordedExchange,
    folder: Path,
    clock: Callable[[], datetime] = lambda: NOW,
    prefix: str = "",
) -> ExchangeMarket:
    """Connect a market to the server, without the exchange's own rate limit."""
    market = ExchangeMarket(
        exchange_id,
        CandleStore(folder / "market.db"),
        clock,
        api_base=server.api_base,
        memo=0,
        timeout=2,
        backoff=0.001,
        prefix=prefix,
    )
    market._client._ccxt.enableRateLimit = False
    return market

"""Each file in market/exchanges keeps the small contract; a new file needs no test of its own."""

import pkgutil

import ccxt.async_support as ccxt
import pytest

import market.exchanges
from market.connection.quirks import Quirks, quirks_of

FOUND = [module.name for module in pkgutil.iter_modules(market.exchanges.__path__)]


def test_binance_is_among_them() -> None:
    assert "binance" in FOUND


@pytest.mark.parametrize("exchange_id", FOUND)
def test_a_quirk_file_is_named_after_an_exchange_and_holds_quirks(exchange_id: str) -> None:
    assert exchange_id in ccxt.exchanges
    quirks = quirks_of(exchange_id)
    assert quirks.candle_page is None or quirks.candle_page > 1
    known = getattr(ccxt, exchange_id)().options
    assert set(quirks.options) <= set(known), "an option that ccxt does not read"


def test_an_exchange_without_a_file_has_no_quirks() -> None:
    assert quirks_of("okx") == Quirks()

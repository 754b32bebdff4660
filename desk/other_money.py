"""Orders in symbols that are paid in other money than the account's."""

from __future__ import annotations

from decimal import Decimal

from desk.errors import MarketError
from desk.ports import Prices
from trading.limits import Breach, Denied
from trading.symbols import base_of, exchange_of, on_exchange

ONE, ZERO = Decimal(1), Decimal(0)


async def other_money(market: Prices, symbol: str, currency: str) -> Denied:
    """Refuse the symbol, and name the one in the account's currency where there is one.

    Raises UnknownSymbol for a symbol that is not listed, MarketUnavailable when nobody can tell.
    """
    what = await market.instrument(symbol)
    text = f"{symbol} is paid in {what.quote}, but the account holds {currency}"
    same = on_exchange(exchange_of(symbol), f"{base_of(symbol)}/{currency}")
    advice = f"; {same} works"
    try:
        await market.instrument(same)
    except MarketError:
        advice = f"; only symbols that end in /{currency} can be ordered"
    return Denied((Breach("currency", ONE, ZERO, text + advice),), ZERO)

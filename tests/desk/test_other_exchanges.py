"""Orders in symbols of another exchange than the default, and in other money."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from desk.errors import UnknownSymbol
from desk.messages import FILL, FillReport
from tests.fakes.paper_desk import ANNE, BTC, PaperDesk, paper_desk
from trading.bounds import Limits
from trading.limits import Denied
from trading.orders import Draft, Side

ELSEWHERE = "kraken:BTC/USDT"
D = Decimal


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[PaperDesk]:
    async with paper_desk(tmp_path) as opened:
        opened.market.set(ELSEWHERE, 27_100)
        yield opened


async def refused(desk: PaperDesk, symbol: str, side: Side = "buy", notional: str = "150") -> str:
    draft = Draft(symbol=symbol, side=side, strategy="manual", notional=D(notional))
    made = await desk.preview.price(ANNE, draft)
    assert isinstance(made, Denied), made
    return "; ".join(breach.text for breach in made.reasons)


async def test_other_money_is_refused_with_the_symbol_that_works(desk: PaperDesk) -> None:
    desk.market.set("kraken:BTC/USD", 27_000)
    desk.market.quotes_asked.clear()
    assert await refused(desk, "kraken:BTC/USD") == (
        "kraken:BTC/USD is paid in USD, but the account holds USDT; kraken:BTC/USDT works"
    )
    assert desk.market.quotes_asked == [], "no price is needed to say so"


async def test_where_no_symbol_works_the_account_s_currency_is_told(desk: PaperDesk) -> None:
    desk.market.set("kraken:ADA/EUR", 1)
    assert await refused(desk, "kraken:ADA/EUR") == (
        "kraken:ADA/EUR is paid in EUR, but the account holds USDT; only symbols that end in"
        " /USDT can be ordered"
    )


async def test_an_unknown_symbol_in_other_money_is_unknown_first(desk: PaperDesk) -> None:
    draft = Draft(symbol="kraken:NOPE/USD", side="buy", strategy="manual", notional=D(100))
    with pytest.raises(UnknownSymbol):
        await desk.preview.price(ANNE, draft)


async def test_an_order_elsewhere_is_filled_there_and_told_so(desk: PaperDesk) -> None:
    filled = await desk.buy(symbol=ELSEWHERE)
    assert filled.fill.symbol == ELSEWHERE
    position = (await desk.state()).positions["manual", ELSEWHERE]
    assert position.average_price > D(27_100)
    (told,) = await desk.told(FILL)
    report = FillReport.model_validate_json(told)
    assert (report.symbol, report.base, report.source) == (ELSEWHERE, "BTC", "kraken")


async def test_a_stop_elsewhere_is_watched_there(desk: PaperDesk) -> None:
    await desk.buy(symbol=ELSEWHERE, stop="0.03")
    desk.market.set(BTC, 20_000)
    await desk.watch.tick()
    assert ("manual", ELSEWHERE) in (await desk.state()).positions, "another exchange's price"
    desk.market.set(ELSEWHERE, 26_000)
    await desk.watch.tick()
    assert ("manual", ELSEWHERE) not in (await desk.state()).positions


async def test_one_coin_on_two_exchanges_counts_once_against_the_limit(desk: PaperDesk) -> None:
    """10 % of equity per symbol is not 10 % on each exchange."""
    for symbol in (BTC, ELSEWHERE) * 2 + (BTC,):
        await desk.buy(symbol=symbol, notional="195")
    assert "limit is 10 % per symbol" in await refused(desk, ELSEWHERE, notional="190")


@pytest.mark.parametrize("blocked", [BTC, ELSEWHERE])
async def test_a_blocked_pair_is_blocked_elsewhere_too(tmp_path: Path, blocked: str) -> None:
    async with paper_desk(tmp_path, Limits(blocked=(blocked,))) as desk:
        desk.market.set(ELSEWHERE, 27_100)
        told = await refused(desk, ELSEWHERE)
        assert told.startswith(f"{blocked} is among the symbols you block; /limits unblock")
        if blocked == ELSEWHERE:
            await desk.buy(symbol=BTC)

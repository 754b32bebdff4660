"""A proposal says when it doubles a bet that is held already, and never fails over it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bot.cards.card import WIDTH
from bot.cards.proposal import proposal_lines
from desk.facts import FactBook
from desk.lab import Lab
from desk.outcomes import Filled
from desk.research import Research
from desk.result import Result
from desk.same_bet import LOOKBACKS, PATIENCE
from desk.snapshot import Snapshot
from tests.fakes.candle_files import made_candles
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import FakeMarket
from tests.fakes.paper_desk import ANNE, BTC, ETH, PaperDesk, paper_desk
from tests.fakes.rank_market import like
from tools.context import Context
from tools.registry import discover
from trading.backtest import Rules
from trading.candles import Candles, FloatArray, Timeframe
from trading.events import EVENTS, ProposalMade
from trading.limits import Denied
from trading.orders import Draft, Proposal, Side
from trading.strategies.catalogue import built_in

H1, D1 = Timeframe.H1, Timeframe.D1
SOL, XRP = "SOL/USDT", "XRP/USDT"


def lists(market: FakeMarket, symbol: str, table: FloatArray, timeframe: Timeframe = H1) -> None:
    market.set_candles(Candles.from_rows(symbol, timeframe, table))


def base(clock: FakeClock, timeframe: Timeframe = H1, count: int = 800) -> FloatArray:
    return made_candles(timeframe, count, start=clock() - timeframe.delta * count, seed=1)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[PaperDesk]:
    """Open a desk where ETH moves with BTC, SOL against it, and XRP as it likes."""
    async with paper_desk(tmp_path) as opened:
        market, table = opened.market, base(opened.clock)
        for symbol, power, own in (
            (BTC, 1, 0),
            (ETH, 1.2, 0.002),
            (SOL, -1, 0.002),
            (XRP, 0, 1e-2),
        ):
            lists(market, symbol, like(table, power, len(symbol) + int(power), own))
        market.set(SOL, 100)
        market.set(XRP, 1)
        yield opened


async def priced(
    desk: PaperDesk, side: Side, symbol: str, strategy: str = "manual", amount: int = 50
) -> Proposal:
    draft = Draft(symbol=symbol, side=side, strategy=strategy, notional=Decimal(amount))
    made = await desk.preview.price(ANNE, draft)
    assert not isinstance(made, Denied), made
    return made


@pytest.mark.parametrize(
    ("held", "held_in", "side", "symbol", "warns"),
    [
        ("buy", BTC, "buy", ETH, True),
        ("buy", BTC, "sell", ETH, False),
        ("sell", BTC, "sell", ETH, True),
        ("sell", BTC, "buy", ETH, False),
        ("buy", BTC, "sell", SOL, True),
        ("buy", BTC, "buy", SOL, False),
        ("sell", BTC, "buy", SOL, True),
        ("buy", BTC, "buy", XRP, False),
        ("buy", XRP, "buy", BTC, False),
    ],
)
async def test_order_that_wins_and_loses_with_what_is_held_says_so(
    desk: PaperDesk, held: Side, held_in: str, side: Side, symbol: str, warns: bool
) -> None:
    await desk.buy(held, held_in, "50")
    bet = (await priced(desk, side, symbol)).same_bet
    assert (bet is not None) == warns
    if bet is not None:
        assert (bet.symbol, bet.held, bet.others) == (held_in, held, 0)
        assert (bet.correlation > 0) == (symbol == ETH)
        assert abs(bet.correlation) >= Decimal("0.8")
        assert (bet.timeframe, bet.returns) == ("1h", 720)


async def test_nothing_held_is_nothing_to_warn_of(desk: PaperDesk) -> None:
    assert (await priced(desk, "buy", ETH)).same_bet is None


async def test_more_of_the_same_symbol_is_no_other_bet(desk: PaperDesk) -> None:
    await desk.buy("buy", BTC, "50")
    assert (await priced(desk, "buy", BTC)).same_bet is None


async def test_what_only_closes_is_no_bet(desk: PaperDesk) -> None:
    await desk.buy("buy", BTC, "50")
    await desk.buy("sell", ETH, "50")
    closing = await priced(desk, "buy", ETH, amount=40)
    assert closing.opens == 0
    assert closing.same_bet is None


async def test_bets_of_another_strategy_count_and_even_ones_do_not(desk: PaperDesk) -> None:
    await desk.buy("buy", BTC, "50", strategy="analyst")
    assert (await priced(desk, "buy", ETH)).same_bet is not None
    await desk.buy("sell", BTC, "50", strategy="manual")
    assert (await priced(desk, "buy", ETH)).same_bet is None


async def test_closest_is_named_and_the_others_counted(desk: PaperDesk) -> None:
    await desk.buy("buy", ETH, "50")
    await desk.buy("sell", SOL, "50")
    await desk.buy("buy", XRP, "50")
    looser = like(base(desk.clock), 1.0, 5, own=0.004)
    lists(desk.market, ETH, looser)
    bet = (await priced(desk, "buy", BTC)).same_bet
    assert bet is not None
    assert (bet.symbol, bet.held, bet.others) == (SOL, "sell", 1)


async def test_days_stand_in_where_hours_are_too_few(desk: PaperDesk) -> None:
    await desk.buy("buy", BTC, "50")
    lists(desk.market, ETH, like(base(desk.clock), 1.0, 3)[-50:])
    assert (await priced(desk, "buy", ETH)).same_bet is None
    table = base(desk.clock, D1, 120)
    lists(desk.market, BTC, table, D1)
    lists(desk.market, ETH, like(table, 1.0, 3), D1)
    bet = (await priced(desk, "buy", ETH)).same_bet
    assert bet is not None
    assert (bet.timeframe, bet.returns) == ("1d", 119)


async def test_redenominated_coin_is_not_compared(desk: PaperDesk) -> None:
    await desk.buy("buy", BTC, "50")
    table = like(base(desk.clock), 1.0, 3)
    table[:400, 1:5] /= 1000
    lists(desk.market, ETH, table)
    assert (await priced(desk, "buy", ETH)).same_bet is None


# It never costs a proposal


@pytest.mark.parametrize("fault", ["down", "none", "broken"])
async def test_proposal_stands_when_candles_fail(
    desk: PaperDesk, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.buy("buy", BTC, "50")

    async def broken(*_: object) -> Candles:
        raise ZeroDivisionError

    if fault == "down":
        desk.market.no_candles = True
    elif fault == "none":
        desk.market._candles.clear()
    else:
        monkeypatch.setattr(desk.market, "candles", broken)
    made = await priced(desk, "buy", ETH)
    assert made.same_bet is None
    assert made.quantity > 0


async def test_candles_that_do_not_come_are_not_waited_for_long(
    desk: PaperDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.buy("buy", BTC, "50")
    await desk.buy("buy", XRP, "50")
    whole = desk.market.candles

    async def slow(symbol: str, timeframe: Timeframe, end: datetime, count: int) -> Candles:
        if symbol == XRP:
            await asyncio.Event().wait()
        return await whole(symbol, timeframe, end, count)

    monkeypatch.setattr(desk.market, "candles", slow)
    monkeypatch.setattr("desk.same_bet.PATIENCE", 0.05)
    bet = (await asyncio.wait_for(priced(desk, "buy", ETH), 5)).same_bet
    assert bet is not None, "what is known is told"
    assert bet.symbol == BTC
    assert PATIENCE <= 1.0


async def test_quick_refusal_does_not_wait_for_candles(
    desk: PaperDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.buy("buy", BTC, "50")

    async def never(*_: object) -> Candles:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(desk.market, "candles", never)
    monkeypatch.setattr("desk.same_bet.PATIENCE", 60.0)
    draft = Draft(symbol=ETH, side="buy", strategy="manual", notional=Decimal(9_000))
    assert isinstance(await asyncio.wait_for(desk.preview.price(ANNE, draft), 30), Denied)
    leftover = [one for one in asyncio.all_tasks() if "ties" in str(one.get_coro())]
    await asyncio.gather(*leftover, return_exceptions=True)
    assert all(one.cancelled() for one in leftover)


async def test_only_candles_of_the_moment_are_asked_for(desk: PaperDesk) -> None:
    asked: list[tuple[str, Timeframe, int]] = []
    whole = desk.market.candles

    async def counted(symbol: str, timeframe: Timeframe, end: datetime, count: int) -> Candles:
        asked.append((symbol, timeframe, count))
        assert end == desk.clock()
        return await whole(symbol, timeframe, end, count)

    await desk.buy("buy", BTC, "50")
    await desk.buy("buy", XRP, "50")
    desk.market.candles = counted  # type: ignore[method-assign] # a spy
    await priced(desk, "buy", ETH)
    assert sorted(asked) == sorted((symbol, *LOOKBACKS[0]) for symbol in (BTC, ETH, XRP))


# Frozen with the proposal


async def test_it_is_recorded_with_the_proposal_and_stays_on_its_half(desk: PaperDesk) -> None:
    await desk.buy("buy", BTC, "50")
    offered = await desk.propose("buy", ETH, "100")
    assert offered.same_bet is not None
    state = await desk.state()
    assert state.proposals[offered.id].proposal.same_bet == offered.same_bet
    desk.market.no_candles = True
    half = await desk.preview.half(ANNE, offered.id)
    assert isinstance(half, Proposal)
    assert half.same_bet == offered.same_bet


async def test_half_says_nothing_of_a_bet_that_is_gone(desk: PaperDesk) -> None:
    held = await desk.buy("buy", BTC, "50")
    offered = await desk.propose("buy", ETH, "100")
    position = (await desk.state()).positions["manual", BTC]
    assert held.fill.symbol == BTC
    assert isinstance(await desk.confirm.close(ANNE, position.id), Filled)
    half = await desk.preview.half(ANNE, offered.id)
    assert isinstance(half, Proposal)
    assert half.same_bet is None


async def test_log_of_before_is_read_as_it_was(desk: PaperDesk) -> None:
    offered = await desk.propose("buy", ETH, "100")
    old = json.loads(EVENTS.dump_json(ProposalMade(proposal=offered)))
    assert old["proposal"].pop("same_bet") is None
    assert EVENTS.validate_json(json.dumps(old)) == ProposalMade(proposal=offered)


async def test_restart_restores_it_from_the_log(desk: PaperDesk, tmp_path: Path) -> None:
    await desk.buy("buy", BTC, "50")
    offered = await desk.propose("buy", ETH, "100")
    later = PaperDesk(tmp_path / "conclave.db", desk.market, desk.clock)
    again = (await later.state()).proposals[offered.id].proposal
    assert again == offered
    await later.file.close()


# What is shown


async def test_card_shows_a_line(desk: PaperDesk) -> None:
    await desk.buy("buy", BTC, "50")
    lines = proposal_lines(await priced(desk, "buy", ETH)).splitlines()
    at = lines.index(" moves with BTC/USDT,")
    assert lines[at + 1].startswith("   held long (0.9")
    assert max(map(len, lines)) <= WIDTH
    lines = proposal_lines(await priced(desk, "sell", SOL)).splitlines()
    at = lines.index(" moves against BTC/USDT,")
    assert lines[at + 1].startswith("   held long (−0.9")


async def called(desk: PaperDesk, name: str, **said: object) -> Result:
    lab = Lab()
    research = Research(Snapshot(desk.market, desk.clock()), lab, Rules(), built_in())
    context = Context(ANNE, research, desk.preview, desk.portfolios, FactBook(), "analyst")
    try:
        return await discover()[name].call(context, said)
    finally:
        lab.close()


@pytest.mark.parametrize("name", ["propose_order", "risk_check"])
async def test_tools_tell_it_as_a_fact_and_in_words(desk: PaperDesk, name: str) -> None:
    lists(desk.market, ETH, made_candles(D1, 400, start=desk.clock() - D1.delta * 400), D1)
    label = "Correlation with BTC/USDT, held long"
    before = await called(desk, name, symbol=ETH, side="buy", notional=50)
    assert label not in {fact.label for fact in before.facts}
    await desk.buy("buy", BTC, "50")
    after = await called(desk, name, symbol=ETH, side="buy", notional=50)
    (fact,) = [fact for fact in after.facts if fact.label == label]
    assert isinstance(fact.value, Decimal)
    assert 0.9 < fact.value < 1
    assert "moves with BTC/USDT, held long" in after.note
    assert "much the same bet again" in after.note

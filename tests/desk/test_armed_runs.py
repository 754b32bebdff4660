"""What an armed strategy proposes, refuses, waits for and tells, at each close once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import pytest

from desk.armed_runs import PATIENCE
from desk.exposures import exposure_of
from desk.messages import EXPIRED
from desk.outcomes import Filled, Refused
from tests.fakes.candle_files import made_candles
from tests.fakes.paper_desk import ANNE, BTC, new_id
from tests.fakes.watch_desk import H1, Tape, WatchDesk, draft, rows, watch_desk
from trading.bounds import Limits
from trading.candles import Candles, FloatArray, Timeframe
from trading.events import TradingPaused, WatchStalled
from trading.orders import Proposal
from trading.strategies.base import Strategy
from trading.strategies.catalogue import built_in

RISES = [100.0, 101, 102, 103, 104, 105]
FALLS = [104.0, 102, 100, 98, 96]


class Torn(Strategy):
    """Can't be run."""

    name: ClassVar[str] = "torn"
    title: ClassVar[str] = "Torn"
    summary: ClassVar[str] = "Raises."

    @property
    def warm_up(self) -> int:
        return 0

    def signal(self, candles: Candles) -> FloatArray:
        raise ZeroDivisionError


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[WatchDesk]:
    async with watch_desk(tmp_path, own=[Torn]) as opened:
        yield opened


async def _closes(desk: WatchDesk, tape: Tape, count: int = 1, late: float = 1) -> None:
    for _ in range(count):
        tape.goes_on(late=late)
        await desk.watch.tick()
        await desk.armed.look()


async def _offered(desk: WatchDesk) -> Proposal:
    (proposal,) = (await desk.state()).waiting.values()
    return proposal


async def test_signal_becomes_a_proposal_that_one_tap_fills_into_the_watchs_own_book(
    desk: WatchDesk,
) -> None:
    tape = Tape(desk, rows(RISES))
    watch = await desk.arm(draft(stop="0.02", target="0.06"))
    await _closes(desk, tape, 3)
    (notice,) = await desk.notices()
    proposal = await _offered(desk)
    assert notice.proposal == proposal
    assert (proposal.strategy, proposal.side) == (watch.name, "buy")
    assert proposal.notional == pytest.approx(Decimal(200), abs=1)
    outcomes = [await desk.confirm.confirm(ANNE, proposal.id) for _ in range(2)]
    assert isinstance(outcomes[0], Filled)
    assert isinstance(outcomes[1], Refused)
    (view,) = await desk.watches.view(ANNE)
    assert view.position is not None
    assert view.position.strategy == watch.name
    assert view.profit < 0, "the fee is paid"
    assert view.equity == Decimal(10_000) + view.profit
    kinds = sorted(order.kind for order in (await desk.state()).orders.values())
    assert kinds == ["stop", "target"]
    assert await desk.armed.look()
    assert [run.act for run in await desk.runs()] == ["stay", "enter"]


async def test_unanswered_proposal_expires_and_is_not_repeated_until_the_signal_changes(
    desk: WatchDesk,
) -> None:
    tape = Tape(desk, rows(RISES + FALLS + [97, 99, 102, 105]))
    await desk.arm(draft())
    await _closes(desk, tape, 3)
    desk.clock.move(minutes=61)
    await desk.watch.tick()
    assert len(await desk.waiting(EXPIRED)) == 1
    await _closes(desk, tape, 3)
    assert len(await desk.notices()) == 1
    await _closes(desk, tape, 8)
    assert [one.exposure > 0 for one in await desk.notices()] == [True, True]


async def test_rejected_exit_is_not_asked_again(desk: WatchDesk) -> None:
    tape = Tape(desk, rows(RISES + FALLS))
    await desk.arm(draft())
    await _closes(desk, tape, 3)
    await desk.confirm.confirm(ANNE, (await _offered(desk)).id)
    await _closes(desk, tape, 5)
    leaving = await _offered(desk)
    assert leaving.reduce_only
    await desk.confirm.reject(ANNE, leaving.id)
    await _closes(desk, tape, 3)
    assert (await desk.state()).waiting == {}
    assert (await desk.state()).positions


async def test_newer_signal_withdraws_what_an_older_one_proposed(desk: WatchDesk) -> None:
    """On short candles a proposal lives longer than its signal."""
    tape = Tape(desk, rows(RISES + FALLS), Timeframe.M1)
    await desk.arm(draft(timeframe=Timeframe.M1))
    await _closes(desk, tape, 3)
    first = await _offered(desk)
    await _closes(desk, tape, 5)
    refused = await desk.confirm.confirm(ANNE, first.id)
    assert isinstance(refused, Refused)
    assert refused.code in ("replaced", "expired")
    assert (await desk.state()).positions == {}


async def test_turn_closes_and_opens_the_other_side_in_one_order(desk: WatchDesk) -> None:
    tape = Tape(desk, rows(RISES + FALLS))
    await desk.arm(draft(short=True), auto=True)
    await _closes(desk, tape, 3)
    await _closes(desk, tape, 5)
    (position,) = (await desk.state()).positions.values()
    assert position.quantity < 0
    assert [run.act for run in await desk.runs() if run.act != "stay"] == ["enter", "turn"]
    assert await desk.notices() == [], "fills tell themselves"


async def test_only_the_newest_close_counts_after_an_absence_and_the_rest_is_told(
    desk: WatchDesk,
) -> None:
    tape = Tape(desk, rows(RISES))
    await desk.arm(draft())
    await _closes(desk, tape, 2)
    tape.goes_on(4, late=600)
    await desk.armed.look()
    (notice,) = await desk.notices()
    assert (notice.missed, notice.proposal is not None) == (3, True)
    assert [run.missed for run in await desk.runs()] == [0, 3]


async def test_no_order_on_a_candle_that_is_not_the_newest(desk: WatchDesk) -> None:
    tape = Tape(desk, rows(RISES))
    await desk.arm(draft())
    await _closes(desk, tape, 2)
    tape.goes_on()
    desk.clock.move(hours=1, seconds=5)
    for _ in range(3):
        assert not await desk.armed.look()
    assert (len(await desk.runs()), await desk.stalls()) == (1, [])
    desk.clock.now += PATIENCE
    for _ in range(3):
        await desk.armed.look()
    (stall,) = await desk.stalls()
    assert "no 1h candle of BTC/USDT since" in stall.reason
    desk.clock.move(hours=5)
    await desk.armed.look()
    assert len(await desk.stalls()) == 1, "told once, not at each candle"
    tape.goes_on(2, late=1)
    desk.clock.now = tape.candles.last_close_time + timedelta(seconds=1)
    await desk.armed.look()
    assert (await desk.record()).stalled is None


async def test_missing_price_is_waited_for_and_told_once(desk: WatchDesk) -> None:
    tape = Tape(desk, rows(RISES))
    await desk.arm(draft(), auto=True)
    await _closes(desk, tape, 2)
    desk.market.down.add(BTC)
    tape.goes_on(late=1)
    assert not await desk.armed.look()
    desk.clock.now += PATIENCE
    assert not await desk.armed.look()
    assert not await desk.armed.look()
    assert len(await desk.stalls()) == 1
    assert len(await desk.runs()) == 1
    desk.market.down.clear()
    assert await desk.armed.look()
    assert len((await desk.state()).positions) == 1


async def test_order_is_cut_to_the_limits_and_says_so(desk: WatchDesk) -> None:
    tape = Tape(desk, rows(RISES))
    await desk.arm(draft(size="0.5"))
    await _closes(desk, tape, 3)
    (notice,) = await desk.notices()
    assert notice.told[0].startswith("Cut to what your limits allow: The order opens 49")
    assert Decimal(190) < (await _offered(desk)).notional <= Decimal(200)


async def test_denied_signal_is_told_once_and_the_watch_stays_armed(tmp_path: Path) -> None:
    async with watch_desk(tmp_path, Limits(blocked=(BTC,))) as desk:
        tape = Tape(desk, rows(RISES))
        await desk.arm(draft())
        await _closes(desk, tape, 6)
        (notice,) = await desk.notices()
        assert notice.proposal is None
        assert "among the symbols you block" in notice.told[0]
        assert (await desk.state()).watches.keys() == {"w1"}


async def test_paused_watch_enters_nothing_quietly_and_still_leaves(desk: WatchDesk) -> None:
    tape = Tape(desk, rows(RISES + FALLS + [97, 99, 102, 105]))
    await desk.arm(draft(), auto=True)
    await _closes(desk, tape, 3)
    await desk.watches.pause(ANNE, "w1")
    await _closes(desk, tape, 6)
    assert (await desk.state()).positions == {}
    await _closes(desk, tape, 6)
    assert (await desk.state()).positions == {}
    assert await desk.notices() == []
    acts = [run.act for run in await desk.runs() if run.act != "stay"]
    assert acts == ["enter", "leave", "enter"]


async def test_own_drawdown_limit_pauses_the_watch_alone(desk: WatchDesk) -> None:
    tape = Tape(desk, rows(RISES))
    await desk.arm(draft(drawdown="0.001"), auto=True)
    await _closes(desk, tape, 3)
    desk.clock.move(seconds=10)
    await desk.watch.tick()
    desk.clock.move(seconds=10)
    desk.market.set(BTC, 90)
    await desk.watch.tick()
    paused = [one.event for one in await desk.log.read(ANNE)]
    scopes = [event.scope for event in paused if isinstance(event, TradingPaused)]
    watch = (await desk.record()).watch
    assert scopes == [watch.scope]
    (view,) = await desk.watches.view(ANNE)
    assert view.paused is not None
    assert view.paused.startswith("drawdown")
    assert view.limit == Decimal("0.001")
    await desk.watches.resume(ANNE, "w1")
    assert (await desk.watches.view(ANNE))[0].paused is None


async def test_auto_order_that_found_no_price_is_made_again_at_the_next_close(
    desk: WatchDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tape = Tape(desk, rows(RISES))
    await desk.arm(draft(), auto=True)
    await _closes(desk, tape, 2)

    async def no_price(account_id: str, proposal_id: str) -> Refused:
        return Refused("no price", "market")

    with monkeypatch.context() as patch:
        patch.setattr(desk.confirm, "confirm", no_price)
        await _closes(desk, tape)
    proposal = await _offered(desk)
    desk.clock.move(minutes=10)
    await desk.watch.tick()
    assert (await desk.state()).proposals[proposal.id].state == "expired"
    await _closes(desk, tape)
    assert len((await desk.state()).positions) == 1


async def test_auto_order_is_finished_by_the_next_life(
    desk: WatchDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tape = Tape(desk, rows(RISES))
    await desk.arm(draft(), auto=True)
    await _closes(desk, tape, 2)

    async def dies(account_id: str, proposal_id: str) -> Refused:
        raise KeyboardInterrupt

    monkeypatch.setattr(desk.confirm, "confirm", dies)
    with pytest.raises(KeyboardInterrupt):
        await _closes(desk, tape)
    next_life = WatchDesk(desk.file.path, desk.market, desk.clock)
    await next_life.armed.look()
    assert len((await next_life.state()).positions) == 1
    await next_life.close()


async def test_persons_own_order_in_an_auto_watch_is_never_confirmed_for_them(
    desk: WatchDesk,
) -> None:
    tape = Tape(desk, rows(RISES))
    watch = await desk.arm(draft(), auto=True)
    await _closes(desk, tape, 3)
    await desk.propose("sell", BTC, "50", strategy=watch.name)
    await desk.armed.look()
    assert (await _offered(desk)).side == "sell"


async def test_strategy_that_raises_is_told_once_and_tried_at_the_next_close(
    desk: WatchDesk, caplog: pytest.LogCaptureFixture
) -> None:
    tape = Tape(desk, rows(RISES))
    await desk.arm(draft("torn", {}))
    await desk.arm(draft(), card="other")
    await _closes(desk, tape)
    await desk.armed.look()
    assert caplog.text.count("the strategy torn failed") == 1
    await _closes(desk, tape)
    (stall,) = await desk.stalls()
    assert stall.reason == "Torn failed (ZeroDivisionError)."
    assert [view.last_run for view in await desk.watches.view(ANNE)] == [
        None,
        tape.candles.last_close_time,
    ]
    assert await desk.events(WatchStalled(watch_id="", reason="").kind) == ["watch_stalled"]


async def test_strategy_that_is_gone_is_told(desk: WatchDesk) -> None:
    tape = Tape(desk, rows(RISES))
    await desk.arm(draft("own_rule", {}))
    await _closes(desk, tape, 2)
    (stall,) = await desk.stalls()
    assert "'own_rule' is no strategy" in stall.reason


@pytest.mark.parametrize("name", sorted(built_in().singles))
async def test_every_strategy_says_what_its_backtest_sees_at_the_last_candle(
    desk: WatchDesk, name: str
) -> None:
    """The AI-driven momentum and the forecast among them."""
    candles = Candles.from_rows(BTC, H1, made_candles(H1, 560, seed=5))
    strategy = desk.catalogue.make(name)
    assert isinstance(strategy, Strategy)
    said = await exposure_of(desk.lab, new_id(), candles, strategy)
    assert float(said) == strategy.signal(candles)[-1]

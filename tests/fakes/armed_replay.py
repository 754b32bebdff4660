"""An armed strategy lived through close by close, beside its backtest on the same candles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from desk.terms import Terms
from desk.watches import WatchDraft
from tests.fakes.candle_files import made_candles
from tests.fakes.paper_desk import ANNE
from tests.fakes.watch_desk import Tape, WatchDesk, draft, watch_desk
from trading.backtest import BacktestResult, Rules, backtest_strategy
from trading.bounds import Limits
from trading.candles import Timeframe, from_ms, to_ms
from trading.events import OrderFilled
from trading.orders import Fill
from trading.strategies.base import Strategy

Step = tuple[int, str]  # the candle, and what was done in it
LOOSE = Limits(
    max_order_fraction=Decimal(1),
    max_symbol_fraction=Decimal(10),
    max_loss_fraction=Decimal(1),
    daily_loss=Decimal(1),
    strategy_drawdown=Decimal("0.99"),
    account_drawdown=Decimal("0.99"),
    max_leverage_crypto=Decimal(20),
)
CASES = {
    "long only": draft("ema_cross", {"fast": "3", "slow": "8"}, size="0.9"),
    "long and short": draft("ema_cross", {"fast": "3", "slow": "8"}, size="0.9", short=True),
    "stop and target": draft(
        "momentum", {"lookback": "10"}, size="0.5", stop="0.015", target="0.02", short=True
    ),
    "holding period": draft("donchian_breakout", {}, size="0.5", hold=5, short=True),
    "parts of a signal": draft("volatility_target", {"window": "10", "trend": "15"}, size="0.9"),
}


@dataclass(frozen=True)
class Replay:
    """What the desk did and heard at each close, and what the backtest did and heard."""

    lived: list[Step]
    tested: list[Step]
    heard: list[float]
    signal: list[float]
    told: int


async def replay(folder: Path, asked: WatchDraft, count: int, seed: int = 3) -> Replay:
    """Arm a draft to fill by itself and let `count` made candles close, one by one."""
    async with watch_desk(folder, LOOSE, Terms(slippage=Decimal(0))) as desk:
        tape = Tape(desk, made_candles(Timeframe.H1, count, seed=seed, hourly_volatility=0.01))
        strategy = desk.catalogue.make(asked.strategy, asked.parameters)
        assert isinstance(strategy, Strategy)
        whole = replace(asked, parameters={name: str(value) for name, value in strategy})
        await desk.arm(whole, auto=True)
        heard = []
        for _ in range(count - 1):
            held = (await desk.state()).positions.values()
            tape.low_first = all(one.quantity > 0 for one in held)
            tape.goes_on()
            await desk.watch.tick()
            await desk.armed.look()
            heard.append(float((await desk.record()).exposure))
        tape.shown = count
        result = backtest_strategy(tape.candles, strategy, _rules(asked))
        return Replay(
            await _lived(desk, tape),
            _tested(result, tape),
            heard,
            strategy.signal(tape.candles)[: count - 1].tolist(),
            len(await desk.notices()),
        )


def _tested(result: BacktestResult, tape: Tape) -> list[Step]:
    steps: list[Step] = []
    for trade in result.trades:
        steps.append((_place(tape, trade.entered_at), f"enter {trade.side}"))
        # The last candle is still open for the desk: only what was done at its open is known.
        known = trade.reason in ("signal", "time") or _place(tape, trade.left_at) < tape.shown - 1
        steps += [(_place(tape, trade.left_at), "leave")] if known else []
    if result.open_position is not None:
        entered = _place(tape, result.open_position.entered_at)
        steps.append((entered, f"enter {result.open_position.side}"))
    return steps


def _rules(asked: WatchDraft) -> Rules:
    return Rules(
        slippage=0.0,
        stop_fraction=float(asked.stop) if asked.stop else None,
        target_fraction=float(asked.target) if asked.target else None,
        hold_candles=asked.hold,
        allow_short=asked.short,
        tick=0.01,
        lot=0.00001,
    )


async def _lived(desk: WatchDesk, tape: Tape) -> list[Step]:
    """Return the desk's fills as entries and exits; what only changes the size is neither."""
    held, found = Decimal(0), []
    for recorded in await desk.log.read(ANNE):
        if not isinstance(recorded.event, OrderFilled):
            continue
        fill = recorded.event.fill
        before, held = held, held + fill.quantity * (1 if fill.side == "buy" else -1)
        place = _place(tape, fill.at)
        if before * held <= 0 and before:
            found.append((_left(place, fill, tape), "leave"))
        if before * held <= 0 and held:
            found.append((place, f"enter {'long' if held > 0 else 'short'}"))
    return found


def _left(place: int, fill: Fill, tape: Tape) -> int:
    """Place an exit in its candle; one inside a candle is known, at the latest, at its close."""
    inside = fill.reason in ("stop", "target")
    at_close = to_ms(fill.at) == int(tape.table[place, 0])
    return place - 1 if inside and at_close else place


def _place(tape: Tape, at: datetime) -> int:
    first = from_ms(int(tape.table[0, 0]))
    return (at - first) // Timeframe.H1.delta

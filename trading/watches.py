"""Watches: strategies that a person armed on a symbol, each with a book of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from trading.candles import Timeframe
from trading.orders import Frozen
from trading.scope import strategy_scope

Way = Literal[-1, 0, 1]
Act = Literal["stay", "leave", "enter", "turn", "resize"]
DUST = Decimal("1e-9")  # an exposure below it is flat, as in a backtest


class Watch(Frozen):
    """A strategy that is run at each close of a symbol's candles.

    `id` is `w` and the number of the account's watch, never used again; `card`: of the card by
    which it was armed. `parameters` are all of the strategy's, as they can be typed. `size` is the
    share of its own equity that a full signal holds; `stop`, `target` and `trail` are distances as
    fractions (None: no such exit), `hold` the longest holding period in candles. Without `short` a
    sell signal means flat. `drawdown`: a limit tighter than the account's for strategies.
    `auto`: what it proposes fills by itself; otherwise each proposal waits for a tap.
    """

    id: str
    card: str
    symbol: str
    timeframe: Timeframe
    strategy: str
    parameters: dict[str, str]
    size: Decimal
    stop: Decimal | None
    target: Decimal | None
    trail: Decimal | None
    hold: int | None
    short: bool
    drawdown: Decimal | None
    auto: bool
    armed_at: datetime

    @property
    def name(self) -> str:
        """What it is called among the account's strategies; unique for ever."""
        return f"{self.id} {self.strategy} {self.symbol} {self.timeframe}"

    @property
    def scope(self) -> str:
        """What its drawdown and pauses are counted for."""
        return strategy_scope(self.name)

    def way(self, exposure: Decimal) -> Way:
        """Return the side that it wants to hold at an exposure."""
        if exposure > DUST:
            return 1
        return -1 if exposure < -DUST and self.short else 0


@dataclass(frozen=True)
class WatchRecord:
    """A watch and how far it is.

    `exposure` is what its strategy said at the close `ran_at`, and has said since the close
    `since`. `blocked`: the side that something else than the signal ended; it is not entered again
    before the signal has turned away from it. `proposal_id`: what it last proposed, `by_itself` to
    be filled without a tap, when it `held` so many signed base units (None: not recorded).
    `stalled`: why it could not be run since then. A close at which nothing changed moves nothing.
    """

    watch: Watch
    exposure: Decimal = Decimal(0)
    ran_at: datetime | None = None
    since: datetime | None = None
    blocked: Way = 0
    proposal_id: str | None = None
    by_itself: bool = False
    held: Decimal | None = None
    stalled: str | None = None

    @property
    def seen_until(self) -> datetime:
        """Closes after this moment are to be run."""
        return self.ran_at or self.watch.armed_at


def watch_id(number: int) -> str:
    """Name the account's watch of this number."""
    return f"w{number}"


def watch_named(records: Iterable[WatchRecord], name: str) -> WatchRecord | None:
    """Find a watch by its name among strategies."""
    return next((one for one in records if one.watch.name == name), None)


def act(record: WatchRecord, exposure: Decimal, held: Decimal, *, over: bool, again: bool) -> Act:
    """Return what a watch is to do when its strategy says `exposure` at a close.

    The rules of trading.simulation: it acts when the signal has changed, enters a side that was
    stopped out only after the signal has turned away from it, and leaves when the holding period
    is `over`. `held`: signed base units; `again`: what it last wanted did not come about, so the
    signal counts as changed. "turn": leave, then enter the other side.
    """
    side: Way = 0 if held == 0 else (1 if held > 0 else -1)
    wanted = record.watch.way(exposure)
    turned = again or exposure != record.exposure
    blocked = record.blocked if wanted == record.blocked else 0
    if side and (over or (turned and wanted != side)):
        if wanted in (0, side) or not turned:
            return "leave"
        return "turn"
    if not turned or not wanted or blocked:
        return "stay"
    if not side:
        return "enter"
    return "resize" if wanted == side else "stay"

"""Profit from fills: by day, week or month, by symbol and by strategy; exact, and it balances.

A trade is the life of a position, from the fill that opens it to the one that closes it or turns
it round. It counts on the day (UTC) on which it ended, with all that was realised and all fees of
its fills; the fee of a fill that turns a position is shared in proportion to both parts. What a
partial close realises counts on its own day, before the trade has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Literal, TypeVar

from trading.account import Key
from trading.holding import EXACT, SHARE, Holding, trade
from trading.orders import Fill, sign

Period = Literal["day", "week", "month"]
Name = TypeVar("Name", date, str)
ZERO = Decimal(0)
MONDAY = 1


@dataclass(frozen=True)
class Profit:
    """What fills brought, quote units; `realised` is before the `fees` of all of them.

    `trades` have ended, `wins` of them with a gain after fees; `best` and `worst` are the results
    of one trade after fees, None without any.
    """

    realised: Decimal = ZERO
    fees: Decimal = ZERO
    fills: int = 0
    trades: int = 0
    wins: int = 0
    best: Decimal | None = None
    worst: Decimal | None = None

    @property
    def net(self) -> Decimal:
        """Realised profit after fees."""
        return EXACT.subtract(self.realised, self.fees)

    def plus(self, other: Profit) -> Profit:
        """Add up two sets of fills."""
        bests = [best for best in (self.best, other.best) if best is not None]
        worsts = [worst for worst in (self.worst, other.worst) if worst is not None]
        return Profit(
            EXACT.add(self.realised, other.realised),
            EXACT.add(self.fees, other.fees),
            self.fills + other.fills,
            self.trades + other.trades,
            self.wins + other.wins,
            max(bests, default=None),
            min(worsts, default=None),
        )


@dataclass(frozen=True)
class Cell:
    """A day (UTC), strategy and symbol: the finest that profit is told apart by."""

    day: date
    strategy: str
    symbol: str


@dataclass(frozen=True)
class OpenTrade:
    """What is held, and what its fills have brought so far after fees."""

    holding: Holding
    net: Decimal


@dataclass(frozen=True)
class Tally:
    """The profit of all fills up to some moment, and the trades that had not ended then."""

    cells: Mapping[Cell, Profit]
    trades: Mapping[Key, OpenTrade]

    def total(self, since: date | None = None) -> Profit:
        """Add up everything, or what came on the day `since` and later."""
        return _sum(profit for cell, profit in self.cells.items() if not since or cell.day >= since)

    def by_period(self, period: Period) -> dict[date, Profit]:
        """Return the profit by the first day of each period with fills, oldest first."""
        return _group(self.cells, lambda cell: first_day(period, cell.day))

    def by_symbol(self, since: date | None = None) -> dict[str, Profit]:
        """Return the profit of each symbol with fills on the day `since` or later, by name."""
        return _group(_later(self.cells, since), lambda cell: cell.symbol)

    def by_strategy(self, since: date | None = None) -> dict[str, Profit]:
        """Return the profit of each strategy with fills on the day `since` or later, by name."""
        return _group(_later(self.cells, since), lambda cell: cell.strategy)


NOTHING = Tally(MappingProxyType({}), MappingProxyType({}))


def tally(fills: Iterable[Fill], start: Tally = NOTHING) -> Tally:
    """Add fills to a tally, in the order in which the account's log holds them."""
    cells, trades = dict(start.cells), dict(start.trades)
    for fill in fills:
        key = (fill.strategy, fill.symbol)
        ended, left = _step(trades.get(key), fill)
        if left is None:
            trades.pop(key, None)
        else:
            trades[key] = left
        cell = Cell(fill.at.astimezone(UTC).date(), fill.strategy, fill.symbol)
        cells[cell] = cells.get(cell, Profit()).plus(_of(fill, ended))
    return Tally(MappingProxyType(cells), MappingProxyType(trades))


def first_day(period: Period, day: date) -> date:
    """Return the first day of the day, the ISO week (from Monday) or the month around `day`."""
    if period == "week":
        return day - timedelta(days=day.isoweekday() - MONDAY)
    return day.replace(day=1) if period == "month" else day


def _step(open_trade: OpenTrade | None, fill: Fill) -> tuple[Decimal | None, OpenTrade | None]:
    """Return the result of the trade that a fill ends, and the trade that it leaves open."""
    before = open_trade or OpenTrade(Holding(), ZERO)
    held = before.holding.quantity
    after = trade(before.holding, sign(fill.side) * fill.quantity, fill.price).holding
    gained = EXACT.subtract(EXACT.add(before.net, fill.realised), fill.fee)
    if held == 0 or held * after.quantity > 0:
        return None, OpenTrade(after, gained)
    if after.quantity == 0:
        return gained, None
    own = _share(fill.fee, abs(after.quantity), fill.quantity)
    return EXACT.add(gained, own), OpenTrade(after, -own)


def _share(fee: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    return EXACT.divide(EXACT.multiply(fee, part), whole).quantize(SHARE, context=EXACT)


def _of(fill: Fill, ended: Decimal | None) -> Profit:
    if ended is None:
        return Profit(fill.realised, fill.fee, 1)
    return Profit(fill.realised, fill.fee, 1, 1, int(ended > 0), ended, ended)


def _later(cells: Mapping[Cell, Profit], since: date | None) -> Mapping[Cell, Profit]:
    if since is None:
        return cells
    return {cell: profit for cell, profit in cells.items() if cell.day >= since}


def _group(cells: Mapping[Cell, Profit], name_of: Callable[[Cell], Name]) -> dict[Name, Profit]:
    groups: dict[Name, Profit] = {}
    for cell, profit in cells.items():
        name = name_of(cell)
        groups[name] = groups.get(name, Profit()).plus(profit)
    return dict(sorted(groups.items()))


def _sum(profits: Iterable[Profit]) -> Profit:
    total = Profit()
    for profit in profits:
        total = total.plus(profit)
    return total

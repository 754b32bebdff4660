"""What a morning briefing says; fractions as 0.01, money in `currency`, times UTC."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from trading.orders import Frozen

BRIEFING = "briefing"


class HeldLine(Frozen):
    """A position; `kind` says whether its price is fresh ("quote"), the "last" or the "entry"."""

    symbol: str
    quantity: Decimal
    unrealised: Decimal
    unrealised_fraction: Decimal
    price: Decimal
    price_at: datetime
    kind: str


class LimitLine(Frozen):
    """The limit that is nearest; `used` and `bound` as fractions, times or counts."""

    name: str
    used: Decimal
    bound: Decimal
    unit: Literal["fraction", "times", "count"]


class MoverLine(Frozen):
    """A symbol's price, and its change against the close a day before."""

    symbol: str
    price: Decimal
    at: datetime
    change: Decimal
    source: str


class HeadlineLine(Frozen):
    """A headline in its own words; `link` an address or ""."""

    title: str
    link: str
    source: str
    at: datetime


class MoodLine(Frozen):
    """The news mood in [-1, 1]; None: too few headlines. `read_by` scored them."""

    value: float | None
    count: int
    hours: int
    read_by: str


class CallLine(Frozen):
    """A verdict of the last days; `before` is the stance before it, "" for none.

    `change`: of the price since then, None where one of the two prices is not known. `times`: how
    often it was asked.
    """

    symbol: str
    timeframe: str
    stance: str
    before: str
    at: datetime
    change: Decimal | None
    times: int = 1


class Briefing(Frozen):
    """One briefing. `day`, `due_at` None: it was asked for; `late`: it comes after its time.

    `missing` are symbols without a price, `market_down`: none could be had at all. `listed`: the
    movers are the person's own list. `calls_in_all`: verdicts of the last `calls_days`; `calls` has
    the newest of each symbol and timeframe.
    """

    kind: Literal["briefing"] = "briefing"
    account_id: str
    at: datetime
    day: date | None
    due_at: datetime | None
    zone: str
    offset_minutes: int
    late: bool
    currency: str
    equity: Decimal
    day_profit: Decimal
    day_fraction: Decimal
    profit_fraction: Decimal
    fresh: bool
    held: tuple[HeldLine, ...]
    held_in_all: int
    waiting_orders: int
    nearest: LimitLine | None
    paused: bool
    watches: int
    listed: bool
    movers: tuple[MoverLine, ...]
    missing: tuple[str, ...]
    market_down: bool
    mood: MoodLine | None
    headlines: tuple[HeadlineLine, ...]
    news_note: str
    calls: tuple[CallLine, ...]
    calls_in_all: int = 0
    calls_days: int = 0
    source: str
    demo: bool

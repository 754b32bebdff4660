"""The parts of a briefing, each gathered by itself: what fails leaves the others alone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from desk.briefing import CallLine, HeadlineLine, HeldLine, LimitLine, MoodLine, MoverLine
from desk.limit_use import LimitUse
from desk.portfolio import Portfolio
from trading.account import AccountState
from trading.candles import Timeframe, from_ms
from trading.errors import ConclaveError
from trading.scope import ACCOUNT

if TYPE_CHECKING:
    from desk.research import Research

log = logging.getLogger(__name__)
MARKET_SECONDS = 30.0
NEWS_SECONDS = 30.0
MOST_SYMBOLS = 12
MOST_HELD = 4
MOST_HEADLINES = 2
MOST_CALLS = 4
DAY = timedelta(days=1)
GAP = timedelta(hours=3)  # between "a day ago" and the close that stands for it
LEADERS = ("BTC/USDT", "ETH/USDT")
EXACTLY = Decimal("0.000001")


@dataclass(frozen=True)
class PastCall:
    """A verdict of the past: its stance, and the price that it was made at (None: not known)."""

    symbol: str
    timeframe: str
    stance: str
    at: datetime
    price: Decimal | None


class PastCalls(Protocol):
    """What was decided on an account's questions."""

    async def of(self, account_id: str, since: datetime) -> Sequence[PastCall]:
        """Return the decisions since then, newest first."""


def symbols_of(
    state: AccountState, listed: Sequence[str], calls: Sequence[PastCall]
) -> tuple[str, ...]:
    """Return the person's list; without one what is held, waited for and was asked about."""
    held = sorted(state.symbols)
    orders = sorted({order.symbol for order in state.orders.values()})
    armed = sorted({one.alert.symbol for one in state.alerts.values()})
    asked = [call.symbol for call in calls]
    own = dict.fromkeys((*held, *orders, *armed, *asked))
    return (tuple(listed) or tuple(own) or LEADERS)[:MOST_SYMBOLS]


def held_lines(view: Portfolio) -> tuple[HeldLine, ...]:
    """Return the largest positions."""
    largest = sorted(view.holdings, key=lambda held: -held.notional)[:MOST_HELD]
    return tuple(
        HeldLine(
            symbol=held.position.symbol,
            quantity=held.position.quantity,
            unrealised=held.unrealised,
            unrealised_fraction=held.unrealised_fraction,
            price=held.mark.price,
            price_at=held.mark.at,
            kind=held.mark.kind,
        )
        for held in largest
    )


def nearest_limit(use: LimitUse) -> LimitLine | None:
    """Return the limit of which the largest share is used; None where nothing is."""
    limits = use.limits
    lines = [
        LimitLine(
            name="crypto leverage", used=use.crypto, bound=limits.max_leverage_crypto, unit="times"
        ),
        LimitLine(
            name="other leverage", used=use.other, bound=limits.max_leverage_other, unit="times"
        ),
        LimitLine(
            name="positions",
            used=Decimal(use.positions),
            bound=Decimal(limits.max_positions),
            unit="count",
        ),
        LimitLine(name="loss today", used=use.lost_today, bound=limits.daily_loss, unit="fraction"),
    ]
    for symbol, used in use.symbols:
        bound = limits.max_symbol_fraction
        lines.append(LimitLine(name=symbol, used=used, bound=bound, unit="fraction"))
    for risk in use.scopes:
        whose = "" if risk.scope == ACCOUNT else f" {risk.scope.partition(':')[2]}"
        name = f"drawdown{whose}"
        lines.append(LimitLine(name=name, used=risk.drawdown, bound=risk.limit, unit="fraction"))
    some = [line for line in lines if line.used > 0 and line.bound > 0]
    return max(some, key=lambda line: line.used / line.bound) if some else None


async def movers(
    research: Research, symbols: Sequence[str]
) -> tuple[tuple[MoverLine, ...], tuple[str, ...]]:
    """Return how symbols moved in a day, the largest move first, and those without a price."""
    found: dict[str, MoverLine] = {}

    async def look(symbol: str) -> None:
        try:
            found[symbol] = await _mover(research, symbol)
        except ConclaveError as error:
            log.info("no move of %s: %s", symbol, error)
        except Exception:
            log.exception("the move of %s failed", symbol)  # The other symbols go on.

    try:
        async with asyncio.timeout(MARKET_SECONDS):
            await asyncio.gather(*map(look, symbols))
    except TimeoutError:
        log.info("the market took too long for a briefing")
    lines = sorted(found.values(), key=lambda line: -abs(line.change))
    return tuple(lines), tuple(symbol for symbol in symbols if symbol not in found)


class NoDay(ConclaveError):
    """There is no close of a day ago to compare with."""


async def _mover(research: Research, symbol: str) -> MoverLine:
    snapshot = research.snapshot
    quote, candles = await asyncio.gather(
        snapshot.quote(symbol), snapshot.candles(symbol, Timeframe.H1, 30)
    )
    target = snapshot.as_of - DAY
    closes = [from_ms(int(time)) + Timeframe.H1.delta for time in candles.time]
    place = max((n for n, close in enumerate(closes) if close <= target), default=None)
    if place is None or target - closes[place] > GAP:
        raise NoDay(f"{symbol} has no candle of a day ago.")
    before = Decimal(repr(float(candles.close[place])))
    return MoverLine(
        symbol=symbol,
        price=quote.last,
        at=quote.at,
        change=(quote.last / before - 1).quantize(EXACTLY),
        source=quote.source,
    )


async def news_lines(
    research: Research,
) -> tuple[MoodLine | None, tuple[HeadlineLine, ...], str]:
    """Return the mood of all headlines, the newest of them, and what is wrong with the news."""
    try:
        async with asyncio.timeout(NEWS_SECONDS):
            report = await research.news()
    except (ConclaveError, TimeoutError) as error:
        return None, (), f"The news can't be read now. {error}".strip()
    except Exception:
        log.exception("the news of a briefing failed")
        return None, (), "The news can't be read now."
    if not report.news.sources:
        return None, (), ""
    if not report.items and report.news.failures:
        return None, (), "No news feed can be read now."
    mood = MoodLine(
        value=report.mood.value,
        count=report.mood.count,
        hours=round(report.mood.window.total_seconds() / 3600),
        read_by=report.read_by,
    )
    headlines = tuple(
        HeadlineLine(
            title=one.item.title, link=one.item.link, source=one.item.source, at=one.item.at
        )
        for one in report.items[:MOST_HEADLINES]
    )
    return mood, headlines, ""


async def call_lines(
    research: Research, calls: Sequence[PastCall], known: Sequence[MoverLine]
) -> tuple[CallLine, ...]:
    """Return the newest verdict of each symbol and timeframe, and what the price did since."""
    newest: dict[tuple[str, str], list[PastCall]] = {}
    for call in calls:
        newest.setdefault((call.symbol, call.timeframe), []).append(call)
    prices = {line.symbol: line.price for line in known}
    lines = []
    for group in list(newest.values())[:MOST_CALLS]:
        last, *older = group
        now = prices.get(last.symbol) or await _price(research, last.symbol)
        change = now / last.price - 1 if now and last.price else None
        before = older[0].stance if older and older[0].stance != last.stance else ""
        lines.append(
            CallLine(
                symbol=last.symbol,
                timeframe=last.timeframe,
                stance=last.stance,
                before=before,
                at=last.at,
                change=None if change is None else change.quantize(EXACTLY),
                times=len(group),
            )
        )
    return tuple(lines)


async def _price(research: Research, symbol: str) -> Decimal | None:
    try:
        async with asyncio.timeout(5):
            return (await research.snapshot.quote(symbol)).last
    except (ConclaveError, TimeoutError):
        return None

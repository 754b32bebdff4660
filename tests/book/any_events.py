"""Draws events that an account may meet next: mostly ones that can follow, some that can't."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, get_args

from hypothesis import strategies as st

from tests.book.plain_book import PlainBook, Waiting
from tests.trading.ledger_events import AT, opened
from trading.alerts import Alert, Ring
from trading.bounds import DAILY_LOSS, PROFILES
from trading.candles import Timeframe
from trading.events import (
    AlertArmed,
    AlertFired,
    AlertRang,
    AlertRemoved,
    AlertReset,
    EquityMarked,
    Event,
    FeedChanged,
    LimitBreached,
    LimitsChanged,
    OrderCancelled,
    OrderFilled,
    OrderPlaced,
    OrderTriggered,
    ProposalConfirmed,
    ProposalExpired,
    ProposalMade,
    ProposalRejected,
    ProposalWithdrawn,
    RingsTold,
    SettingChanged,
    StopTrailed,
    Tier,
    TradingPaused,
    TradingResumed,
    WatchArmed,
    WatchChanged,
    WatchEnded,
    WatchRan,
    WatchStalled,
)
from trading.orders import Exits, Fill, FillReason, Order, OrderKind, Proposal, Side
from trading.watches import Watch

Draw = Callable[[st.SearchStrategy[Any]], Any]
SYMBOLS = ("BTC/USDT", "ETH/USDT")
STRATEGIES = ("analyst", "manual")
SCOPES = ("account", "strategy:manual")
NAMES = ("one", "two", "three", "four")

quantities = st.integers(1, 10**11).map(lambda n: Decimal(n).scaleb(-8))
prices = st.integers(1, 10**12).map(lambda n: Decimal(n).scaleb(-6))
fees = st.integers(0, 10**9).map(lambda n: Decimal(n).scaleb(-8))
leverages = st.sampled_from(["1", "1", "2", "3", "7.5", "0", "-1"]).map(Decimal)
names = st.sampled_from(NAMES)
scopes = st.sampled_from(SCOPES)
symbols = st.sampled_from(SYMBOLS)
times = st.integers(-100_000, 100_000).map(lambda n: AT + timedelta(seconds=n))


def decimal_of(value: Fraction) -> Decimal:
    """Write a fraction of two's and five's as the decimal it is."""
    places = next(n for n in range(80) if (value * 10**n).denominator == 1)
    digits = tuple(int(digit) for digit in str(abs(int(value * 10**places))))
    return Decimal((int(value < 0), digits, -places))


def next_event(
    draw: Draw, book: PlainBook, number: int, now: datetime, *, alerts: bool = False
) -> Event:
    """Draw an event (of the alerts only); `number` makes ids that were never used."""
    makers = _ALERT_MAKERS if alerts else _MAKERS
    usual = draw(st.integers(0, 9))
    make = draw(
        st.sampled_from([make for make, can_follow in makers if not usual or can_follow(book)])
    )
    event: Event = make(draw, book, number, now)
    return event


def trade_of(
    number: int,
    now: datetime,
    strategy: str,
    symbol: str,
    side: Side,
    quantity: Decimal,
    price: Decimal,
    realised: Decimal,
    leverage: Decimal,
    reason: FillReason,
) -> list[Event]:
    """Return the two events of a market order that fills at once."""
    order = Order(
        id=f"o{number}",
        symbol=symbol,
        strategy=strategy,
        side=side,
        kind="market",
        quantity=quantity,
        placed_at=now,
        leverage=leverage,
    )
    fill = _fill(
        order.id,
        number,
        now,
        symbol=symbol,
        strategy=strategy,
        side=side,
        quantity=quantity,
        price=price,
        fee=(quantity * price).scaleb(-3),
        realised=realised,
        reason=reason,
    )
    return [OrderPlaced(order=order), OrderFilled(fill=fill)]


def _known(draw: Draw, found: list[str]) -> str:
    """Take one of those there are, now and then another."""
    if found and draw(st.integers(0, 7)):
        return str(draw(st.sampled_from(sorted(found))))
    return str(draw(names))


def _proposed(draw: Draw, book: PlainBook, number: int, now: datetime) -> Event:
    owner = book.account_id if draw(st.integers(0, 15)) else "somebody else"
    return ProposalMade(proposal=_proposal(draw(names), owner, now))


def _settled(draw: Draw, book: PlainBook, number: int, now: datetime) -> Event:
    name = _known(draw, [name for name, stands in book.proposals.items() if stands == "open"])
    how = draw(
        st.sampled_from(
            ["confirmed", "confirmed", "person", "replaced", "expired", "limit", "moved"]
        )
    )
    if how == "confirmed":
        return ProposalConfirmed(proposal_id=name)
    if how == "expired":
        return ProposalExpired(proposal_id=name)
    if how in ("limit", "moved"):
        return ProposalWithdrawn(proposal_id=name, reason=how)
    return ProposalRejected(proposal_id=name, reason=how)


def _placed(draw: Draw, book: PlainBook, number: int, now: datetime) -> Event:
    kind: OrderKind = draw(st.sampled_from([*get_args(OrderKind), "market", "market"]))
    reduces = kind == "trailing" or draw(st.integers(0, 3)) == 0
    side = draw(st.sampled_from(["buy", "sell"]))
    armed = [one.strategy for one in book.armed.values()]
    symbol, strategy = draw(symbols), draw(st.sampled_from([*STRATEGIES, *armed]))
    pile = book.piles.get((strategy, symbol))
    if pile and reduces and draw(st.integers(0, 7)):
        side = "sell" if pile.quantity > 0 else "buy"
    odd = draw(st.integers(0, 15)) == 0
    confirmed = [name for name, stands in book.proposals.items() if stands == "confirmed"]
    order = Order(
        id=_known(draw, list(book.orders)) if odd else f"o{number}",
        symbol=symbol,
        strategy=strategy,
        side=side,
        kind=kind,
        quantity=Decimal(0) if odd and draw(st.booleans()) else draw(quantities),
        price=draw(prices) if (kind == "market") is odd else None,
        reduce_only=reduces,
        proposal_id=_known(draw, confirmed) if draw(st.integers(0, 2)) == 0 else None,
        placed_at=now,
        limit=draw(prices) if kind == "stop_limit" and not odd else None,
        trail=Decimal("0.02") if kind == "trailing" and not odd else None,
        best=draw(prices) if kind == "trailing" else None,
        group=draw(st.sampled_from([None, "g"])),
        exits=draw(st.sampled_from([None, Exits(stop=Decimal(1))])),
        leverage=draw(leverages),
    )
    return OrderPlaced(order=order)


def _filled(draw: Draw, book: PlainBook, number: int, now: datetime) -> Event:
    name = _known(draw, list(book.orders))
    waiting = book.orders.get(name)
    if waiting is None:
        return OrderFilled(fill=_fill(name, number, now, quantity=draw(quantities)))
    order, price = waiting.order, draw(prices)
    quantity = _some_of(draw, book, waiting)
    signed = waiting.signed * Fraction(quantity)
    realised = book.profit_of((order.strategy, order.symbol), signed, Fraction(price))
    if draw(st.integers(0, 15)) == 0:
        realised += Fraction(1, 10**12)
    fill = _fill(
        name,
        number,
        now,
        symbol=order.symbol if draw(st.integers(0, 15)) else draw(symbols),
        strategy=order.strategy,
        side=order.side,
        quantity=quantity,
        price=price if draw(st.integers(0, 15)) else Decimal(0),
        fee=draw(fees) if draw(st.integers(0, 15)) else Decimal("-0.01"),
        realised=decimal_of(realised),
        reason=draw(st.sampled_from(get_args(FillReason))),
    )
    return OrderFilled(fill=fill)


def _some_of(draw: Draw, book: PlainBook, waiting: Waiting) -> Decimal:
    """Take all of an order or of what it may close, a part, or more than there is."""
    whole = waiting.left
    pile = book.piles.get((waiting.order.strategy, waiting.order.symbol))
    if pile and draw(st.booleans()):
        whole = min(whole, abs(pile.quantity))
    share = draw(st.sampled_from([Fraction(1)] * 6 + [Fraction(1, 2), Fraction(1, 8), Fraction(2)]))
    return decimal_of(whole * share)


def _cancelled(draw: Draw, book: PlainBook, number: int, now: datetime) -> Event:
    return OrderCancelled(order_id=_known(draw, list(book.orders)), reason="x")


def _triggered(draw: Draw, book: PlainBook, number: int, now: datetime) -> Event:
    waiting = [name for name, one in book.orders.items() if one.order.kind == "stop_limit"]
    return OrderTriggered(order_id=_known(draw, waiting), happened_at=now)


def _trailed(draw: Draw, book: PlainBook, number: int, now: datetime) -> Event:
    name = _known(draw, [name for name, one in book.orders.items() if one.order.kind == "trailing"])
    waiting, price = book.orders.get(name), draw(prices)
    if waiting and waiting.price and draw(st.integers(0, 3)):
        ahead = max if waiting.signed < 0 else min
        price = ahead(price, waiting.price)
    return StopTrailed(order_id=name, best=draw(prices), price=price)


def _paused(draw: Draw, book: PlainBook, number: int, now: datetime) -> Event:
    armed = [f"strategy:{one.strategy}" for one in book.armed.values()]
    return TradingPaused(scope=draw(st.sampled_from([*SCOPES, *armed])), reason=str(number))


def _resumed(draw: Draw, book: PlainBook, number: int, now: datetime) -> Event:
    scope, peak = _known(draw, list(book.paused)), draw(prices)
    if draw(st.booleans()):
        peak = decimal_of(book.peaks.get(scope, book.opening))
    return TradingResumed(scope=scope, peak=peak)


def _set(draw: Draw, book: PlainBook, number: int, now: datetime) -> Event:
    which = draw(st.integers(0, 2))
    if which == 0:
        return LimitsChanged(limits=draw(st.sampled_from([PROFILES["bold"], None])))
    if which == 1:
        return SettingChanged(name=draw(names), value=str(number))
    return LimitBreached(
        limit=draw(st.sampled_from([DAILY_LOSS, "x"])),
        scope="account",
        value=Decimal(1),
        bound=Decimal(1),
        happened_at=draw(st.one_of(st.none(), times)),
    )


def _armed(draw: Draw, book: PlainBook, number: int, now: datetime) -> Event:
    return AlertArmed(alert=_alert(draw(names), now))


def _rang(draw: Draw, book: PlainBook, number: int, now: datetime) -> Event:
    ready = [name for name, bell in book.bells.items() if bell.ready]
    ring = Ring(
        kind="price",
        alert_id=_known(draw, ready) if draw(st.integers(0, 3)) else None,
        subject="BTC/USDT",
        value=Decimal(number),
        level=Decimal(1),
        at=now,
    )
    return AlertRang(ring=ring)


def _reset(draw: Draw, book: PlainBook, number: int, now: datetime) -> Event:
    return AlertReset(alert_id=_known(draw, _rung(book)))


def _removed(draw: Draw, book: PlainBook, number: int, now: datetime) -> Event:
    return AlertRemoved(alert_id=_known(draw, list(book.bells)), reason="person")


def _rings_told(draw: Draw, book: PlainBook, number: int, now: datetime) -> Event:
    return RingsTold(count=draw(st.integers(0, len(book.untold) + 1)))


def _rung(book: PlainBook) -> list[str]:
    return [name for name, bell in book.bells.items() if not bell.ready]


def _fed(draw: Draw, book: PlainBook, number: int, now: datetime) -> Event:
    return FeedChanged(symbol=draw(symbols), stale_since=draw(st.sampled_from([None, now])))


def _tiered(draw: Draw, book: PlainBook, number: int, now: datetime) -> Event:
    return AlertFired(
        scope=draw(scopes),
        tier=draw(st.sampled_from(get_args(Tier))),
        drawdown=Decimal("0.1"),
        bound=Decimal("0.1"),
    )


def _marked(draw: Draw, book: PlainBook, number: int, now: datetime) -> Event:
    equity = draw(prices)
    told = equity if draw(st.integers(0, 15)) else draw(prices)
    scopes = {"account": told, "strategy:manual": draw(prices)}
    return EquityMarked(equity=equity, scopes=scopes, happened_at=draw(st.one_of(st.none(), times)))


def _opened_again(draw: Draw, book: PlainBook, number: int, now: datetime) -> Event:
    return opened()


def _watched(draw: Draw, book: PlainBook, number: int, now: datetime) -> Event:
    watch = Watch(
        id=f"w{book.ever_armed + draw(st.sampled_from([1, 1, 1, 1, 0, 2]))}",
        card=f"c{number}",
        symbol=draw(symbols),
        timeframe=draw(st.sampled_from([Timeframe.M1, Timeframe.H1])),
        strategy="ema_cross",
        parameters={"fast": "10", "slow": "40"},
        size=Decimal("0.02"),
        stop=None,
        target=None,
        trail=None,
        hold=None,
        short=draw(st.booleans()),
        drawdown=None,
        auto=draw(st.booleans()),
        armed_at=now,
    )
    return WatchArmed(watch=watch)


def _watch_told(draw: Draw, book: PlainBook, number: int, now: datetime) -> Event:
    name = _known(draw, sorted(book.armed))
    kind = draw(st.integers(0, 7))
    if kind == 0:
        return WatchEnded(watch_id=name)
    if kind == 1:
        return WatchStalled(watch_id=name, reason="no candle")
    if kind == 2:
        return WatchChanged(watch_id=name, auto=draw(st.booleans()))
    exposure = draw(st.sampled_from(["1", "-1", "0.5", "-0.5", "0", "1e-10", "1.5"]))
    close = (book.armed[name].until if name in book.armed else now) + timedelta(
        minutes=draw(st.sampled_from([1, 1, 1, 0, -1]))
    )
    return WatchRan(watch_id=name, close=close, exposure=Decimal(exposure), act="stay")


def _armed_ones(book: PlainBook) -> bool:
    return bool(book.armed)


def _anything(book: PlainBook) -> bool:
    return True


def _orders(kind: OrderKind) -> Callable[[PlainBook], bool]:
    return lambda book: any(one.order.kind == kind for one in book.orders.values())


Make = Callable[[Draw, PlainBook, int, datetime], Event]
# What is drawn, and when it can follow; several times what the others build on.
_ALERT_MAKERS: list[tuple[Make, Callable[[PlainBook], bool]]] = [
    (_armed, _anything),
    (_rang, _anything),
    (_reset, lambda book: bool(_rung(book))),
    (_removed, lambda book: bool(book.bells)),
    (_rings_told, lambda book: bool(book.untold)),
]
_MAKERS: list[tuple[Make, Callable[[PlainBook], bool]]] = [
    *[(_placed, _anything)] * 3,
    *[(_filled, lambda book: bool(book.orders))] * 4,
    *[(_settled, lambda book: "open" in book.proposals.values())] * 2,
    *[(_marked, _anything)] * 2,
    (_proposed, _anything),
    (_cancelled, lambda book: bool(book.orders)),
    (_triggered, _orders("stop_limit")),
    (_trailed, _orders("trailing")),
    (_paused, _anything),
    (_resumed, lambda book: bool(book.paused)),
    (_set, _anything),
    (_fed, _anything),
    (_tiered, _anything),
    (_watched, _anything),
    *[(_watch_told, _armed_ones)] * 2,
    (_opened_again, lambda book: False),
]


def _fill(order_id: str, number: int, now: datetime, **known: Any) -> Fill:
    plain: dict[str, Any] = {
        "symbol": SYMBOLS[0],
        "strategy": STRATEGIES[0],
        "side": "buy",
        "price": Decimal(1),
        "fee": Decimal(0),
        "realised": Decimal(0),
        "reason": "entry",
    }
    return Fill(id=f"f{number}", order_id=order_id, at=now, **{**plain, **known})


def _alert(name: str, now: datetime) -> Alert:
    return Alert(
        id=name,
        kind="price",
        symbol="BTC/USDT",
        direction="above",
        level=Decimal(1),
        armed_at=now,
    )


def _proposal(name: str, owner: str, now: datetime) -> Proposal:
    one = Decimal(1)
    return Proposal(
        id=name,
        account_id=owner,
        strategy="manual",
        symbol="BTC/USDT",
        base="BTC",
        quote="USDT",
        side="buy",
        quantity=one,
        entry=one,
        band=one,
        stop=None,
        target=None,
        notional=one,
        fee_rate=one,
        slippage=one,
        fee=one,
        loss_at_stop=None,
        loss_fraction=None,
        exposure_before=one,
        exposure_after=one,
        nearest_limit="",
        quoted_at=now,
        made_at=now,
        expires_at=now,
        source="x",
    )

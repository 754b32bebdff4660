"""An account's log as it might have come about: random, legal, and the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from trading.account import AccountState, equity, scopes
from trading.alerts import Alert, Ring
from trading.bounds import PROFILES
from trading.candles import Timeframe
from trading.events import (
    AccountOpened,
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
    Recorded,
    RingsTold,
    SettingChanged,
    StopTrailed,
    TradingPaused,
    TradingResumed,
    WatchArmed,
    WatchChanged,
    WatchEnded,
    WatchRan,
    WatchStalled,
)
from trading.holding import trade
from trading.ledger import fold
from trading.orders import Exits, Fill, Order, Proposal, Side, opposite, sign
from trading.scope import ACCOUNT, strategy_scope
from trading.watches import Watch, watch_id

START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
SYMBOLS = ("BTC/USDT", "ETH/USDT", "XAU/USD")
STRATEGIES = ("manual", "analyst")


def made_log(count: int, seed: int = 1, account_id: str = "made") -> list[Recorded]:
    """Return `count` events that can follow one another, a minute apart, of every kind."""
    maker = _Maker(seed, account_id)
    while len(maker.log) < count:
        for event in maker.step():
            maker.add(event)
    return maker.log[:count]


class _Maker:
    """Invents what may come next in view of the state so far."""

    def __init__(self, seed: int, account_id: str) -> None:
        self.random = random.Random(seed)
        self.account_id = account_id
        self.log: list[Recorded] = []
        self.names = 0
        self.state: AccountState | None = None
        self.add(AccountOpened(cash=Decimal("10000.5"), currency="USDT", chat_id=7))

    @property
    def now(self) -> datetime:
        return START + timedelta(minutes=len(self.log), microseconds=len(self.log) * 7919)

    def add(self, event: Event) -> None:
        seq = len(self.log) + 1
        recorded = Recorded(
            account_id=self.account_id,
            seq=seq,
            key=f"{event.kind}:{seq}",
            at=self.now,
            event=event,
            hash=f"{seq:064x}",
        )
        self.state = fold([recorded], self.state)
        self.log.append(recorded)

    def step(self) -> list[Event]:
        assert self.state is not None
        chosen = self.random.choices([one for one, _ in _STEPS], [often for _, often in _STEPS])
        return chosen[0](self, self.state)

    def name(self, kind: str) -> str:
        self.names += 1
        return f"{kind}{self.names}"

    def price(self) -> Decimal:
        return Decimal(self.random.randrange(1, 10**9)).scaleb(-4)

    def quantity(self) -> Decimal:
        return Decimal(self.random.randrange(1, 10**7)).scaleb(-self.random.randrange(3, 9))

    def bought(self, state: AccountState) -> list[Event]:
        """A proposal, the tap, the order and mostly its fill and its exits."""
        proposal = self._proposal()
        events: list[Event] = [ProposalMade(proposal=proposal)]
        ending = self.random.randrange(8)
        if ending == 0:
            return [*events, ProposalExpired(proposal_id=proposal.id)]
        if ending == 1 and self.random.randrange(2):
            return [*events, ProposalWithdrawn(proposal_id=proposal.id, reason="moved")]
        if ending == 1:
            return [*events, ProposalRejected(proposal_id=proposal.id, reason="person")]
        if ending == 2:
            return events
        order = self._order(proposal.symbol, proposal.strategy, proposal.side, proposal.quantity)
        order = order.model_copy(
            update={"proposal_id": proposal.id, "exits": Exits(stop=Decimal(1))}
        )
        events += [ProposalConfirmed(proposal_id=proposal.id), OrderPlaced(order=order)]
        return events if ending == 3 else [*events, self._fill(state, order, order.quantity)]

    def partly_filled(self, state: AccountState) -> list[Event]:
        entries = [order for order in state.orders.values() if not order.reduce_only]
        if not entries:
            return []
        order = self.random.choice(entries)
        part = order.quantity / 2 if self.random.random() < 0.7 else order.quantity
        return [self._fill(state, order, part)]

    def protected(self, state: AccountState) -> list[Event]:
        """Exits of a position: a trailing stop, or a stop and a target of one group."""
        if not state.positions:
            return []
        held = self.random.choice(list(state.positions.values()))
        side = opposite(held.side)
        exit_of = self._order(held.symbol, held.strategy, side, abs(held.quantity)).model_copy(
            update={"kind": "stop", "price": self.price(), "reduce_only": True, "group": held.id}
        )
        if self.random.random() < 0.5:
            target = {"id": self.name("o"), "kind": "target", "price": self.price()}
            return [
                OrderPlaced(order=exit_of),
                OrderPlaced(order=exit_of.model_copy(update=target)),
            ]
        best = self.price()
        trail = {"kind": "trailing", "trail": Decimal("0.05"), "best": best}
        return [OrderPlaced(order=exit_of.model_copy(update=trail))]

    def closed(self, state: AccountState) -> list[Event]:
        if not state.positions:
            return []
        held = self.random.choice(list(state.positions.values()))
        part = abs(held.quantity) / self.random.choice((1, 1, 2))
        order = self._order(held.symbol, held.strategy, opposite(held.side), part)
        order = order.model_copy(update={"reduce_only": True, "kind": "market", "price": None})
        fill = self._fill(state, order, part)
        reason = self.random.choice(("close", "stop", "liquidation"))
        return [
            OrderPlaced(order=order),
            OrderFilled(fill=fill.fill.model_copy(update={"reason": reason})),
        ]

    def moved(self, state: AccountState) -> list[Event]:
        """What happens to waiting orders: triggered, trailed, cancelled."""
        if not state.orders:
            return []
        order = self.random.choice(list(state.orders.values()))
        if order.kind == "stop_limit" and not order.triggered:
            return [OrderTriggered(order_id=order.id, happened_at=self.now)]
        if order.kind == "trailing" and order.price is not None:
            price = order.price * (Decimal("1.01") if order.side == "sell" else Decimal("0.99"))
            return [StopTrailed(order_id=order.id, best=self.price(), price=price)]
        return [OrderCancelled(order_id=order.id, reason="person", happened_at=self.now)]

    def marked(self, state: AccountState) -> list[Event]:
        marks = {symbol: self.price() for symbol in SYMBOLS}
        return [EquityMarked(equity=equity(state, marks), scopes=scopes(state, marks))]

    def limited(self, state: AccountState) -> list[Event]:
        scope = self.random.choice((ACCOUNT, strategy_scope("manual")))
        if scope in state.paused:
            return [TradingResumed(scope=scope, peak=self.price())]
        tier = "warning" if state.tier(scope) == "limit" else "limit"
        value = Decimal("0.081234567890123456789")
        return [
            LimitBreached(limit="daily_loss", scope=scope, value=value, bound=Decimal("0.08")),
            AlertFired(scope=scope, tier=tier, drawdown=value, bound=Decimal("0.08")),
            TradingPaused(scope=scope, reason="drawdown"),
            LimitsChanged(limits=self.random.choice((None, *PROFILES.values()))),
        ]

    def alerted(self, state: AccountState) -> list[Event]:
        if len(state.alerts) < 3:
            alert = Alert(
                id=self.name("a"),
                kind="price",
                symbol=self.random.choice(SYMBOLS),
                direction="above",
                level=self.price(),
                armed_at=self.now,
            )
            return [AlertArmed(alert=alert)]
        known = self.random.choice(list(state.alerts.values()))
        if not known.ready:
            return [AlertReset(alert_id=known.alert.id)]
        ring = Ring(
            kind="price",
            alert_id=known.alert.id,
            subject=known.alert.symbol,
            value=self.price(),
            level=known.alert.level,
            at=self.now,
        )
        rung: list[Event] = [AlertRang(ring=ring)]
        if self.random.random() < 0.3:
            rung.append(AlertRemoved(alert_id=known.alert.id, reason="done"))
        return rung

    def watched(self, state: AccountState) -> list[Event]:
        if len(state.watches) < 2:
            watch = Watch(
                id=watch_id(state.watches_armed + 1),
                card=self.name("c"),
                symbol=self.random.choice(SYMBOLS),
                timeframe=Timeframe.M1,
                strategy="ema_cross",
                parameters={"fast": "10", "slow": "40"},
                size=Decimal("0.02"),
                stop=Decimal("0.03"),
                target=None,
                trail=None,
                hold=self.random.choice((None, 48)),
                short=self.random.random() < 0.5,
                drawdown=self.random.choice((None, Decimal("0.04"))),
                auto=self.random.random() < 0.5,
                armed_at=self.now - timedelta(minutes=1),
            )
            return [WatchArmed(watch=watch)]
        known = self.random.choice(list(state.watches.values()))
        name = known.watch.id
        if self.random.random() < 0.2:
            return [WatchEnded(watch_id=name)]
        if known.stalled is None and self.random.random() < 0.3:
            return [WatchStalled(watch_id=name, reason="no candle")]
        if self.random.random() < 0.3:
            return [WatchChanged(watch_id=name, auto=not known.watch.auto)]
        exposure = Decimal(self.random.choice(("-1", "-0.5", "0", "0.73", "1")))
        close = known.seen_until + timedelta(minutes=1)
        return [WatchRan(watch_id=name, close=close, exposure=exposure, act="stay")]

    def told(self, state: AccountState) -> list[Event]:
        if len(state.untold) < 3:
            return []
        return [RingsTold(count=self.random.randint(1, len(state.untold)))]

    def set(self, state: AccountState) -> list[Event]:
        symbol = self.random.choice(SYMBOLS)
        since = None if symbol in state.stale else self.now
        return [
            SettingChanged(name=self.random.choice(("quiet", "zone")), value="22–7, “Zürich”"),
            FeedChanged(symbol=symbol, stale_since=since),
        ]

    def _order(self, symbol: str, strategy: str, side: Side, quantity: Decimal) -> Order:
        kind = self.random.choice(("market", "limit", "stop", "stop_limit"))
        return Order(
            id=self.name("o"),
            symbol=symbol,
            strategy=strategy,
            side=side,
            kind=kind,
            quantity=quantity,
            price=None if kind == "market" else self.price(),
            limit=self.price() if kind == "stop_limit" else None,
            placed_at=self.now,
            leverage=Decimal(self.random.choice((1, 2, 3))),
            until=self.random.choice((None, self.now + timedelta(days=1))),
        )

    def _fill(self, state: AccountState, order: Order, quantity: Decimal) -> OrderFilled:
        price = self.price()
        held = state.holding(order.strategy, order.symbol)
        realised = trade(held, sign(order.side) * quantity, price).realised
        fill = Fill(
            id=self.name("f"),
            order_id=order.id,
            symbol=order.symbol,
            strategy=order.strategy,
            side=order.side,
            quantity=quantity,
            price=price,
            fee=quantity * price / 1000,
            realised=realised,
            reason="entry",
            at=self.now,
        )
        return OrderFilled(fill=fill)

    def _proposal(self) -> Proposal:
        quantity, entry = self.quantity(), self.price()
        symbol = self.random.choice(SYMBOLS)
        base, quote = symbol.split("/")
        return Proposal(
            id=self.name("p"),
            account_id=self.account_id,
            strategy=self.random.choice(STRATEGIES),
            symbol=symbol,
            base=base,
            quote=quote,
            side=self.random.choice(("buy", "sell")),
            quantity=quantity,
            opens=quantity,
            entry=entry,
            band=Decimal("0.005"),
            stop=entry * Decimal("0.97"),
            target=None,
            notional=quantity * entry,
            fee_rate=Decimal("0.001"),
            slippage=Decimal("0.0005"),
            fee=quantity * entry / 1000,
            loss_at_stop=None,
            loss_fraction=None,
            exposure_before=Decimal(0),
            exposure_after=quantity * entry,
            nearest_limit="2 % per order",
            quoted_at=self.now,
            made_at=self.now,
            expires_at=self.now + timedelta(minutes=5),
            source="demo",
        )


_STEPS: tuple[tuple[Callable[[_Maker, AccountState], list[Event]], int], ...] = (
    (_Maker.bought, 8),
    (_Maker.partly_filled, 4),
    (_Maker.protected, 3),
    (_Maker.closed, 6),
    (_Maker.moved, 8),
    (_Maker.marked, 10),
    (_Maker.limited, 1),
    (_Maker.alerted, 5),
    (_Maker.told, 2),
    (_Maker.set, 2),
    (_Maker.watched, 2),
)

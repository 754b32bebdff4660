"""Held side by side: what the ledger's state says, and what the plain book says."""

from __future__ import annotations

from fractions import Fraction

from tests.book.plain_book import PlainBook
from trading.account import AccountState


def differences(book: PlainBook, state: AccountState) -> dict[str, tuple[object, object]]:
    """Return what they say otherwise, by name: (the book, the state)."""
    here, there = _of_book(book), _of_state(state)
    return {name: (here[name], there[name]) for name in here if here[name] != there[name]}


def _of_book(book: PlainBook) -> dict[str, object]:
    return {
        "opening": book.opening,
        "cash": book.cash,
        "piles": {
            key: (pile.id, pile.quantity, pile.cost, pile.margin, pile.opened_at)
            for key, pile in book.piles.items()
        },
        "ended": book.ended,
        "realised": book.realised,
        "fees": book.fees,
        "orders": {
            name: (one.left, one.price, one.best, one.triggered)
            for name, one in book.orders.items()
        },
        "proposals": book.proposals,
        "waiting": {name for name, stands in book.proposals.items() if stands == "open"},
        "first fills": book.first_fills,
        "paused": book.paused,
        "peaks": book.peaks,
        "tiers": book.tiers,
        "stops": book.stops,
        "settings": book.settings,
        "limits": book.limits,
        "bells": {name: (bell.ready, bell.rang_at) for name, bell in book.bells.items()},
        "untold": book.untold,
        "told_at": book.told_at,
        "stale": book.stale,
        "watches": {
            name: (one.auto, one.until, one.heard, one.barred, one.stalled)
            for name, one in book.armed.items()
        },
        "ever armed": book.ever_armed,
        "marked": book.marked,
        "equity": book.equity,
        "day": (book.day, book.day_equity, book.lost_day),
    }


def _of_state(state: AccountState) -> dict[str, object]:
    return {
        "opening": Fraction(state.opening_cash),
        "cash": Fraction(state.cash),
        "piles": {
            key: (
                held.id,
                Fraction(held.quantity),
                Fraction(state.costs[key]),
                Fraction(held.margin),
                held.opened_at,
            )
            for key, held in state.positions.items()
        },
        "ended": {name: fill.id for name, fill in state.closed.items()},
        "realised": {name: Fraction(value) for name, value in state.realised.items()},
        "fees": {name: Fraction(value) for name, value in state.fees.items()},
        "orders": {
            name: (Fraction(order.quantity), order.price, order.best, order.triggered)
            for name, order in state.orders.items()
        },
        "proposals": {name: record.state for name, record in state.proposals.items()},
        "waiting": set(state.waiting),
        "first fills": {
            name: record.fill.id for name, record in state.proposals.items() if record.fill
        },
        "paused": dict(state.paused),
        "peaks": {scope: Fraction(value) for scope, value in state.peaks.items()},
        "tiers": dict(state.tiers),
        "stops": dict(state.stopped),
        "settings": dict(state.settings),
        "limits": state.limits,
        "bells": {name: (one.ready, one.rang_at) for name, one in state.alerts.items()},
        "untold": list(state.untold),
        "told_at": state.told_at,
        "stale": dict(state.stale),
        "watches": {
            name: (
                one.watch.auto,
                one.seen_until,
                one.exposure,
                one.blocked,
                one.stalled is not None,
            )
            for name, one in state.watches.items()
        },
        "ever armed": state.watches_armed,
        "marked": state.marked,
        "equity": Fraction(state.last_mark.equity) if state.last_mark else None,
        "day": (state.day, Fraction(state.day_equity), state.lost_day),
    }

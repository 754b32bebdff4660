"""Compare the views and the outbox of one account with its state."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from decimal import Decimal

from storage.refold import Turnover
from trading.account import AccountState, Key
from trading.holding import EXACT
from trading.orders import Order

SHARE = 1e-11  # of what was summed: REAL keeps some 15 digits, and thousands may be added
ROUNDED = 1e-12  # of one figure
SAME = ("symbol", "strategy", "side", "kind")
FIGURES = (
    ("price", "price"),
    ("limit_price", "limit"),
    ("trail", "trail"),
    ("best", "best"),
    ("leverage", "leverage"),
)


def view_faults(
    connection: sqlite3.Connection, state: AccountState, turnover: Mapping[Key, Turnover]
) -> list[str]:
    """Return what the views orders, fills and positions show otherwise than the state."""
    before, connection.row_factory = connection.row_factory, sqlite3.Row
    try:
        return [
            *_orders(connection, state),
            *_fills(connection, state, turnover),
            *_positions(connection, state, turnover),
        ]
    finally:
        connection.row_factory = before


def outbox_faults(connection: sqlite3.Connection, account_id: str) -> list[str]:
    """Return which messages are neither waiting nor properly settled."""
    found = connection.execute(
        "SELECT key, state FROM outbox WHERE account_id = ?"
        " AND (state = 'waiting') = (settled_at IS NOT NULL) ORDER BY id LIMIT 5",
        (account_id,),
    )
    return [
        f"the message {key} is {state} "
        f"{'but settled' if state == 'waiting' else 'but nobody knows since when'}"
        for key, state in found
    ]


def _orders(connection: sqlite3.Connection, state: AccountState) -> list[str]:
    shown = {
        str(row["id"]): row
        for row in connection.execute(
            "SELECT * FROM orders WHERE account_id = ? AND state IN ('open', 'partly filled')",
            (state.account_id,),
        )
    }
    faults = [f"the view orders shows {name} as open" for name in shown.keys() - state.orders]
    for name, order in state.orders.items():
        row = shown.get(name)
        if row is None:
            faults.append(f"the view orders does not show {name} as open")
        else:
            faults += [
                f"the view orders shows {name} with another {what}" for what in _of(order, row)
            ]
    return sorted(faults)


def _of(order: Order, row: sqlite3.Row) -> list[str]:
    """Return the columns that show the order otherwise."""
    wrong = [name for name in SAME if row[name] != getattr(order, name)]
    if bool(row["triggered"]) != order.triggered:
        wrong.append("triggered")
    wrong += [
        column for column, name in FIGURES if not _close(row[column], getattr(order, name), ROUNDED)
    ]
    # What remains is a difference of sums, as exact as the whole quantity is.
    if abs(row["remaining"] - float(order.quantity)) > SHARE * row["quantity"]:
        wrong.append("remaining")
    return wrong


def _fills(
    connection: sqlite3.Connection, state: AccountState, turnover: Mapping[Key, Turnover]
) -> list[str]:
    row = connection.execute(
        "SELECT COUNT(*) AS count, TOTAL(quantity) AS quantity, TOTAL(quantity * price) AS money,"
        " TOTAL(fee) AS fees, TOTAL(realised) AS realised FROM fills WHERE account_id = ?",
        (state.account_id,),
    ).fetchone()
    count = sum(one.fills for one in turnover.values())
    if row["count"] != count:
        return [f"the view fills shows {row['count']} fills of {count}"]
    money = _sum(one.money for one in turnover.values())
    expected = {
        "quantity": _sum(one.quantity for one in turnover.values()),
        "money": money,
        "fees": _sum(one.fees for one in turnover.values()),
    }
    faults = [
        f"the view fills adds up to {row[name]!r} of {name}, not {value}"
        for name, value in expected.items()
        if not _close(row[name], value, SHARE)
    ]
    realised = _sum(state.realised.values())
    if abs(row["realised"] - float(realised)) > SHARE * float(money):
        faults.append(f"the view fills adds up to {row['realised']!r} realised, not {realised}")
    return faults


def _positions(
    connection: sqlite3.Connection, state: AccountState, turnover: Mapping[Key, Turnover]
) -> list[str]:
    shown = {
        (str(row["strategy"]), str(row["symbol"])): row
        for row in connection.execute(
            "SELECT * FROM positions WHERE account_id = ?", (state.account_id,)
        )
    }
    faults = []
    for key in sorted({*shown, *state.positions}):
        row, held = shown.get(key), state.positions.get(key)
        traded = turnover[key]
        quantity = float(held.quantity) if held else 0.0
        slack = SHARE * float(traded.quantity)
        name = f"{key[1]} ({key[0]})"
        if abs((row["quantity"] if row else 0.0) - quantity) > slack:
            faults.append(f"the view positions shows another quantity of {name}")
        elif row is not None and held is not None:
            off = abs(row["average_price"] * row["quantity"] - float(state.costs[key]))
            if off > SHARE * float(traded.money):
                faults.append(f"the view positions shows another average price of {name}")
    return faults


def _close(shown: float | None, value: Decimal | None, share: float) -> bool:
    """Tell whether a REAL figure is the exact one but for `share` of it."""
    if shown is None or value is None:
        return shown is None and value is None
    return abs(shown - float(value)) <= share * abs(float(value))


def _sum(values: Iterable[Decimal]) -> Decimal:
    total = Decimal(0)
    for value in values:
        total = EXACT.add(total, value)
    return total

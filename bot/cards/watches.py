"""The cards of armed strategies: the list, each with its own book, and how one begins and ends."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards.card import Block, Button, Card
from bot.cards.columns import narrow, pair
from bot.cards.pager import pager
from bot.cards.proposal import simulated
from bot.cards.watch_words import (
    ASKS,
    FILLS,
    exit_words,
    held_words,
    parameter_words,
    signal_words,
)
from bot.seal import sealed
from desk.figures import money, percent, price
from desk.watches import MOST_WATCHES, WatchView
from trading.account import AccountState
from trading.measure import percent as share
from trading.scope import ACCOUNT
from trading.watches import Watch

PER_PAGE = 5
HOW = (
    "You have armed no strategy. /watch BTC/USDT 1h ema_cross shows what it would do, and what its "
    "past says, before anything is armed."
)


def watches_card(
    views: Sequence[WatchView], state: AccountState, number: int, *, demo: bool
) -> Card:
    """Show a page of the watches, each with its state, its book and its buttons."""
    last = simulated(demo=demo)
    if not views:
        return Card((Block("title", "No watches"), Block("text", HOW), last))
    number = min(number, (len(views) - 1) // PER_PAGE)
    shown = views[number * PER_PAGE : (number + 1) * PER_PAGE]
    blocks = [Block("title", f"Watches ({len(views)} of at most {MOST_WATCHES})")]
    if ACCOUNT in state.paused:
        text = f"The whole account is paused: {state.paused[ACCOUNT]}. No watch enters anything."
        blocks.append(Block("text", text))
    rows: list[tuple[Button, ...]] = []
    for view in shown:
        watch = view.record.watch
        blocks.append(Block("title", f"{watch.id} · {watch.symbol} · {watch.timeframe}"))
        blocks.append(narrow(_lines(view, state)))
        if view.record.stalled:
            blocks.append(Block("text", f"⚠ Not running: {view.record.stalled}"))
        rows.append(_buttons(view, state.account_id))
    more = (number + 1) * PER_PAGE < len(views)
    rows += pager("watches", number, more=more, names=("Previous", "Next"))
    return Card((*blocks, last), tuple(rows))


def armed_card(watch: Watch, account_id: str, *, demo: bool) -> Card:
    """Say that a watch is armed, and how to steer it."""
    how = (
        "It fills on paper by itself, within your limits."
        if watch.auto
        else "Each change of its signal sends you a proposal to confirm."
    )
    blocks = (
        Block("title", f"Armed: {watch.id} · {watch.symbol} · {watch.timeframe}"),
        Block("text", f"{parameter_words(watch)}. {how} The first run is at the next close."),
        Block("text", f"/watches shows it, /unwatch {watch.id.removeprefix('w')} ends it."),
        simulated(demo=demo),
    )
    return Card(blocks, (_mode(watch, account_id), (Button("Watches", "watches:0"),)))


def not_armed_card(*, demo: bool) -> Card:
    return Card((Block("text", "Nothing was armed."), simulated(demo=demo)))


def holding_card(view: WatchView, state: AccountState, *, demo: bool) -> Card:
    """Ask what becomes of what a watch holds when it ends."""
    watch = view.record.watch
    lines = pair("holds", held_words(view.position))
    if view.position and view.mark:
        gain = view.position.unrealised(view.mark.price)
        lines += pair("profit if closed now", money(gain, state.currency, signed=True))
        lines += pair(f"{view.mark.kind} price", price(view.mark.price))
    text = (
        "Keep: the position stays yours under the watch's name, with its stops; /positions and "
        "/close handle it."
    )
    blocks = (
        Block("title", f"End {watch.id}? It holds a position"),
        narrow(lines),
        Block("text", text),
        simulated(demo=demo),
    )
    row = [
        _button("Close and end", "close", watch, state.account_id),
        _button("Keep and end", "keep", watch, state.account_id),
    ]
    return Card(blocks, (tuple(row), (Button("Don't end it", "watches:0"),)))


def ended_text(watch: Watch) -> str:
    """Say that a watch has ended."""
    return f"{watch.id} ({watch.strategy} on {watch.symbol} {watch.timeframe}) has ended."


def _lines(view: WatchView, state: AccountState) -> list[str]:
    record = view.record
    watch = record.watch
    mode = "paused" if view.paused else FILLS if watch.auto else ASKS
    lines = [parameter_words(watch)]
    lines += pair("state", mode)
    if view.paused:
        lines += pair("  why", view.paused)
    lines += pair("holds", held_words(view.position))
    lines += pair("exits", exit_words(watch))
    lines += pair("own equity", money(view.equity, state.currency))
    lines += pair("  profit", money(view.profit, state.currency, signed=True))
    lines += pair("drawdown", f"{percent(view.fall)} of {share(view.limit)}")
    if view.last_run is None or record.since is None:
        lines += pair("signal", "at the next close")
    else:
        lines += pair("signal", signal_words(record.exposure, short=watch.short))
        lines += pair("  since the close of", f"{record.since:%d %b %H:%M}")
        lines += pair("  last run", f"{view.last_run:%d %b %H:%M}")
    return lines + pair("next close", f"{view.next_close:%d %b %H:%M} UTC")


def _buttons(view: WatchView, account_id: str) -> tuple[Button, ...]:
    watch = view.record.watch
    label, action = ("Resume", "resume") if view.paused else ("Pause", "pause")
    return (
        _button(f"{label} {watch.id}", action, watch, account_id),
        *_mode(watch, account_id),
        _button(f"End {watch.id}", "end", watch, account_id),
    )


def _mode(watch: Watch, account_id: str) -> tuple[Button, ...]:
    label, action = ("Ask me", "ask") if watch.auto else ("Auto", "auto")
    return (_button(f"{label} {watch.id}", action, watch, account_id),)


def _button(label: str, action: str, watch: Watch, account_id: str) -> Button:
    return Button(label, sealed(account_id, "watch", f"{action}.{watch.id}"))

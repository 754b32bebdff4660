"""What armed strategies tell by themselves: a signal with its proposal, or why there is none."""

from __future__ import annotations

from bot.cards.card import Block, Button, Card
from bot.cards.proposal import (
    notes_of,
    proposal_buttons,
    proposal_lines,
    simulated,
)
from bot.cards.watch_words import ONCE, missed_words, parameter_words, signal_words
from desk.figures import quantity
from desk.messages import WatchNotice, WatchStalledNotice
from trading.symbols import base_of
from trading.watches import Watch


def watch_card(notice: WatchNotice) -> Card:
    """Tell a signal: what the strategy says, what is held, and the order that follows."""
    watch, proposal = notice.watch, notice.proposal
    words = signal_words(notice.exposure, short=watch.short)
    held = f"{quantity(notice.held)} {base_of(watch.symbol)}" if notice.held else "nothing"
    blocks = [
        Block("title", f"{watch.id} · {watch.symbol} · {watch.timeframe}: {words}"),
        Block(
            "text",
            f"{parameter_words(watch)}, close of {notice.close:%d %b %H:%M} UTC. It held {held}.",
        ),
    ]
    if missed := missed_words(notice.missed):
        blocks.append(Block("text", missed))
    blocks += [Block("text", text) for text in notice.told]
    if proposal is None:
        if not notice.told:
            blocks.append(Block("text", "Nothing is to be done."))
        end = (Block("small", notice.source), simulated(demo=notice.demo))
        return Card((*blocks, *end), (_watches(),))
    blocks.append(Block("table", proposal_lines(proposal)))
    blocks += notes_of(proposal)
    blocks.append(Block("small", "It fills by itself." if notice.by_itself else ONCE))
    blocks += [Block("small", proposal.source), simulated(demo=notice.demo)]
    buttons = () if notice.by_itself else proposal_buttons(proposal)
    return Card(tuple(blocks), (*buttons, _watches()))


def watch_stalled_card(notice: WatchStalledNotice) -> Card:
    """Say that a watch can't be run; told once, until it has run again."""
    blocks = (
        Block("title", f"⚠ {_named(notice.watch)} can't be run"),
        Block(
            "text",
            f"{notice.reason} No order is made of it meanwhile; it is tried again at each close, "
            "and its stops and targets go on.",
        ),
        Block("small", f"{notice.at:%d %b %H:%M:%S} UTC · {notice.source}"),
        simulated(demo=notice.demo),
    )
    return Card(blocks, (_watches(),))


def _named(watch: Watch) -> str:
    return f"{watch.id} · {watch.symbol} · {watch.timeframe}"


def _watches() -> tuple[Button, ...]:
    return (Button("Watches", "watches:0"),)

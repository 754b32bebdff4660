"""Which card tells a message of the outbox: one line for each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.cards.briefing import briefing_card
from bot.cards.card import Block, Card
from bot.cards.day_lost import day_lost_card
from bot.cards.meanwhile import cancelled_card, meanwhile_card
from bot.cards.notices import drawdown_card, fill_card
from bot.cards.rings import rings_card
from bot.cards.watch_notices import watch_card, watch_stalled_card
from desk.briefing import BRIEFING, Briefing
from desk.messages import (
    CANCELLED,
    DAY_LOST,
    DRAWDOWN,
    FILL,
    MEANWHILE,
    RINGS,
    WATCH,
    WATCH_STALLED,
    CancelNotice,
    DayLost,
    DrawdownAlert,
    FillReport,
    Meanwhile,
    Rings,
    WatchNotice,
    WatchStalledNotice,
)

REPEATED = "Possibly a repeat: an earlier try to send this was cut off."

CARDS: Mapping[str, Callable[[str], Card]] = {
    FILL: lambda payload: fill_card(FillReport.model_validate_json(payload)),
    CANCELLED: lambda payload: cancelled_card(CancelNotice.model_validate_json(payload)),
    MEANWHILE: lambda payload: meanwhile_card(Meanwhile.model_validate_json(payload)),
    DAY_LOST: lambda payload: day_lost_card(DayLost.model_validate_json(payload)),
    DRAWDOWN: lambda payload: drawdown_card(DrawdownAlert.model_validate_json(payload)),
    BRIEFING: lambda payload: briefing_card(Briefing.model_validate_json(payload)),
    RINGS: lambda payload: rings_card(Rings.model_validate_json(payload)),
    WATCH: lambda payload: watch_card(WatchNotice.model_validate_json(payload)),
    WATCH_STALLED: lambda payload: watch_stalled_card(
        WatchStalledNotice.model_validate_json(payload)
    ),
}


def outgoing_card(kind: str, payload: str, *, uncertain: bool) -> Card:
    """Make the card; `uncertain`: the person may have got it before, and is told so.

    Raises KeyError for a kind that has no card, ValidationError for a payload that does not fit.
    """
    card = CARDS[kind](payload)
    if not uncertain:
        return card
    return replace(card, blocks=(*card.blocks, Block("small", REPEATED)))


def proposed(kind: str, payload: str) -> str:
    """Return the id of the proposal that a message offers with buttons; "" for none."""
    if kind != WATCH:
        return ""
    notice = WatchNotice.model_validate_json(payload)
    return notice.proposal.id if notice.proposal and not notice.by_itself else ""


def plain_text(card: Card) -> tuple[str, str]:
    """Write a card for a channel without markup: its heading, and all that follows."""
    first, *rest = card.blocks
    if first.kind != "title":
        return "", "\n".join(block.text for block in card.blocks)
    return first.text, "\n".join(block.text for block in rest)

"""The card of an answer as it is stored: what it was made of beside its trace, and how it was sent.

With the trace (from which the verdict is counted) this makes the same card again, offline.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal

from pydantic import ValidationError

from agents.verdict import Verdict
from bot.cards.card import Card
from bot.cards.verdict import verdict_card
from desk.chart_spec import ChartSpec
from trading.errors import ConclaveError
from trading.limits import Denied
from trading.orders import Frozen, Proposal

Order = Proposal | Denied | str | None
Rows = tuple[tuple[tuple[str, str], ...], ...]


class UnreadableCard(ConclaveError):
    """The stored card is of another version or damaged."""


class Answered(Frozen):
    """What a card was made of, and the message that was sent.

    `now` is the clock when it was made, `order` and `notes` as bot.cards.verdict takes them.
    `picture` is the SHA-256 of the chart's image, "" when there was none; `trouble` says why not.
    `html` and `buttons` are what was sent, `sha256` is theirs. `code` names the code that made it
    (bot.card_code).
    """

    version: Literal[1] = 1
    code: str
    now: datetime
    order: Order = None
    notes: tuple[str, ...] = ()
    trouble: str = ""
    picture: str = ""
    html: str
    buttons: Rows
    sha256: str


@dataclass(frozen=True)
class Inputs:
    """What a verdict's card is made of beside the verdict."""

    now: datetime
    order: Order = None
    notes: Sequence[str] = ()

    def card(self, verdict: Verdict, chart: ChartSpec | None = None) -> Card:
        return verdict_card(verdict, self.order, self.now, chart, self.notes)


def answered(inputs: Inputs, card: Card, trouble: str, code: str) -> Answered:
    """Record a card that is ready to be sent."""
    html, buttons = card.sent_html, _rows(card)
    return Answered(
        code=code,
        now=inputs.now,
        order=inputs.order,
        notes=tuple(inputs.notes),
        trouble=trouble,
        picture=sha256(card.picture).hexdigest() if card.picture is not None else "",
        html=html,
        buttons=buttons,
        sha256=digest_of(html, buttons),
    )


def made_again(verdict: Verdict, stored: Answered) -> tuple[str, Rows]:
    """Make the message of a stored card anew: its HTML and its buttons."""
    inputs = Inputs(stored.now, stored.order, stored.notes)
    # The image itself is not needed: only whether the text stood under one.
    card = inputs.card(verdict).drawn(b"" if stored.picture else None, stored.trouble)
    return card.sent_html, _rows(card)


def digest_of(html: str, buttons: Rows) -> str:
    """Return the SHA-256 of a message."""
    return sha256(json.dumps([html, buttons], ensure_ascii=False).encode()).hexdigest()


def dump(stored: Answered) -> str:
    """Write a stored card as JSON text."""
    return json.dumps(stored.model_dump(mode="json"), ensure_ascii=False)


def parse(text: str) -> Answered:
    """Read a stored card; UnreadableCard when it is of another version or damaged."""
    try:
        return Answered.model_validate_json(text)
    except ValidationError as error:
        where = error.errors()[0]
        raise UnreadableCard(
            f"The stored card can't be read ({'.'.join(map(str, where['loc']))}: {where['msg']}). "
            "It was written by another version of this program."
        ) from None


def _rows(card: Card) -> Rows:
    return tuple(tuple((button.label, button.data) for button in row) for row in card.buttons)

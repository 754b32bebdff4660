"""What alerts look like: short, exact, and none lost without a word."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.cards.card import TEXT_LIMIT, Card
from bot.cards.outgoing import outgoing_card
from bot.cards.rings import MOST_SHOWN, alert_text, alerts_card, armed_card, ring_text
from desk.messages import RINGS, Rings
from desk.ringing import price_events
from tests.trading.alerts import BTC, after, alert, armed, indicator, move
from tests.trading.ledger_events import AT
from trading.alerts import Alert, Ring
from trading.events import RingsTold


def text_of(card: Card) -> str:
    return "\n".join(block.text for block in card.blocks)


def labels(card: Card) -> list[str]:
    return [button.label for row in card.buttons for button in row]


def ring(one: Alert | None = None, **changes: Any) -> Ring:
    made = one or alert()
    fields = {
        "kind": made.kind,
        "alert_id": made.id,
        "subject": made.symbol,
        "value": Decimal("30012.5"),
        "level": made.level,
        "at": AT,
        "alert": made,
        **changes,
    }
    return Ring(**fields)


def card_of(*rings: Ring) -> Card:
    payload = Rings(account_id="anne", rings=rings, source="binance", demo=False)
    return outgoing_card(RINGS, payload.model_dump_json(), uncertain=False)


@pytest.mark.parametrize(
    ("one", "value", "words"),
    [
        (alert(level="29999.5"), "30012.5", "BTC/USDT above 29 999.5: 30 012 USDT"),
        (alert(direction="below"), "29990", "BTC/USDT below 30 000: 29 990 USDT"),
        (move(), "0.0512", "BTC/USDT up 5.00 % in 1 h: 5.12 %"),
        (move(direction="either"), "0.06", "BTC/USDT up or down 5.00 % in 1 h: 6.00 %"),
        (indicator(), "71.234", "BTC/USDT 1h RSI(14) above 70.0: 71.2"),
        (
            indicator(level="0", indicator="price vs EMA(50)"),
            "0.0012",
            "BTC/USDT 1h price above EMA(50): +0.12 %",
        ),
    ],
)
def test_ring_says_what_crossed_and_where_it_stands(one: Alert, value: str, words: str) -> None:
    spoken = ring_text(ring(one, value=Decimal(value))).replace("\u202f", " ")
    assert spoken == words


def test_ring_of_a_feed_needs_no_alert() -> None:
    fields: dict[str, Any] = {"alert": None, "value": Decimal(200), "level": Decimal(180)}
    assert ring_text(ring(kind="stale", **fields)) == "BTC/USDT: no price for 3 min."
    assert "money in it" in ring_text(ring(kind="stale", critical=True, **fields))
    assert ring_text(ring(kind="fresh", **fields)) == "BTC/USDT: prices are back after 3 min"


def test_single_ring_is_its_own_heading_with_snooze_and_alerts() -> None:
    card = card_of(ring())
    assert card.blocks[0].text.startswith("🔔 BTC/USDT above")
    assert labels(card) == ["Snooze 1 h", "Snooze 8 h", "Alerts"]
    assert all(button.data.endswith(":anne") for row in card.buttons for button in row)
    assert max(len(button.data.encode()) for row in card.buttons for button in row) <= 64


def test_crowd_is_counted_and_only_the_newest_are_listed() -> None:
    rings = [
        ring(alert(f"a{n}", str(30_000 + n)), at=AT + timedelta(minutes=n)) for n in range(500)
    ]
    text = text_of(card_of(*rings))
    assert "500 alerts" in text
    assert f"{500 - MOST_SHOWN} earlier" in text
    assert "30 499".replace(" ", "\u202f") in text
    assert len(text) <= TEXT_LIMIT


def test_list_has_a_remove_button_for_each_and_says_what_waits() -> None:
    state = armed(alert("a1"), alert("a2", "31000", once=True))
    state = after(state, price_events(state, BTC, Decimal(30_000), Decimal(30_000), AT))
    card = alerts_card(state, AT, demo=True)
    text = text_of(card).replace("\u202f", " ")
    assert "1. BTC/USDT above 30 000 · rang 05 Jan 12:00, again after it was below 29 940" in text
    assert "2. BTC/USDT above 31 000 · once" in text
    assert "Waiting to be told: 1." in text
    assert "DEMO DATA" in text
    assert labels(card) == ["Remove 1", "Remove 2", "Snooze 1 h", "Snooze 8 h"]


def test_list_says_until_when_rings_wait_to_be_told_together() -> None:
    levels = [Decimal(30_000 + 10 * number) for number in range(6)]
    state = armed(*(alert(f"a{number}", str(level)) for number, level in enumerate(levels)))
    for level in levels[:-1]:
        state = after(state, price_events(state, BTC, level, level, AT))
        state = after(state, [RingsTold(count=len(state.untold))])
    later = AT + timedelta(minutes=1)
    state = after(state, price_events(state, BTC, levels[-1], levels[-1], later))
    assert "Waiting to be told: 1, together at 05 Jan 13:00 (UTC)." in text_of(
        alerts_card(state, later, demo=False)
    )


def test_fifty_alerts_fit_a_message_and_its_keyboard() -> None:
    state = armed(*(alert(f"{n:032x}", str(30_000 + n)) for n in range(50)))
    card = alerts_card(state, AT, demo=False)
    assert len(labels(card)) == 52
    assert len(text_of(card)) <= TEXT_LIMIT
    assert max(len(button.data.encode()) for row in card.buttons for button in row) <= 64


def test_armed_beyond_its_level_says_that_it_waits() -> None:
    card = armed_card(alert(ready=False), demo=False)
    assert "has to go below 29 940 USDT first" in text_of(card).replace("\u202f", " ")
    assert alert_text(alert()) in card.blocks[0].text

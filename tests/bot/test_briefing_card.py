"""The card of a briefing: narrow, with times, and plain words where something is missing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from bot.cards.briefing import briefing_card, settings_card
from bot.cards.card import WIDTH, Card
from bot.cards.outgoing import outgoing_card
from desk.briefing import (
    BRIEFING,
    Briefing,
    CallLine,
    HeadlineLine,
    HeldLine,
    LimitLine,
    MoodLine,
    MoverLine,
)
from desk.briefing_times import Slot

NOW = datetime(2026, 1, 6, 7, 0, 3, tzinfo=UTC)
LONG = "1000000MOGWIFHAT/USDT"
WHOLE = Briefing(
    account_id="7",
    at=NOW,
    day=date(2026, 1, 6),
    due_at=NOW,
    zone="Europe/Berlin",
    offset_minutes=60,
    late=False,
    currency="USDT",
    equity=Decimal("1234567.891"),
    day_profit=Decimal("-12.345"),
    day_fraction=Decimal("-0.00001"),
    profit_fraction=Decimal("0.2345"),
    fresh=True,
    held=(
        HeldLine(
            symbol=LONG,
            quantity=Decimal("-123456.789"),
            unrealised=Decimal(-3),
            unrealised_fraction=Decimal("-0.0321"),
            price=Decimal("0.0001234"),
            price_at=NOW - timedelta(hours=3),
            kind="last",
        ),
    ),
    held_in_all=3,
    waiting_orders=2,
    nearest=LimitLine(name=LONG, used=Decimal("0.07"), bound=Decimal("0.1"), unit="fraction"),
    paused=False,
    watches=1,
    listed=True,
    movers=tuple(
        MoverLine(
            symbol=symbol, price=Decimal(price), at=NOW, change=Decimal(change), source="binance"
        )
        for symbol, price, change in ((LONG, "0.0001234", "-0.121"), ("BTC/USDT", "55900", "0.02"))
    ),
    missing=("XMR/USDT",),
    market_down=False,
    mood=MoodLine(value=-0.23, count=12, hours=6, read_by="word list"),
    headlines=(
        HeadlineLine(
            title="Bitcoin <b>holds</b>", link="https://a.example/1", source="a.example", at=NOW
        ),
    ),
    news_note="",
    calls=(
        CallLine(
            symbol="BTC/USDT",
            timeframe="1h",
            stance="long",
            before="flat",
            at=NOW - timedelta(days=1),
            change=Decimal("0.0123"),
        ),
    ),
    source="binance",
    demo=False,
)


def text_of(card: Card) -> str:
    return "\n".join(block.text for block in card.blocks)


def assert_narrow(card: Card) -> None:
    lines = [
        line for block in card.blocks if block.kind == "table" for line in block.text.split("\n")
    ]
    assert all(len(line) <= WIDTH for line in lines), lines


def test_card_tells_everything_by_the_persons_clock_in_narrow_lines() -> None:
    card = briefing_card(WHOLE)
    assert_narrow(card)
    text = text_of(card)
    assert card.blocks[0].text == "Briefing · Tue 06 Jan · 08:00"
    for part in (
        "1\u202f234\u202f567.89 USDT",
        "−12.1 %",
        "BTC 1h LONG",
        "since 05 Jan 07:00, was FLAT",
        "XMR/USDT",
    ):
        assert part in text
    assert "as of 06 Jan 07:00:03 UTC" in text
    assert "&lt;b&gt;holds" in card.html()
    assert 'href="https://a.example/1"' in card.html()
    assert all(len(button.data.encode()) <= 64 for row in card.buttons for button in row)


def test_verdicts_say_how_many_there_are_and_what_was_asked_again() -> None:
    (call,) = WHOLE.calls
    again = call.model_copy(update={"times": 7})
    several = WHOLE.model_copy(update={"calls": (again,), "calls_in_all": 9, "calls_days": 3})
    card = briefing_card(several)
    assert_narrow(card)
    assert "Your verdicts, 1 of 9 in 3 days" in text_of(card)
    assert "asked 7 times, the newest told" in text_of(card)
    assert "1 of" not in text_of(briefing_card(WHOLE))


def test_movers_say_that_they_are_live_prices() -> None:
    assert "Your list, live against 24 h ago" in text_of(briefing_card(WHOLE))


def test_briefing_that_comes_late_says_so() -> None:
    late = WHOLE.model_copy(update={"late": True, "at": NOW + timedelta(hours=2)})
    assert "This comes late: it was due at 08:00." in text_of(briefing_card(late))


def test_market_that_is_down_is_told_in_place_of_movers() -> None:
    down = WHOLE.model_copy(
        update={"market_down": True, "movers": (), "fresh": False, "calls": (), "mood": None}
    )
    text = text_of(briefing_card(down))
    assert "The market (binance) can't be reached now." in text
    assert "the last one known stands in" in text
    assert "no price now" not in text


def test_briefing_comes_out_of_the_outbox_as_the_card() -> None:
    card = outgoing_card(BRIEFING, WHOLE.model_dump_json(), uncertain=False)
    assert card == briefing_card(WHOLE)


def test_settings_card_says_when_the_next_one_comes() -> None:
    slot = Slot(date(2026, 1, 7), NOW + timedelta(days=1))
    card = settings_card("08:00", "America/Argentina/Buenos_Aires", slot, NOW, (LONG,), demo=True)
    assert_narrow(card)
    assert "Wed 07 Jan 07:00" in text_of(card)
    assert [button.label for row in card.buttons for button in row] == ["Show one now", "Off"]
    off = settings_card("", "UTC", None, NOW, (), demo=True)
    assert "off" in text_of(off)
    assert [button.label for row in off.buttons for button in row] == ["Show one now"]

"""The card of an order shows what it costs and risks, on a narrow screen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agents.verdict import RunVote, Verdict
from bot.cards.card import CAPTION_LIMIT, WIDTH, utf16_length
from bot.cards.proposal import grid_line, proposal_card, proposal_lines, settled_buttons
from bot.cards.verdict import verdict_card
from desk.facts import Fact
from trading.orders import Draft, Proposal

NOW = datetime(2026, 11, 22, 14, 0, 3, tzinfo=UTC)
D = Decimal
LARGEST = D("999999999.99")


def proposal(**changes: Any) -> Proposal:
    sound = Proposal(
        id="0123456789abcdef",
        account_id="7",
        strategy="manual",
        symbol="BTC/USDT",
        base="BTC",
        quote="USDT",
        side="buy",
        quantity=D("0.00737"),
        opens=D("0.00737"),
        entry=D("27013.52"),
        band=D("0.005"),
        stop=D("26203.11"),
        target=D("28364.20"),
        notional=D("199.0896424"),
        fee_rate=D("0.001"),
        slippage=D("0.0005"),
        fee=D("0.19908964"),
        loss_at_stop=D("6.47"),
        loss_fraction=D("0.000647"),
        exposure_before=D(0),
        exposure_after=D("199.0896424"),
        nearest_limit="2 % per order (1.99 % used)",
        quoted_at=NOW,
        made_at=NOW,
        expires_at=NOW + timedelta(minutes=5),
        source="binance",
        question_id="q",
        margin=D("199.0896424"),
        tick=D("0.01"),
        lot=D("0.00001"),
        min_notional=D(5),
        mark=D(27_000),
    )
    return Proposal.model_validate({**sound.model_dump(), **changes})


def lines(**changes: Any) -> list[str]:
    return proposal_lines(proposal(**changes)).splitlines()


def test_a_market_order_shows_entry_costs_exits_and_exposure() -> None:
    assert lines() == [
        "Buy 0.00737 BTC ≈ 199.09 USDT",
        " entry 27\u202f014 ±0.50 %",
        " fee 0.20 USDT, slippage 0.05 %",
        " stop 26\u202f203  target 28\u202f364",
        " loss at stop 6.47 USDT (0.06 %)",
        " exposure 0.00 → 199.09 USDT",
        " nearest limit: 2 % per order",
        "quote 14:00:03 · until 14:05:03 UTC",
    ]


def test_a_waiting_order_shows_its_own_price_to_the_last_digit_and_its_end() -> None:
    waits = {"entry": D("26000.37"), "price": D("26000.37"), "kind": "limit"}
    shown = lines(**waits, until=datetime(2026, 12, 1, 18, tzinfo=UTC))
    assert " limit 26\u202f000.37  market 27\u202f000" in shown
    assert " in the book until 01 Dec 18:00 UTC" in shown
    assert not any("±" in line for line in shown), "the price band does not apply"
    assert " in the book till cancelled" in lines(**waits)
    stop = lines(kind="stop", price=D(27_500), entry=D("27513.75"))
    assert " stop entry 27\u202f500  market 27\u202f000" in stop
    assert " entry expected 27\u202f514" in stop
    both = lines(kind="stop_limit", price=D(27_500), limit=D(27_600), entry=D(27_600))
    assert " stop entry 27\u202f500  limit 27\u202f600" in both


def test_leverage_shows_margin_and_liquidation_and_a_trail_its_distance() -> None:
    shown = lines(leverage=D(3), margin=D("66.36"), liquidation=D("18123.4"), trail=D("0.04"))
    assert " leverage 3 ×, margin 66.36 USDT" in shown
    assert " liquidation at 18\u202f123" in shown
    assert " trailing stop 26\u202f203 (4.00 %)" in shown


def test_an_order_that_only_reduces_says_so() -> None:
    closing = {"stop": None, "target": None, "loss_at_stop": None, "loss_fraction": None}
    shown = lines(side="sell", reduce_only=True, opens=D(0), **closing)
    assert shown[:2] == ["Sell 0.00737 BTC ≈ 199.09 USDT", " only reduces what is held"]
    assert not any("nearest" in line for line in shown)


def test_an_order_that_opens_without_a_stop_says_so() -> None:
    bare = {"stop": None, "loss_at_stop": None, "loss_fraction": None}
    assert " no stop  target 28\u202f364" in lines(**bare)
    assert " no stop" in lines(**bare, target=None)
    assert not any("no stop" in line for line in lines(opens=D(0), target=None, **bare))


def test_the_market_s_grid_is_on_the_card_of_a_typed_order() -> None:
    text = "\n".join(block.text for block in proposal_card(proposal(), demo=False).blocks)
    assert " tick 0.01, lot 0.00001, min 5 USDT" in text
    assert grid_line(proposal(tick=None)) == "", "older ones did not record it"


def test_notes_are_on_both_cards() -> None:
    noted = proposal(notes=("Limit 26000.005 put on the tick: 26000.",))
    for card in (proposal_card(noted, demo=False), verdict_card(verdict(), noted, NOW)):
        assert "put on the tick" in "\n".join(block.text for block in card.blocks)


PRICES = st.decimals("0.00000001", LARGEST, places=8)


@given(PRICES, PRICES, PRICES, st.sampled_from(["market", "limit", "stop", "stop_limit"]))
def test_no_line_is_wider_than_a_phone(
    price: Decimal, level: Decimal, size: Decimal, kind: str
) -> None:
    wide = proposal(
        kind=kind,
        price=None if kind == "market" else price,
        limit=level if kind == "stop_limit" else None,
        entry=price,
        stop=level,
        target=level,
        quantity=size,
        notional=size,
        fee=size,
        loss_at_stop=size,
        exposure_before=size,
        exposure_after=level,
        leverage=D("2.25"),
        margin=size,
        liquidation=level,
        trail=D("0.043"),
        tick=price,
        lot=price,
        until=NOW,
        base="1000SHIB",
    )
    card = proposal_card(wide, demo=True)
    for block in card.blocks:
        if block.kind == "table":
            assert max(map(len, block.text.splitlines())) <= WIDTH


def test_a_placed_order_can_be_cancelled_from_its_card() -> None:
    (row,) = settled_buttons("p", "Placed", None, "o")
    assert [(button.label, button.data) for button in row] == [
        ("Placed", "ended:p"),
        ("Cancel order", "cancel:o"),
    ]


def test_a_verdict_with_a_full_order_stays_one_message_under_its_chart() -> None:
    order = proposal(
        leverage=D(3),
        margin=D("66.36"),
        liquidation=D("18123.4"),
        trail=D("0.04"),
        target=D(28_364),
    )
    card = verdict_card(verdict(), order, NOW)
    assert card.fits_caption
    text = "\n".join(block.text for block in card.blocks)
    assert utf16_length(text) <= CAPTION_LIMIT, utf16_length(text)
    shown = card.html(CAPTION_LIMIT)
    assert "Dissent" in shown, "nothing was dropped for want of room"
    assert "liquidation at" in shown


def verdict() -> Verdict:
    """Return a verdict with as many facts and words as one usually has."""
    rows: list[tuple[str, str, Any, str]] = [
        ("quote", "Last price", D(27_000), "USDT"),
        ("indicators", "EMA 20/50", "above", ""),
        ("indicators", "MACD histogram", D("12.345"), "USDT"),
        ("indicators", "ADX(14)", 45.6, ""),
        ("forecast", "Forecast ↑", 0.468, "fraction"),
        ("forecast", "Forecast edge", "no edge", ""),
        ("backtest", "SMA cross return", -0.394, "fraction"),
        ("backtest", "Buy and hold", -0.389, "fraction"),
        ("backtest", "Max drawdown", 0.437, "fraction"),
        ("risk_check", "VaR 95 %, 1 day", 0.0721, "fraction"),
    ]
    facts = tuple(
        Fact(f"f{place}", label, value, unit, "BTC/USDT", "1h", NOW, tool, "binance")
        for place, (tool, label, value, unit) in enumerate(rows)
    )
    votes: tuple[RunVote, ...] = ()
    return Verdict(
        id="q",
        question="Is BTC a long?",
        symbol="BTC/USDT",
        timeframe="1h",
        as_of=NOW,
        source="binance",
        demo=True,
        stance="long",
        votes=votes,
        runs_total=3,
        counts={"long": 2, "flat": 1},
        not_needed=0,
        headline="The trend is up and momentum agrees, but the forecast shows no edge.",
        reasons=(),
        prose_dropped=False,
        dissent="flat: The price is stretched, but a strong trend runs against a return.",
        evidence=facts,
        draft=Draft(symbol="BTC/USDT", side="buy", strategy="analyst"),
        size=D(1),
        analyst="rule-based analyst, no language model",
        seconds=0.5,
        tokens_in=0,
        tokens_out=0,
    )

"""Orders of every kind are priced on the exchange's grid, sized within the limits, or refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.accounts import Decision
from desk.entering import entering
from desk.leaving import leaving
from desk.ports import Entry
from desk.terms import Terms
from tests.fakes.clock import FakeClock
from tests.fakes.fake_market import instrument_of
from tests.fakes.paper_desk import ANNE, BTC, PaperDesk, paper_desk
from trading.bounds import Limits
from trading.errors import BadArgument
from trading.events import LimitsChanged
from trading.instrument import Quote
from trading.limits import Denied
from trading.orders import Draft, Proposal, Side, sign

ASK, BID = Decimal("27000.01"), Decimal("26999.99")
COSTS = Decimal("0.0005")
D = Decimal


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[PaperDesk]:
    async with paper_desk(tmp_path) as opened:
        yield opened


def draft(side: Side = "buy", **said: Any) -> Draft:
    numbers = {
        name: D(value) if isinstance(value, str) and value[0].isdigit() else value
        for name, value in said.items()
    }
    return Draft.model_validate({"symbol": BTC, "side": side, "strategy": "manual", **numbers})


async def priced(desk: PaperDesk, side: Side = "buy", **said: Any) -> Proposal:
    made = await desk.preview.price(ANNE, draft(side, **said))
    assert isinstance(made, Proposal), made
    return made


async def denied(desk: PaperDesk, side: Side = "buy", **said: Any) -> list[str]:
    made = await desk.preview.price(ANNE, draft(side, **said))
    assert isinstance(made, Denied), made
    return [breach.limit for breach in made.reasons]


async def test_a_limit_below_the_market_waits_and_has_its_exits_at_its_price(
    desk: PaperDesk,
) -> None:
    made = await priced(desk, kind="limit", price="26000", notional="150")
    assert (made.kind, made.price, made.entry, made.notes) == ("limit", D(26_000), D(26_000), ())
    assert (made.stop, made.target) == (D("25220"), D("27300"))
    assert made.quantity == D("0.00576")
    assert (made.mark, made.tick, made.lot, made.min_notional) == (
        D(27_000),
        D("0.01"),
        D("0.00001"),
        D(5),
    )


async def test_a_limit_that_the_market_meets_fills_at_once_and_says_so(desk: PaperDesk) -> None:
    made = await priced(desk, kind="limit", price="28000", notional="150")
    assert made.price == 28_000
    assert made.entry == D("27013.52"), "expected at the market, not at the limit"
    assert made.stop is not None
    assert made.stop < 27_000
    assert "fills at once" in made.notes[0]
    close = await priced(desk, kind="limit", price="27000.01", notional="150")
    assert close.entry == close.price == D("27000.01")
    assert "fills at once" in close.notes[0]
    short = await priced(desk, "sell", kind="limit", price="26000", notional="150")
    assert short.entry == D("26986.49")


async def test_a_stop_entry_expects_its_trigger_worsened_by_the_slippage(desk: PaperDesk) -> None:
    up = await priced(desk, kind="stop", price="27500", notional="150")
    assert (up.price, up.entry) == (D(27_500), D("27513.75"))
    down = await priced(desk, "sell", kind="stop", price="26500", notional="150")
    assert (down.price, down.entry) == (D(26_500), D("26486.75"))
    assert down.stop is not None
    assert down.stop > down.entry


async def test_a_stop_limit_expects_its_trigger_worsened_but_never_beyond_its_limit(
    desk: PaperDesk,
) -> None:
    made = await priced(desk, kind="stop_limit", price="27500", limit="27600", notional="150")
    assert (made.price, made.limit, made.entry) == (D(27_500), D(27_600), D("27513.75"))
    near = await priced(desk, kind="stop_limit", price="27500", limit="27510", notional="150")
    assert near.entry == 27_510
    with pytest.raises(BadArgument, match="at or above its trigger"):
        await priced(desk, kind="stop_limit", price="27600", limit="27500", notional="150")


@pytest.mark.parametrize(
    ("side", "price"), [("buy", "26500"), ("buy", "27000.01"), ("sell", "27500")]
)
async def test_a_stop_beyond_the_market_is_refused_with_the_right_word(
    desk: PaperDesk, side: Side, price: str
) -> None:
    with pytest.raises(BadArgument, match="Use a limit or market order"):
        await priced(desk, side, kind="stop", price=price, notional="150")


async def test_prices_are_put_on_the_tick_and_the_card_says_so(desk: PaperDesk) -> None:
    low = await priced(desk, kind="limit", price="26000.005", notional="150")
    assert low.price == D("26000.00")
    assert low.notes == ("Limit 26\u202f000.005 put on the tick: 26\u202f000.",)
    high = await priced(desk, "sell", kind="limit", price="28000.001", notional="150")
    assert high.price == D("28000.01")
    stop = await priced(desk, notional="150", stop_price="25000.019", target_price="30000.001")
    assert (stop.stop, stop.target) == (D("25000.01"), D("30000.01"))
    assert len(stop.notes) == 2


@given(
    st.sampled_from(["buy", "sell"]),
    st.sampled_from(["limit", "stop"]),
    st.decimals("5500", "130000", places=4),
    st.sampled_from(["0.01", "0.5", "7"]),
)
def test_no_price_is_rounded_against_the_person(
    side: Side, kind: str, price: Decimal, tick: str
) -> None:
    what = instrument_of(BTC, tick=tick)
    quote = Quote(BTC, BID, ASK, D(27_000), FakeClock()(), "fake")
    try:
        way = entering(draft(side, kind=kind, price=price), quote, what, COSTS)
    except BadArgument:
        return
    assert way.price is not None
    assert way.price % what.tick == 0
    assert way.fill % what.tick == 0
    assert abs(way.price - price) < what.tick
    # A limit never pays more; a stop never triggers sooner.
    better = -sign(side) if kind == "limit" else sign(side)
    assert (way.price - price) * better >= 0
    assert bool(way.notes) == (way.price != price or not way.waits)


@given(
    st.sampled_from(["buy", "sell"]),
    st.decimals("0.001", "0.9", places=4),
    st.decimals("0.001", "0.9", places=4),
    st.integers(1, 9_000_000),
)
def test_exits_are_on_the_tick_and_on_their_sides_of_the_entry(
    side: Side, stop: Decimal, target: Decimal, cents: int
) -> None:
    what, entry = instrument_of(BTC), D(cents + 100) / 100
    exits = leaving(draft(side, stop_fraction=stop, target_fraction=target), entry, what, Terms())
    assert exits.stop is not None
    assert exits.target is not None
    assert exits.stop % what.tick == exits.target % what.tick == 0
    assert (entry - exits.stop) * sign(side) > 0
    assert (exits.target - entry) * sign(side) > 0
    assert exits.trail is None


async def test_a_trailing_stop_begins_at_its_distance(desk: PaperDesk) -> None:
    made = await priced(desk, trail_fraction="0.04", notional="100")
    assert made.trail == D("0.04")
    assert made.stop == D("25932.97")  # 27013.52 × 0.96, rounded away
    assert made.loss_at_stop is not None
    clashes: list[dict[str, Any]] = [{"stop_fraction": "0.02"}, {"stop_price": "26000"}]
    for clash in clashes:
        with pytest.raises(BadArgument, match="not both"):
            await priced(desk, trail_fraction="0.04", notional="100", **clash)


@pytest.mark.parametrize(
    ("side", "levels", "words"),
    [
        ("buy", {"stop_price": "27500"}, "stop of a buy is below its entry"),
        ("buy", {"target_price": "26000"}, "target of a buy is above its entry"),
        ("sell", {"stop_price": "26000"}, "stop of a sell is above its entry"),
        ("sell", {"target_price": "28000"}, "target of a sell is below its entry"),
        ("buy", {"stop_price": "26"}, "too far from the market"),
        ("buy", {"stop_price": "26000", "stop_fraction": "0.02"}, "stop is given twice"),
        ("buy", {"kind": "limit"}, "limit order has 1 price"),
        ("buy", {"price": "26000"}, "market order has no price"),
        ("buy", {"kind": "limit", "price": "26"}, "too far from the market"),
        ("buy", {"kind": "stop_limit", "price": "27500"}, "stop-limit order has 2 prices"),
        ("buy", {"leverage": "0.5"}, "not between 1 and 100"),
        ("buy", {"quantity": "0.001"}, "size is given twice"),
        ("buy", {"stop_fraction": "12"}, "not between 0 and 10"),
    ],
)
async def test_what_can_not_be_is_refused_in_words(
    desk: PaperDesk, side: Side, levels: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadArgument, match=words):
        await priced(desk, side, notional="100", **levels)


async def test_a_quantity_is_cut_to_whole_lots_and_checked(desk: PaperDesk) -> None:
    assert (await priced(desk, quantity="0.0055599")).quantity == D("0.00555")
    assert await denied(desk, quantity="0.000004") == ["lot"]
    assert await denied(desk, quantity="0.0001") == ["minimum notional"]
    assert "order" in await denied(desk, quantity="1")


async def test_leverage_ties_up_less_and_shows_where_it_is_liquidated(desk: PaperDesk) -> None:
    made = await priced(desk, notional="150", leverage="3")
    assert made.margin == (made.notional / 3).quantize(D("1E-12"))
    assert made.liquidation is not None
    # A third of the entry is backed; half a percent of the worth is kept back.
    assert abs(made.liquidation - made.entry * 2 / 3 / D("0.995")) < 1
    plain = await priced(desk, notional="150")
    assert (plain.liquidation, plain.margin) == (None, plain.notional)
    assert "order leverage" in await denied(desk, notional="150", leverage="5")


async def test_liquidation_counts_the_margin_of_what_is_held_already(desk: PaperDesk) -> None:
    await desk.buy(notional="150")
    alone = D(27_000) * 2 / 3 / D("0.995")
    more = await priced(desk, notional="150", leverage="3")
    assert more.liquidation is not None
    assert more.liquidation < alone * D("0.6"), "the margin of the first backs the second too"


async def test_a_stop_behind_the_liquidation_price_is_told(tmp_path: Path) -> None:
    bold = Limits(max_leverage_crypto=D(20), max_loss_fraction=D(1))
    async with paper_desk(tmp_path, limits=bold) as desk:
        made = await priced(desk, notional="150", leverage="20", stop_fraction="0.10")
        assert made.notes == ("The position is liquidated before its stop is reached.",)
        assert (await priced(desk, notional="150", leverage="20", stop_fraction="0.02")).notes == ()


async def test_the_end_of_a_waiting_order_is_ahead_and_at_most_90_days(desk: PaperDesk) -> None:
    now = desk.clock()
    waits: dict[str, Any] = {"kind": "limit", "price": "26000", "notional": "100"}
    made = await priced(desk, **waits, until=now + timedelta(days=2))
    assert made.until == now + timedelta(days=2)
    assert made.expires_at == now + timedelta(minutes=5)
    soon = await priced(desk, **waits, until=now + timedelta(minutes=2))
    assert soon.expires_at == soon.until, "nobody can place an order that is over"
    for until, words in ((now, "is over"), (now + timedelta(days=91), "more than 90 days")):
        with pytest.raises(BadArgument, match=words):
            await priced(desk, **waits, until=until)
    with pytest.raises(BadArgument, match="fills at once"):
        await priced(desk, notional="100", until=now + timedelta(days=1))


async def test_the_accounts_own_limits_go_before_the_desks(desk: PaperDesk) -> None:
    own = Limits(max_order_fraction=D("0.01"))
    changed = LimitsChanged(limits=own)
    await desk.accounts.change(ANNE, lambda state: Decision(None, [Entry(changed, "limits:1")]))
    assert "order" in await denied(desk, notional="150")
    assert (await priced(desk)).notional < 100


async def test_the_largest_waiting_order_is_within_the_loss_at_its_stop(desk: PaperDesk) -> None:
    made = await priced(desk, kind="limit", price="26000", stop_fraction="0.6")
    assert made.loss_at_stop is not None
    assert D(95) < made.loss_at_stop <= 100
    assert made.notional < 200


async def test_exposure_is_told_before_and_after(desk: PaperDesk) -> None:
    first = await desk.buy(notional="150")
    held = first.fill.quantity * 27_000
    made = await priced(desk, notional="100")
    assert (made.exposure_before, made.exposure_after) == (held, held + made.notional)


HALVED: list[dict[str, Any]] = [
    {"kind": "limit", "price": "26000", "leverage": "2", "stop_fraction": "0.037"},
    {"kind": "stop", "price": "27500", "target_fraction": "0"},
    {"kind": "stop_limit", "price": "27500", "limit": "27600", "trail_fraction": "0.043"},
    {"kind": "limit", "price": "26000.33", "stop_price": "25017.77", "target_price": "27777.11"},
]


@pytest.mark.parametrize("said", HALVED)
async def test_half_keeps_everything_but_the_size(desk: PaperDesk, said: dict[str, Any]) -> None:
    until = desk.clock() + timedelta(days=1)
    whole = await priced(desk, notional="150", until=until, **said)
    await desk.preview.offer(whole)
    half = await desk.preview.half(ANNE, whole.id)
    assert isinstance(half, Proposal)
    assert half.quantity == D(int(whole.quantity / D("0.00001") / 2)) * D("0.00001")
    for name in ("kind", "price", "limit", "entry", "stop", "target", "trail", "leverage", "until"):
        assert getattr(half, name) == getattr(whole, name), name


async def test_half_of_a_stop_that_the_market_has_passed_is_refused(desk: PaperDesk) -> None:
    whole = await priced(desk, kind="stop", price="27500", notional="150")
    await desk.preview.offer(whole)
    desk.market.set(BTC, 27_600)
    with pytest.raises(BadArgument, match="Use a limit or market order"):
        await desk.preview.half(ANNE, whole.id)
    assert list((await desk.state()).waiting) == [whole.id]


async def test_a_question_has_one_open_proposal_a_side(desk: PaperDesk) -> None:
    async def tapped(side: Side) -> Proposal:
        made = await desk.preview.price(ANNE, draft(side, notional="100"), "q1")
        assert isinstance(made, Proposal)
        offered = await desk.preview.offer(made)
        assert isinstance(offered, Proposal)
        return offered

    first, again, other = await tapped("buy"), await tapped("buy"), await tapped("sell")
    assert again == first
    assert other.id != first.id
    desk.clock.move(minutes=6)
    assert (await tapped("buy")).id != first.id, "an expired one is no answer"

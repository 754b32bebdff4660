"""Cards of money fit a phone whatever is held, and lead to what they say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.cards.card import WIDTH, Card, utf16_length
from bot.cards.export import export_card
from bot.cards.history import history_card
from bot.cards.orders import orders_card
from bot.cards.pnl import pnl_card
from bot.cards.positions import positions_card
from bot.commands.pnl import read_words
from desk.export import CsvFile, Export
from desk.history import FillPage
from desk.portfolio import Holding, Portfolio
from desk.pricing import Mark
from desk.statement import By, Span, statement
from tests.trading.ledger_events import AT, account, traded
from trading.account import AccountState
from trading.bounds import Limits
from trading.errors import BadArgument
from trading.events import Event, OrderPlaced, OrderTriggered, ProposalMade
from trading.orders import Exits, Fill, Order, Position, Proposal
from trading.profit import NOTHING, Tally, tally

D = Decimal
BTC = "BTC/USDT"
AMOUNTS = st.one_of(
    st.sampled_from([D("1E-18"), D("1E+18"), D("123456789012345678.12345678"), D("0.00000001")]),
    st.decimals(D("1E-12"), D("1E+15"), allow_nan=False, allow_infinity=False),
)
ELSEWHERE = "coinbaseinternational:1000000MOG/FDUSD"
NAMES = st.sampled_from([BTC, "1000SATS/USDT", "A123456789012345/FDUSD", ELSEWHERE])
STRATEGIES = st.sampled_from(["manual", "a_very_long_name_of_a_strategy_of_the_desk"])
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def fits(card: Card) -> str:
    """Check that nothing scrolls sideways or is cut, and return all the text."""
    for block in card.blocks:
        if block.kind == "table":
            assert max(map(len, block.text.splitlines()), default=0) <= WIDTH, block.text
    text = "\n".join(block.text for block in card.blocks)
    assert utf16_length(text) <= 4096
    for row in card.buttons:
        for button in row:
            assert 1 <= len(button.data.encode()) <= 64
    return text


def data_of(card: Card) -> list[str]:
    return [button.data for row in card.buttons for button in row]


def labels_of(card: Card) -> list[str]:
    return [button.label for row in card.buttons for button in row]


def order(name: str, **fields: object) -> Order:
    base: dict[str, object] = {
        "id": name,
        "symbol": BTC,
        "strategy": "manual",
        "side": "sell",
        "kind": "stop",
        "quantity": D(1),
        "price": D(90),
        "reduce_only": True,
        "placed_at": AT,
    }
    return Order.model_validate({**base, **fields})


def proposal(name: str = "p1", **fields: object) -> Proposal:
    base: dict[str, object] = {
        "id": name,
        "account_id": "a",
        "strategy": "manual",
        "symbol": BTC,
        "base": "BTC",
        "quote": "USDT",
        "side": "buy",
        "quantity": D("0.0074"),
        "entry": D("26905"),
        "band": D("0.002"),
        "stop": D("26098"),
        "target": D("28250"),
        "notional": D("199.1"),
        "fee_rate": D("0.001"),
        "slippage": D("0.0005"),
        "fee": D("0.2"),
        "loss_at_stop": D("6.5"),
        "loss_fraction": D("0.00065"),
        "exposure_before": D(0),
        "exposure_after": D("199.1"),
        "nearest_limit": "2 % per order",
        "quoted_at": AT,
        "made_at": AT,
        "expires_at": AT + timedelta(minutes=5),
        "source": "fake",
    }
    return Proposal.model_validate({**base, **fields})


def booked(*orders: Order, events: Sequence[Event] = ()) -> AccountState:
    placed = [OrderPlaced(order=one) for one in orders]
    return account(*traded(1, "buy", "1", "100"), *placed, *events)


def shown(state: AccountState, number: int = 0) -> Card:
    return orders_card(state, number, AT, demo=False)


def test_orders_of_every_kind_say_when_they_fill() -> None:
    state = booked(
        order("stop", price=D("90.5"), group="g"),
        order("take", kind="target", price=D(120), group="g"),
        order("trail", kind="trailing", price=D(97), trail=D("0.03"), best=D(100)),
        order("out", kind="limit", price=D(130)),
        order(
            "in",
            kind="limit",
            side="buy",
            reduce_only=False,
            price=D(80),
            leverage=D(3),
            until=AT + timedelta(days=1),
            exits=Exits(stop=D(76), target=D(88), trail=D("0.05")),
        ),
        order("break", side="buy", reduce_only=False, price=D(140)),
        order("both", kind="stop_limit", side="buy", reduce_only=False, price=D(141), limit=D(142)),
        order("hit", kind="stop_limit", side="buy", reduce_only=False, price=D(99), limit=D(100)),
        events=[OrderTriggered(order_id="hit", happened_at=AT)],
    )
    card = shown(state)
    text = fits(card)
    for words in (
        "Open orders (8)",
        f"{BTC} · LONG · manual: exits",
        "1 sell stop 1 BTC\n  triggers at 90.50",
        "2 sell target 1 BTC\n  at 120.00 or better",
        "3 sell trailing stop 1 BTC\n  now 97.00, 3.00 % behind 100.00",
        "4 sell limit 1 BTC\n  at 130.00 or better\n  reduce-only",
        f"{BTC} · manual: entry",
        "5 buy limit 1 BTC\n  at 80.00 or better\n  leverage 3×",
        "  then stop 76.00, trailing 5.00 %,\n  target 88.00",
        "  good till 06 Jan 12:00 UTC",
        "6 buy stop 1 BTC\n  triggers at 140.00",
        "7 buy stop-limit 1 BTC\n  triggers at 141.00, limit 142.00",
        "8 buy stop-limit 1 BTC\n  triggered, limit 100.00",
    ):
        assert words in text
    assert data_of(card) == [f"cancel:{name}" for name in state.orders]
    assert labels_of(card) == [f"Cancel {number}" for number in range(1, 9)]


def test_exits_of_one_entry_stand_together() -> None:
    card = shown(
        booked(
            order("s1", group="one"),
            order("s2", group="two", price=D(80)),
            order("t1", group="one", kind="target", price=D(110)),
            order("t2", group="two", kind="target", price=D(120)),
        )
    )
    assert data_of(card) == ["cancel:s1", "cancel:t1", "cancel:s2", "cancel:t2"]


def test_exit_whose_position_is_gone_is_shown_and_can_be_cancelled() -> None:
    card = shown(account(OrderPlaced(order=order("left"))))
    assert "exit without a position" in fits(card)
    assert data_of(card) == ["cancel:left"]


def test_orders_come_in_pages_that_show_each_once() -> None:
    state = booked(*(order(f"o{number}", price=D(50 + number)) for number in range(20)))
    pages = [shown(state, number) for number in range(3)]
    for page in pages:
        fits(page)
    found = [data for page in pages for data in data_of(page) if data.startswith("cancel:")]
    assert sorted(found) == sorted(f"cancel:o{number}" for number in range(20))
    turns = [[data for data in data_of(page) if data.startswith("orders:")] for page in pages]
    assert turns == [["orders:1"], ["orders:0", "orders:2"], ["orders:1"]]
    assert data_of(shown(state, 99)) == data_of(pages[2])


def test_nothing_waits() -> None:
    card = shown(account())
    assert "Open orders\nNone." in fits(card)
    assert card.buttons == ()


def test_proposals_are_shown_with_their_buttons_until_they_expire() -> None:
    state = booked(order("s"), events=[ProposalMade(proposal=proposal())])
    card = shown(state)
    text = fits(card)
    assert "Waiting for your tap" in text
    assert "2 buy 0.0074 BTC\n  ≈ 199.10 USDT\n  market at 26\u202f905" in text
    assert "loss at stop 6.50 USDT" in text
    assert data_of(card) == ["cancel:s", "confirm:p1", "reject:p1"]
    assert labels_of(card) == ["Cancel 1", "Confirm 2", "Reject 2"]
    later = orders_card(state, 0, AT + timedelta(minutes=5), demo=False)
    assert data_of(later) == ["cancel:s"]


def test_proposal_that_would_wait_shows_its_own_prices() -> None:
    stop: dict[str, Any] = {"kind": "stop", "price": D(27_500), "entry": D("27513.75")}
    assert "  stop at 27\u202f500" in fits(shown(account(ProposalMade(proposal=proposal(**stop)))))
    both: dict[str, Any] = {
        "kind": "stop_limit",
        "price": D(27_500),
        "limit": D(27_600),
        "entry": D(27_600),
    }
    text = fits(shown(account(ProposalMade(proposal=proposal(**both)))))
    assert "  stop-limit at 27\u202f500, limit 27\u202f600" in text


def test_many_proposals_show_the_newest_and_count_the_rest() -> None:
    made = [ProposalMade(proposal=proposal(f"p{number}")) for number in range(7)]
    card = shown(account(*made))
    assert "… and 3 older" in fits(card)
    assert data_of(card)[0] == "confirm:p3"
    assert data_of(card)[-1] == "reject:p6"


@SLOW
@given(AMOUNTS, AMOUNTS, AMOUNTS, NAMES, STRATEGIES)
def test_orders_fit_whatever_their_figures(
    size: Decimal, level: Decimal, other: Decimal, symbol: str, strategy: str
) -> None:
    fields: dict[str, object] = {
        "symbol": symbol,
        "strategy": strategy,
        "quantity": size,
        "price": level,
    }
    entry: dict[str, object] = {**fields, "reduce_only": False, "side": "buy"}
    orders = [
        order("i" * 32, **fields),
        order("t", **fields, kind="trailing", trail=D("0.123"), best=other),
        order("l", **entry, kind="stop_limit", limit=other, leverage=D("19.5")),
        order("e", **entry, kind="limit", exits=Exits(stop=other, target=level, trail=D("0.2"))),
    ]
    offered = proposal(
        symbol=symbol,
        base=symbol.partition("/")[0],
        quantity=size,
        entry=level,
        stop=other,
        target=other,
        notional=size,
        loss_at_stop=other,
    )
    state = account(*(OrderPlaced(order=one) for one in orders), ProposalMade(proposal=offered))
    fits(shown(state))


# Positions


def holding(number: int = 1, **fields: object) -> Holding:
    base: dict[str, object] = {
        "id": f"f{number}",
        "symbol": BTC,
        "strategy": "manual",
        "quantity": D("0.0074"),
        "average_price": D("26905"),
        "opened_at": AT,
        "margin": D("66.37"),
    }
    position = Position.model_validate({**base, **fields})
    worth = position.quantity * D(27_100)
    return Holding(
        position,
        Mark(D(27_100), AT - timedelta(seconds=3), "quote"),
        abs(worth),
        position.unrealised(D(27_100)),
        D("0.00725"),
        D(3),
        D("18027.1"),
        (order("s", price=D("26098"), quantity=abs(position.quantity)),),
    )


def view_of(*holdings: Holding, demo: bool = False) -> Portfolio:
    unrealised = sum((held.unrealised for held in holdings), D(0))
    return Portfolio(
        account_id="a",
        currency="USDT",
        at=AT,
        source="fake",
        demo=demo,
        fresh=True,
        cash=D(10_000),
        opening_cash=D(10_000),
        equity=D(10_000),
        realised=D(0),
        unrealised=unrealised,
        fees=D(0),
        profit=D(0),
        profit_fraction=D(0),
        day_profit=D("3.5"),
        day_fraction=D(0),
        exposure=sum((held.notional for held in holdings), D(0)),
        exposure_fraction=D(0),
        margin=sum((held.position.margin for held in holdings), D(0)),
        entries=0,
        orders=0,
        limits=Limits(),
        holdings=holdings,
        risks=(),
    )


def test_position_shows_its_risk_and_closes_whole_or_half() -> None:
    card = positions_card(view_of(holding()), 0)
    text = fits(card)
    assert "BTC/USDT · LONG · manual" in text
    lines = [" ".join(line.split()) for line in text.replace("\u202f", "_").splitlines()]
    assert lines[1:-1] == [
        "quantity 0.0074 BTC",
        "entry 26_905",
        "price 27_100 · 3 s old",
        "worth 200.54 USDT",
        "unrealised +1.44 USDT · +0.73 %",
        "margin 66.37 USDT · 3.00×",
        "liquidation 18_027",
        "stop 26_098",
    ]
    assert data_of(card) == ["close:f1", "closehalf:f1:0.0074"]
    assert labels_of(card) == ["Close BTC/USDT", "Close half"]


def test_same_symbol_held_twice_names_the_strategy_on_its_buttons() -> None:
    card = positions_card(view_of(holding(1), holding(2, strategy="analyst")), 0)
    assert labels_of(card)[2:] == ["Close BTC/USDT (analyst)", "Close half of BTC/USDT (analyst)"]
    assert data_of(card) == ["close:f1", "closehalf:f1:0.0074", "close:f2", "closehalf:f2:0.0074"]


def test_price_that_is_not_of_now_says_since_when() -> None:
    held = holding()
    old = Holding(**{**vars(held), "mark": Mark(D(5), AT - timedelta(hours=2), "last")})
    assert "last price, 05 Jan 10:00 UTC" in fits(positions_card(view_of(old), 0))


def test_positions_come_in_pages() -> None:
    many = [holding(number, symbol=f"C{number}/USDT") for number in range(14)]
    pages = [positions_card(view_of(*many), number) for number in range(3)]
    closes = [data for page in pages for data in data_of(page) if data.startswith("close:")]
    assert closes == [f"close:f{number}" for number in range(14)]
    assert all("All 14" in fits(page) for page in pages)


@SLOW
@given(AMOUNTS, AMOUNTS, AMOUNTS, NAMES, STRATEGIES, st.booleans())
def test_positions_fit_whatever_their_figures(
    size: Decimal, level: Decimal, gain: Decimal, symbol: str, strategy: str, short: bool
) -> None:
    held = holding(
        symbol=symbol,
        strategy=strategy,
        quantity=-size if short else size,
        average_price=level,
        margin=gain,
    )
    odd = Holding(
        held.position,
        Mark(level, AT, "entry"),
        size * level,
        -gain,
        D("-12345.678"),
        gain,
        level if short else None,
        (order("t", kind="trailing", price=level, trail=D("0.1"), best=gain, quantity=gain),),
    )
    fits(positions_card(view_of(odd, odd), 0))


# Fills and profit


def fills_of(count: int) -> list[Fill]:
    fills = []
    for number in range(count):
        side = "buy" if number % 2 == 0 else "sell"
        fill = Fill(
            id=f"f{number}",
            order_id=f"o{number}",
            symbol=f"C{number % 20}/USDT",
            strategy=f"strategy_{number % 12}",
            side="buy" if side == "buy" else "sell",
            quantity=D(1),
            price=D(100),
            fee=D("0.1"),
            realised=D(0),
            reason="entry",
            at=AT - timedelta(hours=number),
        )
        fills.append(fill)
    return fills[::-1]


def test_history_shows_fees_and_what_was_realised_after_them() -> None:
    fill = fills_of(1)[0].model_copy(
        update={"reason": "stop", "realised": D("-6.1"), "side": "sell"}
    )
    page = FillPage((fill,), 1, True, BTC)
    card = history_card(page, tally([fill]).total(), "USDT", demo=False)
    text = fits(card)
    assert "BTC/USDT: fills, newest first (1 in all)" in text
    assert "05 Jan 2026 12:00 C0/USDT\n  stop: sell 1 @ 100.00" in text
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert {"fee 0.10 USDT", "realised net −6.20 USDT"} <= set(lines)
    assert {"realised −6.10 USDT", "fees 0.10 USDT", "net −6.20 USDT"} <= set(lines)
    assert data_of(card) == [f"history:0:{BTC}", f"history:2:{BTC}"]
    assert labels_of(card) == ["◂ Newer", "Older ▸"]


def test_history_of_nothing_says_how_to_begin() -> None:
    card = history_card(FillPage((), 0, False), NOTHING.total(), "USDT", demo=True)
    assert "None yet." in fits(card)
    assert card.buttons == ()


@SLOW
@given(AMOUNTS, AMOUNTS, AMOUNTS, NAMES)
def test_history_fits_whatever_its_figures(
    size: Decimal, level: Decimal, fee: Decimal, symbol: str
) -> None:
    fill = fills_of(1)[0].model_copy(
        update={"quantity": size, "price": level, "fee": fee, "realised": -level, "symbol": symbol}
    )
    page = FillPage((fill,) * 8, 123_456, True, symbol)
    fits(history_card(page, tally([fill]).total(), "USDT", demo=True))


SPANS: tuple[Span, ...] = ("day", "week", "month", "all")
WAYS: tuple[By, ...] = ("time", "symbol", "strategy")


def pnl(made: Tally, view: Portfolio, span: Span = "day", by: By = "time") -> Card:
    return pnl_card(statement(made, view, span, by))


def test_pnl_tells_today_week_month_and_all_with_unrealised_apart() -> None:
    opened, closed = fills_of(1)[0], fills_of(1)[0]
    opened = opened.model_copy(update={"at": AT - timedelta(days=3), "fee": D(1)})
    closed = closed.model_copy(
        update={"side": "sell", "reason": "target", "realised": D("12.5"), "fee": D(1)}
    )
    card = pnl(tally([opened, closed]), view_of(holding()))
    text = fits(card)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "realised fees net" in lines
    assert "today +12.50 1.00 +11.50" in lines
    assert "this week +12.50 1.00 +11.50" in lines
    assert "this month +12.50 2.00 +10.50" in lines
    assert "in all +12.50 2.00 +10.50" in lines
    assert "unrealised now +1.44 USDT" in lines
    assert "equity since 00:00 +3.50 USDT" in lines
    assert "trades ended 1" in lines
    assert "won after fees 1 (100.0 %)" in lines
    assert "best trade +10.50 USDT" in lines
    assert "Mon 05 Jan +12.50 1.00 +11.50" in lines
    assert "Fri 02 Jan +0.00 1.00 −1.00" in lines
    assert data_of(card)[:4] == ["pnl:day:time", "pnl:week:time", "pnl:month:time", "pnl:all:time"]
    assert data_of(card)[4:] == ["pnl:day:time", "pnl:day:symbol", "pnl:day:strategy"]
    assert "• Day" in labels_of(card)


def test_pnl_by_symbol_sums_up_what_it_has_no_room_for() -> None:
    made = tally(fills_of(40))
    card = pnl(made, view_of(holding()), "all", "symbol")
    text = fits(card)
    assert "In all, by symbol" in text
    assert "14 more" in text
    rows = statement(made, view_of(holding()), "all", "symbol").rows
    assert sum(row.profit.fills for row in rows) == 40
    assert sum((row.profit.net for row in rows), D(0)) == made.total().net
    assert "unrealised now" in text


def test_symbol_that_is_held_but_was_not_traded_in_the_span_is_listed() -> None:
    rows = statement(NOTHING, view_of(holding()), "day", "symbol").rows
    assert [(row.name, row.profit.fills, row.unrealised) for row in rows] == [(BTC, 0, D("1.4430"))]


@pytest.mark.parametrize("span", SPANS)
@pytest.mark.parametrize("by", WAYS)
def test_pnl_of_an_empty_account_and_of_thousands_of_fills_fits(span: Span, by: By) -> None:
    assert "No fills" in fits(pnl(NOTHING, view_of(), span, by))
    many = tally(fills_of(5_000))
    fits(pnl(many, view_of(holding()), span, by))
    made = statement(many, view_of(), span, "symbol")
    assert sum(row.profit.fills for row in made.rows) == made.totals[SPANS.index(span)].profit.fills


@SLOW
@given(AMOUNTS, AMOUNTS, NAMES, STRATEGIES, st.sampled_from(SPANS), st.sampled_from(WAYS))
def test_pnl_fits_whatever_its_figures(
    gain: Decimal, fee: Decimal, symbol: str, strategy: str, span: Span, by: By
) -> None:
    changes = {"realised": -gain, "fee": fee, "symbol": symbol, "strategy": strategy}
    fills = [fill.model_copy(update=changes) for fill in fills_of(3)]
    held = Holding(**{**vars(holding(symbol=symbol, strategy=strategy)), "unrealised": gain})
    fits(pnl(tally(fills), view_of(held), span, by))


@pytest.mark.parametrize(
    ("words", "span", "by"),
    [
        ([], "day", "time"),
        (["week"], "week", "time"),
        (["symbol"], "all", "symbol"),
        (["strategy", "month"], "month", "strategy"),
        (["today", "symbol"], "day", "symbol"),
        (["all", "time"], "all", "time"),
    ],
)
def test_pnl_reads_its_words_in_any_order(words: list[str], span: Span, by: By) -> None:
    assert read_words(words) == (span, by)


@pytest.mark.parametrize("words", [["year"], ["day", "week"], ["symbol", "strategy"], [""]])
def test_pnl_of_other_words_shows_the_usage(words: list[str]) -> None:
    with pytest.raises(BadArgument, match="Usage: /pnl"):
        read_words(words)


def test_export_caption_names_the_hash_and_how_to_check_it() -> None:
    files = [CsvFile(name, b"", 12_345_678) for name in ("fills.csv", "equity.csv")]
    made = Export("demo-1234567890", files[0], files[1], 98_765_432, "ab" * 32, AT)
    card = export_card(made, demo=True)
    text = fits(card)
    assert "ab" * 32 in text
    assert "python -m bot verify --account demo-1234567890" in text
    assert "98765432" in text
    assert card.fits_caption

"""What people write after /buy, /sell and /close becomes one clear order, or a clear refusal."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tools.order_words import Written, read_order, read_part
from trading.errors import BadArgument

NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
USAGE = "Usage: this way."
D = Decimal


def read(text: str, *, reduce: bool = False) -> Written:
    return read_order(text, "buy", NOW, USAGE, reduce=reduce)


def said(text: str) -> dict[str, object]:
    """Return what an order says beyond its symbol, side and strategy."""
    written = read(text).draft.model_dump(exclude_defaults=True)
    return {
        name: value for name, value in written.items() if name not in ("symbol", "side", "strategy")
    }


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("BTC/USDT", {}),
        ("BTC/USDT 150", {"notional": D(150)}),
        (
            "BTC/USDT 150 3% 5%",
            {"notional": D(150), "stop_fraction": D("0.03"), "target_fraction": D("0.05")},
        ),
        ("btc 0.01 BTC", {"quantity": D("0.01")}),
        ("btc 0.01btc", {"quantity": D("0.01")}),
        ("btc $150", {"notional": D(150)}),
        ("btc 150usdt", {"notional": D(150)}),
        ("btc 150 usd", {"notional": D(150)}),
        ("btc 1,500", {"notional": D(1500)}),
        ("btc limit 26000", {"kind": "limit", "price": D(26_000)}),
        ("btc 150 @ 26000", {"notional": D(150), "kind": "limit", "price": D(26_000)}),
        ("btc @26,000.5", {"kind": "limit", "price": D("26000.5")}),
        ("btc limit 26\u202f905", {"kind": "limit", "price": D(26_905)}),
        ("btc stop-entry 27500", {"kind": "stop", "price": D(27_500)}),
        ("btc stop entry 27500", {"kind": "stop", "price": D(27_500)}),
        (
            "btc stop-limit 27500 27600",
            {"kind": "stop_limit", "price": D(27_500), "limit": D(27_600)},
        ),
        (
            "sol stop-limit 150 200",
            {"kind": "stop_limit", "price": D(150), "limit": D(200)},
        ),
        ("btc stop 25000 target 30000", {"stop_price": D(25_000), "target_price": D(30_000)}),
        ("btc sl 3% tp=5 %", {"stop_fraction": D("0.03"), "target_fraction": D("0.05")}),
        ("btc stop none target off", {"stop_fraction": D(0), "target_fraction": D(0)}),
        ("btc trail 4%", {"trail_fraction": D("0.04")}),
        ("btc trailing stop 4%", {"trail_fraction": D("0.04")}),
        ("btc 3x", {"leverage": D(3)}),
        ("btc x2.5", {"leverage": D("2.5")}),
        ("btc leverage 3", {"leverage": D(3)}),
        ("x 3 x", {"quantity": D(3)}),
        ("btc reduce", {"reduce_only": True}),
        ("btc gtd 2d", {"until": NOW + timedelta(days=2)}),
        ("btc until 18:00", {"until": NOW.replace(hour=18, minute=0)}),
        ("btc until 15:30", {"until": NOW + timedelta(days=1)}),
        ("btc until 2026-12-01", {"until": datetime(2026, 12, 1, 23, 59, tzinfo=UTC)}),
        ("btc until 2026-12-01 18:00 utc", {"until": datetime(2026, 12, 1, 18, tzinfo=UTC)}),
        ("btc until 2026-12-01T18:00Z", {"until": datetime(2026, 12, 1, 18, tzinfo=UTC)}),
        ("btc gtc", {}),
    ],
)
def test_an_order_is_understood(text: str, meant: dict[str, object]) -> None:
    assert said(text) == meant


def test_the_words_may_come_in_any_order() -> None:
    parts = ["150", "limit 26000", "stop 25000", "target 5%", "3x", "until 18:00"]
    expected = said(f"btc {' '.join(parts)}")
    assert len(expected) == 7
    for turned in range(len(parts)):
        assert said(f"btc {' '.join(parts[turned:] + parts[:turned])}") == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "What should be ordered?"),
        ("???", "is no symbol"),
        ("btc much", "'much' is no amount; write it as 150 or 150usdt"),
        ("btc nan", "'nan' is no amount"),
        ("btc -5", "A number must be above zero"),
        ("btc 0", "must be above zero"),
        ("btc 1e3", "is no amount"),
        ("btc 150k", "'K' is neither BTC nor USDT"),
        ("btc 1,5", "'1,5' is no amount"),
        ("btc 0,001 BTC", "'0,001' is no amount"),
        ("btc 1.000,5", "is no amount"),
        ("btc 5 ETH", "'ETH' is no word of an order"),
        ("btc 150 500", "could be one number: write 150500"),
        ("btc limit 26 905", "could be one number: write 26905"),
        ("btc stop 26 500", "could be one number"),
        ("btc stop-limit 27 500 27 600", "could be one number"),
        ("btc 1 000", "could be one number: write 1000"),
        ("btc 150 26000", "The size is given twice"),
        ("btc 150 0.01 BTC", "The size is given twice"),
        ("btc 3%", "'3%' of what? A size is in USDT or BTC"),
        ("150 btc", "The symbol comes first, then how much: BTC/USDT 150"),
        ("0.01 btc", "The symbol comes first"),
        ("50% btc", "The symbol comes first"),
        ("btc reduce stop 25000", "What reduces has no stop of its own"),
        ("btc reduce target 28000", "write limit 26000"),
        ("btc reduce trail 2%", "A trailing stop is given with the entry"),
        ("btc 100 300%", "must be below 100 %"),
        ("btc 100 3% 5% 7%", "The target is given twice"),
        ("btc 100 stop 0.001%", "between 0.01 %"),
        ("btc 100 stop 3% stop 25000", "The stop is given twice"),
        ("btc limit 26000 stop-entry 27500", "kind of the order is given twice"),
        ("btc limit", "Something is missing at the end; write limit 26000"),
        ("btc stop-limit 27500", "write stop-limit 27500 27600"),
        ("btc limit soon", "'soon' is no price of a limit"),
        ("btc limit 26000eth", "'26000eth' is no price"),
        ("btc trail 400", "write trail 4%"),
        ("btc 3x 5x", "The leverage is given twice"),
        ("btc 100 half", "parts of what is held"),
        ("btc until", "is no end of an order"),
        ("btc until 25:00", "'25:00' is no time of the day"),
        ("btc until 2026-02-30", "'2026-02-30' is no day"),
        ("btc until tomorrow", "is no end of an order"),
        ("btc 100 " + "x " * 50, "Too many words"),
    ],
)
def test_nonsense_is_named_and_the_usage_told(text: str, words: str) -> None:
    with pytest.raises(BadArgument, match=re.escape(words)) as caught:
        read(text)
    assert str(caught.value).endswith(USAGE)


@pytest.mark.parametrize(
    ("text", "share"), [("btc", None), ("btc half", "0.5"), ("btc all", "1"), ("btc 30%", "0.3")]
)
def test_a_sale_may_be_a_part_of_what_is_held(text: str, share: str | None) -> None:
    written = read(text, reduce=True)
    assert written.draft.reduce_only
    assert written.share == (None if share is None else D(share))
    assert read_part(text, USAGE).share == written.share


def test_after_close_a_number_counts_the_base_currency() -> None:
    assert read_part("btc 0.01", USAGE).draft.quantity == D("0.01")
    assert read_part("btc 150usdt", USAGE).draft.notional == 150
    for text in ("btc limit 26000", "btc 110%", "btc half 30%", "btc stop"):
        with pytest.raises(BadArgument):
            read_part(text, USAGE)


VOCABULARY = """
    btc 150 0.01 BTC USDT limit stop target stop-limit stop-entry entry trail until gtd gtc half
    all reduce market leverage 3x 3% 26000 26 905 2d 18:00 2026-12-01 none @ $ x 1,5 , . - % =
    ١٥٠ ½ 99999999999999999999
"""
WORDS = st.lists(
    st.one_of(st.sampled_from(sorted(set(VOCABULARY.split()))), st.text(max_size=8)), max_size=12
).map(" ".join)


def refusal(read_it: Callable[[], object]) -> str:
    """Return why something is refused, "" when it is not."""
    try:
        read_it()
    except BadArgument as error:
        return str(error)
    return ""


@given(WORDS, st.booleans())
@example("btc until 99999w", False)
@example("btc gtd 99999d", False)
@example("btc until 0000-01-01", False)
@example("btc $BTC", False)
def test_whatever_is_written_is_an_order_or_refused(text: str, reduce: bool) -> None:
    for why in (
        refusal(lambda: read(text, reduce=reduce)),
        refusal(lambda: read_part(text, USAGE)),
    ):
        assert not why or why.endswith(USAGE)


@given(
    st.decimals("0.01", "9999999", places=2),
    st.decimals("0.01", "9999999", places=2),
    st.sampled_from(["limit {}", "stop-entry {}", "stop {}", "target {}"]),
)
def test_no_amount_is_ever_misread(amount: Decimal, price: Decimal, words: str) -> None:
    text = f"btc {amount} {words.format(price)}"
    assert refusal(lambda: read(text)) == ""
    understood = said(text)
    assert understood["notional"] == amount
    assert price in (understood.get(name) for name in ("price", "stop_price", "target_price"))

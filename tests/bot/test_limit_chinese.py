"""Each sentence of the limits has its Chinese one, and keeps its figures."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bot.cards.limit_chinese import said_in
from desk.entering import AT_ONCE, rounding
from desk.language import Language
from desk.ticket import LIQUIDATED_FIRST
from tests.fakes.fake_market import instrument_of
from tests.trading.ledger_events import account, holding_account
from tests.trading.limit_states import with_leverage
from trading.account import AccountState
from trading.bounds import Limits
from trading.events import EquityMarked, TradingPaused
from trading.limits import REDUCES, Allowed, Denied, Intent, check

D = Decimal
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MARKS = {"BTC/USDT": D(100), "ETH/USDT": D(100), "EUR/USDT": D(1)}
BUY = Intent(instrument_of("BTC/USDT"), "manual", "buy", D(1), D(100))
WIDE = Limits(max_order_fraction=D(1), max_symbol_fraction=D(1), max_loss_fraction=D("0.5"))
FALLEN = account(
    EquityMarked(equity=D(12_000), scopes={"account": D(12_000), "strategy:manual": D(12_000)})
)
HELD = holding_account(("a", "BTC/USDT", "12", "100"), ("b", "ETH/USDT", "295", "100"))
STOPPED = replace(account(), stopped={"BTC/USDT": NOW - timedelta(minutes=1)})
PAUSED = account(
    TradingPaused(scope="account", reason="you hit /panic"),
    TradingPaused(scope="strategy:manual", reason="drawdown 6 %, the limit is 5 %"),
)
# What stays as it is: symbols, commands, the names of strategies, times.
KEPT = re.compile(r"[A-Z]{2,}(?:/[A-Z]+)?|/(?:panic|resume|limits (?:un)?\w+)|manual")
CASES = [
    (replace(BUY, quantity=D(400), risk=D(50)), account(), Limits()),
    (replace(BUY, leverage=D("0.5")), account(), Limits()),
    (replace(BUY, leverage=D(30)), account(), Limits()),
    (replace(BUY, risk=D("NaN")), account(), Limits()),
    (replace(BUY, quantity=D(0)), account(), Limits()),
    (replace(BUY, quantity=D(-3)), account(), Limits()),
    (replace(BUY, price=D(0)), account(), Limits()),
    (replace(BUY, quantity=D("0.04")), account(), Limits()),
    (replace(BUY, quantity=D("1.000001")), account(), Limits()),
    (BUY, HELD, Limits(max_positions=1)),
    (BUY, with_leverage(HELD, "20"), Limits()),
    (BUY, replace(FALLEN, lost_day=NOW.date()), Limits()),
    (BUY, FALLEN, Limits()),
    (BUY, PAUSED, Limits()),
    (BUY, STOPPED, Limits(cooldown_minutes=60)),
    (BUY, account(), Limits(blocked=("BTC/USDT",))),
    (BUY, account(), Limits(allowed=("ETH/USDT",))),
    (BUY, account(), Limits(allowed=tuple(f"C{n}/USDT" for n in range(9)))),
    (replace(BUY, quoted_at=NOW - timedelta(hours=2)), account(), Limits()),
    (BUY, replace(account(), cash=D(0)), Limits()),
]


def assert_chinese(text: str) -> None:
    told = said_in(text, Language.ZH)
    assert told != text, text
    assert re.findall(r"[A-Za-z]{2,}", KEPT.sub("", told)) == [], told
    assert not re.search(r"[{}\\]", told), told


@pytest.mark.parametrize(("intent", "state", "limits"), CASES)
def test_every_reason_of_a_refusal_is_told_in_chinese(
    intent: Intent, state: AccountState, limits: Limits
) -> None:
    answer = check(replace(intent, at=NOW), state, MARKS, limits)
    assert not isinstance(answer, Allowed)
    for breach in answer.reasons:
        assert_chinese(breach.text)


@pytest.mark.parametrize(
    "intent",
    [
        BUY,
        replace(BUY, leverage=D(2)),
        replace(BUY, risk=D(50)),
        replace(BUY, quantity=D(90)),
    ],
)
@pytest.mark.parametrize("limits", [Limits(), WIDE, Limits(max_positions=1)])
def test_the_nearest_limit_is_named_in_chinese(intent: Intent, limits: Limits) -> None:
    answer = check(intent, account(), MARKS, limits)
    if isinstance(answer, Allowed):
        assert_chinese(answer.nearest.partition(" (")[0])


def test_notes_are_told_in_chinese() -> None:
    notes = (*rounding("Limit", D("26000.377"), D("26000.37")), AT_ONCE, LIQUIDATED_FIRST, REDUCES)
    for note in (*notes, "Cut to what is held: 0.5 BTC."):
        assert_chinese(note)


def test_a_refusal_keeps_its_figures() -> None:
    denied = check(replace(BUY, quantity=D(40_000)), account(), MARKS, Limits())
    assert isinstance(denied, Denied)
    text = denied.reasons[0].text
    assert "4\u202f000\u202f000.00 USDT" in text
    assert said_in(text, Language.ZH) == (
        "订单占权益 40,000 %（4,000,000.00 USDT），单笔上限 2 %（200.00 USDT）"
    )
    assert said_in(text, Language.EN) == text


def test_a_sentence_without_a_pattern_stays() -> None:
    assert said_in("Something new.", Language.ZH) == "Something new."

"""When equity is recorded and what is told: tiers of drawdown, a lost day, at true times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from desk.accounts import Decision, provisional
from desk.booking import Source
from desk.marking import mark
from desk.messages import DAY_LOST, DRAWDOWN, DayLost, DrawdownAlert
from desk.ports import Message
from tests.trading.ledger_events import AT, account, holding_account
from trading.account import AccountState
from trading.bounds import DAILY_LOSS, Limits
from trading.events import EquityMarked, LimitBreached, LimitsChanged, TradingPaused
from trading.ledger import fold

D = Decimal
BTC = "BTC/USDT"
LIMITS = Limits(strategy_drawdown=D("0.5"), account_drawdown=D("0.5"))
SOURCE = Source("fake", demo=False)
EVERY = timedelta(minutes=5)
HOUR = timedelta(hours=1)


class Account:
    """An account that is marked as the watch does it."""

    def __init__(self, state: AccountState, limits: Limits = LIMITS) -> None:
        self.state = state
        self.limits = limits
        self.told: list[Message] = []

    def mark(self, price: str, now: datetime, at: datetime | None = None) -> Sequence[str]:
        """Mark at a price of BTC; return the kinds of the events."""
        prices = {BTC: D(price)}
        decision = mark(self.state, prices, now, self.limits, EVERY, SOURCE, at)
        return self.take(decision, now)

    def take(self, decision: Decision[None], now: datetime) -> Sequence[str]:
        events = [entry.event for entry in decision.entries]
        if events:
            self.state = fold(provisional(self.state, events, now), self.state)
        self.told += decision.messages
        return [event.kind for event in events]


def long() -> Account:
    """Hold 50 at 100 with 10,000 of cash: a price of 92 is a loss of 4 %."""
    return Account(holding_account(("manual", BTC, "50", "100")))


def test_a_lost_day_is_recorded_and_told_once() -> None:
    mine = long()
    mine.mark("100", AT)
    assert mine.mark("92.01", AT + timedelta(seconds=1)) == []
    assert mine.mark("92", AT + timedelta(seconds=2)) == ["equity_marked", "limit_breached"]
    for second, price in enumerate(["91", "95", "92", "90", "99", "80"], start=3):
        assert mine.mark(price, AT + timedelta(seconds=second)) == []
    (message,) = mine.told
    assert (message.kind, message.critical, message.quiet) == (DAY_LOST, True, False)
    alert = DayLost.model_validate_json(message.payload)
    assert (alert.loss, alert.bound, alert.started_at, alert.equity) == (
        D("0.04"),
        D("0.04"),
        D(10_000),
        D(9_600),
    )
    assert mine.state.lost_day == AT.date()
    assert mine.state.paused == {}


def test_the_next_day_counts_from_what_the_last_left() -> None:
    mine = long()
    mine.mark("92", AT)
    midnight = AT.replace(hour=0) + timedelta(days=1)
    mine.mark("91", midnight - timedelta(minutes=5))  # the day ends at 9,550
    mine.mark("84", midnight + timedelta(seconds=1))  # 9,200: 3.7 % of that
    assert len(mine.told) == 1
    mine.mark("83", midnight + timedelta(seconds=2))  # 9,150: 4.2 %
    assert [message.kind for message in mine.told] == [DAY_LOST, DAY_LOST]
    assert len({message.key for message in mine.told}) == 2
    assert DayLost.model_validate_json(mine.told[-1].payload).started_at == 9_550


def test_a_missed_moment_is_recorded_with_its_own_time() -> None:
    mine = long()
    mine.limits = LIMITS.model_copy(update={"account_drawdown": D("0.05")})
    then = AT + HOUR
    mine.mark("80", AT + 30 * HOUR, then)
    last = mine.state.last_mark
    assert last is not None
    assert last.at == then
    assert mine.state.lost_day == then.date()
    assert mine.state.tier("account") == "limit"
    times = {message.kind: message.payload for message in mine.told}
    assert DayLost.model_validate_json(times[DAY_LOST]).at == then
    assert DrawdownAlert.model_validate_json(times[DRAWDOWN]).at == then


def test_moments_of_one_replay_are_due_by_their_own_times() -> None:
    mine, now = long(), AT + 10 * HOUR
    assert mine.mark("100", now, AT + HOUR) == ["equity_marked"]
    assert mine.mark("100", now, AT + HOUR + timedelta(minutes=1)) == []
    assert mine.mark("100", now, AT + HOUR + EVERY) == ["equity_marked"]
    decision = mark(mine.state, {BTC: D(100)}, now, LIMITS, EVERY, SOURCE)
    (entry,) = decision.entries
    assert isinstance(entry.event, EquityMarked)
    assert entry.event.happened_at is None


def test_the_accounts_own_limits_go_before_the_desks() -> None:
    own = Limits(strategy_drawdown=D("0.01"), account_drawdown=D("0.01"), daily_loss=D("0.9"))
    held = holding_account(("manual", BTC, "50", "100"))
    state = fold(provisional(held, [LimitsChanged(limits=own)], AT), held)
    mine = Account(state)
    kinds = mine.mark("97", AT)
    assert kinds.count("trading_paused") == 2
    assert "limit_breached" in kinds
    assert mine.state.lost_day is None


def test_a_tightened_limit_that_is_passed_already_stops_entries_and_closes_nothing() -> None:
    mine = long()
    mine.mark("97", AT)
    before = mine.state.positions
    mine.limits = LIMITS.model_copy(update={"account_drawdown": D("0.01"), "daily_loss": D("0.01")})
    kinds = mine.mark("97", AT + timedelta(seconds=1))
    assert [kind for kind in kinds if kind != "equity_marked"] == [
        "alert_fired",
        "limit_breached",
        "trading_paused",
        "limit_breached",
    ]
    assert mine.state.positions == before


def test_loosening_a_limit_neither_resumes_nor_unloses() -> None:
    mine = long()
    mine.limits = LIMITS.model_copy(update={"account_drawdown": D("0.05")})
    mine.mark("88", AT)
    mine.limits = Limits(account_drawdown=D("0.9"), strategy_drawdown=D("0.9"), daily_loss=D("0.9"))
    mine.mark("88", AT + timedelta(seconds=1))
    assert mine.state.paused == {"account": "drawdown 6 %, the limit is 5 %"}
    assert mine.state.lost_day == AT.date()


def test_warnings_are_critical_and_a_recovery_is_quiet() -> None:
    mine = long()
    mine.limits = LIMITS.model_copy(update={"account_drawdown": D("0.05"), "daily_loss": D(1)})
    for second, price in enumerate(["92", "90", "99"]):
        mine.mark(price, AT + timedelta(seconds=second))
    assert [(one.critical, one.quiet) for one in mine.told] == [
        (True, False),
        (True, False),
        (False, True),
    ]


def test_a_flat_account_without_a_fill_has_nothing_to_record() -> None:
    mine = Account(account())
    decision = mark(mine.state, {}, AT + 48 * HOUR, LIMITS, EVERY, SOURCE)
    assert decision.entries == ()


def test_breaches_name_what_was_broken() -> None:
    mine = long()
    mine.limits = LIMITS.model_copy(update={"account_drawdown": D("0.05")})
    decision = mark(mine.state, {BTC: D(85)}, AT, mine.limits, EVERY, SOURCE)
    events = [entry.event for entry in decision.entries]
    breaches = [event for event in events if isinstance(event, LimitBreached)]
    assert [(one.limit, one.scope, one.value) for one in breaches] == [
        ("account drawdown", "account", D("0.075")),
        (DAILY_LOSS, "account", D("0.075")),
    ]
    assert sum(isinstance(event, TradingPaused) for event in events) == 1

"""The desk's parts, put together once at start, as handlers use them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.double_taps import DoubleTaps
from bot.studies import Studies
from desk.facts import FactBook
from desk.ports import AccountLog, CardStore, Clock, MarketData, QuestionArchive
from tools.context import Context

if TYPE_CHECKING:
    from agents.beside import Beside
    from agents.panel import Panel
    from agents.recording import Recorder
    from bot.delivery import Delivery
    from bot.own_strategies import Own
    from bot.threads import Threads
    from desk.accounts import Accounts
    from desk.alarms import Alarms
    from desk.armed_runs import ArmedRuns
    from desk.briefings import Briefings
    from desk.confirm import Confirm
    from desk.history import Histories
    from desk.lab import Lab
    from desk.pinned import Pin
    from desk.portfolio import Portfolios
    from desk.preview import Preview
    from desk.protect import Protect
    from desk.spending import Spending
    from desk.track import Track
    from desk.track_settling import Settling
    from desk.watch import Watch
    from desk.watches import Watches
    from tools.registry import Tool
    from trading.bounds import Limits


@dataclass(frozen=True)
class QuestionLimits:
    """What a question may take: seconds, and calls of the model for each run."""

    seconds: int
    model_calls: int


@dataclass(frozen=True)
class Services:
    """Everything that a handler may call. `spending`: None where no analyst is paid."""

    market: MarketData
    accounts: Accounts
    preview: Preview
    confirm: Confirm
    protect: Protect
    alarms: Alarms
    watch: Watch
    watches: Watches
    armed: ArmedRuns
    portfolios: Portfolios
    histories: Histories
    panel: Panel
    tools: Mapping[str, Tool]
    pin: Pin
    lab: Lab
    limits: Limits
    log: AccountLog
    questions: QuestionArchive
    recorder: Recorder
    beside: Beside
    settling: Settling
    track: Track
    threads: Threads
    briefings: Briefings
    cards: CardStore
    outbox: Delivery
    clock: Clock
    analyst: str
    votes: int
    own: Own
    spending: Spending | None = None
    question_limits: QuestionLimits | None = None
    studies: Studies = field(default_factory=Studies)
    double_taps: DoubleTaps = field(default_factory=DoubleTaps)

    def account_id(self, user_id: int) -> str:
        """Name a person's account on the present market."""
        return self.accounts.id_of(user_id)

    def context(self, account_id: str, strategy: str = "manual") -> Context:
        """Pin the market of this moment for one question or command, asked for a strategy."""
        pinned = self.pin.now()
        return Context(
            account_id,
            pinned.research,
            pinned.preview,
            pinned.portfolios,
            FactBook(),
            strategy,
        )

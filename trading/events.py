"""The account's events: the only truth about an account is the ordered list of these."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from trading.alerts import Alert, Ring
from trading.bounds import Limits
from trading.orders import Fill, Frozen, Order, Proposal
from trading.watches import Act, Watch

Tier = Literal["ok", "warning", "limit"]


class AccountOpened(Frozen):
    kind: Literal["account_opened"] = "account_opened"
    cash: Decimal
    currency: str
    chat_id: int


class ProposalMade(Frozen):
    kind: Literal["proposal_made"] = "proposal_made"
    proposal: Proposal


class ProposalConfirmed(Frozen):
    kind: Literal["proposal_confirmed"] = "proposal_confirmed"
    proposal_id: str


class ProposalRejected(Frozen):
    """`reason`: "person" (a tap on Reject) or "replaced" (Half, a new price, a newer signal)."""

    kind: Literal["proposal_rejected"] = "proposal_rejected"
    proposal_id: str
    reason: Literal["person", "replaced"]


class ProposalExpired(Frozen):
    """Its time is over. Older logs hold it also for what is withdrawn now."""

    kind: Literal["proposal_expired"] = "proposal_expired"
    proposal_id: str


class ProposalWithdrawn(Frozen):
    """What a watch proposed was taken back before its time; nobody rejected it.

    `reason`: the price "moved" out of its band, the position is another ("changed"), a "limit"
    forbids it by now, the watch asks for each order again ("disarmed"), or it "ended".
    """

    kind: Literal["proposal_withdrawn"] = "proposal_withdrawn"
    proposal_id: str
    reason: Literal["moved", "changed", "limit", "disarmed", "ended"]


class OrderPlaced(Frozen):
    kind: Literal["order_placed"] = "order_placed"
    order: Order


class OrderFilled(Frozen):
    kind: Literal["order_filled"] = "order_filled"
    fill: Fill


class OrderCancelled(Frozen):
    """`happened_at`: when its time was over, if that was noticed later than it was so."""

    kind: Literal["order_cancelled"] = "order_cancelled"
    order_id: str
    reason: str
    happened_at: datetime | None = None


class OrderTriggered(Frozen):
    """The price reached a stop-limit's trigger: from now on it waits at its limit."""

    kind: Literal["order_triggered"] = "order_triggered"
    order_id: str
    happened_at: datetime


class StopTrailed(Frozen):
    """A trailing stop followed the market: the `best` price seen, and the new trigger `price`.

    `happened_at`: when the market showed it; None: recorded before this was.
    """

    kind: Literal["stop_trailed"] = "stop_trailed"
    order_id: str
    best: Decimal
    price: Decimal
    happened_at: datetime | None = None


class LimitBreached(Frozen):
    """`scope` is "account" or "strategy:<name>"; `value` and `bound` are fractions.

    A breach of the daily loss (trading.bounds.DAILY_LOSS) stops entries until the UTC day ends.
    `happened_at`: when it was so, where that lies before the recording.
    """

    kind: Literal["limit_breached"] = "limit_breached"
    limit: str
    scope: str
    value: Decimal
    bound: Decimal
    happened_at: datetime | None = None


class TradingPaused(Frozen):
    """New entries of the scope are refused; exits go on."""

    kind: Literal["trading_paused"] = "trading_paused"
    scope: str
    reason: str


class TradingResumed(Frozen):
    """The person goes on. Another `peak` than before starts the drawdown anew, at tier "ok"."""

    kind: Literal["trading_resumed"] = "trading_resumed"
    scope: str
    peak: Decimal


class LimitsChanged(Frozen):
    """The person chose these limits for the account; None: the desk's own again."""

    kind: Literal["limits_changed"] = "limits_changed"
    limits: Limits | None


class SettingChanged(Frozen):
    """The person set something that is not a limit: quiet hours, a snooze, a time zone."""

    kind: Literal["setting_changed"] = "setting_changed"
    name: str
    value: str


class AlertArmed(Frozen):
    kind: Literal["alert_armed"] = "alert_armed"
    alert: Alert


class AlertRang(Frozen):
    """Something worth telling happened; an alert of its id is quiet until it is reset."""

    kind: Literal["alert_rang"] = "alert_rang"
    ring: Ring


class AlertReset(Frozen):
    """The value went back far enough: the alert may ring again.

    `happened_at`: when it did, where that lies before the recording.
    """

    kind: Literal["alert_reset"] = "alert_reset"
    alert_id: str
    happened_at: datetime | None = None


class AlertRemoved(Frozen):
    """`reason`: "person", or "done" for an alert that was to ring once."""

    kind: Literal["alert_removed"] = "alert_removed"
    alert_id: str
    reason: Literal["person", "done"]


class RingsTold(Frozen):
    """A message with the oldest `count` untold rings went to the outbox, in the same append."""

    kind: Literal["rings_told"] = "rings_told"
    count: int


class FeedChanged(Frozen):
    """Prices of a symbol stopped coming (`stale_since` set) or came back (None)."""

    kind: Literal["feed_changed"] = "feed_changed"
    symbol: str
    stale_since: datetime | None


class AlertFired(Frozen):
    """A drawdown alert: the scope moved to `tier` at this `drawdown` (fraction of the peak)."""

    kind: Literal["alert_fired"] = "alert_fired"
    scope: str
    tier: Tier
    drawdown: Decimal
    bound: Decimal
    happened_at: datetime | None = None


class WatchArmed(Frozen):
    kind: Literal["watch_armed"] = "watch_armed"
    watch: Watch


class WatchRan(Frozen):
    """A watch's strategy said `exposure` at a candle's `close`; once for each close.

    `proposal_id`: what was proposed with it, in the same append, `by_itself` to be filled without a
    tap. `missed`: closes before this one at which it could not be run. `held`: signed base units
    that it held then; None: recorded before this was. A run that changes nothing is not recorded.
    """

    kind: Literal["watch_ran"] = "watch_ran"
    watch_id: str
    close: datetime
    exposure: Decimal
    act: Act
    proposal_id: str | None = None
    by_itself: bool = False
    missed: int = 0
    held: Decimal | None = None


class WatchStalled(Frozen):
    """A watch can't be run, for this `reason`; that it runs again shows in the next run."""

    kind: Literal["watch_stalled"] = "watch_stalled"
    watch_id: str
    reason: str


class WatchChanged(Frozen):
    """From now on its proposals fill by themselves (`auto`), or wait for a tap."""

    kind: Literal["watch_changed"] = "watch_changed"
    watch_id: str
    auto: bool


class WatchEnded(Frozen):
    """A watch runs no more; what it holds stays, with its exits."""

    kind: Literal["watch_ended"] = "watch_ended"
    watch_id: str


class EquityMarked(Frozen):
    """Account equity, and each scope's equity, at the prices of the moment (quote units).

    `happened_at`: the moment, where it lies before the recording (candles that were missed).
    """

    kind: Literal["equity_marked"] = "equity_marked"
    equity: Decimal
    scopes: dict[str, Decimal]
    happened_at: datetime | None = None


Event = Annotated[
    AccountOpened
    | ProposalMade
    | ProposalConfirmed
    | ProposalRejected
    | ProposalExpired
    | ProposalWithdrawn
    | OrderPlaced
    | OrderFilled
    | OrderCancelled
    | OrderTriggered
    | StopTrailed
    | LimitBreached
    | TradingPaused
    | TradingResumed
    | LimitsChanged
    | SettingChanged
    | AlertFired
    | AlertArmed
    | AlertRang
    | AlertReset
    | AlertRemoved
    | RingsTold
    | FeedChanged
    | WatchArmed
    | WatchRan
    | WatchStalled
    | WatchChanged
    | WatchEnded
    | EquityMarked,
    Field(discriminator="kind"),
]

EVENTS: TypeAdapter[Event] = TypeAdapter(Event)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as the log holds it; plain, because a long log has very many."""

    account_id: str
    seq: int
    key: str
    at: datetime
    event: Event
    hash: str

"""Pause new entries, go on knowingly, and choose the limits of an account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from desk.accounts import Accounts, Decision
from desk.limit_use import LimitUse, limit_use
from desk.marking import is_lost
from desk.ports import Clock, Entry, MarketData
from desk.pricing import Marks, complete, prices
from trading.account import AccountState, scopes
from trading.bounds import Limits
from trading.events import LimitsChanged, TradingPaused, TradingResumed
from trading.exposure import waiting_entries
from trading.scope import ACCOUNT

Choose = Callable[[Limits], Limits | None]


@dataclass(frozen=True)
class Paused:
    """New entries are refused, exits go on; `changed` False: it was so before.

    `waiting`: how many entry orders wait in the book.
    """

    reason: str
    changed: bool
    waiting: int = 0


@dataclass(frozen=True)
class Resumed:
    """The scopes that trade again; empty when none was paused.

    `anew` are those whose drawdown counts from the present equity. `day_lost`: today's loss has
    reached its limit, which no resume lifts: entries are refused until 00:00 UTC.
    """

    scopes: tuple[str, ...]
    anew: tuple[str, ...] = ()
    day_lost: bool = False


@dataclass(frozen=True)
class Limited:
    """The limits that held and those that hold now; `own` False: they are the desk's."""

    before: Limits
    after: Limits
    own: bool


class Protect:
    """The person's own brake on an account; everything here is idempotent.

    `limits` are the desk's: they hold for an account that has none of its own.
    """

    def __init__(
        self,
        market: MarketData,
        accounts: Accounts,
        clock: Clock,
        marks: Marks | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._accounts = accounts
        self._clock = clock
        self._marks = marks or Marks(market, clock)
        self._limits = limits or Limits()

    @property
    def usual(self) -> Limits:
        """The desk's own limits."""
        return self._limits

    async def pause(
        self, account_id: str, reason: str = "you paused it", *, watches: bool = False
    ) -> Paused:
        """Refuse new entries of the whole account from now on.

        `watches`: of each of its watches too, so that a resume names them.
        """

        def decide(state: AccountState) -> Decision[Paused]:
            waiting = len(waiting_entries(state))
            own = [one.watch.scope for one in state.watches.values()] if watches else []
            entries = [
                Entry(TradingPaused(scope=scope, reason=reason), f"pause:{scope}:{state.seq + n}")
                for n, scope in enumerate(
                    (scope for scope in (ACCOUNT, *own) if scope not in state.paused), start=1
                )
            ]
            if ACCOUNT in state.paused:
                paused = Paused(state.paused[ACCOUNT], changed=False, waiting=waiting)
                return Decision(paused, entries)
            return Decision(Paused(reason, changed=True, waiting=waiting), entries)

        return await self._accounts.change(account_id, decide)

    async def resume(self, account_id: str) -> Resumed:
        """Allow entries of every paused scope again.

        Where a drawdown limit had stopped them, the drawdown counts from the present equity: it
        would stop them again at the next look. A pause by hand leaves the drawdown as it is. A day
        that is lost stays lost.
        """
        marks = prices(await self._marks.of(await self._accounts.require(account_id)))

        def decide(state: AccountState) -> Decision[Resumed]:
            worth = scopes(state, complete(state, marks))
            entries = [
                Entry(
                    TradingResumed(scope=scope, peak=peak_after(state, scope, worth)),
                    f"resume:{scope}:{state.seq + place}",
                )
                for place, scope in enumerate(sorted(state.paused), start=1)
            ]
            anew = tuple(scope for scope in sorted(state.paused) if state.tier(scope) == "limit")
            lost = self._is_day_lost(state, worth[ACCOUNT])
            return Decision(Resumed(tuple(sorted(state.paused)), anew, lost), entries)

        return await self._accounts.change(account_id, decide)

    async def choose_limits(self, account_id: str, choose: Choose) -> Limited:
        """Change the limits that hold now into those that `choose` makes of them.

        None of them: the desk's own hold again.

        What is open stays open, what is paused stays paused and a lost day stays lost, also when
        a limit is loosened; a tightened one stops entries and warns, it closes nothing. What
        `choose` raises changes nothing.
        """

        def decide(state: AccountState) -> Decision[Limited]:
            before = state.limits or self._limits
            chosen = choose(before)
            outcome = Limited(before, chosen or self._limits, chosen is not None)
            if chosen == state.limits:
                return Decision(outcome)
            return Decision(
                outcome, [Entry(LimitsChanged(limits=chosen), f"limits:{state.seq + 1}")]
            )

        return await self._accounts.change(account_id, decide)

    async def use(self, account_id: str) -> LimitUse:
        """Measure the account against its limits at the present prices, or the last known."""
        state = await self._accounts.require(account_id)
        marks = await self._marks.of(state)
        fresh = all(mark.kind == "quote" for mark in marks.values())
        return limit_use(state, prices(marks), self._limits, self._clock(), fresh=fresh)

    def _is_day_lost(self, state: AccountState, equity: Decimal) -> bool:
        day, limits = self._clock().date(), state.limits or self._limits
        return state.lost_day == day or is_lost(state, equity, day, limits)


def peak_after(state: AccountState, scope: str, worth: Mapping[str, Decimal]) -> Decimal:
    """Return the peak that a scope goes on with after a resume."""
    stopped = state.tier(scope) == "limit"
    return worth.get(scope, state.opening_cash) if stopped else state.peak(scope)

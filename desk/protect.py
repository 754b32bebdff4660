"""Pause new entries, and go on knowingly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from desk.accounts import Accounts, Decision
from desk.ports import Clock, Entry, MarketData
from desk.pricing import Marks, complete, prices
from trading.account import AccountState, scopes
from trading.events import TradingPaused, TradingResumed
from trading.scope import ACCOUNT


@dataclass(frozen=True)
class Paused:
    """New entries are refused, exits go on; `changed` False: it was so before."""

    reason: str
    changed: bool


@dataclass(frozen=True)
class Resumed:
    """The scopes that trade again; empty when none was paused.

    `anew` are those whose drawdown counts from the present equity.
    """

    scopes: tuple[str, ...]
    anew: tuple[str, ...] = ()


class Protect:
    """The person's own brake on an account; both ways are idempotent."""

    def __init__(
        self, market: MarketData, accounts: Accounts, clock: Clock, marks: Marks | None = None
    ) -> None:
        self._accounts = accounts
        self._marks = marks or Marks(market, clock)

    async def pause(self, account_id: str, reason: str = "you paused it") -> Paused:
        """Refuse new entries of the whole account from now on."""

        def decide(state: AccountState) -> Decision[Paused]:
            if ACCOUNT in state.paused:
                return Decision(Paused(state.paused[ACCOUNT], changed=False))
            event = TradingPaused(scope=ACCOUNT, reason=reason)
            entry = Entry(event, f"pause:{ACCOUNT}:{state.seq + 1}")
            return Decision(Paused(reason, changed=True), [entry])

        return await self._accounts.change(account_id, decide)

    async def resume(self, account_id: str) -> Resumed:
        """Allow entries of every paused scope again.

        Where a drawdown limit had stopped them, the drawdown counts from the present equity: it
        would stop them again at the next look. A pause by hand leaves the drawdown as it is.
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
            return Decision(Resumed(tuple(sorted(state.paused)), anew), entries)

        return await self._accounts.change(account_id, decide)


def peak_after(state: AccountState, scope: str, worth: Mapping[str, Decimal]) -> Decimal:
    """Return the peak that a scope goes on with after a resume."""
    stopped = state.tier(scope) == "limit"
    return worth.get(scope, state.opening_cash) if stopped else state.peak(scope)

"""Morning briefings: wanted, gathered, and told once each local day, whatever happens."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from desk import briefing_parts as parts
from desk.accounts import Accounts, Decision
from desk.briefing import BRIEFING, Briefing
from desk.briefing_times import (
    BRIEFED_ON,
    BRIEFING_AT,
    BRIEFING_FROM,
    BRIEFING_LIST,
    Slot,
    due,
    following,
    parse_at,
    wanted_at,
)
from desk.ports import Clock, Entry, Message
from desk.quiet import TIME_ZONE, hushed, parse_zone, zone_of
from trading.account import AccountState
from trading.events import SettingChanged

if TYPE_CHECKING:
    from desk.pinned import Pin
    from desk.portfolio import Portfolios
    from desk.protect import Protect

log = logging.getLogger(__name__)
CALLS_SINCE = timedelta(days=3)
RETRY = timedelta(minutes=2)


class Briefings:
    """Knows who wants a briefing, and tells it.

    That it was told is recorded in the transaction of its message, under one key a day: of two
    processes one tells it, and none tells it again after a restart.
    """

    def __init__(
        self,
        accounts: Accounts,
        pin: Pin,
        portfolios: Portfolios,
        protect: Protect,
        calls: parts.PastCalls,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._pin = pin
        self._portfolios = portfolios
        self._protect = protect
        self._calls = calls
        self._clock = clock
        self._wanted: dict[str, Mapping[str, str]] = {}
        self._later: dict[str, datetime] = {}
        accounts.on_change(self._note)

    async def tick(self) -> int:
        """Tell the briefings that are due; return how many. One that fails stops no other."""
        await self._accounts.refresh_changed()
        told = 0
        for account_id, settings in sorted(self._wanted.items()):
            now = self._clock()
            if due(settings, now) is None or now < self._later.get(account_id, now):
                continue
            try:
                told += await self._tell(account_id)
            except Exception:
                log.exception("the briefing of account %s failed", account_id)
                self._later[account_id] = now + RETRY
        return told

    async def make(self, account_id: str, slot: Slot | None = None) -> Briefing:
        """Gather a briefing of this moment, for a slot or because somebody asks for it."""
        state = await self._accounts.require(account_id)
        now, research = self._clock(), self._pin.now().research
        view, use = await self._portfolios.view(account_id), await self._protect.use(account_id)
        calls = await self._calls.of(account_id, now - CALLS_SINCE)
        listed = listed_symbols(state.settings)
        symbols = parts.symbols_of(state, listed, calls)
        movers, missing = await parts.movers(research, symbols)
        mood, headlines, note = await parts.news_lines(research)
        zone = zone_of(state.settings)
        offset = now.astimezone(zone).utcoffset() or timedelta()
        return Briefing(
            account_id=account_id,
            at=now,
            day=slot.day if slot else None,
            due_at=slot.at if slot else None,
            zone=str(zone),
            offset_minutes=round(offset.total_seconds() / 60),
            late=slot.is_late(now) if slot else False,
            currency=view.currency,
            equity=view.equity,
            day_profit=view.day_profit,
            day_fraction=view.day_fraction,
            profit_fraction=view.profit_fraction,
            fresh=view.fresh,
            held=parts.held_lines(view),
            held_in_all=len(view.holdings),
            waiting_orders=view.orders,
            nearest=parts.nearest_limit(use),
            paused=bool(state.paused),
            watches=len(state.watches),
            listed=bool(listed),
            movers=movers,
            missing=missing,
            market_down=bool(symbols) and not movers,
            mood=mood,
            headlines=headlines,
            news_note=note,
            calls=await parts.call_lines(research, calls, movers) if movers else (),
            calls_in_all=len(calls),
            calls_days=CALLS_SINCE.days,
            source=view.source,
            demo=view.demo,
        )

    async def want(self, account_id: str, at: str, zone: str | None = None) -> AccountState:
        """Set the time of day ("" for no briefing) and the time zone (None: as before).

        Raises BadArgument. Return the new state.
        """
        clock = f"{parse_at(at):%H:%M}" if at else ""
        values = {BRIEFING_AT: clock}
        if zone is not None:
            values[TIME_ZONE] = parse_zone(zone)
        return await self._set(account_id, values, begins=True)

    async def choose(self, account_id: str, symbols: tuple[str, ...]) -> AccountState:
        """Set the symbols whose moves are told; none: those that the person deals with."""
        for symbol in symbols:
            await self._pin.market.instrument(symbol)
        return await self._set(account_id, {BRIEFING_LIST: " ".join(symbols)})

    async def next_of(self, state: AccountState) -> Slot | None:
        """Return the next briefing of an account; None: none is wanted."""
        return due(state.settings, self._clock()) or following(state.settings, self._clock())

    async def _tell(self, account_id: str) -> bool:
        state = await self._accounts.require(account_id)
        slot = due(state.settings, self._clock())
        if slot is None:
            return False
        payload = (await self.make(account_id, slot)).model_dump_json()
        key = f"briefing:{slot.day.isoformat()}"

        def decide(present: AccountState) -> Decision[bool]:
            # It took a while to gather: meanwhile another process may have told it, or the
            # person may want it no more.
            if due(present.settings, slot.at) != slot:
                return Decision(False)
            told = SettingChanged(name=BRIEFED_ON, value=slot.day.isoformat())
            quiet = hushed(present.settings, self._clock())
            message = Message(key, present.chat_id, BRIEFING, payload, quiet=quiet)
            return Decision(True, [Entry(told, key)], [message])

        return await self._accounts.change(account_id, decide)

    async def _set(
        self, account_id: str, values: Mapping[str, str], *, begins: bool = False
    ) -> AccountState:
        def decide(state: AccountState) -> Decision[None]:
            changed = {
                name: value
                for name, value in values.items()
                if state.settings.get(name, "") != value
            }
            if changed and begins:
                # What was due before it was wanted so is not told.
                changed[BRIEFING_FROM] = self._clock().isoformat()
            entries = [
                Entry(SettingChanged(name=name, value=value), f"setting:{name}:{state.seq + n}")
                for n, (name, value) in enumerate(changed.items(), start=1)
            ]
            return Decision(None, entries)

        await self._accounts.change(account_id, decide)
        return await self._accounts.require(account_id)

    def _note(self, state: AccountState) -> None:
        if wanted_at(state.settings) is None:
            self._wanted.pop(state.account_id, None)
        else:
            self._wanted[state.account_id] = state.settings


def listed_symbols(settings: Mapping[str, str]) -> tuple[str, ...]:
    """Return the person's own list, empty where there is none."""
    return tuple(settings.get(BRIEFING_LIST, "").split())

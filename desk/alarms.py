"""A person's alerts: armed, removed, snoozed, and quiet hours; each change is an event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from desk.accounts import Accounts, Decision
from desk.outcomes import Refused
from desk.ports import Clock, Entry, MarketData, NewId
from desk.pricing import Marks, mark_price
from desk.quiet import (
    LONGEST_SNOOZE,
    QUIET_HOURS,
    SNOOZED_UNTIL,
    TIME_ZONE,
    parse_hours,
    parse_zone,
    zone_of,
)
from trading.account import AccountState
from trading.alerts import Alert, AlertDraft
from trading.arming import Present, armed, unfit
from trading.errors import BadArgument
from trading.events import AlertArmed, AlertRemoved, SettingChanged
from trading.gauges import IndicatorGauge, MoveGauge, parse_gauge

if TYPE_CHECKING:
    from desk.gauges import Gauges
    from desk.moves import Moves

MOST_ALERTS = 50
NOT_YOURS = "This is not one of your alerts."


class Alarms:
    """Arms and removes alerts; what they do then is decided by desk.ringing and desk.telling."""

    def __init__(
        self,
        market: MarketData,
        accounts: Accounts,
        clock: Clock,
        new_id: NewId,
        moves: Moves,
        gauges: Gauges,
        marks: Marks | None = None,
    ) -> None:
        self._market = market
        self._accounts = accounts
        self._clock = clock
        self._new_id = new_id
        self._moves = moves
        self._gauges = gauges
        self._marks = marks or Marks(market, clock)

    async def arm(self, account_id: str, draft: AlertDraft) -> Alert | Refused:
        """Arm an alert; one that is armed already, just so, is returned as it is.

        Raises MarketError when the symbol is unknown or its present value can't be had, BadArgument
        for an unknown indicator, NotEnoughHistory when there is too little to compute it from.
        """
        present = await self.present(draft)
        wrong = unfit(draft, present)
        if wrong is not None:
            return Refused(wrong, "denied")
        alert = armed(draft, present, self._new_id(), self._clock())

        def decide(state: AccountState) -> Decision[Alert | Refused]:
            same = _same(state, alert)
            if same is not None:
                return Decision(same)
            if len(state.alerts) >= MOST_ALERTS:
                text = f"{MOST_ALERTS} alerts are the most. /alerts removes those not needed."
                return Decision(Refused(text, "denied"))
            return Decision(alert, [Entry(AlertArmed(alert=alert), f"alert:{alert.id}")])

        return await self._accounts.change(account_id, decide)

    async def remove(self, account_id: str, alert_id: str) -> Alert | Refused:
        """Remove an alert; one that is gone, or another account's, is refused alike."""

        def decide(state: AccountState) -> Decision[Alert | Refused]:
            known = state.alerts.get(alert_id)
            if known is None:
                return Decision(Refused(NOT_YOURS, "not_yours"))
            event = AlertRemoved(alert_id=alert_id, reason="person")
            return Decision(known.alert, [Entry(event, f"unalert:{alert_id}")])

        return await self._accounts.change(account_id, decide)

    async def snooze(self, account_id: str, minutes: int) -> AccountState:
        """Tell nothing but what is critical for so long; 0 ends it. Return the new state."""
        longest = LONGEST_SNOOZE // timedelta(minutes=1)
        if not 0 <= minutes <= longest:
            raise BadArgument(f"A snooze lasts 1 to {longest} minutes, 0 ends it; not {minutes}.")
        until = self._clock() + timedelta(minutes=minutes)
        text = until.isoformat(timespec="seconds") if minutes else ""
        return await self._set(account_id, {SNOOZED_UNTIL: text})

    async def quiet_hours(
        self, account_id: str, hours: str, zone: str | None = None
    ) -> AccountState:
        """Set the hours in which only what is critical is told ("" for none), and the time zone.

        `hours` as `22:00-07:00` by the clock on the person's wall, `zone` an IANA name or an offset
        (None: as before). Raises BadArgument. Return the new state.
        """
        before = (await self._accounts.require(account_id)).settings
        text = str(parse_hours(hours, zone_of(before))) if hours else ""
        chosen = {} if zone is None else {TIME_ZONE: parse_zone(zone)}
        return await self._set(account_id, {QUIET_HOURS: text, **chosen})

    async def time_zone(self, account_id: str, zone: str) -> AccountState:
        """Set the person's time zone; raises BadArgument for none. Return the new state."""
        return await self._set(account_id, {TIME_ZONE: parse_zone(zone)})

    async def present(self, draft: AlertDraft) -> Present:
        """Return the present price and value that an alert would wait with; errors as `arm`."""
        await self._market.instrument(draft.symbol)
        quote = await self._marks.quote(draft.symbol)
        gauge = parse_gauge(draft.gauge)
        if gauge is None:
            return Present(quote.bid, quote.ask, quote.bid, quote.ask)
        value = await self._value(gauge, mark_price(quote))
        return Present(quote.bid, quote.ask, value, value)

    async def _value(self, gauge: MoveGauge | IndicatorGauge, price: Decimal) -> Decimal:
        if isinstance(gauge, MoveGauge):
            return await self._moves.present(gauge, price, self._clock())
        return await self._gauges.present(gauge, self._clock())

    async def _set(self, account_id: str, values: Mapping[str, str]) -> AccountState:
        def decide(state: AccountState) -> Decision[None]:
            changed = {
                name: value
                for name, value in values.items()
                if state.settings.get(name, "") != value
            }
            return Decision(
                None,
                [
                    Entry(SettingChanged(name=name, value=value), f"setting:{name}:{state.seq + n}")
                    for n, (name, value) in enumerate(changed.items(), start=1)
                ],
            )

        await self._accounts.change(account_id, decide)
        return await self._accounts.require(account_id)


def _same(state: AccountState, alert: Alert) -> Alert | None:
    """Find an armed alert that waits for the same: a message that comes twice arms one."""
    wanted = (alert.gauge, alert.direction, alert.level, alert.once)
    for record in state.alerts.values():
        known = record.alert
        if (known.gauge, known.direction, known.level, known.once) == wanted:
            return known
    return None

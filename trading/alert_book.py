"""From events to an account's alerts: armed, rung, ready again, and what is not told yet."""

from __future__ import annotations

from dataclasses import replace

from trading.account import AccountState, AlertRecord
from trading.alarm_rules import REST
from trading.events import AlertArmed, AlertRang, AlertRemoved, AlertReset, Recorded, RingsTold
from trading.legal import illegal, legal


class AlertBook:
    """The mutable builder of an account's alerts; the other fields as in AccountState.

    Raises IllegalEvent when an event can't follow the ones before it.
    """

    def __init__(self, start: AccountState | None) -> None:
        self.records = dict(start.alerts) if start else {}
        self.untold = start.untold if start else ()
        self.told_at = start.told_at if start else None
        self.told_run = start.told_run if start else 0

    def arm(self, event: AlertArmed, recorded: Recorded) -> None:
        legal(event.alert.id not in self.records, recorded, "the alert exists already")
        self.records[event.alert.id] = AlertRecord(event.alert, ready=event.alert.ready)

    def ring(self, event: AlertRang, recorded: Recorded) -> None:
        ring = event.ring
        if ring.alert_id is not None:
            known = self._alert(ring.alert_id, recorded)
            legal(known.ready, recorded, "the alert rang already")
            self.records[ring.alert_id] = replace(known, ready=False, rang_at=ring.at)
        self.untold = (*self.untold, ring)

    def reset(self, event: AlertReset, recorded: Recorded) -> None:
        known = self._alert(event.alert_id, recorded)
        legal(not known.ready, recorded, "the alert is ready already")
        at = event.happened_at or recorded.at
        self.records[event.alert_id] = replace(known, ready=True, reset_at=at)

    def remove(self, event: AlertRemoved, recorded: Recorded) -> None:
        self._alert(event.alert_id, recorded)
        del self.records[event.alert_id]

    def _alert(self, alert_id: str, recorded: Recorded) -> AlertRecord:
        known = self.records.get(alert_id)
        if known is None:
            raise illegal(recorded, "there is no such alert")
        return known

    def tell(self, event: RingsTold, recorded: Recorded) -> None:
        legal(0 < event.count <= len(self.untold), recorded, "so many rings do not wait")
        rested = self.told_at is not None and self.untold[0].at - self.told_at >= REST
        self.told_run = 1 if rested else self.told_run + 1
        self.untold = self.untold[event.count :]
        self.told_at = recorded.at

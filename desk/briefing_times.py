"""When a briefing is due: once each local day, at a time on the person's wall clock.

Settings of the account (SettingChanged): `briefing_at` as `08:00`, empty: off; `briefing_from`:
since when it is so; `briefed_on`: the last local day that was told; `briefing_list`: symbols.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from desk.quiet import zone_of
from trading.errors import BadArgument

BRIEFING_AT = "briefing_at"
BRIEFING_FROM = "briefing_from"
BRIEFED_ON = "briefed_on"
BRIEFING_LIST = "briefing_list"
LATEST = timedelta(hours=3)  # what was missed for longer is not told any more
LATE = timedelta(minutes=10)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Slot:
    """One briefing: the local day it is for, and the moment it is due (UTC)."""

    day: date
    at: datetime

    def is_late(self, now: datetime) -> bool:
        return now - self.at > LATE


def parse_at(text: str) -> time:
    """Read `8:00`, `08.30`, `8am`, `20`; raises BadArgument when it is no time of a day."""
    found = re.fullmatch(r"(\d{1,2})(?:[:.h](\d\d))?\s?(am|pm)?", text.strip().lower())
    if found is not None:
        hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
        if half and 1 <= hour <= 12:
            hour = hour % 12 + (12 if half == "pm" else 0)
        elif half:
            hour = 24
        if hour < 24 and minute < 60:
            return time(hour, minute)
    raise BadArgument(f"'{text[:40]}' is no time of a day. Write it as 08:00.")


def wanted_at(settings: Mapping[str, str]) -> time | None:
    """Return the time that the person chose; None: no briefing is wanted."""
    text = settings.get(BRIEFING_AT, "")
    return time.fromisoformat(text) if text else None


def due(settings: Mapping[str, str], now: datetime) -> Slot | None:
    """Return the briefing that is to be told now; None: there is none, or it was told."""
    slots = [slot for slot in _around(settings, now) if slot.at <= now < slot.at + LATEST]
    return slots[-1] if slots else None


def following(settings: Mapping[str, str], now: datetime) -> Slot | None:
    """Return the next briefing after `now`; None: no briefing is wanted."""
    return next((slot for slot in _around(settings, now) if slot.at > now), None)


def _around(settings: Mapping[str, str], now: datetime) -> list[Slot]:
    """The slots from yesterday on that are neither told nor older than the setting.

    A time that the clock skips is due as long after the jump as it lies behind its begin; of one
    that comes twice the first counts (PEP 495, fold 0).
    """
    at = wanted_at(settings)
    if at is None:
        return []
    zone = zone_of(settings)
    begun = datetime.fromisoformat(settings[BRIEFING_FROM]) if BRIEFING_FROM in settings else None
    told = settings.get(BRIEFED_ON, "")
    today = now.astimezone(zone).date()
    slots = []
    for day in (today + DAY * ahead for ahead in range(-1, 4)):
        moment = datetime.combine(day, at, zone).astimezone(UTC)
        if day.isoformat() > told and (begun is None or moment > begun):
            slots.append(Slot(day, moment))
    return slots

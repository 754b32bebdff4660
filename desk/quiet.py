"""When a person does not want to be told: quiet hours by their clock, and a snooze.

Both are settings of the account (SettingChanged): `quiet_hours` as `22:00-07:00`, `time_zone` as
an IANA name or `UTC+02:00`, `snoozed_until` as an ISO time; empty: not set.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, available_timezones

from trading.errors import BadArgument

QUIET_HOURS = "quiet_hours"
TIME_ZONE = "time_zone"
SNOOZED_UNTIL = "snoozed_until"
LONGEST_SNOOZE = timedelta(days=7)
SECOND = timedelta(seconds=1)
NO_ZONE = "'{text}' is no time zone. Write it as Europe/Berlin, or as UTC+2."


@dataclass(frozen=True)
class QuietHours:
    """From `start` to `end` by the clock on the wall of `zone`, over midnight if need be."""

    start: time
    end: time
    zone: tzinfo

    def hold(self, now: datetime) -> bool:
        """Tell whether it is quiet time."""
        wall = now.astimezone(self.zone).time().replace(fold=0)
        if self.start < self.end:
            return self.start <= wall < self.end
        return wall >= self.start or wall < self.end

    def over_at(self, now: datetime) -> datetime:
        """Return when it is no longer quiet: `now` itself when it is not.

        Where clocks are put forward past the end, that is the moment of the jump.
        """
        if not self.hold(now):
            return now
        today = now.astimezone(self.zone).date()
        ends = [
            datetime.combine(today + timedelta(days=ahead), self.end, self.zone)
            .replace(fold=fold)
            .astimezone(UTC)
            for ahead in range(3)
            for fold in (0, 1)
        ]
        last, first = now, min(end for end in ends if end > now and not self.hold(end))
        while first - last > SECOND:
            middle = last + (first - last) / 2
            last, first = (middle, first) if self.hold(middle) else (last, middle)
        return first

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


def quiet_hours(settings: Mapping[str, str]) -> QuietHours | None:
    """Read the account's quiet hours; None: there are none."""
    text = settings.get(QUIET_HOURS, "")
    return parse_hours(text, zone_of(settings)) if text else None


def parse_hours(text: str, zone: tzinfo) -> QuietHours:
    """Read `22:00-07:00`, `22-7`, `22.30 – 7`; raises BadArgument when it is nothing like it."""
    found = re.fullmatch(
        r"(\d{1,2})(?:[:.](\d\d))?\s*[-–—]\s*(\d{1,2})(?:[:.](\d\d))?", text.strip()
    )
    if found is None:
        raise BadArgument(f"'{text[:40]}' are no hours. Write them as 22:00-07:00.")
    numbers = [int(part or 0) for part in found.groups()]
    try:
        start, end = time(numbers[0] % 24, numbers[1]), time(numbers[2] % 24, numbers[3])
        if max(numbers[0], numbers[2]) > 24:
            raise ValueError
    except ValueError:
        raise BadArgument(f"'{text[:40]}' are no hours of a day. Write 22:00-07:00.") from None
    if start == end:
        raise BadArgument("Quiet hours that end when they begin would never end, or never begin.")
    return QuietHours(start, end, zone)


def zone_of(settings: Mapping[str, str]) -> tzinfo:
    """Return the person's time zone, UTC when none was chosen or it is known no more."""
    try:
        return _zone(settings.get(TIME_ZONE) or "UTC")
    except BadArgument:
        return UTC


def parse_zone(text: str) -> str:
    """Return the one name of a time zone written as people do: `berlin`, `utc+2`, `+05:30`.

    Raises BadArgument when it is none.
    """
    words = text.strip().replace(" ", "_")
    if found := re.fullmatch(r"(?i:utc|gmt)?([+\-−])(\d{1,2})(?::?(\d\d))?", words):
        hours, minutes = int(found[2]), int(found[3] or 0)
        if hours > 14 or minutes > 59:
            raise BadArgument(NO_ZONE.format(text=text[:40]))
        way = "+" if found[1] == "+" else "-"
        return f"UTC{way}{hours:02}:{minutes:02}"
    if words.lower() in ("utc", "gmt", "z"):
        return "UTC"
    names = sorted(available_timezones())
    wanted = words.lower()
    same = [name for name in names if name.lower() == wanted]
    cities = [name for name in names if name.lower().rpartition("/")[2] == wanted and "/" in name]
    # A city may have old names beside its own, such as America/Buenos_Aires.
    for found_names in (same, [name for name in cities if name.count("/") == 1]):
        if len(found_names) == 1:
            return found_names[0]
    raise BadArgument(NO_ZONE.format(text=text[:40]))


def _zone(name: str) -> tzinfo:
    if found := re.fullmatch(r"UTC([+-])(\d\d):(\d\d)", name):
        ahead = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return timezone(ahead if found[1] == "+" else -ahead)
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (OSError, ValueError):
        raise BadArgument(NO_ZONE.format(text=name[:40])) from None


def snoozed_until(settings: Mapping[str, str], now: datetime) -> datetime | None:
    """Return when the snooze ends; None: nothing is snoozed.

    One further ahead than the longest allowed was set by a clock that was wrong.
    """
    text = settings.get(SNOOZED_UNTIL, "")
    until = datetime.fromisoformat(text) if text else None
    return until if until and now < until <= now + LONGEST_SNOOZE else None


def hushed(settings: Mapping[str, str], now: datetime) -> bool:
    """Tell whether only what is critical may make itself heard now."""
    return snoozed_until(settings, now) is not None or quiet_over_at(settings, now) > now


def quiet_over_at(settings: Mapping[str, str], now: datetime) -> datetime:
    """Return when quiet hours end: `now` itself outside of them."""
    hours = quiet_hours(settings)
    return hours.over_at(now) if hours else now

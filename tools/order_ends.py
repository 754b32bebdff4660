"""Until when an order may wait, as people write it; all times UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from trading.errors import BadArgument

HOW = "write until 18:00, until 2026-12-01, until 2026-12-01 18:00, or gtd 2d"
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})", re.A)
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.A)
_LENGTH = re.compile(r"(\d{1,5})(m|min|h|d|w)", re.A)
_UNITS = {
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
LAST_MINUTE = time(23, 59)


def read_end(words: list[str], now: datetime) -> tuple[datetime, int]:
    """Read an end from the first of these words; return it and how many words it took.

    A clock time is the next one to come; a day alone is meant to its last minute; `2d` is counted
    from `now`. Raises BadArgument for what is no end.
    """
    first = words[0].lower() if words else ""
    length, day = _LENGTH.fullmatch(first), _DAY.match(first)
    if length:
        return now + int(length[1]) * _UNITS[length[2]], 1
    if _CLOCK.fullmatch(first):
        moment = datetime.combine(now.date(), _clock(first), UTC)
        return moment if moment > now else moment + timedelta(days=1), 1 + _utc(words[1:])
    if day is None:
        raise BadArgument(f"'{first[:40]}' is no end of an order; {HOW}")
    on, rest = _day(day), first[day.end() :].removesuffix("z")
    if rest:
        return datetime.combine(on, _clock(rest.removeprefix("t")), UTC), 1 + _utc(words[1:])
    if len(words) > 1 and _CLOCK.fullmatch(words[1]):
        return datetime.combine(on, _clock(words[1]), UTC), 2 + _utc(words[2:])
    return datetime.combine(on, LAST_MINUTE, UTC), 1 + _utc(words[1:])


def _clock(text: str) -> time:
    found = _CLOCK.fullmatch(text)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise BadArgument(f"'{text[:40]}' is no time of the day; {HOW}")
    return time(int(found[1]), int(found[2]))


def _day(found: re.Match[str]) -> date:
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        raise BadArgument(f"'{found[0]}' is no day; {HOW}") from None


def _utc(words: list[str]) -> int:
    return int(bool(words) and words[0].lower() == "utc")

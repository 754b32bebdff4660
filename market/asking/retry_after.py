"""What a server asks for that has had too many requests."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def asked_wait(header: str, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for; None when it says nothing.

    It holds a number of seconds or the date of the end (RFC 9110, 10.2.3), which may be over.
    """
    text = header.strip()
    if re.fullmatch(r"\d{1,12}(\.\d{1,12})?", text, re.ASCII):
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return (until - now).total_seconds()

"""Many messages at once are one: what happened while nobody watched, or all in one moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from desk.booking import Booking
from desk.messages import CANCELLED, DAY_LOST, DRAWDOWN, FILL, MEANWHILE, PARTS, Meanwhile
from desk.ports import Message

MOST_SINGLE = 3  # more messages than this of one moment are told as one
GROUPED = (FILL, CANCELLED, DRAWDOWN, DAY_LOST)


def gathered(booking: Booking, since: datetime, until: datetime, *, missed: bool) -> list[Message]:
    """Return a booking's messages, those of a missed time or of a busy moment as one."""
    news = [message for message in booking.messages if message.kind in GROUPED]
    if not news or (len(news) <= MOST_SINGLE and not missed):
        return booking.messages
    rest = [message for message in booking.messages if message.kind not in GROUPED]
    return [_one(booking, news, since if missed else None, until), *rest]


def _one(
    booking: Booking, news: Sequence[Message], since: datetime | None, until: datetime
) -> Message:
    payload = Meanwhile(
        since=since,
        until=until,
        parts=tuple(PARTS.validate_json(message.payload) for message in news),
        source=booking.source.name,
        demo=booking.source.demo,
    )
    critical = any(message.critical for message in news)
    return Message(
        f"meanwhile:{booking.state.seq}",
        booking.state.chat_id,
        MEANWHILE,
        payload.model_dump_json(),
        critical=critical,
    )

"""What happens by itself: the scheduler's jobs."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from telegram.ext import ContextTypes, JobQueue

from bot.heartbeat import EVERY_SECONDS, beat
from bot.price_events import PriceEvents
from bot.services import Services

log = logging.getLogger(__name__)
DELIVERY_SECONDS = 2
BRIEFING_SECONDS = 15
TRACK_SECONDS = 180
# APScheduler drops a job that is a second late unless told otherwise; a late look at the book
# is still a look, and several late ones are one.
NEVER_DROPPED = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}


def schedule(
    queue: JobQueue[Any], services: Services, state_dir: Path, watch_seconds: float
) -> PriceEvents:
    """Start the jobs: watch the book, deliver messages, show signs of life.

    Return what looks at the book between the regular looks; it is to be stopped.
    """

    async def watch() -> None:
        await services.watch.tick()
        services.outbox.wake()

    async def deliver() -> None:
        # Not awaited: a slow channel must not keep the others from being looked at.
        services.outbox.wake()

    async def heartbeat() -> None:
        beat(state_dir)

    async def armed() -> None:
        # The net below the closes that bot.price_events waits for.
        await services.armed.look()
        services.outbox.wake()

    _every(queue, watch_seconds, "watch", watch)
    _every(queue, watch_seconds, "armed strategies", armed)

    async def track() -> None:
        # What a life that was cut off has answered but not recorded comes first.
        await services.recorder.recover()
        await services.settling.settle()

    async def briefing() -> None:
        if await services.briefings.tick():
            services.outbox.wake()

    _every(queue, DELIVERY_SECONDS, "delivery", deliver)
    _every(queue, BRIEFING_SECONDS, "briefing", briefing)
    _every(queue, TRACK_SECONDS, "track", track)
    _every(queue, EVERY_SECONDS, "heartbeat", heartbeat)
    events = PriceEvents(services)
    events.start()
    return events


def _every(
    queue: JobQueue[Any], seconds: float, name: str, work: Callable[[], Awaitable[None]]
) -> None:
    async def run(context: ContextTypes.DEFAULT_TYPE) -> None:
        try:
            await work()
        except Exception:
            # One bad round must not end the job: the next one tries again.
            log.exception("the job %s failed", name)

    queue.run_repeating(run, seconds, first=0.1, name=name, job_kwargs=NEVER_DROPPED)

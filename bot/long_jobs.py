"""Jobs that take seconds: progress in one message, a Cancel button, one of a kind per person."""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import dataclass

from telegram import Message

from bot.cards.card import Block, Button, Card
from bot.progress import Progress
from bot.turn import STOPPING, WENT_WRONG, Done, LongJob, Turn
from trading.errors import ConclaveError

log = logging.getLogger(__name__)


class LongJobs:
    """The jobs that are under way."""

    def __init__(self) -> None:
        self._running: dict[tuple[int, str], _Running] = {}
        # The event loop keeps no task alive by itself.
        self._begun: set[asyncio.Task[None]] = set()
        self._stopping = False

    def keep(self, task: asyncio.Task[None]) -> None:
        """Let a task run beside the caller; its failure is logged."""
        self._begun.add(task)
        task.add_done_callback(self._ended)

    async def do(self, turn: Turn, job: LongJob) -> None:
        """Do a job and show what comes of it, unless the person's last of its kind is under way."""
        if self._stopping:
            await turn.chat.say(STOPPING)
            return
        place = turn.user_id, job.kind
        # One whose answer is being shown is in nobody's way.
        if (running := self._running.get(place)) and not running.over:
            await turn.chat.say(f"{running.job.busy} /cancel stops it.")
            return
        running = _Running(job, secrets.token_hex(8))
        running.task = asyncio.create_task(_carried_out(turn, job, running))
        self._running[place] = running
        try:
            await running.task
        except asyncio.CancelledError:
            if not running.task.cancelled():
                raise
        finally:
            if self._running.get(place) is running:
                del self._running[place]

    def cancel(self, user_id: int, token: str = "") -> str:
        """Stop the person's job (the one with this token, else the newest); return its subject.

        "": there is none.
        """
        for (owner, _), running in reversed(self._running.items()):
            if owner == user_id and token in ("", running.token) and running.cancel():
                return running.job.subject
        return ""

    def stop(self) -> None:
        """Stop everybody's job and take no more: the bot is going down."""
        self._stopping = True
        for running in self._running.values():
            running.cancel()

    async def stopped(self) -> None:
        """Wait until each stopped job has told so."""
        tasks = [one.task for one in self._running.values() if one.task is not None]
        await asyncio.gather(*tasks, *self._begun, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._begun.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("a long job could not be answered: %s", error, exc_info=error)


@dataclass
class _Running:
    """A job under way. `over`: what it came to is being shown, which nothing may cut off."""

    job: LongJob
    token: str
    task: asyncio.Task[None] | None = None
    over: bool = False

    def cancel(self) -> bool:
        if self.over or self.task is None:
            return False
        self.over = True
        return self.task.cancel()


async def _carried_out(turn: Turn, job: LongJob, running: _Running) -> None:
    progress = await _begun(turn, job, running)
    try:
        done = await job.work(progress.update)
        running.over = True
    except ConclaveError as error:
        running.over = True
        await progress.finish(Card((Block("text", str(error)),)))
        return
    except asyncio.CancelledError:
        running.over = True
        await progress.finish(_stopped(job))
        raise
    except Exception:
        running.over = True
        reference = secrets.token_hex(3)
        log.exception("%s failed, reference %s", job.title, reference)
        await progress.finish(Card((Block("text", WENT_WRONG.format(reference=reference)),)))
        return
    await _shown(turn, progress, done)


async def _begun(turn: Turn, job: LongJob, running: _Running) -> Progress:
    """Open the progress message; cut off half way, it would say for ever that it looks."""
    buttons = ((Button("Cancel", f"stop:{running.token}"),),)
    opening = asyncio.create_task(
        Progress.begin(turn.chat, turn.services.cards, job.title, buttons)
    )
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        await (await opening).finish(_stopped(job))
        raise


def _stopped(job: LongJob) -> Card:
    return Card((Block("text", job.stopped),))


async def _shown(turn: Turn, progress: Progress, done: Done) -> Message:
    message = await progress.finish(done.card)
    if done.proposal:
        await turn.services.cards.put(done.proposal, turn.chat.id, message.message_id)
    return message

"""One run of an analyst: a model with tools, from the question to a vote or a failure."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

from langchain.agents.middleware.model_call_limit import ModelCallLimitExceededError
from langchain_core.messages import HumanMessage
from langsmith import tracing_context

from agents import failure
from agents.binding import Hands
from agents.failure import Failed
from agents.members import RULES, Member
from agents.meter import Meter
from agents.metering import Discretion, Metering
from agents.model_errors import failure_of
from agents.models import reply_limit
from agents.referee import Ended, Referee
from agents.retry import PatientRetry
from agents.run_log import RunLog
from agents.sitting import Agents, Sitting
from agents.trace import TracedRun
from desk.secrecy import Hide, as_it_is

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Allowance:
    """What a run may use: until when on the event loop's clock, and of paid models.

    `meter` is that of all runs of the question, `hide` takes secrets out of what is sent.
    """

    ends_at: float
    meter: Meter = field(default_factory=Meter)
    hide: Hide = as_it_is


async def analyse(
    agents: Agents,
    member: Member,
    question: str,
    prompt: str,
    hands: Hands,
    allowance: Allowance,
    earlier: str = "",
) -> TracedRun:
    """Let a member answer; every failure comes back as a labelled record, in time.

    `earlier` is what was asked before (agents.questions.thread); rules need none, `question` is
    whole.

    Raises only asyncio.CancelledError.
    """
    started = asyncio.get_running_loop().time()
    run = hands.run
    referee = Referee(run, hands.bench.tools)
    # What costs nothing and stays here is neither counted nor hidden from.
    paid = _at_the_door(run, member, allowance) if member.paid else ()
    sitting = Sitting(prompt, hands, referee, (PatientRetry(allowance.ends_at), *paid))
    before = [HumanMessage(earlier)] if earlier and member.name != RULES else []
    try:
        # Prompts leave this machine for the model's server only, whatever LANGSMITH_TRACING says.
        with tracing_context(enabled=False):
            async with asyncio.timeout_at(allowance.ends_at):
                await agents.converse(member.model, sitting, [*before, HumanMessage(question)])
        failed = failure.EMPTY
    except TimeoutError:
        failed = failure.TIMED_OUT
    except Exception as error:
        failed = _failed(error, referee)
    seconds = asyncio.get_running_loop().time() - started
    if referee.answer is not None:
        return run.voted(referee.answer, prose_dropped=referee.prose_dropped, seconds=seconds)
    return run.failed(failed.naming(member.settings), seconds=seconds)


def _at_the_door(run: RunLog, member: Member, allowance: Allowance) -> tuple[Discretion, Metering]:
    """Make what each request to a paid model passes last, retries too."""
    metering = Metering(allowance.meter, run, member.price, reply_limit(member.model))
    return Discretion(allowance.hide), metering


def _failed(error: Exception, referee: Referee) -> Failed:
    if isinstance(error, Ended):
        return error.failed
    if isinstance(error, ModelCallLimitExceededError) and referee.unknown_tools:
        return failure.UNKNOWN_TOOL
    failed = failure_of(error)
    if failed is failure.INTERNAL:
        log.error("a run failed", exc_info=error)
    return failed

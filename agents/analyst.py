"""One run of an analyst: a model with tools, from the question to a vote or a failure."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cache

from langchain.agents import create_agent
from langchain.agents.middleware import ModelCallLimitMiddleware
from langchain.agents.middleware.model_call_limit import ModelCallLimitExceededError
from langchain.agents.structured_output import ToolStrategy
from langchain_core.messages import HumanMessage
from langchain_core.tools import BaseTool
from langsmith import tracing_context

from agents import failure
from agents.answer import Answer
from agents.failure import Failed
from agents.members import RULES, Member
from agents.meter import Meter
from agents.metering import Discretion, Metering
from agents.model_errors import failure_of
from agents.models import reply_limit
from agents.referee import Ended, Referee
from agents.retry import PatientRetry
from agents.run_log import RunLog
from agents.trace import TracedRun
from desk.secrecy import Hide, as_it_is

log = logging.getLogger(__name__)

# A round of the graph takes at most five steps; LangChain's default limit is 9,999.
STEPS_A_CALL = 6


@dataclass(frozen=True)
class Allowance:
    """What a run may use: until when on the event loop's clock, and how many calls of its model.

    `meter` is that of all runs of the question, `hide` takes secrets out of what is sent.
    """

    ends_at: float
    model_calls: int
    meter: Meter = field(default_factory=Meter)
    hide: Hide = as_it_is


async def analyse(
    member: Member,
    question: str,
    prompt: str,
    tools: Sequence[BaseTool],
    run: RunLog,
    allowance: Allowance,
    earlier: str = "",
) -> TracedRun:
    """Let a member answer; every failure comes back as a labelled record, in time.

    `earlier` is what was asked before (agents.questions.thread); rules need none, `question` is
    whole.

    Raises only asyncio.CancelledError.
    """
    started = asyncio.get_running_loop().time()
    referee = Referee(run, [tool.name for tool in tools])
    try:
        async with asyncio.timeout_at(allowance.ends_at):
            await _converse(member, question, prompt, tools, referee, run, allowance, earlier)
        failed = failure.EMPTY
    except TimeoutError:
        failed = failure.TIMED_OUT
    except Exception as error:
        failed = _failed(error, referee)
    seconds = asyncio.get_running_loop().time() - started
    if referee.answer is not None:
        return run.voted(referee.answer, prose_dropped=referee.prose_dropped, seconds=seconds)
    return run.failed(failed.naming(member.settings), seconds=seconds)


async def _converse(
    member: Member,
    question: str,
    prompt: str,
    tools: Sequence[BaseTool],
    referee: Referee,
    run: RunLog,
    allowance: Allowance,
    earlier: str,
) -> None:
    agent = create_agent(
        member.model,
        list(tools),
        system_prompt=prompt,
        response_format=_ending(referee),
        # The first one's after-model hook runs last and wraps all others.
        middleware=[
            referee,
            ModelCallLimitMiddleware(run_limit=allowance.model_calls, exit_behavior="error"),
            PatientRetry(allowance.ends_at),
            # What costs nothing and stays here is neither counted nor hidden from.
            *(_at_the_door(run, member, allowance) if member.paid else ()),
        ],
    )
    before = [HumanMessage(earlier)] if earlier and member.name != RULES else []
    steps = STEPS_A_CALL * (allowance.model_calls + 1)
    # Prompts leave this machine for the model's server only, whatever LANGSMITH_TRACING says.
    with tracing_context(enabled=False):
        await agent.ainvoke(
            {"messages": [*before, HumanMessage(question)]}, config={"recursion_limit": steps}
        )


@cache
def _form() -> ToolStrategy[Answer]:
    """Make the answer's schema, which is the same for every run."""
    return ToolStrategy(Answer, tool_message_content="Received.")


def _ending(referee: Referee) -> ToolStrategy[Answer]:
    form = copy(_form())
    form.handle_errors = referee.explain
    return form


def _at_the_door(run: RunLog, member: Member, allowance: Allowance) -> tuple[Discretion, Metering]:
    """Make what each request passes last, retries too."""
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

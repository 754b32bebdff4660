"""One run of an analyst: a model with tools, from the question to a vote or a failure."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

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
from agents.members import Member
from agents.model_errors import failure_of
from agents.referee import Ended, Referee
from agents.retry import PatientRetry
from agents.run_log import RunLog
from agents.trace import TracedRun

log = logging.getLogger(__name__)

# A round of the graph takes at most five steps; LangChain's default limit is 9,999.
STEPS_A_CALL = 6


@dataclass(frozen=True)
class Allowance:
    """What a run may use: seconds until its deadline, and calls of its model."""

    seconds: float
    model_calls: int


async def analyse(
    member: Member,
    question: str,
    prompt: str,
    tools: Sequence[BaseTool],
    run: RunLog,
    allowance: Allowance,
) -> TracedRun:
    """Let a member answer; every failure comes back as a labelled record, in time.

    Raises only asyncio.CancelledError.
    """
    started = asyncio.get_running_loop().time()
    referee = Referee(run, [tool.name for tool in tools])
    ends_at = started + allowance.seconds
    try:
        async with asyncio.timeout_at(ends_at):
            await _converse(member, question, prompt, tools, referee, ends_at, allowance)
        failed = failure.EMPTY
    except TimeoutError:
        failed = failure.TIMED_OUT
    except Exception as error:
        failed = _failed(error, referee)
    seconds = asyncio.get_running_loop().time() - started
    if referee.answer is not None:
        return run.voted(referee.answer, prose_dropped=referee.prose_dropped, seconds=seconds)
    return run.failed(failed, seconds=seconds)


async def _converse(
    member: Member,
    question: str,
    prompt: str,
    tools: Sequence[BaseTool],
    referee: Referee,
    ends_at: float,
    allowance: Allowance,
) -> None:
    agent = create_agent(
        member.model,
        list(tools),
        system_prompt=prompt,
        response_format=ToolStrategy(
            Answer, tool_message_content="Received.", handle_errors=referee.explain
        ),
        # The first one's after-model hook runs last and wraps all others.
        middleware=[
            referee,
            ModelCallLimitMiddleware(run_limit=allowance.model_calls, exit_behavior="error"),
            PatientRetry(ends_at),
        ],
    )
    steps = STEPS_A_CALL * (allowance.model_calls + 1)
    # Prompts leave this machine for the model's server only, whatever LANGSMITH_TRACING says.
    with tracing_context(enabled=False):
        await agent.ainvoke(
            {"messages": [HumanMessage(question)]}, config={"recursion_limit": steps}
        )


def _failed(error: Exception, referee: Referee) -> Failed:
    if isinstance(error, Ended):
        return error.failed
    if isinstance(error, ModelCallLimitExceededError) and referee.unknown_tools:
        return failure.UNKNOWN_TOOL
    failed = failure_of(error)
    if failed is failure.INTERNAL:
        log.error("a run failed", exc_info=error)
    return failed

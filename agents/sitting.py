"""The agent that all runs of a model share, and what each of its runs brings along.

Building an agent takes longer than all of a run's own work, so it is built once for each model;
LangGraph hands what belongs to a run to each of its steps as the run's context.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, cast

from langchain.agents import AgentState, create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    ModelCallLimitMiddleware,
    ModelRequest,
    ModelResponse,
    hook_config,
)
from langchain.agents.structured_output import ToolStrategy
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, SystemMessage
from langchain_core.tools import BaseTool, StructuredTool
from langgraph.runtime import Runtime, get_runtime

from agents.answer import Answer
from agents.binding import Hands
from agents.referee import Referee
from tools.registry import Tool

Handler = Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]
# A round of the graph takes at most five steps; LangChain's default limit is 9,999.
STEPS_A_CALL = 6


class Door(Protocol):
    """What a request passes on its way to the model."""

    async def awrap_model_call(
        self, request: ModelRequest[Any], handler: Handler
    ) -> ModelResponse[Any]: ...


@dataclass(frozen=True)
class Sitting:
    """What one run brings; its requests pass the referee, then `doors` in their order."""

    prompt: str
    hands: Hands
    referee: Referee
    doors: tuple[Door, ...]


class Agents:
    """The agents of a desk's tools, built when first asked for, one for each model."""

    def __init__(self, tools: Mapping[str, Tool], model_calls: int) -> None:
        """`model_calls`: the most that one run may make."""
        self._tools = [_declared(tool) for tool in tools.values()]
        self._model_calls = model_calls
        # By identity: models have no hash. Each stays alive beside its agent.
        self._made: dict[int, tuple[BaseChatModel, Any]] = {}

    async def converse(
        self, model: BaseChatModel, sitting: Sitting, messages: Sequence[BaseMessage]
    ) -> None:
        """Let the model answer; what it did is in the sitting's log and referee."""
        if id(model) not in self._made:
            self._made[id(model)] = (model, self._built(model))
        _, agent = self._made[id(model)]
        steps = STEPS_A_CALL * (self._model_calls + 1)
        await agent.ainvoke(
            {"messages": [*messages]}, config={"recursion_limit": steps}, context=sitting
        )

    def _built(self, model: BaseChatModel) -> Any:
        form = ToolStrategy(
            Answer,
            tool_message_content="Received.",
            handle_errors=lambda error: _here().referee.explain(error),
        )
        return create_agent(
            model,
            self._tools,
            response_format=form,
            # The first one's after-model hook runs last and wraps all others.
            middleware=[
                _Seat(),
                ModelCallLimitMiddleware(run_limit=self._model_calls, exit_behavior="error"),
            ],
            context_schema=Sitting,
        )


class _Seat(AgentMiddleware[Any, Any, Any]):
    """Gives each step to the run that it belongs to."""

    async def awrap_model_call(
        self, request: ModelRequest[Any], handler: Handler
    ) -> ModelResponse[Any]:
        sitting = _of(request.runtime)
        for door in reversed((sitting.referee, *sitting.doors)):
            handler = partial(door.awrap_model_call, handler=handler)
        return await handler(request.override(system_message=SystemMessage(sitting.prompt)))

    @hook_config(can_jump_to=["model", "end"])
    async def aafter_model(
        self, state: AgentState[Any], runtime: Runtime[Any]
    ) -> dict[str, Any] | None:
        return _of(runtime).referee.after_model(state)


def _of(runtime: Runtime[Any]) -> Sitting:
    return cast(Sitting, runtime.context)


def _here() -> Sitting:
    """Return the run that is being worked for: LangGraph knows it in each task of the run."""
    return _of(get_runtime())


def _declared(tool: Tool) -> BaseTool:
    async def call(**arguments: Any) -> str:
        return await _here().hands.call(tool.name, arguments)

    # The schema goes in as JSON so that LangChain leaves the arguments alone: Tool.call checks
    # them, and its message is the one that people see too.
    return StructuredTool(
        name=tool.name,
        description=tool.description,
        args_schema=deepcopy(tool.schema),
        coroutine=call,
    )

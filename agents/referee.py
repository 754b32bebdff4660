"""Watches one run's model: sends bad answers back once, ends hopeless ones."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from langchain.agents.middleware import AgentState, ModelRequest, ModelResponse
from langchain.agents.structured_output import MultipleStructuredOutputsError
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from pydantic import ValidationError

from agents import failure
from agents.answer import Answer
from agents.failure import Failed
from agents.grounding.bare_figures import has_figure
from agents.grounding.slots import check, normalise
from agents.run_log import RunLog
from agents.trace import TracedCall
from trading.symbols import pair_of

log = logging.getLogger(__name__)

ANSWER = Answer.__name__
# What a tool's error quotes of an argument at the most, and what may stand in one.
QUOTED = 12
PLAIN_WORD = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9/:_-]{1,12}")
TRIES_AT_SCHEMA = 3
ANSWER_ALONE = "Not run: Answer must be called alone, after the tools."


class Ended(Exception):
    """The run can't give a vote; `failed` says why."""

    def __init__(self, failed: Failed) -> None:
        super().__init__(failed.label)
        self.failed = failed


class Referee:
    """Judges what the model of one run says.

    `answer` is the answer that counts so far, `prose_dropped` says that its wording may not be
    shown. An answer whose wording was refused counts even if the mended one never comes.
    """

    def __init__(self, run: RunLog, tools: Iterable[str]) -> None:
        self._run = run
        self._known = {*tools, ANSWER}
        self._sent_back: set[str] = set()
        self._bad_schemas = 0
        self.answer: Answer | None = None
        self.prose_dropped = False
        self.unknown_tools = False

    async def awrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]],
    ) -> ModelResponse[Any]:
        """Call the model, and end the run on an answer that can't be used."""
        self._run.model_calls += 1
        try:
            response = await handler(request)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            # What ChatOpenAI raises when the reply is no chat completion (HTML, null choices, …).
            what = f"{type(error).__name__}: {error}"
            log.warning("the model's reply could not be read: %s", what[:200])
            raise Ended(_unreadable(error)) from error
        message = response.result[0]
        if isinstance(message, AIMessage):
            reason = message.response_metadata.get("finish_reason")
            if reason == "length":
                # Also when the calls look whole: their arguments may miss their end.
                raise Ended(failure.CUT_OFF)
            if reason == "content_filter" or message.additional_kwargs.get("refusal"):
                raise Ended(failure.DECLINED)
        return response

    def after_model(self, state: AgentState[Any]) -> dict[str, Any] | None:
        """Judge what the model wrote: accept, send back once, or end the run."""
        message = next(m for m in reversed(state["messages"]) if isinstance(m, AIMessage))
        answer = state.get("structured_response")
        if isinstance(answer, Answer):
            return self._judge(_normalised(answer, self._run), message)
        names = [call["name"] for call in message.tool_calls]
        self.unknown_tools = bool(names) and not self._known & set(names)
        if ANSWER in names:
            if self._bad_schemas >= TRIES_AT_SCHEMA:
                raise Ended(failure.WRONG_ANSWER)
            return {"messages": _not_run(message), "jump_to": "model"}
        if not names:
            return self._without_call(message)
        return None

    def explain(self, error: Exception) -> str:
        """Tell the model what is wrong with its Answer."""
        self._bad_schemas += 1
        if isinstance(error, MultipleStructuredOutputsError):
            return "Call Answer once, not several times."
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, ValidationError):
            cause = cause.__cause__ or getattr(cause, "source", None)
        if cause is None:
            return "The Answer could not be read. Call Answer again."
        problems = (
            f"{'.'.join(map(str, problem['loc'])) or ANSWER}: "
            f"{problem['msg'].removeprefix('Value error, ')}"
            for problem in cause.errors()
        )
        return f"Not accepted: {'; '.join(problems)}. Call Answer again."

    def _judge(self, answer: Answer, message: AIMessage) -> dict[str, Any]:
        if answer.stance != "none" and not _looked_at(answer.symbol, self._run):
            look = HumanMessage(
                f"Not accepted: look at the market with the tools, at {answer.symbol}, then decide."
            )
            again = self._send_back(failure.NO_EVIDENCE, [*_not_run(message), look])
            return {**again, "structured_response": None}
        objections = _objections(answer, self._run)
        self.answer, self.prose_dropped = answer, bool(objections)
        self._run.objections += objections
        if not objections or "prose" in self._sent_back:
            return {"jump_to": "end"}
        self._sent_back.add("prose")
        reason = (
            f"Not accepted: {'; '.join(objections)}. Keep your decision if it still holds, mend "
            "the sentences, and call Answer again."
        )
        return {
            "messages": [*_not_run(message), HumanMessage(reason)],
            "structured_response": None,
            "jump_to": "model",
        }

    def _without_call(self, message: AIMessage) -> dict[str, Any]:
        if message.invalid_tool_calls:
            # LangChain itself answers each malformed call before the next model call.
            return self._send_back(failure.MALFORMED, [])
        if str(message.text).strip():
            return self._send_back(
                failure.PROSE,
                [HumanMessage("Do not write text. Call a tool, or call Answer to finish.")],
            )
        return self._send_back(failure.EMPTY, [HumanMessage("Call a tool, or call Answer.")])

    def _send_back(self, failed: Failed, messages: Sequence[BaseMessage]) -> dict[str, Any]:
        if failed.label in self._sent_back:
            raise Ended(failed)
        self._sent_back.add(failed.label)
        return {"messages": [*messages], "jump_to": "model"}


def _unreadable(error: Exception) -> Failed:
    """Tell a reply whose tool arguments are no object from one that is no reply at all."""
    parts = error.errors() if isinstance(error, ValidationError) else []
    in_call = any(part["loc"][:1] == ("tool_calls",) for part in parts)
    return failure.MALFORMED if in_call else failure.NONSENSE


def _normalised(answer: Answer, run: RunLog) -> Answer:
    # A symbol stands in the card's heading, so a figure in it must be part of a real name.
    strange = has_figure(answer.symbol) and not _looked_at(answer.symbol, run)
    return answer.model_copy(
        update={
            "headline": normalise(answer.headline),
            "reasons": [normalise(reason) for reason in answer.reasons],
            "symbol": "" if strange and answer.stance == "none" else answer.symbol,
        }
    )


def _looked_at(symbol: str, run: RunLog) -> bool:
    """Tell whether a tool gave the run a fact of this symbol."""
    pair = pair_of(symbol)
    return any(pair in map(pair_of, fact.symbol.split("+")) for fact in run.facts.values())


def _objections(answer: Answer, run: RunLog) -> list[str]:
    found = []
    quotable = [" ".join(call.error.split()) for call in run.calls if not _own_words(call)]
    sentences = [("headline", answer.headline)]
    sentences += [(f"reason {n}", reason) for n, reason in enumerate(answer.reasons, start=1)]
    for place, sentence in sentences:
        problems = check(sentence, run.facts, answer.symbol, answer.timeframe, quotable)
        found += [f"{place}: {problem}" for problem in problems]
    return found


def _own_words(call: TracedCall) -> bool:
    """Tell whether an error repeats what the model itself wrote: more than a symbol or a word."""
    try:
        values = json.loads(call.arguments).values()
    except (ValueError, AttributeError):
        return True
    texts = [" ".join(str(value).split())[:QUOTED] for value in values]
    return any(text in call.error and not PLAIN_WORD.fullmatch(text) for text in texts if text)


def _not_run(message: AIMessage) -> list[ToolMessage]:
    """Answer the calls that came along with an Answer: every call needs a reply."""
    return [
        ToolMessage(ANSWER_ALONE, tool_call_id=call["id"] or "", name=call["name"], status="error")
        for call in message.tool_calls
        if call["name"] != ANSWER
    ]

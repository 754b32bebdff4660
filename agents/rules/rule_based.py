"""The analyst for those without a model: fixed rules that take the same way as a model.

It is a LangChain chat model, so it is bound to the same tools, calls them by the same messages
and ends in the same Answer, with slots in place of figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolCall, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from agents.members import RULES, Lineup, Member
from agents.questions.reading import Intent, Question, read
from agents.questions.why_not import faced
from agents.rules import facts_asked
from agents.rules import phrases as say
from agents.rules.indicators_asked import needs_price
from agents.rules.lenses import LENSES, on_the_past
from agents.rules.momentum import past_of
from agents.rules.opinion import Opinion, Unreadable
from agents.rules.phrases_lenses import PRICE
from agents.rules.seen import Seen, read_messages
from agents.trace import RULES_ANALYST
from trading.candles import Timeframe

STRATEGY_OF = {"trend": "sma_cross", "mean reversion": "rsi_reversion", "momentum": "sma_cross"}


def rule_based_lineup() -> Lineup:
    """One member per lens."""
    members = tuple(Member(lens, RuleBasedAnalyst(lens=lens), RULES, paid=False) for lens in LENSES)
    return Lineup(RULES_ANALYST, members)


class RuleBasedAnalyst(BaseChatModel):
    """Answers by the rules of one lens: "trend", "mean reversion" or "momentum"."""

    lens: str

    @property
    def _llm_type(self) -> str:
        return "rule-based"

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Take the tools as any chat model does; a rule always calls one."""
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        asked = next(message for message in messages if isinstance(message, HumanMessage))
        calls = self._calls(read(asked.text), messages, _schemas(kwargs.get("tools", ())))
        message = AIMessage("", tool_calls=calls, response_metadata={"finish_reason": "tool_calls"})
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return self._generate(messages, stop, **kwargs)

    def _calls(
        self,
        question: Question,
        messages: Sequence[BaseMessage],
        schemas: Mapping[str, Mapping[str, Any]],
    ) -> list[ToolCall]:
        """The tools first, all at once; then the Answer."""
        if not any(isinstance(message, ToolMessage) for message in messages):
            wanted = [
                ToolCall(name=name, args=arguments, id=f"call_{number}")
                for number, (name, arguments) in enumerate(self._plan(question, schemas), start=1)
            ]
            if wanted:
                return wanted
        answer = _arguments(self._opinion(question, read_messages(messages)), question)
        return [ToolCall(name="Answer", args=answer, id=f"answer_{len(messages)}")]

    def _plan(
        self, question: Question, schemas: Mapping[str, Mapping[str, Any]]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        if not question.symbol and question.intent not in facts_asked.AT_LARGE:
            return
        if question.strange:
            # The tool refuses it, and its words say which timeframes there are.
            yield "indicators", {"symbol": question.symbol, "timeframe": question.strange}
            return
        known = self._known(question)
        names = facts_asked.TOOLS[question.intent]
        if question.intent is Intent.INDICATORS and needs_price(question):
            names = (*names, "quote")
        if question.intent is Intent.INDICATORS and question.week and not question.wanted:
            names = (*names, "rank")
        for name in names:
            if name in schemas:
                own_past = name == "rank" and question.intent is not Intent.RANK
                arguments = past_of(question.symbol, _looked_back(question)) if own_past else known
                yield name, _fitting(arguments, schemas[name])

    def _known(self, question: Question) -> dict[str, object]:
        """What the question says, by the names of the tools' arguments."""
        known: dict[str, object] = {
            "symbol": "" if question.intent is Intent.PORTFOLIO else question.symbol,
            "timeframe": question.timeframe.value,
            "strategy": question.strategy or STRATEGY_OF[self.lens],
            "horizon": question.horizon,
            "notional": None if question.notional is None else str(question.notional),
        }
        if question.intent is Intent.RANK:
            known["by"] = question.by
            if question.others:
                known["symbols"] = [question.symbol, *question.others]
        return known

    def _opinion(self, question: Question, seen: Seen) -> Opinion:
        if question.intent is not Intent.DECISION or not question.symbol:
            return facts_asked.opinion(question, seen)
        language = question.language
        try:
            if seen.find("quote", "Last price") is None:
                raise Unreadable(PRICE)
            opinion = LENSES[self.lens](seen, language)
        except Unreadable as missing:
            why = facts_asked.failures(seen, missing.what, language)
            return Opinion("none", say.NOT_SEEN(language, symbol=question.symbol), why)
        past = on_the_past(seen, language)
        reasons = (*opinion.reasons, past) if past else opinion.reasons
        headline = faced(question.why_not, opinion.stance, language) + opinion.headline
        if question.others:
            headline += say.ONE_AT_A_TIME(language, symbol=question.symbol)
        if question.timeframes:
            first, following = question.timeframe.value, question.timeframes[0].value
            headline += say.ONE_TIMEFRAME(language, first=first, next=following)
        return replace(opinion, headline=headline, reasons=reasons, horizon=_horizon(seen))


def _looked_back(question: Question) -> Timeframe:
    """For which candles the past is asked: a question for the week, for those that look it back."""
    of_the_week = question.week and question.intent is Intent.INDICATORS
    return Timeframe.H4 if of_the_week else question.timeframe


def _horizon(seen: Seen) -> int | None:
    """For how many candles the evidence speaks: those that the forecast looks ahead."""
    ahead = seen.number("forecast", "Forecast horizon")
    return None if ahead is None else int(ahead)


def _schemas(tools: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The parameters of the bound tools by name: which there are, and what they may be."""
    functions = [tool["function"] for tool in tools]
    return {
        function["name"]: function.get("parameters", {}).get("properties", {})
        for function in functions
    }


def _fitting(known: Mapping[str, object], properties: Mapping[str, Any]) -> dict[str, Any]:
    """What a tool takes of what is known; a choice that it does not offer is left to it."""
    return {
        name: value
        for name, value in known.items()
        if value
        and name in properties
        and ("enum" not in properties[name] or value in properties[name]["enum"])
    }


def _arguments(opinion: Opinion, question: Question) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "stance": opinion.stance,
        "symbol": "" if question.intent in (Intent.PORTFOLIO, Intent.RANK) else question.symbol,
        "timeframe": question.timeframe.value if question.symbol else "",
        "headline": opinion.headline,
        "reasons": list(opinion.reasons),
    }
    if opinion.horizon is not None:
        answer["horizon"] = opinion.horizon
    if opinion.exits is not None:
        exits = opinion.exits
        answer["order"] = {
            "stop": _text(exits.stop),
            "target": _text(exits.target),
            "size": _text(exits.size),
        }
    return answer


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)

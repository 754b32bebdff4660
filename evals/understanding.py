"""Routing without a model: does a question in plain words reach the right tools?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import Runnable
from langchain_core.tools import StructuredTool

from agents.questions.reading import Intent, Question, read
from agents.rules.rule_based import RuleBasedAnalyst
from benchmarks.rows import Row
from evals.last_questions import LAST
from evals.phone_questions import PHONE
from evals.questions import SEEN, Asked
from evals.unseen_questions import UNSEEN
from tools.arguments import parse_symbol
from tools.registry import discover

# What must be called for each kind of question, whatever else is.
MUST: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "decision": frozenset({"quote", "indicators", "forecast", "backtest", "news"}),
        "price": frozenset({"quote"}),
        "indicators": frozenset({"indicators"}),
        "forecast": frozenset({"forecast"}),
        "backtest": frozenset({"backtest"}),
        "risk": frozenset({"risk_check"}),
        "portfolio": frozenset({"portfolio"}),
        "news": frozenset({"news"}),
        "rank": frozenset({"rank"}),
        "command": frozenset[str](),
        "greeting": frozenset[str](),
        "unknown": frozenset[str](),
    }
)
# Tools whose calls say how far ahead, or by what, a question was understood.
AHEAD = frozenset({"decision", "forecast"})
NO_TIMEFRAME = frozenset({"portfolio", "news", "price", "risk", "command"})


@dataclass(frozen=True)
class Routed:
    """How a question was read, and which tools were called with what."""

    question: Question
    calls: Mapping[str, Mapping[str, Any]]


async def rows() -> list[Row]:
    """Ask each question, and look at what is called."""
    seen, unseen, phone = (
        [(one, routed(one.text)) for one in asked] for asked in (SEEN, UNSEEN, (*PHONE, *LAST))
    )
    return [
        *_rows("questions", seen, "ours >= 0.95", "ours <= 0"),
        *_rows("unseen questions", unseen, "", ""),
        *_rows("phone questions", phone, "ours >= 0.95", "ours <= 0"),
    ]


def routed(text: str) -> Routed:
    """Put a question to the rule-based analyst, and return what it calls first."""
    calls = _analyst().invoke([HumanMessage(text)]).tool_calls
    return Routed(read(text), {call["name"]: call["args"] for call in calls})


def faults(asked: Asked, found: Routed) -> tuple[str, ...]:
    """Say what was understood otherwise than it was meant; () when all of it is right."""
    question, wrong = found.question, []
    tools = found.calls.keys() - {"Answer"}
    if question.intent.value != asked.intent:
        wrong.append(f"read as {question.intent.value}")
    if not tools >= MUST[asked.intent] or (tools and not MUST[asked.intent]):
        wrong.append(f"called {', '.join(sorted(tools)) or 'nothing'}")
    if asked.intent != "portfolio" and _coins(asked) != _named(question, asked):
        wrong.append(f"about {', '.join(_named(question, asked)) or 'no coin'}")
    if asked.intent not in NO_TIMEFRAME and question.timeframe.value != asked.timeframe:
        wrong.append(f"on the {question.timeframe.value}")
    if asked.intent in AHEAD and found.calls.get("forecast", {}).get("horizon") != asked.horizon:
        wrong.append(f"{question.horizon} candles ahead")
    if asked.intent == "rank" and found.calls.get("rank", {}).get("by") != asked.by:
        wrong.append(f"ranked by {question.by}")
    have = {*question.wanted, *(gauge.value for gauge in question.gauges)}
    if asked.named and not set(asked.named.split(",")) <= have:
        wrong.append(f"for {', '.join(sorted(have)) or 'nothing named'}")
    return tuple(wrong)


def _rows(
    what: str, asked: Sequence[tuple[Asked, Routed]], share: str, none: str
) -> tuple[Row, Row]:
    right = sum(not faults(one, found) for one, found in asked)
    orders = sum(
        one.intent != "decision" and found.question.intent is Intent.DECISION
        for one, found in asked
    )
    facts = sum(one.intent != "decision" for one, _ in asked)
    said = f"{len(asked)} {what}, English and Chinese"
    return (
        Row(
            f"understanding: {what} routed rightly", right / len(asked), None, "share", share, said
        ),
        Row(
            f"understanding: {what}, orders unasked",
            orders,
            None,
            "questions",
            none,
            f"of {facts} that ask for facts",
        ),
    )


def _coins(asked: Asked) -> tuple[str, ...]:
    """The symbol that is meant first, then the further bases."""
    first, *others = asked.coins.split(",") if asked.coins else [""]
    return (parse_symbol(first) if first else "", *others)


def _named(question: Question, asked: Asked) -> tuple[str, ...]:
    if asked.intent == "rank" and not asked.coins:
        # A coin beside which all others are held, as in "moves with BTC", is none of the list.
        return ("",) if not question.others else (question.symbol, *question.others)
    return (question.symbol, *question.others)


@cache
def _analyst() -> Runnable[LanguageModelInput, AIMessage]:
    return RuleBasedAnalyst(lens="trend").bind_tools(_bound())


def _bound() -> list[StructuredTool]:
    async def unused(**_: object) -> str:
        return ""

    return [
        StructuredTool(
            name=tool.name,
            description=tool.description,
            args_schema=tool.arguments.model_json_schema(),
            coroutine=unused,
        )
        for tool in discover().values()
    ]

"""Facts as a model meets them: read back from the JSON of tool messages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from langchain_core.messages import BaseMessage, ToolMessage


@dataclass(frozen=True)
class SeenFact:
    """A fact in a tool message; `number` is None for a reading in words."""

    tool: str
    id: str
    label: str
    value: str
    number: float | None
    symbol: str = ""
    timeframe: str = ""

    @property
    def slot(self) -> str:
        return f"{{{self.id}}}"


@dataclass(frozen=True)
class Seen:
    """All that the tools told so far: facts, notes and errors by tool."""

    facts: tuple[SeenFact, ...]
    errors: tuple[str, ...]

    def find(self, tool: str, *parts: str) -> SeenFact | None:
        """Return the tool's first fact whose label has one of these parts, in their order."""
        for part in parts:
            for fact in self.facts:
                if fact.tool == tool and part.lower() in fact.label.lower():
                    return fact
        return None

    def named(self, tool: str, label: str) -> SeenFact | None:
        """Return the tool's first fact with exactly this label."""
        return next((fact for fact in self.facts if (fact.tool, fact.label) == (tool, label)), None)

    def number(self, tool: str, *parts: str) -> float | None:
        fact = self.find(tool, *parts)
        return fact.number if fact else None

    def of(self, tool: str) -> tuple[SeenFact, ...]:
        return tuple(fact for fact in self.facts if fact.tool == tool)


def read_messages(messages: Sequence[BaseMessage]) -> Seen:
    """Read every tool message; what is no such JSON counts as an error text."""
    facts: list[SeenFact] = []
    errors: list[str] = []
    for message in messages:
        if isinstance(message, ToolMessage) and message.name != "Answer":
            found, error = _read(message)
            facts += found
            errors += error
    return Seen(tuple(facts), tuple(dict.fromkeys(errors)))


def _read(message: ToolMessage) -> tuple[Iterable[SeenFact], list[str]]:
    try:
        content = json.loads(str(message.text))
        if "error" in content:
            return (), [str(content["error"])]
        return tuple(_facts(message.name or "", content["facts"])), []
    except (ValueError, KeyError, TypeError):
        return (), [f"the tool {message.name} gave no facts"]


def _facts(tool: str, rows: Iterable[dict[str, object]]) -> Iterator[SeenFact]:
    for row in rows:
        value = row["value"]
        number = float(value) if isinstance(value, int | float) else None
        yield SeenFact(
            tool,
            str(row["id"]),
            str(row["label"]),
            str(value),
            number,
            str(row["symbol"]),
            str(row.get("timeframe", "")),
        )

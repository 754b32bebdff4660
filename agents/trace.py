"""The trace of one question: all that happened, as versioned JSON.

A verdict is a pure function of its trace (agents.verdict.count), so a stored question can be
shown again, and its votes counted again, without a model or a market.
"""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import ValidationError

from agents.answer import Answer
from agents.failure import Failed
from desk.facts import Fact, Value
from desk.language import Language
from trading.errors import ConclaveError
from trading.orders import Frozen

RULES_ANALYST = "rule-based analyst, no language model"


class UnreadableTrace(ConclaveError):
    """The stored trace is of another version or damaged."""


class TracedFact(Frozen):
    """A fact; `value` as text with its kind, so that it comes back as the type it had."""

    id: str
    label: str
    kind: Literal["float", "int", "decimal", "text"]
    value: str
    unit: str
    symbol: str
    timeframe: str
    as_of: datetime
    tool: str
    source: str

    @classmethod
    def of(cls, fact: Fact) -> TracedFact:
        kind, value = _written(fact.value)
        return cls(
            id=fact.id,
            label=fact.label,
            kind=kind,
            value=value,
            unit=fact.unit,
            symbol=fact.symbol,
            timeframe=fact.timeframe,
            as_of=fact.as_of,
            tool=fact.tool,
            source=fact.source,
        )

    @property
    def fact(self) -> Fact:
        read = {"float": float, "int": int, "decimal": Decimal, "text": str}[self.kind]
        return Fact(
            self.id,
            self.label,
            read(self.value),
            self.unit,
            self.symbol,
            self.timeframe,
            self.as_of,
            self.tool,
            self.source,
        )


class TracedCall(Frozen):
    """One tool call: the arguments as the model wrote them (JSON text), what came back.

    `digest` is the SHA-256 of the result's text; `market_down`: it failed because the market
    could not be read.
    """

    tool: str
    arguments: str
    facts: tuple[str, ...] = ()
    note: str = ""
    error: str = ""
    digest: str = ""
    market_down: bool = False


class TracedRun(Frozen):
    """One run. Exactly one of `answer`, `failure` is there, neither when it was not needed.

    `headline` and `reasons` are rendered, empty when the prose was dropped; `objections` say why
    drafts were refused. Tokens are what the server reported; `about`: it did not for every
    call, and those were reckoned. A
    `replaced` run is not counted: another analyst answered in the place of its own.
    """

    run: int
    label: str
    model: str
    calls: tuple[TracedCall, ...] = ()
    answer: Answer | None = None
    headline: str = ""
    reasons: tuple[str, ...] = ()
    referenced: tuple[str, ...] = ()
    prose_dropped: bool = False
    objections: tuple[str, ...] = ()
    failure: Failed | None = None
    needed: bool = True
    replaced: bool = False
    model_calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    about: bool = False
    seconds: float = 0.0


class Replaced(Frozen):
    """An analyst that could not answer, and why; `lately`: it was not asked again so soon."""

    analyst: str
    failure: Failed
    lately: bool = False


class Trace(Frozen):
    """One question with its runs and every fact that a tool gave.

    `analyst` is whose runs were counted, `stood_in_for` are those who should have answered.
    `informs`: the question was not read as one for a decision (agents.vote.Plan). `snapshot` is
    the hash of the frozen market that all runs worked on (agents.fingerprint). `cost` is that of
    all runs in USD, None where prices are not known. `understood` is the whole question where
    `question` only went on with an earlier one; `earlier` is what a model was told of those.
    """

    version: Literal[1] = 1
    id: str
    account_id: str
    asked_at: datetime
    question: str
    as_of: datetime
    source: str
    demo: bool
    analyst: str
    prompt: str
    runs: tuple[TracedRun, ...]
    facts: tuple[TracedFact, ...]
    seconds: float
    language: Language = Language.EN
    informs: bool = False
    stood_in_for: tuple[Replaced, ...] = ()
    snapshot: str = ""
    cost: Decimal | None = None
    understood: str = ""
    earlier: str = ""


def dump(trace: Trace) -> str:
    """Write a trace as JSON text."""
    text = json.dumps(trace.model_dump(mode="json"), ensure_ascii=False)
    # A model's tool arguments are kept as it wrote them; a torn emoji in them can't be stored.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def parse(text: str) -> Trace:
    """Read a trace; UnreadableTrace when it is of another version or damaged."""
    try:
        return Trace.model_validate_json(text)
    except ValidationError as error:
        where = error.errors()[0]
        raise UnreadableTrace(
            f"The stored trace can't be read ({'.'.join(map(str, where['loc']))}: {where['msg']}). "
            "It was written by another version of this program."
        ) from None


def _written(value: Value) -> tuple[Literal["float", "int", "decimal", "text"], str]:
    if isinstance(value, str):
        return "text", value
    if isinstance(value, Decimal):
        return "decimal", str(value)
    if isinstance(value, int):
        return "int", str(value)
    return "float", repr(float(value))

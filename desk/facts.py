"""Facts: figures with their origin. Whatever figure a person sees is one of these."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desk.chart_spec import ChartSpec
    from desk.findings import Findings
    from desk.headlines import NewsReport
    from desk.ranking import Ranking
    from desk.study import Study
    from trading.orders import Draft

Value = float | int | Decimal | str


@dataclass(frozen=True)
class Fact:
    """One figure (or reading in words) that a tool computed.

    `unit` is "" for a plain number, "fraction" for 0.01 = 1 %, "items", "candles", "loss" for a
    mean squared error, or a currency such as "USDT". `tool` is the tool's name, `source` where
    its data came from.
    """

    id: str
    label: str
    value: Value
    unit: str
    symbol: str
    timeframe: str
    as_of: datetime
    tool: str
    source: str


@dataclass(frozen=True)
class Section:
    """Facts under a heading, each with its plain meaning; "" where the figure says it all."""

    heading: str
    rows: tuple[tuple[Fact, str], ...]


@dataclass(frozen=True)
class Result:
    """What a tool returns: facts, a note for the reader, perhaps a chart and an order draft.

    `study`: the backtest behind the facts, for those who want to see more of it;
    `findings`: the search behind them; `ranking`: the list in the order of its ranks;
    `sections`: the facts in groups with what they mean, for a card that is easier to read;
    `news`: the headlines, which a person may read and no model does.
    """

    facts: tuple[Fact, ...]
    note: str = ""
    chart: ChartSpec | None = None
    draft: Draft | None = None
    study: Study | None = None
    findings: Findings | None = None
    ranking: Ranking | None = None
    sections: tuple[Section, ...] = ()
    news: NewsReport | None = None

    def as_json(self) -> str:
        """The text a model sees: `{"facts": [...], "note": "..."}`."""
        rows = [
            {
                "id": fact.id,
                "label": fact.label,
                "value": float(fact.value) if isinstance(fact.value, Decimal) else fact.value,
                "unit": fact.unit,
                "symbol": fact.symbol,
                "timeframe": fact.timeframe,
                "as_of": fact.as_of.isoformat(timespec="seconds"),
            }
            for fact in self.facts
        ]
        return json.dumps({"facts": rows, "note": self._whole_note()}, ensure_ascii=False)

    def _whole_note(self) -> str:
        rows = [row for section in self.sections for row in section.rows]
        meanings = [f"{fact.label}: {meaning}" for fact, meaning in rows if meaning]
        return "\n".join([*meanings, self.note] if self.note else meanings)


@dataclass
class FactBook:
    """Gives out ids that are unique within one question and finds facts again by id."""

    facts: dict[str, Fact] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def add(
        self,
        tool: str,
        label: str,
        value: Value,
        unit: str = "",
        *,
        symbol: str = "",
        timeframe: str = "",
        as_of: datetime,
        source: str,
    ) -> Fact:
        fact = Fact(
            f"f{next(self._numbers)}", label, value, unit, symbol, timeframe, as_of, tool, source
        )
        self.facts[fact.id] = fact
        return fact

"""What a tool returns: facts, what they mean, and what a person may see besides."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from desk.facts import Fact

if TYPE_CHECKING:
    from desk.chart_spec import ChartSpec
    from desk.findings import Findings
    from desk.headlines import NewsReport
    from desk.ranking import Ranking
    from desk.study import Study
    from trading.orders import Draft


@dataclass(frozen=True)
class Section:
    """Facts under a heading, each with its plain meaning; "" where the figure says it all.

    `spare`: for those who want to know more than a card has room for.
    """

    heading: str
    rows: tuple[tuple[Fact, str], ...]
    spare: bool = False


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

"""The last kept table, and what a new one changes: worse figures fail, others are told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.rows import Row

KEPT = Path(__file__).with_name("last.json")
# They differ with the machine and the hour: told, never compared.
PASSING = frozenset({"ms", "s", "USD", "tokens", "requests"})
SAME = 1e-9


@dataclass(frozen=True)
class Change:
    """One figure that is another than the last one; `worse`: further from its goal."""

    name: str
    before: float
    after: float
    worse: bool

    def __str__(self) -> str:
        word = "WORSE" if self.worse else "changed"
        return f"{word}: {self.name}: {self.before:g} before, {self.after:g} now"


def compare(
    rows: Mapping[str, Sequence[Row]], kept: Mapping[str, Mapping[str, float]]
) -> Iterator[Change]:
    """Give each steady figure of these suites that changed, and as worse each that is gone."""
    for suite, found in rows.items():
        now = _steady(found)
        for name, before in kept.get(suite, {}).items():
            row = now.get(name)
            if row is None:
                yield Change(name, before, float("nan"), worse=True)
            elif abs(row.ours - before) > SAME:
                yield Change(name, before, row.ours, worse=_worse(row, before))


def keep(rows: Mapping[str, Sequence[Row]], path: Path = KEPT) -> None:
    """Write the steady figures of these suites, for the next comparison; others stay."""
    table = load(path)
    for suite, found in rows.items():
        if steady := _steady(found):
            table[suite] = {name: row.ours for name, row in steady.items()}
    path.write_text(json.dumps(table, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def load(path: Path = KEPT) -> dict[str, dict[str, float]]:
    """Read what was kept, by suite; {} where nothing was."""
    if not path.exists():
        return {}
    kept = json.loads(path.read_text(encoding="utf-8"))
    return {
        str(suite): {str(name): float(value) for name, value in table.items()}
        for suite, table in kept.items()
    }


def _steady(rows: Sequence[Row]) -> dict[str, Row]:
    return {row.name: row for row in rows if row.unit not in PASSING}


def _worse(row: Row, before: float) -> bool:
    if "<" in row.goal:
        return row.ours > before
    return ">" in row.goal and row.ours < before

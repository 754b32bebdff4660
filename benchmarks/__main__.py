"""`make bench`: print a table of ratios and write var/bench.json."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from benchmarks import (
    answers,
    book,
    candles,
    crowd,
    domain,
    forecasting,
    live,
    log,
    memory,
    mood,
    peers,
    ranking,
    starting,
    sweeps,
)
from benchmarks.rows import Row

PARTS = (
    peers,
    sweeps,
    memory,
    answers,
    domain,
    forecasting,
    book,
    log,
    crowd,
    starting,
    candles,
    ranking,
    mood,
    live,
)


def main() -> None:
    rows = [row for part in PARTS for row in _told(part.rows())]
    missed = [row.name for row in rows if row.reached is False]
    print(f"{len(missed)} goals missed" + "".join(f"\n- {name}" for name in missed))
    _write(rows, Path("var/bench.json"))


def _told(rows: list[Row]) -> list[Row]:
    """Print lines as soon as they are known; the whole takes minutes."""
    for row in rows:
        mark = {True: "reached", False: "MISSED", None: ""}[row.reached]
        peer = "–" if row.peer is None else f"{row.peer:,.3f}"
        ratio = "" if row.ratio is None else f"{row.ratio:,.2f}x"
        print(
            f"{row.name:48} {row.ours:>12,.3f} {peer:>12} {row.unit:6} {ratio:>10}  "
            f"{row.goal:14} {mark:8} {row.against}",
            flush=True,
        )
    return rows


def _write(rows: list[Row], path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    table = [{**asdict(row), "ratio": row.ratio, "reached": row.reached} for row in rows]
    path.write_text(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()

"""`make bench`: print a table of ratios and write var/bench.json."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from benchmarks import book, crowd, domain, log, starting
from benchmarks.rows import Row


def main() -> None:
    rows = [*domain.rows(), *book.rows(), *log.rows(), *crowd.rows(), *starting.rows()]
    print(f"{'':40} {'ours':>10} {'peer':>10} {'ratio':>8}  goal")
    for row in rows:
        figures = f"{row.ours:>8.3f} {row.unit} {row.peer:>7.2f} {row.unit} {row.ratio:>8.2f}"
        print(f"{row.name:40} {figures}  {row.goal}")
    _write(rows, Path("var/bench.json"))


def _write(rows: list[Row], path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    table = [{**asdict(row), "ratio": row.ratio} for row in rows]
    path.write_text(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()

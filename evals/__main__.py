"""`make eval`: hold the analyst to its suites, print one table, write var/eval.json."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.rows import Row
from evals import vote_rule

SUITES = (vote_rule,)


def main() -> int:
    """Return 0 when every goal is reached."""
    rows = [row for suite in SUITES for row in _told(asyncio.run(suite.rows()))]
    missed = [row.name for row in rows if row.reached is False]
    print(f"{len(missed)} goals missed" + "".join(f"\n- {name}" for name in missed))
    _write(rows, Path("var/eval.json"))
    return 1 if missed else 0


def _told(rows: Sequence[Row]) -> Sequence[Row]:
    for row in rows:
        mark = {True: "reached", False: "MISSED", None: ""}[row.reached]
        print(
            f"{row.name:52} {row.ours:>12,.3f} {row.unit:10} {row.goal:14} {mark:8} {row.against}",
            flush=True,
        )
    return rows


def _write(rows: Sequence[Row], path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    table = [{**asdict(row), "ratio": row.ratio, "reached": row.reached} for row in rows]
    path.write_text(json.dumps(table, indent=1))


if __name__ == "__main__":
    sys.exit(main())

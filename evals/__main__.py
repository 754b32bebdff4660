"""`make eval`: hold the analyst to its suites, print one table, write var/eval.json.

The steady figures are compared with those of evals/last.json; `--keep` replaces that file.
Words after the command name the suites to run, all by default.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.rows import Row
from evals.last import PASSING, compare, keep, load

# Nothing is started for these, and no clock decides what they find: the same figures everywhere.
STEADY = (
    "vote_rule",
    "one_market",
    "understanding",
    "grounding",
    "track",
)
SUITES = (
    *STEADY,
    "stability",
    "failures",
    "follow_ups",
    "watches",
    "budgets",
    "kept_secrets",
    "replay",
    "injection",
    "overhead",
    "real_model",
)


def main(arguments: list[str] | None = None) -> int:
    """Return 0 when every goal is reached and nothing is worse than it was.

    What a clock measures is told, but fails nothing: the machine may be busy.
    """
    parser = argparse.ArgumentParser(prog="python -m evals", description=__doc__)
    parser.add_argument("suites", nargs="*", help=f"none: all of {', '.join(SUITES)}")
    parser.add_argument("--steady", action="store_true", help=f"only {', '.join(STEADY)}")
    parser.add_argument("--keep", action="store_true", help="keep the figures for comparison")
    asked = parser.parse_args(arguments)
    if strange := [name for name in asked.suites if name not in SUITES]:
        parser.error(f"there is no suite {', '.join(strange)}; there are {', '.join(SUITES)}")
    # What the attacks and failures make the desk log is no news here.
    logging.disable(logging.CRITICAL)
    names = asked.suites or (STEADY if asked.steady else SUITES)
    rows = {name: _told(name) for name in names}
    table = [row for found in rows.values() for row in found]
    missed = [row for row in table if row.reached is False]
    changes = list(compare(rows, load()))
    for change in changes:
        print(change)
    print(f"{len(missed)} goals missed" + "".join(f"\n- {row.name}" for row in missed))
    _write(table, Path("var/eval.json"))
    if asked.keep:
        keep(rows)
    fails = [row for row in missed if row.unit not in PASSING]
    return 1 if fails or any(change.worse for change in changes) else 0


def _told(name: str) -> Sequence[Row]:
    """Run a suite and print its lines as soon as they are known."""
    rows: Sequence[Row] = asyncio.run(importlib.import_module(f"evals.{name}").rows())
    for row in rows:
        mark = {True: "reached", False: "MISSED", None: ""}[row.reached]
        print(
            f"{row.name:60} {row.ours:>12,.3f} {row.unit:10} {row.goal:14} {mark:8} {row.against}",
            flush=True,
        )
    return rows


def _write(rows: Sequence[Row], path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    table = [{**asdict(row), "ratio": row.ratio, "reached": row.reached} for row in rows]
    path.write_text(json.dumps(table, indent=1, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

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
from evals.last import compare, keep, load

SUITES = (
    "vote_rule",
    "failures",
    "one_market",
    "understanding",
    "stability",
    "replay",
    "injection",
    "budgets",
    "kept_secrets",
    "grounding",
    "overhead",
    "track",
    "watches",
    "follow_ups",
    "real_model",
)


def main(arguments: list[str] | None = None) -> int:
    """Return 0 when every goal is reached and nothing is worse than it was."""
    parser = argparse.ArgumentParser(prog="python -m evals", description=__doc__)
    parser.add_argument("suites", nargs="*", help=f"none: all of {', '.join(SUITES)}")
    parser.add_argument("--keep", action="store_true", help="keep the figures for comparison")
    asked = parser.parse_args(arguments)
    if strange := [name for name in asked.suites if name not in SUITES]:
        parser.error(f"there is no suite {', '.join(strange)}; there are {', '.join(SUITES)}")
    # What the attacks and failures make the desk log is no news here.
    logging.disable(logging.CRITICAL)
    rows = [row for name in asked.suites or SUITES for row in _told(name)]
    missed = [row.name for row in rows if row.reached is False]
    changes = [] if asked.suites else list(compare(rows, load()))
    for change in changes:
        print(change)
    print(f"{len(missed)} goals missed" + "".join(f"\n- {name}" for name in missed))
    _write(rows, Path("var/eval.json"))
    if asked.keep and not asked.suites:
        keep(rows)
    return 1 if missed or any(change.worse for change in changes) else 0


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

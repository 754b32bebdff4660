from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from trading.compiled import compiled, plain

CALLEE = """
from trading.compiled import compiled

@compiled
def rule(x: float) -> float:
    return x * {factor}
"""
CALLER = """
from callee import rule
from trading.compiled import compiled

@compiled
def loop(x: float) -> float:
    return rule(x) + 1.0

print(loop(10.0), sum(loop.stats.cache_hits.values()))
"""


def run(folder: Path, factor: float) -> str:
    (folder / "callee.py").write_text(CALLEE.format(factor=factor))
    (folder / "caller.py").write_text(CALLER)
    root = str(Path(__file__).resolve().parents[2])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), root])}
    done = subprocess.run(
        [sys.executable, str(folder / "caller.py")],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_an_edited_rule_reaches_the_cached_code_of_its_caller(tmp_path: Path) -> None:
    assert run(tmp_path, 2.0) == "21.0 0"
    assert run(tmp_path, 2.0) == "21.0 1"  # from the disk
    assert run(tmp_path, 3.0) == "31.0 0"


def test_compiles_where_no_machine_code_can_be_kept() -> None:
    names: dict[str, object] = {}
    exec("def double(x):\n    return x * 2.0\n", names)  # noqa: S102  # has no file to cache beside
    double = names["double"]
    assert callable(double)
    assert compiled(double)(4.0) == 8.0


def test_plain_gives_every_array_the_same_layout() -> None:
    table = np.arange(12.0).reshape(6, 2)
    column = table[:, 0]
    frozen = np.arange(3.0)
    frozen.flags.writeable = False
    for array in (column, frozen):
        flags = plain(array).flags
        assert flags.c_contiguous
        assert flags.writeable
    usual = np.arange(3.0)
    assert plain(usual) is usual

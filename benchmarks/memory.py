"""What a million candles and their backtest take of the memory, in a process of its own.

The child reads the candles, tests a few to have all code loaded, then sets the kernel's
high-water mark of its resident memory back to what it uses now (/proc/self/clear_refs) and tests
all. The candles' own size plus the rise of the mark is held against the candles' own size.
"""

from __future__ import annotations

import gc
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks import job
from benchmarks.job import FULL, MILLION, YEAR_OF_HOURS
from benchmarks.rows import Row
from trading.candles import Candles, Timeframe

COLUMNS = ("time", "open", "high", "low", "close", "volume")
MEGABYTE = 1e6
STATUS = Path("/proc/self/status")


def rows() -> list[Row]:
    if not STATUS.exists():
        print("The memory is only measured on Linux.")
        return []
    candles = job.hours(MILLION, 1)
    with tempfile.TemporaryDirectory() as folder:
        for column in COLUMNS:
            np.save(Path(folder) / f"{column}.npy", getattr(candles, column))
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.memory", folder],
            check=True,
            capture_output=True,
            text=True,
        )
    own = sum(getattr(candles, column).nbytes for column in COLUMNS)
    rise = float(done.stdout)
    return [
        Row(
            "memory of 1,000,000 candles and their backtest",
            (own + rise) / own,
            1.0,
            "x",
            "ours < 3",
            f"the candles themselves, {own / MEGABYTE:.0f} MB",
        )
    ]


def main(folder: Path) -> None:
    """Print by how many bytes the test lifts the mark."""
    arrays = [np.load(folder / f"{column}.npy") for column in COLUMNS]
    candles = Candles(job.hours(2, 1).symbol, Timeframe.H1, *arrays)
    job.ours(candles[:YEAR_OF_HOURS], FULL)
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    before = _high_water()
    result = job.ours(candles, FULL)
    after = _high_water()
    assert result.metrics.trades > 0
    print(after - before)


def _high_water() -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", STATUS.read_text())
    assert found is not None
    return int(found[1]) * 1024


if __name__ == "__main__":
    main(Path(sys.argv[1]))

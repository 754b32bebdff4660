"""In a fresh process: time the first /backtest and a later one, print both as JSON (ms).

`loaded`: after what the bot loads in the background at its start. `early`: as if the question came
before that, with only its imports done. `compiled` names what the disk did not hold.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import sys
import time
from typing import Any

from numba.core.registry import CPUDispatcher

from benchmarks.answers import Asker
from bot.__main__ import HEAVY, load
from trading.strategies.catalogue import built_in


async def main(when: str) -> None:
    if when == "loaded":
        load()
    else:
        for name in HEAVY:
            importlib.import_module(name)
    asker, catalogue = Asker(), built_in()
    start = time.perf_counter()
    await asker.call(catalogue)
    first = (time.perf_counter() - start) * 1000
    found = compiled_anew()
    _, warm = await asker.wait(10)
    print(json.dumps({"first": first, "warm": warm, "compiled": found}))


def compiled_anew() -> list[str]:
    """Name the compiled functions of this process that the disk did not hold."""
    functions: list[Any] = [each for each in gc.get_objects() if isinstance(each, CPUDispatcher)]
    return [each.py_func.__name__ for each in functions if each.stats.cache_misses]


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

"""Files as an operator writes them into the folder of own strategies: sound ones and others."""

from __future__ import annotations

from pathlib import Path

SOUND = '''\
"""Long above the mean."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from trading.candles import Candles, FloatArray
from trading.strategies.base import Search, Strategy


class AboveMean(Strategy):
    """Long while the close is above the mean of the last `length` closes."""

    name: ClassVar[str] = "above_mean"
    title: ClassVar[str] = "Above mean"
    summary: ClassVar[str] = "Long while the close is above the mean of the last closes."

    length: Annotated[int, Search(10, 100)] = Field(30, ge=2, le=500)

    @property
    def warm_up(self) -> int:
        return self.length - 1

    def signal(self, candles: Candles) -> FloatArray:
        signal = np.zeros(len(candles))
        if len(candles) >= self.length:
            windows = np.lib.stride_tricks.sliding_window_view(candles.close, self.length)
            signal[self.warm_up :] = candles.close[self.warm_up :] > windows.mean(axis=1)
        return signal
'''
SIGNAL = "signal[self.warm_up :] = candles.close[self.warm_up :] > windows.mean(axis=1)"


def peeking() -> str:
    """Return a file whose strategy compares the next close in place of this one."""
    after = "np.append(candles.close[self.length :], 0.0)"
    changed = SIGNAL.replace("candles.close[self.warm_up :] >", f"{after} >")
    return named("peeking", SOUND.replace(SIGNAL, changed))


def named(name: str, text: str = SOUND) -> str:
    """Return a file whose strategy has another name."""
    return text.replace('"above_mean"', f'"{name}"')


def folder(path: Path, **files: str) -> Path:
    """Write files of these texts into a folder."""
    path.mkdir(exist_ok=True)
    for name, text in files.items():
        (path / f"{name}.py").write_text(text, encoding="utf-8")
    return path

"""On the same candles an armed strategy trades what its backtest trades, entry for entry."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.depth import times
from tests.fakes.armed_replay import CASES, replay


@pytest.mark.parametrize("case", CASES)
async def test_runner_trades_what_the_backtest_trades(tmp_path: Path, case: str) -> None:
    seen = await replay(tmp_path, CASES[case], times(90, 500))
    assert seen.heard == pytest.approx(seen.signal)
    assert seen.lived == seen.tested
    assert len(seen.lived) > 4
    assert seen.told == 0, "fills tell themselves"

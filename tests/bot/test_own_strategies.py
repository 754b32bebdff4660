"""The operator's folder: sound files join the catalogue, the others are skipped and told."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from bot.own_strategies import Own, Skipped, add_own
from tests.fakes.own_files import SOUND, folder, named, peeking
from trading.candles import Candles
from trading.errors import BadArgument
from trading.generated import generated
from trading.strategies.base import Strategy
from trading.strategies.catalogue import built_in


async def test_without_a_folder_the_built_in_ones_stay_alone() -> None:
    catalogue = built_in()
    assert await add_own(None, catalogue) == (catalogue, Own())


async def test_sound_files_join_and_others_are_skipped_with_their_reason(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    path = folder(
        tmp_path / "mine",
        _notes="1 / 0",
        above=SOUND,
        again=SOUND,
        broken="def (:",
        dies="import os\nos._exit(3)",
        taken=named("sma_cross"),
    )
    (path / "readme.txt").write_text("no strategy")
    catalogue, own = await add_own(path, built_in(), seconds=60)
    assert own.names == ("above_mean",)
    assert set(catalogue.names) == {*built_in().names, "above_mean"}
    assert own.skipped == (
        Skipped(
            "again.py", "The name 'above_mean' is taken already; take another.", ("above_mean",)
        ),
        Skipped("broken.py", "Line 1 is no Python: invalid syntax."),
        Skipped("dies.py", "It ended the process that tried it out (code 3)."),
        Skipped("taken.py", "The name 'sma_cross' is taken already; take another.", ("sma_cross",)),
    )
    told = caplog.text
    assert "own strategies: above_mean" in told
    for one in own.skipped:
        assert f"the strategies of {one.file} are skipped: {one.reason}" in told
    assert (
        own.why_skipped("Broken.py") == "broken.py is skipped. Line 1 is no Python: invalid syntax."
    )
    assert own.why_skipped("dies") is not None
    assert own.why_skipped("_notes") is None
    with pytest.raises(
        BadArgument, match=r"'broken' can't be used: broken\.py is skipped\. Line 1"
    ):
        catalogue.find("broken")
    made = catalogue.make("above_mean", {"length": 20})
    assert isinstance(made, Strategy)
    candles: Candles = generated(200, seed=1)
    assert made.signal(candles).any()


async def test_strategy_of_a_skipped_file_says_why_it_is_not_there(tmp_path: Path) -> None:
    path = folder(tmp_path / "mine", file=peeking())
    catalogue, own = await add_own(path, built_in(), seconds=60)
    told = "file.py is skipped. AboveMean: It looks into the future"
    for asked in ("peeking", "file", "file.py"):
        assert (own.why_skipped(asked) or "").startswith(told)
    with pytest.raises(BadArgument, match=r"'peeking' can't be used: file\.py is skipped"):
        catalogue.make("peeking", {"length": 20})


async def test_file_that_hangs_is_given_up(tmp_path: Path) -> None:
    path = folder(tmp_path / "mine", hangs="while True:\n    pass")
    _, own = await add_own(path, built_in(), seconds=0.5)
    assert own.skipped == (
        Skipped("hangs.py", "It was not done within 0.5 s: it hangs, or is far too slow."),
    )


async def test_folder_that_is_gone_is_told_with_the_settings_name(tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match=r"STRATEGIES_DIR: .*gone can't be read"):
        await add_own(tmp_path / "gone", built_in())

"""The product starts with a folder of own strategies: good ones work, bad ones are told."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sandbox.server import SandboxServer
from tests.e2e.person import Person
from tests.e2e.product import Product
from tests.fakes.own_files import SOUND, folder, peeking

LOOK_AHEAD = "AboveMean: It looks into the future, first at candle 29"
NO_PYTHON = "Line 1 is no Python"


async def test_good_files_join_and_bad_ones_are_reported_and_skipped(tmp_path: Path) -> None:
    telegram = SandboxServer(tmp_path / "telegram.db", 0)
    await telegram.start()
    folder(tmp_path / "mine", above=SOUND, peeking=peeking(), broken="def (:")
    variables = {
        "TELEGRAM_BOT_TOKEN": telegram.token,
        "TELEGRAM_API_BASE": telegram.api_base,
        "TELEGRAM_ALLOWED_USERS": "11",
        "EXCHANGE": "demo",
        "STRATEGIES_DIR": "mine",
    }
    product, doctor = Product(tmp_path, variables), Product(tmp_path, variables)
    await product.start()
    try:
        anne = Person(telegram.chat, 11)
        await product.ready()
        assert "own strategies: above_mean" in product.text
        assert f"the strategies of peeking.py are skipped: {LOOK_AHEAD}" in product.text
        assert f"the strategies of broken.py are skipped: {NO_PYTHON}" in product.text
        assert "Traceback" not in product.text

        listed = (await anne.says("/audit")).text
        assert "above_mean" in listed
        assert "sma_cross" in listed
        assert f"peeking.py is skipped. {LOOK_AHEAD}" in listed
        assert f"broken.py is skipped. {NO_PYTHON}" in listed

        audited = (await anne.says("/audit above_mean BTC/USDT 1h")).text
        assert "No look-ahead found (own strategy)." in audited
        tested = (await anne.says("/backtest BTC/USDT 1h above_mean")).text
        assert "Above mean" in tested
        refused = (await anne.says("/backtest BTC/USDT 1h peeking")).text
        assert f"'peeking' can't be used: peeking.py is skipped. {LOOK_AHEAD}" in refused
        assert f"broken.py is skipped. {NO_PYTHON}" in (await anne.says("/audit broken.py")).text
        await product.kill()
        code = await doctor.run("doctor")
    finally:
        await product.kill()
        await telegram.stop()
    assert code == 0, "it starts without them"
    at = next(i for i, line in enumerate(doctor.output) if line.startswith("warn strategies"))
    assert doctor.output[at].endswith("above_mean of mine")
    assert doctor.output[at + 1].strip().startswith(f"broken.py is skipped. {NO_PYTHON}")
    assert doctor.output[at + 2].strip().startswith(f"peeking.py is skipped. {LOOK_AHEAD}")
    assert "can start, without what the lines marked warn say." in doctor.text


async def test_wrong_folder_stops_the_start_with_the_settings_name(tmp_path: Path) -> None:
    product = Product(tmp_path, {"EXCHANGE": "demo", "STRATEGIES_DIR": "nowhere"})
    assert await product.run() == 2
    assert "STRATEGIES_DIR: nowhere is no folder; make it, or leave this empty." in product.text
    assert "Example: STRATEGIES_DIR=strategies" in product.text
    assert await asyncio.to_thread(lambda: list(tmp_path.iterdir())) == []

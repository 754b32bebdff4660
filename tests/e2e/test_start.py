"""How the product starts, refuses to start, and says what to mend."""

from __future__ import annotations

import asyncio
import os
import re
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from sandbox.server import SandboxServer
from tests.e2e.person import Person
from tests.e2e.product import Product
from tests.e2e.world import MODEL, MODEL_KEY, now
from tests.fakes.binance import BinanceServer
from tests.fakes.candle_files import made_candles
from tests.fakes.news_server import NewsServer, Story, rss
from tests.fakes.openai_server import OpenAIServer

WRONG_TOKEN = "7000000001:AA" + "x" * 33


@pytest.fixture
async def telegram(tmp_path: Path) -> AsyncIterator[SandboxServer]:
    server = SandboxServer(tmp_path / "telegram.db", 0)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


async def test_bot_without_people_belongs_to_the_first_who_has_the_code(
    tmp_path: Path, telegram: SandboxServer
) -> None:
    variables = {
        "TELEGRAM_BOT_TOKEN": telegram.token,
        "TELEGRAM_API_BASE": telegram.api_base,
        "EXCHANGE": "demo",
    }
    product = Product(tmp_path, variables)
    await product.start()
    try:
        line = await product.says("has no owner yet")
        code = re.search(r"Send it:  /start (\S+)", line)
        assert code
        stranger, owner = Person(telegram.chat, 11), Person(telegram.chat, 22)
        for attempt in ("hello", "/buy BTC", "/start", "/start wrong", f"/start {code[1]} x"):
            refused = await stranger.says(attempt)
            assert refused.text.startswith("This bot has no owner yet.")
        claimed = await owner.says(f"/start {code[1]}")
        assert claimed.text.startswith("This bot is yours now.")
        late = await stranger.says(f"/start {code[1]}")
        assert late.text == "This bot is private. Its owner can add you: your id is 11."
        assert code[1] not in "".join([*stranger.texts, *owner.texts])
        await product.kill()
        await product.start()
        await product.says("runs. Open it in Telegram and send /start.")
    finally:
        await product.kill()


async def test_wrong_settings_are_all_named_and_nothing_starts(tmp_path: Path) -> None:
    wrong = {
        "TELEGRAM_BOT_TOKEN": "my-secret-token",
        "TELEGRAM_ALLOWED_USERS": "anne",
        "OPENAI_BASE_URL": "localhost",
        "VOTES": "2",
        "DATABASE_URL": "postgresql://localhost/conclave",
        "CACHE_URL": "redis://localhost",
        "LOCAL_PORT": "99999",
        "MAX_ORDER_FRACTION": "2",
    }
    product = Product(tmp_path, wrong)
    assert await product.run() == 2
    for name in wrong:
        assert any(line.startswith(f"{name}: ") for line in product.output), product.text
    assert "Example: VOTES=3" in product.text
    assert "PostgreSQL comes later" in product.text
    assert "my-secret-token" not in product.text
    assert "Traceback" not in product.text
    assert os.listdir(tmp_path) == []


async def test_refused_token_ends_the_start_with_its_name(
    tmp_path: Path, telegram: SandboxServer
) -> None:
    variables = {
        "TELEGRAM_BOT_TOKEN": WRONG_TOKEN,
        "TELEGRAM_API_BASE": telegram.api_base,
        "EXCHANGE": "demo",
    }
    product = Product(tmp_path, variables)
    assert await product.run() == 1
    assert "Telegram refuses TELEGRAM_BOT_TOKEN." in product.text
    assert WRONG_TOKEN not in product.text
    assert "Traceback" not in product.text


async def test_taken_port_ends_the_start_and_names_local_port(
    tmp_path: Path, taken_port: int
) -> None:
    product = Product(tmp_path, {"EXCHANGE": "demo", "LOCAL_PORT": str(taken_port)})
    assert await product.run() == 1
    assert f"port {taken_port} of 127.0.0.1 is in use" in product.text
    assert "LOCAL_PORT=" in product.text
    assert "Traceback" not in product.text


async def test_database_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "conclave.db").write_text("this is a diary, no database\n" * 100)
    product = Product(tmp_path, {"EXCHANGE": "demo", "DATABASE_URL": "sqlite:///conclave.db"})
    assert await product.run() == 1
    assert "conclave.db" in product.text
    assert "Traceback" not in product.text


async def test_doctor_says_for_each_connection_whether_it_works(
    tmp_path: Path, telegram: SandboxServer
) -> None:
    tables = {("BTCUSDT", "1h"): made_candles(count=10)}
    async with (
        BinanceServer(tables, now) as exchange,
        OpenAIServer(models=[MODEL], key=MODEL_KEY) as model,
        NewsServer() as news,
    ):
        news.put("/rss", rss([Story("Bitcoin rallies", published=now())]))
        well = {
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "TELEGRAM_API_BASE": telegram.api_base,
            "EXCHANGE_API_BASE": exchange.api_base,
            "EXCHANGE_WS_BASE": exchange.ws_base,
            "OPENAI_API_KEY": MODEL_KEY,
            "OPENAI_BASE_URL": model.base_url,
            "OPENAI_MODEL": MODEL,
            "NEWS_FEEDS": news.address("/rss"),
        }
        ill = {
            **well,
            "NEWS_FEEDS": f"{news.address('/rss')} {news.address('/none')}",
            "TELEGRAM_BOT_TOKEN": WRONG_TOKEN,
            "EXCHANGE_API_BASE": "http://127.0.0.1:9",
            "OPENAI_API_KEY": "sk-wrong",
            "DATABASE_URL": "sqlite:////proc/none/conclave.db",
        }
        healthy, sick = Product(tmp_path, well), Product(tmp_path, ill)
        codes = await asyncio.gather(healthy.run("doctor"), sick.run("doctor"))
    assert list(codes) == [0, 1], healthy.text + sick.text
    names = (
        "storage",
        "chat",
        "second",
        "model",
        "fallback",
        "exchange",
        "live",
        "strategies",
        "news",
    )
    well_all = dict.fromkeys(names, "ok")
    assert _marks(healthy) == well_all
    assert "1 headline, the newest of" in healthy.text
    assert "Telegram knows this bot as @conclave_local_bot" in healthy.text
    assert "live prices of binance: the first one, of BTC/USDT, after" in healthy.text
    assert f"{MODEL} at {model.base_url} answers" in healthy.text
    assert healthy.output[-1] == "All is well."
    fine = {**dict.fromkeys(("second", "fallback", "strategies", "news"), "ok"), "live": "note"}
    assert _marks(sick) == {**dict.fromkeys(well_all, "FAIL"), **fine}
    assert "there is no feed at its address (HTTP 404). Check the network and NEWS" in sick.text
    assert "Telegram refuses TELEGRAM_BOT_TOKEN." in sick.text
    assert "Check OPENAI_API_KEY" in sick.text
    assert sick.output[-1] == "Mend the lines marked FAIL, then run doctor again."
    for secret in (WRONG_TOKEN, "sk-wrong", telegram.token, MODEL_KEY):
        assert secret not in healthy.text + sick.text


async def test_healthy_only_while_it_beats(tmp_path: Path) -> None:
    product = Product(tmp_path, {})
    assert await product.run("healthy") == 1
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "heartbeat").touch()
    assert await product.run("healthy") == 0


def _marks(product: Product) -> dict[str, str]:
    lines = [line.split() for line in product.output]
    return {words[1]: words[0] for words in lines if words[0] in ("ok", "FAIL", "note")}

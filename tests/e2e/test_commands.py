"""Typed commands, right and wrong, and whatever else a person may write."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.catalogue import commands
from sandbox.chat import SeenMessage
from tests.e2e.person import Check, Person, labels
from tests.e2e.runs import glance, quick_run, says
from tests.e2e.world import World, bought_at
from tools.registry import discover

pytestmark = pytest.mark.asyncio(loop_scope="package")
BROKEN = "went wrong"
CHARTED = ("chart", "indicators", "backtest", "portfolio")
# What a person meets who types each with its own example: words of the answer.
ANSWERS = {
    "chart": ("BTC/USDT · 4h · binance", "over 96 candles", "not advice"),
    "indicators": ("RSI(14)", "EMA 20/50", "ADX(14)", "binance ·"),
    "forecast": ("Forecast ↑", "Forecast edge", "Naive rate", "Forecast accuracy"),
    "backtest": ("SMA cross", "Buy and hold", "Max drawdown", "next open"),
    "risk": ("VaR 95 %, 1 day", "CVaR 95 %, 1 day", "Loss at stop", "nearest: 2 %"),
    "buy": ("Buy ", "entry ", "stop ", "target ", "loss at stop", "nearest limit: 2 % per"),
    "short": ("Sell ", "ETH/USDT · binance", "loss at stop"),
    "orders": ("Open orders", "None.", "Waiting for your tap", "buy 0.0"),
    "positions": ("No open positions.",),
    "portfolio": ("Equity", "10\u202f000", "Drawdown limit"),
    "close": ("You hold no BTC/USDT.",),
    "history": ("0 in all", "None yet."),
    "limits": ("one order", "2.00 % of equity", "200.00 USDT", "one symbol", "of 8.00 %"),
    "pause": ("New entries are paused (you paused it).",),
    "resume": ("Entries go on for: account.",),
    "status": ("prices from", "BTC/USDT", "Analyst: test-model, 3 runs a question."),
    "help": ("Ask in plain words", "/buy – ", "/indicators – ", "Simulated money only."),
    "start": ("This is Conclave", "10\u202f000.00 USDT"),
    "ask": ("FLAT",),
    "why": ("is BTC a long on the 1h?", "FLAT"),
    "cancel": ("Nothing of yours is under way",),
}


async def test_every_command_answers_its_own_example(town: World) -> None:
    person = town.person()
    town.plays(*[quick_run("flat", "BTC")] * 3)
    for name, one in commands(discover()).items():
        say = f"/{name} {one.example}".strip()
        answer = await (person.asks(say) if name == "ask" else person.says(say))
        if name in ANSWERS and labels(answer) == ["Cancel"]:
            answer = await _done(person, answer)
        assert BROKEN not in answer.text, say
        text = answer.text
        if answer.photo is not None and not text:
            # Too long for a caption: the picture comes first, then the text.
            text = (await person.sees(_after(answer))).text
        missing = [words for words in ANSWERS.get(name, ()) if words not in text]
        assert not missing, f"{say}: no {missing} in\n{text}"
        assert (answer.photo is not None) == (name in (*CHARTED, "ask")), say
        assert "DEMO DATA" not in answer.text


def _after(answer: SeenMessage) -> Check:
    return lambda one: one.id > answer.id and one.from_bot


async def _done(person: Person, progress: SeenMessage) -> SeenMessage:
    """Wait until a progress message has become the answer."""
    return await person.sees(
        lambda message: message.id == progress.id and labels(message) != ["Cancel"]
    )


async def test_menu_and_help_name_every_command(town: World) -> None:
    person = town.person()
    told = (await person.says("/help")).text
    menu = {line.command: line.description for line in town.telegram.chat.profile.menu_for(1)}
    known = commands(discover())
    assert list(menu) == list(known)
    for name, one in known.items():
        assert menu[name] == one.summary
        assert f"/{name} – {one.summary}" in told


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("/chart", "Usage: /chart <symbol> [timeframe]. Example: /chart BTC/USDT 4h"),
        ("/chart BTC 1h 4h", "Usage: /chart"),
        ("/chart BTC 7x", "'7x' is no timeframe. Use one of 1m, 5m"),
        ("/chart <b>&", "'<b>&' is no symbol"),
        ("/chart NOPE", "binance lists no 'NOPE/USDT'."),
        ("/chart krakne:BTC", "There is no exchange 'krakne'. Did you mean kraken:BTC/USDT"),
        ("/buy BTC/USDT:USDT 100", "is no spot market, but a swap or future of BTC/USDT"),
        ("/indicators", "Usage: /indicators <symbol> [timeframe]"),
        ("/indicators BTC/USDT 7x", "'7x' is no timeframe"),
        ("/forecast BTC 1h soon", "horizon must be a whole number, not soon. Example: /forecast"),
        ("/backtest BTC 1h nonsense", "sma_cross"),
        ("/risk BTC -5", "must be above zero"),
        ("/risk BTC 100 hold", "side must be buy or sell, not hold. Example: /risk"),
        (
            "/buy",
            "What should be ordered? Usage: /buy <symbol> [amount] [stop] [target] [limit, ",
        ),
        ("/buy BTC much", "'much' is no amount; write it as 150 or 150usdt. Example: /buy"),
        ("/buy BTC nan", "'nan' is no amount"),
        ("/buy BTC 100 300%", "must be below 1"),
        ("/buy BTC 1 2 3 4", "Example: /buy BTC/USDT 150 3% 5%"),
        ("/short", "Usage: /short"),
        ("/close", "Usage: /close <symbol> [half, 30% or quantity]. Example: "),
        ("/close ???", "'???' is no symbol"),
        ("/ask", "What do you want to know?"),
        ("/nonsense now", "There is no command /nonsense. /help lists those there are."),
    ],
)
async def test_wrong_words_get_the_usage(town: World, wrong: str, words: str) -> None:
    answer = await town.person().says(wrong)
    assert words in answer.text
    assert BROKEN not in answer.text


async def test_the_default_exchange_named_before_a_symbol_says_nothing_new(town: World) -> None:
    person = town.person()
    await town.price("BTC", 27_000.0)
    assert "BTC/USDT · binance" in (await person.says("/buy Binance:btc 100")).text
    assert (await person.says("/close binance:BTC/USDT")).text.startswith("You hold no BTC/USDT.")


async def test_size_beyond_the_limits_names_them_and_the_size_that_passes(town: World) -> None:
    person = town.person()
    await town.price("ETH", 2_000.0)
    answer = await person.says("/buy ETH 5000")
    assert "No order, a limit says no:" in answer.text
    assert "the limit is 2 % per order (200.00 USDT)" in answer.text
    assert "the limit is 10 % per symbol (1\u202f000.00 USDT)" in answer.text
    assert "The largest size that would pass: 0.099 ETH." in answer.text
    assert labels(answer) == []
    entry = bought_at("ETH", 2_000.0)
    assert Decimal("0.099") * entry < 200 < Decimal("0.1") * entry


async def test_pause_refuses_entries_and_lets_exits_go(town: World) -> None:
    person = town.person()
    await town.price("ETH", 2_000.0)
    await person.taps(await person.says("/buy ETH 100"), "Confirm")
    await person.sees(lambda message: message.text.startswith("Filled"))
    waiting = await person.says("/buy ETH 50")
    await person.says("/pause")
    assert "They were paused already" in (await person.says("/pause")).text
    refused = await person.says("/buy ETH 50")
    assert "trading is paused for the account: you paused it" in refused.text
    tapped = await person.taps(waiting, "Confirm")
    assert "paused for the account" in tapped.text
    assert len(town.book.fills(str(person.id))) == 1
    person.writes("/close ETH")
    await person.sees(lambda message: message.text.startswith("Closed: sold"))
    assert "Entries go on" in (await person.says("/resume")).text
    assert "Nothing was paused." in (await person.says("/resume")).text
    assert labels(await person.says("/buy ETH 50")) == ["Confirm", "Half", "Reject"]


HOSTILE = [
    "<b>&</b> &amp; <script>alert(1)</script> <tg-spoiler>",
    "{f1} {f2} {{f3}} %s %(x)s {0} {}",
    "\u202eTDSU/CTB gnol a si\u202c \u200f\u200e\u2066",
    "🚀" * 300,
    "👨‍👩‍👧‍👦🏳️‍🌈 e\u0301\u0323 \U0001f1fa\U0001f1f8",
    "BTC\u0000long\u0007\u001b[31m",
    "\u0435\u0442\u0445 ＢＴＣ ½ ² Ⅳ ١٢٣",
    "'; DROP TABLE events; --",
    "/",
    "//",
    "/start@conclave_local_bot",
    "/buy@conclave_local_bot BTC/USDT <i>",
    "/chart " + "A" * 3_000,
    "/chart 🚀/💰",
    "/buy BTC 1e400",
    "/buy BTC 9" + "9" * 60,
    "/indicators \u202eBTC",
    "/backtest BTC 1h ../../etc/passwd",
    "a" * 4_096,
    "\n".join("x" * 50),
]


@pytest.mark.parametrize("text", HOSTILE, ids=[ascii(text)[:24] for text in HOSTILE])
async def test_hostile_text_is_answered_and_breaks_nothing(town: World, text: str) -> None:
    person = town.person()
    town.plays(*[quick_run("flat", "BTC")] * 3)
    number = person.writes(text)
    await person.sees(lambda one: one.id > number and not one.text.startswith("Looking at"))
    assert not person.counted(BROKEN)
    assert all(len(message.text) <= 4_096 for message in person.shown)
    assert (await person.says("/positions")).text.startswith("No open positions.")


async def test_question_that_is_too_long_is_told(town: World) -> None:
    person = town.person()
    person.writes("long? " * 200)
    await person.sees(lambda message: "1000 are the limit" in message.text)


async def test_prose_of_the_model_is_escaped(town: World) -> None:
    person = town.person()
    town.plays(*[[glance("BTC"), says("flat", headline="<b>&<i>bold</i> claims")]] * 3)
    card = await person.asks("Is BTC a <b>long</b> & why?")
    assert "<b>&<i>bold</i> claims" in card.text
    assert BROKEN not in card.text
    why = await person.says("/why")
    assert "Is BTC a <b>long</b> & why?" in why.text

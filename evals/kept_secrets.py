"""Secrets: none of those planted leaves the running product, whatever goes wrong.

They are planted in the settings and pasted into questions; the model fails in ways whose errors
quote them. Then every request to the model, every line of the log, every message of the bot and
every file of its state is searched for each of them, as it is and encoded.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from benchmarks.rows import Row
from tests.agents.scripts import LOOK, says
from tests.e2e.world import FIRST_PERSON, MODEL_KEY, World, world
from tests.fakes.openai_server import Script, disconnect, fail, garbage, say

TOKEN = "6543219876:AAG" + "q9-w_" * 6 + "Zz"
SK_KEY = "sk-proj-Pasted0by1Mistake2Here3"
PASSWORD = "Tr0ub4dor-and-3"  # noqa: S105 - planted, to be looked for
FEED_TOKEN = "feed7token8abcdef9"  # noqa: S105 - likewise
FALLBACK_KEY = "fb-0a1b2c3d4e5f6a7b"
QUESTIONS = (
    "Is BTC a long on the 1h right now?",
    f"Is BTC a long on the 1h? My bot's token is {TOKEN}",
    f"BTC on the 1h? key {SK_KEY}, or https://me:{PASSWORD}@example.org/?token={FEED_TOKEN}",
    f"比特币可以做多吗？密码 {FALLBACK_KEY}",
    f"Is ETH a long on the 1h? {MODEL_KEY} {quote(PASSWORD, safe='')}",
    f"Any news? Authorization: Basic {b64encode(f'me:{PASSWORD}'.encode()).decode()}",
)


async def rows() -> list[Row]:
    """Ask, fail, and search."""
    with tempfile.TemporaryDirectory() as place:
        return await _searched(Path(place))


async def _searched(place: Path) -> list[Row]:
    async with world(
        place,
        LOG_LEVEL="DEBUG",
        QUESTION_SECONDS="10",
        FALLBACK_MODEL="other",
        FALLBACK_API_KEY=FALLBACK_KEY,
        RULES_STAND_IN="true",
        ALERT_URLS=f"json://me:{PASSWORD}@127.0.0.1:9/x",
        NEWS_FEEDS=f"http://me:{PASSWORD}@127.0.0.1:9/rss?token={FEED_TOKEN}",
    ) as town:
        secrets = {
            "bot token": town.telegram.token,
            "model key": MODEL_KEY,
            "fallback key": FALLBACK_KEY,
            "password": PASSWORD,
            "token of a feed": FEED_TOKEN,
            "pasted token": TOKEN,
            "pasted key": SK_KEY,
        }
        await _asked(town, _failures(secrets))
        await town.product.stop()
        return _found(town, place, secrets)


def _failures(secrets: Mapping[str, str]) -> list[Script]:
    """Six ways to fail that quote what the server knows: for three runs of each model."""
    quoted = json.dumps(secrets)
    return [
        [fail(401, f"Incorrect API key provided: {quoted}")],
        [fail(500, quoted, Retry_After="0")],
        [garbage(f"<html>{quoted}</html>")],
        [disconnect()],
        [LOOK, say("I will not call anything.")],
        [fail(400, quoted)],
    ]


async def _asked(town: World, failures: Sequence[Script]) -> None:
    people = [town.person() for _ in QUESTIONS]
    town.plays([LOOK, says("long")])
    await asyncio.gather(
        *(one.asks(text, 60.0) for one, text in zip(people, QUESTIONS, strict=True))
    )
    # Last, because a model that failed is not asked again for a while.
    town.plays(*failures)
    await people[0].asks(QUESTIONS[0], 60.0)
    for words in ("/status", "/why", "/news", "/history"):
        await people[0].says(words)


def _found(town: World, place: Path, secrets: Mapping[str, str]) -> list[Row]:
    shown = _shown(town)
    places = {
        "requests to the model": [
            json.dumps(one.body, ensure_ascii=False) for one in town.model.requests
        ],
        "lines of the log": town.product.logged,
        "messages": shown,
        "files": [
            path.read_bytes().decode("utf-8", "replace")
            for path in sorted(place.rglob("*"))
            # The chat server's own file is Telegram, not the product.
            if path.is_file() and not path.name.startswith("telegram.db")
        ],
    }
    rows = [
        Row(
            f"secrets: found in {where}",
            len(found := _leaks(texts, secrets)),
            None,
            "secrets",
            "ours <= 0",
            f"{len(texts)} searched; {', '.join(sorted(found))}".removesuffix("; "),
        )
        for where, texts in places.items()
    ]
    hidden = sum(text.count("[secret]") for texts in places.values() for text in texts)
    return [*rows, Row("secrets: hidden", float(hidden > 0), None, "share", "ours >= 1")]


def _shown(town: World) -> list[str]:
    return [
        message.text
        for number in range(FIRST_PERSON, FIRST_PERSON + len(QUESTIONS))
        for message in town.telegram.chat.messages(number)
        if message.from_bot
    ]


def _leaks(texts: Sequence[str], secrets: Mapping[str, str]) -> set[str]:
    return {
        name
        for name, secret in secrets.items()
        for form in _forms(secret)
        if any(form in text for text in texts)
    }


def _forms(secret: str) -> set[str]:
    coded = b64encode(secret.encode()).decode().rstrip("=")
    return {secret, quote(secret, safe=""), coded[:-1], json.dumps(secret)[1:-1]}

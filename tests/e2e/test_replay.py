"""A card in the chat and the file behind it: made again by a process of its own, and verified."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, STDOUT

import pytest

from tests.e2e.person import labels
from tests.e2e.product import clean_environment
from tests.e2e.runs import run
from tests.e2e.world import World

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def command(town: World, *words: str) -> tuple[int, list[str]]:
    """Run a command beside the running bot, which knows no network."""
    variables = {"DATABASE_URL": town.product.variables["DATABASE_URL"]}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *words,
        cwd=town.product.folder,
        env=clean_environment(variables),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode().splitlines()


async def test_a_chinese_card_is_replayed_beside_the_running_bot(town: World) -> None:
    person = town.person()
    await town.price("LINK", 15.0)
    town.plays(run("flat", "LINK"), run("long", "LINK", after=0.5), run("long", "LINK", after=0.5))
    card = await person.asks("LINK 1小时 做多还是做空")
    seen = card.text.splitlines()
    assert seen[1].startswith("做多 · 3 次中 2 次")
    assert any(line.startswith("买入 ") for line in seen)
    assert labels(card) == ["确认", "半仓", "拒绝", "理由"]

    data = card.button("理由").data
    assert data is not None
    question_id = data.removeprefix("why:")
    why = await person.says(f"/why {question_id[:12]}")
    assert f"python -m bot replay {question_id}" in why.text

    code, said = await command(town, "replay", question_id[:12])
    assert code == 0, said
    first = said.index("") + 1
    assert said[first : first + len(seen)] == seen
    assert said[first + len(seen)] == "[ 确认 ] [ 半仓 ] [ 拒绝 ] [ 理由 ]"
    assert said[-1].startswith("same as sent: yes (sha256 ")

    code, said = await command(town, "replay")
    assert code == 0
    assert any(line.startswith(question_id) for line in said)
    code, said = await command(town, "replay", "nobody")
    assert (code, "No question has an id that begins with nobody" in said[0]) == (2, True)
    code, said = await command(town, "verify", "--account", str(person.id))
    assert code == 0
    assert "last hash of its questions" in said[1]
    assert said[-1].endswith("1 question: all sound")

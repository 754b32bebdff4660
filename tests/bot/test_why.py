"""/why walks the votes, runs, tool calls, facts and the prompt; nothing of them is cut."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Chat as TelegramChat
from telegram import Message

from agents.failure import CUT_OFF
from agents.members import RULES
from agents.rules.lenses import LENSES
from agents.trace import RULES_ANALYST, Trace, TracedCall, TracedFact, dump
from bot.cards.card import TEXT_LIMIT, WIDTH, Block, Card, utf16_length
from bot.cards.sheets import sheets
from bot.cards.why import FACTS_A_PAGE, why_card
from bot.cards.why_words import WHY_WORDS
from bot.cards.width import width_of
from bot.catalogue import commands, taps
from bot.services import Services
from bot.turn import Questions, Turn
from desk.language import Language
from desk.ports import StoredQuestion
from storage.questions import SqliteQuestions
from storage.sqlite import SqliteFile
from tests.agents.test_verdict import AT, fact, run, trace
from tests.bot.safety_chat import WHEN, SeenChat
from tests.fakes.paper_desk import ANNE, CHAT
from trading.errors import BadArgument

MANY = tuple(TracedFact.of(fact(number, f"Figure {number}", number / 7)) for number in range(1, 48))
LONG = trace(
    run(
        1,
        "long",
        headline="做多 🚀",
        reasons=tuple(f"Reason {n}: {'as it goes up, ' * 20}" for n in range(6)),
        objections=tuple(f"Draft {n}: {'🚀' * 300}" for n in range(4)),
        calls=tuple(
            TracedCall(
                tool="indicators",
                arguments='{"symbol": "BTC/USDT"}',
                facts=tuple(one.id for one in MANY),
            )
            for _ in range(4)
        ),
    ),
    run(2, "long"),
    run(3, None),
).model_copy(update={"facts": MANY, "prompt": "Be an analyst.\n" * 600, "snapshot": "ab" * 32})


def text_of(card: Card) -> str:
    return "\n".join(block.text for block in card.blocks)


def button(card: Card, label: str) -> str:
    return next(one.data for row in card.buttons for one in row if one.label == label)


def walk(asked: Trace) -> dict[str, Card]:
    """Open every page that buttons lead to."""
    cards: dict[str, Card] = {}
    open_ = ["0"]
    while open_:
        place = open_.pop()
        cards[place] = why_card(asked, place)
        data = [one.data for row in cards[place].buttons for one in row]
        assert all(len(one.encode()) <= 64 for one in data)
        places = [one.split(":")[2] for one in data if one.count(":") == 2]
        open_ += [one for one in places if one not in cards and one not in open_]
    return cards


def test_every_page_fits_a_message_and_none_is_cut() -> None:
    cards = walk(LONG)
    seen = "\n".join(text_of(card) for card in cards.values())
    for card in cards.values():
        blocks = "\n".join(block.text for block in card.blocks)
        assert utf16_length(blocks) <= TEXT_LIMIT
        assert "…" not in card.html()
        tables = [one.text for one in card.blocks if one.kind == "table"]
        assert [line for one in tables for line in one.split("\n") if width_of(line) > WIDTH] == []
    assert seen.count("🚀") == 1 + 4 * 300
    assert seen.count("Be an analyst.") == 600
    for number in range(6):
        assert f"Reason {number}: " in seen
    told = re.findall(r"^(f\d+) Figure", seen, re.MULTILINE)
    assert told == [one.id for one in MANY] or sorted(told) == sorted(one.id for one in MANY)


def test_a_fact_is_told_with_its_origin() -> None:
    cards = walk(LONG)
    assert len([place for place in cards if place.startswith("f")]) == -(-len(MANY) // FACTS_A_PAGE)
    text = text_of(cards["f"])
    assert "Facts 1 to 10 of 47" in text
    assert re.search(r"f1 Figure 1 +0\.14\n +BTC/USDT 1h · 01 Mar 14:00:00 UTC\n", text)
    assert "  indicators · demo" in text


def test_the_pages_of_a_chinese_question_are_chinese() -> None:
    failed = run(3, None).model_copy(update={"failure": CUT_OFF, "calls": ()})
    asked = LONG.model_copy(
        update={
            "language": Language.ZH,
            "question": "该买比特币吗",
            "analyst": RULES_ANALYST,
            "prompt": "",
            "runs": (
                *(
                    one.model_copy(update={"model": RULES, "reasons": (), "objections": ()})
                    for one in LONG.runs[:2]
                ),
                failed,
            ),
        }
    )
    cards = walk(asked)
    assert {"0", "1", "2", "3", "f"} <= cards.keys()
    text = "\n".join(text_of(card) for card in (cards["0"], cards["3"]))
    assert "失败：被截断" in text
    assert "模型的回答超过长度上限而被截断。" in text
    kept = r"MODEL_OUTPUT_TOKENS|UTC|demo|python -m bot replay \S+|(?:ab)+|run \d"
    assert re.findall(r"[A-Za-z]{3,}", re.sub(kept, "", text)) == []
    for card in cards.values():
        assert not re.search("[A-Za-z]", "".join(one.label for row in card.buttons for one in row))


def test_each_lens_has_a_chinese_name() -> None:
    assert set(LENSES) <= set(WHY_WORDS[Language.ZH].lenses)


def test_the_overview_tells_the_vote_the_market_and_how_to_replay() -> None:
    text = text_of(why_card(LONG))
    assert "LONG · 2 of 3 runs · 1 failed" in text
    assert "abababababababab" in text
    assert "9,000 characters" in text.replace("\u202f", ",")
    assert "python -m bot replay q1" in text
    split = trace(run(1, "long"), run(2, "short"), run(3, "flat"))
    assert "the runs disagree" in text_of(why_card(split))


def test_labels_are_in_the_language_of_the_question() -> None:
    asked = trace(run(1, "long"), run(2, "long"), run(3, "long"))
    card = why_card(asked.model_copy(update={"language": Language.ZH}), "1")
    assert "最大回撤" in text_of(card)


@pytest.mark.parametrize("place", ["9", "f.99", "x", "", "1.7", "0.1", "-1"])
def test_a_page_that_is_not_there_is_told(place: str) -> None:
    with pytest.raises(BadArgument, match="This page is gone"):
        why_card(LONG, place)


@given(st.lists(st.text(alphabet="ab \n🚀做", max_size=400), max_size=12), st.integers(10, 200))
def test_sheets_hold_all_text_in_order_and_none_is_too_long(texts: list[str], room: int) -> None:
    pages = sheets([Block("text", text) for text in texts], room)
    for page in pages:
        assert utf16_length("\n".join(block.text for block in page)) <= room
    shown = "".join(block.text for page in pages for block in page)
    assert shown.replace("\n", "") == "".join(texts).replace("\n", "")


@dataclass
class Asker:
    """Somebody with stored questions who reads about them."""

    questions: SqliteQuestions
    account: str = ANNE
    chat: SeenChat = field(default_factory=SeenChat)

    async def asked(self, *names: str, account: str = ANNE) -> None:
        for number, name in enumerate(names):
            at = AT + timedelta(minutes=number)
            more = {"id": name, "account_id": account, "question": f"Question {name}?"}
            made = trace(run(1, "long"), run(2, "long"), run(3, "flat")).model_copy(update=more)
            stored = StoredQuestion(name, account, at, made.question, dump(made))
            await self.questions.save(stored)

    async def says(self, *words: str) -> Card:
        await commands({})["why"].run(self._turn(words=words))
        return self.last

    async def sends(self, data: str, *, fresh: bool = False) -> Card:
        number = len(self.chat.cards)
        message = None if fresh else Message(number, WHEN, TelegramChat(CHAT, "private"))
        await taps()["why"](self._turn(subject=data.removeprefix("why:"), message=message))
        return self.last

    async def taps(self, label: str) -> Card:
        return await self.sends(button(self.last, label))

    @property
    def last(self) -> Card:
        return list(self.chat.cards.values())[-1]

    def _turn(
        self, words: tuple[str, ...] = (), subject: str = "", message: Message | None = None
    ) -> Turn:
        services = SimpleNamespace(questions=self.questions, market=SimpleNamespace(demo=True))
        return Turn(
            cast(Services, services),
            cast(Questions, None),
            self.chat,
            1,
            self.account,
            words=words,
            subject=subject,
            message=message,
        )


@pytest.fixture
async def anne(tmp_path: Path) -> AsyncIterator[Asker]:
    file = SqliteFile(tmp_path / "conclave.db")
    yield Asker(SqliteQuestions(file))
    await file.close()


async def test_pages_are_turned_in_place_however_often_a_button_is_tapped(anne: Asker) -> None:
    await anne.asked("aa01")
    await anne.sends("why:aa01", fresh=True)
    assert len(anne.chat.cards) == 1
    for _ in range(2):
        assert "Run 1 · run 1 · LONG" in text_of(
            await anne.taps("Run 1" if _ == 0 else "· Run 1 ·")
        )
    assert "Facts 1 to 10 of 11" in text_of(await anne.taps("Facts"))
    assert "Facts 11 to 11 of 11" in text_of(await anne.taps("Page 2 ▸"))
    assert "Facts 1 to 10 of 11" in text_of(await anne.taps("◂ Page 1"))
    assert "What each run was told" in text_of(await anne.taps("Prompt"))
    assert len(anne.chat.cards) == 1


async def test_earlier_questions_are_listed_and_opened(anne: Asker) -> None:
    with pytest.raises(BadArgument, match="You have not asked anything yet"):
        await anne.says()
    await anne.asked(*(f"aa0{number}" for number in range(7)))
    await anne.asked("bb01", account="ben")
    assert "Question aa06?" in text_of(await anne.says())
    listed = await anne.taps("Earlier questions")
    names = re.findall(r"Question (\w+)\?", text_of(listed))
    assert names == ["aa06", "aa05", "aa04", "aa03", "aa02"]
    assert max(map(width_of, listed.blocks[1].text.split("\n"))) <= WIDTH
    assert "Question aa04?" in text_of(await anne.taps("3"))
    assert len(anne.chat.cards) == 1


async def test_a_question_is_named_by_the_beginning_of_its_id(anne: Asker) -> None:
    await anne.asked("aa01", "aa02", "cc03")
    await anne.asked("bb01", account="ben")
    assert "Question cc03?" in text_of(await anne.says("cc"))
    assert "Question aa02?" in text_of(await anne.says("aa02"))
    several = text_of(await anne.says("aa"))
    assert "Question aa01?" in several
    assert "Question aa02?" in several
    for foreign in ("bb01", "%", "nobody"):
        with pytest.raises(BadArgument, match="None of your questions"):
            await anne.says(foreign)
    with pytest.raises(BadArgument, match="not one of your questions"):
        await anne.sends("why:bb01:0")

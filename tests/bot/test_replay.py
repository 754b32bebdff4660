"""A stored answer's card is made again from the file alone, and what differs is told."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import pytest

from agents.trace import Trace, dump
from agents.verdict import count
from bot.card_code import card_code
from bot.cards import answered
from bot.cards.answered import Answered, Inputs, Order
from bot.replay import replay
from desk.errors import StorageError
from desk.language import Language
from desk.ports import StoredCard, StoredQuestion
from storage.question_file import open_questions
from storage.questions import SqliteQuestions
from storage.sqlite import SqliteFile
from tests.agents.test_verdict import AT, run, trace
from tests.bot.test_proposal_card import proposal
from trading.limits import Denied
from trading.measure import Breach
from trading.orders import SameBet

CODE = "aaaabbbbcccc"
PICTURE = b"\x89PNG made up"
DROPPED = {"prose_dropped": True, "headline": "", "reasons": (), "referenced": ()}
TRACES: Sequence[Trace] = (
    trace(run(1, "long"), run(2, "long"), run(3, "flat")),
    trace(run(1, "flat"), run(2, "flat"), run(3, None)),
    trace(run(1, "long"), run(2, "short"), run(3, "flat")),
    trace(run(1, "none"), run(2, "none"), run(3, "none")),
    trace(run(1, None), run(2, None), run(3, None)),
    trace(run(1, "short", **DROPPED), run(2, "short", **DROPPED), run(3, "long")),
    trace(
        run(1, "long", headline="<b>&amp; \u202f“做多” 🚀</b>" * 9), run(2, "long"), run(3, None)
    ),
)
DENIED = Denied(
    (Breach("order", Decimal("0.05"), Decimal("0.020"), "5 % is over 2 %."),), Decimal("1E+2")
)
BET = SameBet(symbol="ETH/USDT", held="buy", correlation=Decimal("0.9"), timeframe="1d", returns=90)
ORDERS: Sequence[Order] = (
    proposal(fee=Decimal("0.30"), same_bet=BET, notes=("Put on the tick.",), question_id="q1"),
    proposal(kind="limit", price=Decimal("26000.0"), until=AT, leverage=Decimal("3.0")),
    DENIED,
    "No order: binance can't be reached.",
    None,
)


@dataclass
class Desk:
    """A file of questions, and what the command says of them."""

    path: Path
    questions: SqliteQuestions
    said: list[str] = field(default_factory=list)

    async def answers(
        self, asked: Trace, inputs: Inputs, *, picture: bytes | None = None, trouble: str = ""
    ) -> Answered:
        """Store a question with its card, as the bot does."""
        text = asked.question
        await self.questions.save(
            StoredQuestion(asked.id, asked.account_id, asked.asked_at, text, dump(asked))
        )
        card = inputs.card(count(asked)).drawn(picture, trouble)
        sent = answered.answered(inputs, card, trouble, CODE)
        kept = StoredCard(asked.id, asked.account_id, inputs.now, answered.dump(sent))
        await self.questions.keep_card(kept)
        return sent

    def replays(self, wanted: str, code: str = CODE) -> int:
        self.said.clear()
        with open_questions(self.path) as file:
            return replay(file, wanted, self.said.append, code)

    def tells(self, words: str) -> bool:
        return words in "\n".join(self.said)

    def change(self, sql: str) -> None:
        connection = sqlite3.connect(self.path, isolation_level=None)
        for table in ("questions", "question_cards"):
            connection.execute(f"DROP TRIGGER {table}_stay")
        connection.execute(sql)
        connection.close()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    path = tmp_path / "conclave.db"
    file = SqliteFile(path)
    await file.check()
    yield Desk(path, SqliteQuestions(file))
    await file.close()


async def test_every_card_is_made_again_byte_for_byte(desk: Desk) -> None:
    stories = itertools.product(TRACES, ORDERS, Language, (None, PICTURE))
    for number, (asked, order, language, picture) in enumerate(stories):
        name = f"{number:04x}"
        story = asked.model_copy(update={"id": name, "language": language})
        inputs = Inputs(AT, order, ("You hold 0.5 BTC long.",) if number % 3 else ())
        trouble = "" if picture or number % 2 else "No chart: it could not be drawn."
        sent = await desk.answers(story, inputs, picture=picture, trouble=trouble)
        assert desk.replays(name) == 0, "\n".join(desk.said)
        assert desk.tells(f"same as sent: yes (sha256 {sent.sha256})")
        assert desk.tells("its image is not stored") == bool(picture)


async def test_the_card_is_printed_as_a_person_saw_it(desk: Desk) -> None:
    await desk.answers(TRACES[0], Inputs(AT, ORDERS[0]))
    assert desk.replays("q1") == 0
    assert "LONG · 2 of 3 runs · 1 says FLAT" in desk.said
    assert "Buy 0.00737 BTC ≈ 199.09 USDT" in desk.said
    assert "[ Confirm ] [ Half ] [ Reject ] [ Why ]" in desk.said
    assert not desk.tells("<b>")


async def test_a_changed_trace_or_card_is_told_as_such(desk: Desk) -> None:
    await desk.answers(TRACES[0], Inputs(AT, ORDERS[0]))
    desk.change("UPDATE questions SET trace = replace(trace, '1 says long', '9 says long')")
    assert desk.replays("q1") == 1
    assert desk.tells("same as sent: no. question q1 of 01 Mar 2026 14:00 UTC: it was changed")
    assert not desk.tells("other code")


async def test_a_forged_card_is_told_even_where_its_own_sum_fits(desk: Desk) -> None:
    sent = await desk.answers(TRACES[0], Inputs(AT, ORDERS[0]))
    forged = sent.html.replace("LONG", "SHORT")
    more = {"html": forged, "sha256": answered.digest_of(forged, sent.buttons)}
    data = answered.dump(sent.model_copy(update=more)).replace("'", "''")
    desk.change(f"UPDATE question_cards SET data = '{data}'")
    assert desk.replays("q1") == 1
    assert desk.tells("the card of question q1")
    assert desk.tells("it was changed after it was written")


async def test_a_damaged_trace_names_the_damage(desk: Desk) -> None:
    await desk.answers(TRACES[0], Inputs(AT))
    desk.change("UPDATE questions SET trace = '{}'")
    assert desk.replays("q1") == 1
    assert desk.said == [
        "question q1 of 01 Mar 2026 14:00 UTC: it was changed after it was written"
    ]


async def test_a_card_of_other_code_is_told_as_that_and_not_as_tampering(desk: Desk) -> None:
    asked, inputs = TRACES[0], Inputs(AT, None)
    await desk.questions.save(
        StoredQuestion(asked.id, asked.account_id, asked.asked_at, asked.question, dump(asked))
    )
    card = inputs.card(count(asked)).drawn(None)
    blocks = (replace(card.blocks[0], text="Another heading"), *card.blocks[1:])
    sent = answered.answered(inputs, replace(card, blocks=blocks), "", "0123456789ab")
    kept = StoredCard(asked.id, asked.account_id, inputs.now, answered.dump(sent))
    await desk.questions.keep_card(kept)
    assert desk.replays("q1", "ba9876543210") == 1
    assert "-<b>Another heading</b>" in desk.said
    assert "+<b>BTC/USDT · 1h · demo</b>" in desk.said
    assert desk.tells("other code of this program (0123456789ab, this is ba9876543210)")
    assert desk.replays("q1", "0123456789ab") == 1
    assert not desk.tells("other code")


async def test_the_beginning_of_an_id_is_enough_where_it_names_one_question(desk: Desk) -> None:
    assert desk.replays("") == 0
    assert desk.said == ["No question is stored yet."]
    for name in ("3fa9c1", "3fa9c122", "77"):
        await desk.answers(TRACES[0].model_copy(update={"id": name}), Inputs(AT))
    assert desk.replays("7") == 0
    assert desk.replays("3fa9c1") == 0, "it is also the beginning of another"
    assert desk.replays("3fa") == 2
    assert desk.tells("More than one question")
    assert desk.replays("nobody") == 2
    assert desk.tells("No question has an id that begins with nobody")
    assert desk.replays("") == 0
    assert sorted(line.split()[0] for line in desk.said[1:]) == ["3fa9c1", "3fa9c122", "77"]


async def test_a_question_without_a_card_says_so(desk: Desk) -> None:
    asked = TRACES[0]
    await desk.questions.save(
        StoredQuestion(asked.id, asked.account_id, asked.asked_at, "\x1b[2Jhi", dump(asked))
    )
    assert desk.replays("q1") == 1
    assert desk.tells("no card of this question was stored")
    desk.replays("")
    assert desk.tells("�[2Jhi")


def test_a_file_that_is_not_there_or_old_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(StorageError, match="there is no such file"),
        open_questions(tmp_path / "conclave.db"),
    ):
        pass
    other = tmp_path / "other.db"
    sqlite3.connect(other).execute("CREATE TABLE questions (id TEXT)")
    with pytest.raises(StorageError, match="an older version"), open_questions(other):
        pass


def test_the_code_of_a_card_has_one_name() -> None:
    assert card_code() == card_code()
    assert len(card_code()) == 12

"""Replay: each answer's card is made again from the file alone, and tampering is noticed.

The running product answers, its file is all that is read after that. What is made again is held
against what arrived in the chat, not only against what the file says of itself.
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.rows import Row
from bot.card_code import card_code
from bot.replay import replay
from sandbox.chat import SeenMessage
from storage.audit import audit
from storage.question_chain import TABLES
from storage.question_file import open_questions
from tests.e2e.person import Person, labels
from tests.e2e.runs import glance, quick_run, says
from tests.e2e.world import World, world
from tests.fakes.openai_server import Script, disconnect, garbage

QUESTIONS = 40
ALTERATIONS = 48
COINS = ("BTC", "ETH", "ADA", "LINK", "LTC")
CHINESE = {"headline": "趋势向上，但预测没有优势。", "reasons": ["成交量没有放大。"]}
MADE_UP = {"headline": "RSI is 99.9, buy at 31337.", "reasons": ["It made 42 % before."]}


@dataclass(frozen=True)
class Kind:
    """A question about a coin and what the three runs of the model do.

    `first` is typed before, and its order confirmed; `follows`: the last person goes on.
    """

    question: str
    runs: Callable[[str], Sequence[Script]]
    first: str = ""
    follows: bool = False


def _votes(*stances: str, **changes: object) -> Callable[[str], Sequence[Script]]:
    return lambda coin: [[glance(coin), says(stance, coin, **changes)] for stance in stances]


KINDS = (
    Kind("Is {coin} a long on the 1h right now?", _votes("long", "long", "flat")),
    Kind("and if I short it?", _votes("short", "short", "flat"), follows=True),
    Kind("Is {coin} still a long?", _votes("long", "flat", "flat"), first="/buy {coin} 100"),
    Kind("Should I short {coin} on the 1h?", _votes("short", "flat", "short")),
    Kind("Is {coin} a buy?", _votes("flat", "flat", "flat")),
    Kind("{coin} long or short?", _votes("long", "short", "flat")),
    Kind("What is the trend of {coin} on the 1h?", _votes("none", "none", "none")),
    Kind("Should I buy 9000 USDT of {coin}?", _votes("long", "long", "long")),
    Kind("Is {coin} a long on the 1h?", _votes("long", "long", "long"), first="/pause"),
    Kind("Is {coin} a good entry?", _votes("long", "long", "long", **MADE_UP)),
    Kind("该买{coin}吗", _votes("long", "long", "short", **CHINESE)),
    Kind("4小时呢？", _votes("flat", "flat", "flat", **CHINESE), follows=True),
    Kind("{coin} 1小时 做多还是做空", _votes("long", "short", "flat", **CHINESE)),
    Kind("要不要买 9000 USDT 的 {coin}", _votes("long", "long", "long", **CHINESE)),
    Kind(
        "Would you go long on {coin} now?",
        lambda coin: [[garbage()], quick_run("long", coin), quick_run("long", coin)],
    ),
)
# After it the model counts as down for a minute, so that the rules answer what comes then.
DOWN = Kind("Is {coin} a short on the 1h?", lambda _: [[disconnect()]] * 3)


@dataclass(frozen=True)
class Answer:
    """A question's id and the message that answered it, as it was when it arrived."""

    question_id: str
    message: SeenMessage


async def rows() -> list[Row]:
    """Ask, replay each card with the command's own function, and tamper with copies."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        async with world(folder, QUESTION_SECONDS="20", RULES_STAND_IN="true") as town:
            person, answers = town.person(), list[Answer]()
            for number in range(QUESTIONS):
                kind = DOWN if number >= QUESTIONS - 2 else KINDS[number % len(KINDS)]
                person = person if kind.follows else town.person()
                coin = COINS[number % len(COINS) - kind.follows]
                answers.append(await _asked(town, person, kind, coin))
        path = folder / "conclave.db"
        same = sum(_replays(path, answer) for answer in answers)
        noticed = _noticed(path, answers)
    return [
        Row(
            "replay: cards rebuilt byte for byte",
            same / len(answers),
            None,
            "share",
            "ours >= 1",
            f"{len(answers)} questions of {len(KINDS) + 1} kinds",
        ),
        Row(
            "replay: alterations of a stored trace that were noticed",
            noticed / ALTERATIONS,
            None,
            "share",
            "ours >= 1",
            f"{ALTERATIONS}: changed, removed, swapped, moved",
        ),
    ]


async def _asked(town: World, person: Person, kind: Kind, coin: str) -> Answer:
    if kind.first:
        offer = await person.says(kind.first.format(coin=coin))
        if "Confirm" in labels(offer):
            await person.taps(offer, "Confirm")
            await person.sees(lambda message: message.text.startswith("Filled"))
    town.plays(*kind.runs(coin))
    card = await person.asks(kind.question.format(coin=coin))
    # The newest of the file: nobody else asks meanwhile.
    with open_questions(town.product.folder / "conclave.db") as file:
        return Answer(file.latest(1)[0].id, card)


def _replays(path: Path, answer: Answer) -> bool:
    """Tell whether the command prints the message that arrived, and says that it is the same."""
    said: list[str] = []
    with open_questions(path) as file:
        code = replay(file, answer.question_id, said.append, card_code())
    first = said.index("") + 1
    printed = said[first : said.index("", first)]
    rows = [" ".join(f"[ {one.text} ]" for one in row) for row in answer.message.buttons]
    seen = [*answer.message.text.split("\n"), *rows]
    return code == 0 and bool(labels(answer.message)) and printed == seen


def _noticed(path: Path, answers: Sequence[Answer]) -> int:
    """Alter copies of the file, one thing in each, and count those in which it is named."""
    chance = random.Random(11)
    ids = [answer.question_id for answer in answers]
    count = 0
    for number in range(ALTERATIONS):
        one, other = chance.sample(ids, 2)
        altered = _copy(path)
        with closing(sqlite3.connect(altered, isolation_level=None)) as connection:
            for table in TABLES:
                connection.executescript(f"DROP TRIGGER {table}_stay; DROP TRIGGER {table}_last")
            connection.execute("PRAGMA ignore_check_constraints = 1")
            ALTERING[number % len(ALTERING)](connection, one, other, chance)
        found = [finding.problem for audited in audit(altered) for finding in audited.findings]
        count += any(one in problem for problem in found)
    return count


def _copy(path: Path) -> Path:
    """Copy a database with what stands in its write-ahead log."""
    altered = path.with_name("altered.db")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(altered)) as copy:
        source.backup(copy)
    return altered


Altering = Callable[[sqlite3.Connection, str, str, random.Random], None]


def _flip(table: str, column: str, key: str) -> Altering:
    """Change one sign of a stored text."""

    def alter(connection: sqlite3.Connection, one: str, _: str, chance: random.Random) -> None:
        (text,) = connection.execute(_read(table, column, key), (one,)).fetchone()
        place = chance.randrange(len(text))
        changed = text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]
        connection.execute(_write(table, column, key), (changed, one))

    return alter


def _delete(table: str, key: str) -> Altering:
    def alter(connection: sqlite3.Connection, one: str, *_: object) -> None:
        connection.execute(f"DELETE FROM {table} WHERE {key} = ?", (one,))  # noqa: S608  names in ALTERING

    return alter


def _swap(table: str, column: str, key: str) -> Altering:
    """Let two questions change places."""

    def alter(connection: sqlite3.Connection, one: str, other: str, _: random.Random) -> None:
        read = _read(table, column, key)
        texts = [connection.execute(read, (name,)).fetchone()[0] for name in (one, other)]
        for name, text in zip((other, one), texts, strict=True):
            connection.execute(_write(table, column, key), (text, name))

    return alter


def _read(table: str, column: str, key: str) -> str:
    return f"SELECT {column} FROM {table} WHERE {key} = ?"  # noqa: S608  names in ALTERING


def _write(table: str, column: str, key: str) -> str:
    return f"UPDATE {table} SET {column} = ? WHERE {key} = ?"  # noqa: S608  names in ALTERING


def _add(connection: sqlite3.Connection, one: str, *_: object) -> None:
    """Slip in a copy of a question under another id, which holds the first one's."""
    connection.execute(
        "INSERT INTO questions SELECT id || 'x', account_id, asked_at, text, trace"
        " FROM questions WHERE id = ?",
        (one,),
    )


ALTERING: Sequence[Altering] = (
    _flip("questions", "trace", "id"),
    _flip("questions", "text", "id"),
    _flip("question_cards", "data", "question_id"),
    _flip("question_chain", "hash", "question_id"),
    _delete("questions", "id"),
    _delete("question_cards", "question_id"),
    _delete("question_chain", "question_id"),
    _swap("questions", "trace", "id"),
    _swap("questions", "asked_at", "id"),
    _swap("question_cards", "data", "question_id"),
    _swap("question_chain", "hash", "question_id"),
    _add,
)

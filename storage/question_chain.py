"""The chain of an account's questions: a link for each trace and each card, bound by hashes.

The links are a table of their own, so a question that is gone is still known by its id. What is
hashed is a row as the account log hashes it (storage.chain): id, time, content, number, and the
hash of the link before.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from storage.chain import FIRST, Row, canonical, hash_of

# An older question was stored before there was a chain: it is bound as it was found.
Kind = Literal["question", "older question", "card"]
MOST_TOLD = 5
TABLES = ("questions", "question_cards", "question_chain")

_LINKS = """
    SELECT chain.account_id, chain.seq, chain.question_id, COALESCE(asked.asked_at, shown.at),
        chain.kind, asked.text, COALESCE(asked.trace, shown.data), chain.prev_hash, chain.hash
    FROM question_chain AS chain
    LEFT JOIN questions AS asked ON chain.kind <> 'card'
        AND asked.id = chain.question_id AND asked.account_id = chain.account_id
    LEFT JOIN question_cards AS shown ON chain.kind = 'card'
        AND shown.question_id = chain.question_id AND shown.account_id = chain.account_id
"""
_UNBOUND = {
    "question": """
        SELECT id FROM questions AS asked WHERE account_id = ? AND NOT EXISTS (
            SELECT 1 FROM question_chain AS chain WHERE chain.question_id = asked.id
            AND chain.account_id = asked.account_id AND chain.kind <> 'card')
    """,
    "the card of question": """
        SELECT question_id FROM question_cards AS shown WHERE account_id = ? AND NOT EXISTS (
            SELECT 1 FROM question_chain AS chain WHERE chain.question_id = shown.question_id
            AND chain.account_id = shown.account_id AND chain.kind = 'card')
    """,
}


@dataclass(frozen=True)
class Walked:
    """What a walk along an account's chain found: `questions` sound ones up to `last_hash`.

    `older` of them were there before the chain.
    """

    questions: int = 0
    older: int = 0
    last_hash: str = ""
    problems: tuple[str, ...] = ()


def bind(
    connection: sqlite3.Connection,
    account_id: str,
    kind: Kind,
    question_id: str,
    at: str,
    data: str,
) -> None:
    """Add the link of a trace or card (`data`: see `of_question`) to its account's chain.

    The caller holds the write lock, so two writers never follow the same link.
    """
    last = connection.execute(
        "SELECT seq, hash FROM question_chain WHERE account_id = ? ORDER BY seq DESC LIMIT 1",
        (account_id,),
    ).fetchone()
    seq, prev_hash = last or (0, FIRST)
    row = Row(account_id, seq + 1, question_id, at, kind, data, prev_hash, "")
    connection.execute(
        "INSERT INTO question_chain (account_id, seq, kind, question_id, prev_hash, hash)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (account_id, row.seq, kind, question_id, prev_hash, hash_of(row)),
    )


def of_question(text: str, trace: str) -> str:
    """Write what of a question is hashed."""
    return canonical([text, trace])


def bind_older(connection: sqlite3.Connection) -> None:
    """Bind the questions that are there already, in the order in which they were asked."""
    found = connection.execute(
        "SELECT account_id, id, asked_at, text, trace FROM questions ORDER BY asked_at, rowid"
    )
    for account_id, question_id, at, text, trace in found:
        data = of_question(text, trace)
        bind(connection, account_id, "older question", question_id, at, data)


def walk_questions(connection: sqlite3.Connection, account_id: str) -> Walked:
    """Walk an account's chain from its first link and name what does not fit."""
    questions, older, seq, last = 0, 0, 0, FIRST
    problems: list[str] = []
    for row in _rows(connection, account_id):
        problem = _fault(row, seq + 1, last)
        if problem:
            problems.append(f"{_named(row)}: {problem}")
        else:
            questions += row.kind != "card"
            older += row.kind == "older question"
        # What follows is held against this link as it stands, so that one fault is told once.
        seq, last = row.seq, row.hash
    problems += _unbound(connection, account_id)
    told = problems[:MOST_TOLD]
    if len(problems) > MOST_TOLD:
        told.append(f"{len(problems) - MOST_TOLD} more like these")
    return Walked(questions, older, last if seq else "", tuple(told))


def fault_of(connection: sqlite3.Connection, account_id: str, question_id: str) -> str:
    """Say how a question or its card differs from what was stored; "": nothing is noticed.

    Each link is held against the one before it and the one after. Nothing follows the newest: who
    rewrites it with its hash is known only by a last hash that was noted elsewhere.
    """
    where = " WHERE chain.account_id = ? AND chain.question_id = ? ORDER BY chain.seq"
    rows = [_read(row) for row in connection.execute(_LINKS + where, (account_id, question_id))]
    for row in rows:
        problem = _misfit(connection, row)
        if problem:
            return f"{_named(row)}: {problem}"
    kinds = {row.kind == "card" for row in rows}
    if False not in kinds:
        return f"question {question_id}: it stands in no chain, so it was added or changed by hand"
    shown = "SELECT 1 FROM question_cards WHERE question_id = ?"
    if True not in kinds and connection.execute(shown, (question_id,)).fetchone():
        return f"the card of question {question_id}: it stands in no chain"
    return ""


def _misfit(connection: sqlite3.Connection, row: Row) -> str | None:
    """Say how a link differs from its content, or does not fit those beside it."""
    beside = {
        seq: (prev_hash, own)
        for seq, prev_hash, own in connection.execute(
            "SELECT seq, prev_hash, hash FROM question_chain WHERE account_id = ?"
            " AND seq IN (?, ?)",
            (row.account_id, row.seq - 1, row.seq + 1),
        )
    }
    before, after = beside.get(row.seq - 1), beside.get(row.seq + 1)
    if before is None and row.seq > 1:
        return f"number {row.seq - 1} of the chain is missing before it"
    problem = _fault(row, row.seq, before[1] if before else FIRST)
    if problem is None and after is not None and after[0] != row.hash:
        return "it does not fit what stands after it: one of them was changed"
    return problem


def lost_links(connection: sqlite3.Connection) -> str:
    """Say whether links were taken from an end, which no chain can tell; "": none was."""
    (there,) = connection.execute("SELECT COUNT(*) FROM question_chain").fetchone()
    written = connection.execute(
        "SELECT seq FROM sqlite_sequence WHERE name = 'question_chain'"
    ).fetchone()
    if written is None or written[0] == there:
        return ""
    return f"the chain of questions had {written[0]} links, {there} are left"


def accounts_with_questions(connection: sqlite3.Connection) -> Sequence[str]:
    """Name every account that has a question, or had one."""
    found = connection.execute(
        "SELECT account_id FROM question_chain UNION SELECT account_id FROM questions ORDER BY 1"
    )
    return [str(name) for (name,) in found]


def _rows(connection: sqlite3.Connection, account_id: str) -> Iterator[Row]:
    where = " WHERE chain.account_id = ? ORDER BY chain.seq"
    for row in connection.execute(_LINKS + where, (account_id,)):
        yield _read(row)


def _read(row: Sequence[object]) -> Row:
    account_id, seq, question_id, at, kind, text, content, prev_hash, own = row
    data = str(content) if kind == "card" else of_question(str(text), str(content))
    # Without content there is nothing to hash; an empty time says so.
    here = "" if content is None else str(at)
    return Row(
        str(account_id),
        int(str(seq)),
        str(question_id),
        here,
        str(kind),
        data,
        str(prev_hash),
        str(own),
    )


def _fault(row: Row, seq: int, prev_hash: str) -> str | None:
    if not row.at:
        return "it was removed"
    if row.seq != seq:
        return f"number {seq} of the chain is missing before it"
    if row.prev_hash != prev_hash:
        return "it does not follow what stands before it: the order was changed"
    if row.hash != hash_of(row):
        return "it was changed after it was written"
    return None


def _named(row: Row) -> str:
    name = "the card of question" if row.kind == "card" else "question"
    try:
        at = f" of {datetime.fromisoformat(row.at):%d %b %Y %H:%M} UTC"
    except ValueError:
        at = ""
    return f"{name} {row.key}{at}"


def _unbound(connection: sqlite3.Connection, account_id: str) -> Iterator[str]:
    for name, sql in _UNBOUND.items():
        for (question_id,) in connection.execute(sql, (account_id,)):
            yield f"{name} {question_id}: it stands in no chain, so it was added by hand"

"""Examine a file of account logs without changing it: chains, states, snapshots, views, outbox.

What was committed when it came to an account is what it sees, so the bot may run meanwhile.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from desk.audit import Audited, Finding
from desk.errors import StorageError
from storage.migrations import is_current
from storage.question_chain import (
    TABLES,
    accounts_with_questions,
    lost_links,
    walk_questions,
)
from storage.refold import Refolded, kept_faults, refold
from storage.sqlite import BUSY_SECONDS, database_on, explain
from storage.view_faults import outbox_faults, view_faults

RESTORE = "Stop the bot, keep this file, and put back a copy from before."
REBUILD = "Stop the bot and run the SQL: DELETE FROM snapshots; they are made anew from the log."
SHOWN = "The log itself is sound, so no money is lost. Please report this line."
OLDER = (
    "an older version wrote this file: its views, snapshots and outbox are compared once the bot "
    "has run on it"
)
GUARDS = ("events_stay", "events_last")
QUESTION_GUARDS = tuple(f"{table}_{what}" for table in TABLES for what in ("stay", "last"))
QUESTIONS = (
    "What was asked and answered then can't be trusted; orders and money are in the account log. "
    "Stop the bot, keep this file, and put back a copy from before."
)


def audit(path: Path, account_id: str | None = None) -> Iterator[Audited]:
    """Examine the file and then every account in it, or only one account.

    Raises StorageError when the file is not there or can't be opened.
    """
    if not path.is_file():
        raise StorageError(
            f"{path}: there is no such file, so there is nothing to verify. The bot makes it at "
            "its first start; DATABASE_URL names it."
        )
    with closing(_open(path)) as connection:
        names, current = _known(path, connection)
        if "events" not in names:
            yield Audited(None, findings=(Finding(f"{path} holds no account log", RESTORE),))
            return
        one = partial(_account, connection, current)
        if account_id is not None:
            yield _damage_told(path, account_id, partial(one, account_id))
            return
        yield _damage_told(path, None, partial(_whole, connection, names, current))
        try:
            ids = _ids(path, connection, current)
        except StorageError as error:
            yield Audited(None, findings=(Finding(str(error), RESTORE),))
            return
        for name in ids:
            yield _damage_told(path, name, partial(one, name))


def _open(path: Path) -> sqlite3.Connection:
    uri = f"{path.resolve().as_uri()}?mode=ro"
    try:
        return sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    except (sqlite3.Error, OSError) as error:
        raise StorageError(explain(path, error)) from error


def _known(path: Path, connection: sqlite3.Connection) -> tuple[set[str], bool]:
    """Return what tables, views and triggers there are, and whether they are this version's."""
    try:
        names = {str(name) for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        return names, "events" in names and is_current(database_on(connection))
    except (sqlite3.Error, OSError) as error:
        raise StorageError(explain(path, error)) from error


def _ids(path: Path, connection: sqlite3.Connection, current: bool) -> Sequence[str]:
    try:
        # Not by first events, as the log does: one may be missing.
        found = connection.execute("SELECT DISTINCT account_id FROM events ORDER BY 1").fetchall()
        names = {str(name) for (name,) in found}
        asked = accounts_with_questions(connection) if current else ()
    except sqlite3.Error as error:
        raise StorageError(explain(path, error)) from error
    return sorted(names.union(asked))


def _damage_told(path: Path, account_id: str | None, look: Callable[[], Audited]) -> Audited:
    """Look; what SQLite can't read is a finding like others."""
    try:
        return look()
    except (sqlite3.Error, OSError) as error:
        return Audited(account_id, findings=(Finding(explain(path, error), RESTORE),))


def _whole(connection: sqlite3.Connection, names: set[str], current: bool) -> Audited:
    findings = [
        Finding(f"the file is damaged: {line}", RESTORE)
        for (line,) in connection.execute("PRAGMA integrity_check(3)")
        if line != "ok"
    ]
    missing = [guard for guard in GUARDS if guard not in names]
    if missing:
        problem = f"{', '.join(missing)}: what keeps events from being changed was taken away"
        findings.append(Finding(problem, RESTORE))
    if not current:
        return Audited(None, findings=tuple(findings), notes=(OLDER,))
    missing = [guard for guard in QUESTION_GUARDS if guard not in names]
    if missing:
        problem = f"{', '.join(missing)}: what keeps questions from being changed was taken away"
        findings.append(Finding(problem, QUESTIONS))
    if lost := lost_links(connection):
        findings.append(Finding(lost, QUESTIONS))
    for table, advice in (("outbox", SHOWN), ("snapshots", REBUILD)):
        strays = connection.execute(
            f"SELECT DISTINCT account_id FROM {table}"  # noqa: S608  one of two constants
            " EXCEPT SELECT account_id FROM events ORDER BY 1 LIMIT 5"
        )
        findings += [
            Finding(f"the table {table} knows an account {name} that has no log", advice)
            for (name,) in strays
        ]
    return Audited(None, findings=tuple(findings))


def _account(connection: sqlite3.Connection, current: bool, account_id: str) -> Audited:
    # One transaction, so that log, snapshot, views and outbox are those of one moment.
    connection.execute("BEGIN")
    try:
        found = refold(connection, account_id, with_snapshot=current)
        if found.state is None and not found.findings:
            asked = (
                _with_questions(connection, Audited(account_id), account_id) if current else None
            )
            if asked is not None and (asked.questions or asked.findings):
                return asked
            problem = Finding("there is no such account in the file", "Check its id.")
            return Audited(account_id, findings=(problem,))
        audited = Audited(account_id, found.events, found.last_hash, tuple(found.findings))
        if not current:
            return audited
        if not audited.findings:
            audited = replace(audited, findings=_compared(connection, found))
        return _with_questions(connection, audited, account_id)
    finally:
        connection.execute("ROLLBACK")


def _compared(connection: sqlite3.Connection, found: Refolded) -> tuple[Finding, ...]:
    """Compare what was made of the log with the log; the log is sound."""
    assert found.state is not None  # noqa: S101  a sound log has one
    kept = kept_faults(found)
    shown = view_faults(connection, found.state, found.turnover)
    shown += outbox_faults(connection, found.state.account_id)
    return (
        *(Finding(fault, REBUILD) for fault in kept),
        *(Finding(fault, SHOWN) for fault in shown),
    )


def _with_questions(connection: sqlite3.Connection, audited: Audited, account_id: str) -> Audited:
    """Walk the chain of the account's questions too."""
    walked = walk_questions(connection, account_id)
    findings = (Finding(problem, QUESTIONS) for problem in walked.problems)
    notes: tuple[str, ...] = ()
    if walked.older:
        notes = (
            f"{walked.older} questions are older than their chain: what was done to them before "
            "can't be told",
        )
    return replace(
        audited,
        findings=(*audited.findings, *findings),
        notes=(*audited.notes, *notes),
        questions=walked.questions,
        last_question=walked.last_hash,
    )

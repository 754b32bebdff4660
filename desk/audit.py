"""What an examination of the account log found, account by account."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Something that is not as it must be, and what the person can do about it."""

    problem: str
    advice: str


@dataclass(frozen=True)
class Audited:
    """An account's log, or with `account_id` None the file that holds them all.

    `events` were read up to `last_hash`; no finding: all is sound. A note says what could not be
    compared and why; nothing is wrong with it. `questions` of it are bound up to `last_question`.
    """

    account_id: str | None
    events: int = 0
    last_hash: str = ""
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    questions: int = 0
    last_question: str = ""

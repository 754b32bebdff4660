"""`python -m bot verify` says in words and in its exit code what it found."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

from bot.verify import NOTE_IT, report
from desk.audit import Audited, Finding
from tests.fakes.made_file import log_file, write_made

ROOT = Path(__file__).parents[2]


def said(*examined: Audited, one: bool = False) -> tuple[int, str]:
    lines: list[str] = []
    code = report(examined, lines.append, one=one)
    return code, "\n".join(lines)


def test_a_sound_file_is_one_line() -> None:
    sound = [Audited(None), *(Audited(str(name), 401, "h") for name in range(3))]
    assert said(*sound) == (0, "3 accounts, 1,203 events: all sound")
    assert said(Audited(None)) == (0, "0 accounts, 0 events: all sound")


def test_one_account_is_told_with_its_last_hash() -> None:
    told = said(Audited("7", 1, "cafe"), one=True)
    assert told == (0, f"account 7: last hash cafe\n{NOTE_IT}\n1 account, 1 event: all sound")


def test_each_problem_is_told_with_what_to_do() -> None:
    broken = Audited("7", 2, "h", (Finding("event 3: it was changed", "Put back a copy."),))
    older = Audited(None, notes=("an older version wrote this file",))
    assert said(older, broken, Audited("8", 4)) == (
        1,
        "the file: an older version wrote this file\n"
        "account 7: event 3: it was changed\n  Put back a copy.\n"
        "2 accounts, 6 events: problems, see above",
    )


def verify(path: Path, *more: str) -> tuple[int, str, str]:
    ran = subprocess.run(
        [sys.executable, "-m", "bot", "verify", *more],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": f"sqlite:///{path}"},
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout, ran.stderr


async def test_the_command_verifies_while_the_file_is_in_use(tmp_path: Path) -> None:
    path = tmp_path / "conclave.db"
    async with log_file(path) as desk:
        for name in ("7", "demo-8"):
            await write_made(desk.log, name, 60)
        assert verify(path) == (0, "2 accounts, 120 events: all sound\n", "")
        last = (await desk.log.read("7"))[-1].hash
        told = f"account 7: last hash {last}\n{NOTE_IT}\n1 account, 60 events: all sound\n"
        assert verify(path, "--account", "7") == (0, told, "")
        with sqlite3.connect(path) as connection:
            connection.execute("DROP TRIGGER events_stay")
            connection.execute("UPDATE events SET data = '{}' WHERE account_id = '7' AND seq = 9")
        code, out, errors = verify(path)
    assert code == 1
    assert "account 7: event 9: its content was changed after it was written\n  " in out
    assert "the file: events_stay" in out
    assert out.endswith("2 accounts, 68 events: problems, see above\n")
    assert errors == ""


def test_a_file_that_can_not_be_opened_is_code_2(tmp_path: Path) -> None:
    path = tmp_path / "var" / "conclave.db"
    code, out, errors = verify(path)
    assert (code, out) == (2, "")
    assert errors.startswith(f"{path}: there is no such file")
    assert not path.parent.exists()
    path.parent.mkdir()
    path.write_text("Dear diary, " * 100)
    code, out, errors = verify(path)
    assert (code, out) == (2, "")
    assert "no SQLite database" in errors
    assert "Traceback" not in errors

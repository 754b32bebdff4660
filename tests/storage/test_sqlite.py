"""A file that can't be used says so in words that help."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from desk.errors import StorageError
from storage.account_log import SqliteAccountLog
from storage.sqlite import SqliteFile, writing
from tests.storage.test_account_log import entries, paused
from tests.trading.ledger_events import AT, opened


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "conclave.db"
    path.write_text("Dear diary, " * 100)
    file = SqliteFile(path)
    with pytest.raises(StorageError, match=r"conclave\.db: this file is no SQLite database"):
        await file.check()
    assert path.read_text().startswith("Dear diary")
    await file.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_read_only_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "conclave.db"
    file = SqliteFile(path)
    await file.check()
    await file.close()
    os.chmod(path, 0o400)
    os.chmod(tmp_path, 0o500)
    try:
        with pytest.raises(StorageError, match="read-only"):
            await SqliteFile(path).check()
    finally:
        os.chmod(tmp_path, 0o700)


async def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    file = SqliteFile(tmp_path / "var" / "conclave.db")
    with pytest.raises(StorageError, match="is a file, not a folder"):
        await file.check()
    await file.close()


async def test_a_connection_that_may_not_write_is_told_apart(tmp_path: Path) -> None:
    file = SqliteFile(tmp_path / "conclave.db")
    await file.check()
    await file.run(lambda database: database.execute("PRAGMA query_only = on"))
    with pytest.raises(StorageError, match="read-only"):
        await SqliteAccountLog(file).append("a", 0, AT, entries(opened()))
    await file.close()


async def test_a_full_disk_loses_only_the_append_that_failed(tmp_path: Path) -> None:
    file = SqliteFile(tmp_path / "conclave.db")
    log = SqliteAccountLog(file)
    await log.append("a", 0, AT, entries(opened()))
    await file.run(
        lambda database: database.execute(
            f"PRAGMA max_page_count = {database.conn.execute('PRAGMA page_count').fetchone()[0]}"
        )
    )
    seq = 1

    async def fill_up() -> None:
        nonlocal seq
        while seq < 1000:
            await log.append("a", seq, AT, [paused(seq)])
            seq += 1

    with pytest.raises(StorageError, match="disk is full"):
        await fill_up()
    assert len(await log.read("a")) == seq
    await file.run(lambda database: database.execute("PRAGMA max_page_count = 100000"))
    await log.append("a", seq, AT, [paused(seq)])
    assert (await log.verify("a")).problem is None
    await file.close()


async def test_an_error_inside_a_write_rolls_all_of_it_back(tmp_path: Path) -> None:
    file = SqliteFile(tmp_path / "conclave.db")

    def work(database: object) -> None:
        from sqlite_utils import Database

        assert isinstance(database, Database)
        with writing(database):
            database.conn.execute("INSERT INTO owner VALUES (1, 5, '')")
            with database.atomic():
                database.conn.execute("UPDATE owner SET user_id = 6")
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        await file.run(work)
    rows = await file.run(lambda database: list(database.query("SELECT * FROM owner")))
    assert rows == []
    await file.close()


def test_storage_starts_without_the_heavy_libraries() -> None:
    code = (
        "import sys, asyncio, pathlib, tempfile\n"
        "from storage.sqlite import SqliteFile\n"
        "from storage.account_log import SqliteAccountLog\n"
        "import desk.accounts, desk.confirm, desk.preview, desk.watch, desk.portfolio\n"
        "path = pathlib.Path(tempfile.mkdtemp()) / 'conclave.db'\n"
        "asyncio.run(SqliteFile(path).check())\n"
        "heavy = {'pandas', 'numba', 'talib', 'lightgbm', 'scipy', 'ccxt', 'langchain'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
        "import pandas; print(pandas.__name__)\n"
    )
    root = Path(__file__).parents[2]
    ran = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    assert ran.stdout.split("\n")[:2] == ["[]", "pandas"], ran.stderr

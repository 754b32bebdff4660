"""A file with a log of a million events, written straight into its table, hashes and all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from storage.chain import COLUMNS, FIRST, canonical
from storage.sqlite import open_database, text_of
from tests.fakes.made_account import made_log

TEMPLATE = "made"
ROW = tuple[str, int, str, str, str, str, str, str]


def write_accounts(path: Path, accounts: int, events: int) -> list[str]:
    """Write so many accounts with so many events each; return their ids.

    All have lived the same life: a chain's hash depends on the account's id, so each is its own.
    """
    names = [f"{number:06}" for number in range(accounts)]
    lines = list(_lines(events))
    database = open_database(path)
    # It is made for a measurement: nothing is lost when it is cut off, and its JSON is ours.
    for pragma in ("synchronous=OFF", "ignore_check_constraints=ON", "cache_size=-200000"):
        database.conn.execute(f"PRAGMA {pragma}")
    database.conn.execute("BEGIN")
    marks = ", ".join("?" * len(COLUMNS.split(",")))
    for name in names:
        database.conn.executemany(f"INSERT INTO events VALUES ({marks})", _rows(name, lines))
    database.conn.execute("COMMIT")
    database.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    database.close()
    return names


def _lines(events: int) -> Iterator[tuple[int, str, str, str, str, str]]:
    """Give what all accounts share: seq, key, at, kind, data, and the hashed text's middle part."""
    for recorded in made_log(events, account_id=TEMPLATE):
        data = canonical(recorded.event.model_dump(mode="json"))
        at, kind = text_of(recorded.at), recorded.event.kind
        quoted = [json.dumps(text, ensure_ascii=False) for text in (at, data, recorded.key, kind)]
        middle = '"at":{},"data":{},"key":{},"kind":{},"prev_hash":"'.format(*quoted)
        yield recorded.seq, recorded.key, at, kind, data, middle


def _rows(name: str, lines: list[tuple[int, str, str, str, str, str]]) -> Iterator[ROW]:
    """Write one account's rows; the hashed text is what storage.chain makes, put together."""
    last = FIRST
    old, new = f'"account_id":"{TEMPLATE}"', f'"account_id":"{name}"'
    old_quoted, new_quoted = old.replace('"', '\\"'), new.replace('"', '\\"')
    for seq, key, at, kind, data, middle in lines:
        own = middle.replace(old_quoted, new_quoted)
        text = f'{{{new},{own}{last}","seq":{seq}}}'
        digest = hashlib.sha256(text.encode()).hexdigest()
        yield name, seq, key, at, kind, data.replace(old, new), last, digest
        last = digest

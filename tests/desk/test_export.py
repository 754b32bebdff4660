"""Exported files say exactly what the log says, and do no harm in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import desk.history
from desk.export import CsvFile, Export, Sheet, export
from desk.ports import Entry
from storage.account_log import SqliteAccountLog
from storage.sqlite import SqliteFile
from tests.trading.ledger_events import AT, opened, traded
from trading.account import AccountState
from trading.events import EquityMarked, Event
from trading.holding import Holding
from trading.ledger import fold

D = Decimal
FORMULAS = ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", '=HYPERLINK("x")']


def rows_of(file: CsvFile) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.content.decode(), newline="")))


class Ledger:
    """One account's log, and what is exported of it."""

    def __init__(self, path: Path) -> None:
        self.file = SqliteFile(path)
        self.log = SqliteAccountLog(self.file)
        self.count = 0

    async def write(self, *events: Event) -> None:
        entries = [Entry(one, str(self.count + place)) for place, one in enumerate(events)]
        await self.log.append("a", self.count, AT, entries)
        self.count += len(events)

    async def state(self) -> AccountState:
        return fold(await self.log.read("a"))

    async def export(self) -> Export:
        return await export(self.log, await self.state(), AT)


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    made = Ledger(tmp_path / "conclave.db")
    await made.write(opened("10000.50"))
    yield made
    await made.file.close()


async def test_files_of_an_empty_account_are_header_and_opening_cash(ledger: Ledger) -> None:
    made = await ledger.export()
    assert made.fills.rows == 0
    assert made.fills.content.startswith(b"event,time,recorded,fill_id,")
    assert made.fills.content.endswith(b",hash\r\n")
    assert made.equity.content.decode() == (
        "event,time,equity,currency\r\n1,2026-01-05T12:00:00.000000Z,10000.50,USDT\r\n"
    )


async def test_figures_are_exact_and_times_are_utc(ledger: Ledger) -> None:
    await ledger.write(*traded(1, "buy", "0.00000001", "123456789.123456789", fee="1E-10"))
    await ledger.write(
        *traded(
            2,
            "sell",
            "0.00000001",
            "1E+3",
            before=Holding(D("0.00000001"), D("1.23456789123456789")),
        )
    )
    (first, second) = rows_of((await ledger.export()).fills)
    assert first["quantity"] == "0.00000001"
    assert first["fee"] == "0.0000000001"
    assert first["notional"] == "1.23456789123456789"
    assert first["time"] == "2026-01-05T12:00:00.000000Z"
    assert second["price"] == "1000"
    state = await ledger.state()
    assert D(first["realised"]) + D(second["realised"]) == state.realised["manual"]
    assert D(first["net"]) == -state.fees["manual"]


async def test_export_ends_with_the_event_whose_hash_it_names(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.history, "AT_ONCE", 3)
    for number in range(10):
        await ledger.write(*traded(number, "buy", "1", "10"))
    state = await ledger.state()
    await ledger.write(*traded(99, "buy", "1", "10"))
    made = await export(ledger.log, state, AT)
    rows = rows_of(made.fills)
    assert made.fills.rows == len(rows) == 10
    assert made.events == state.seq == int(rows[-1]["event"])
    assert made.last_hash == state.last_hash == rows[-1]["hash"]
    report = await ledger.log.verify("a")
    assert report.events == made.events + 2


async def test_equity_has_a_column_for_each_strategy_and_true_times(ledger: Ledger) -> None:
    await ledger.write(*traded(1, "buy", "1", "10", strategy="sma_cross"))
    seen = AT - timedelta(hours=3)
    worth = {"account": D("10000.7"), "strategy:sma_cross": D("10000.70")}
    await ledger.write(EquityMarked(equity=D("10000.7"), scopes=worth, happened_at=seen))
    first, second = rows_of((await ledger.export()).equity)
    assert (first["equity"], first["strategy:sma_cross"]) == ("10000.50", "")
    assert (second["equity"], second["strategy:sma_cross"]) == ("10000.7", "10000.70")
    assert second["time"] == "2026-01-05T09:00:00.000000Z"


@pytest.mark.parametrize("text", FORMULAS)
async def test_text_that_looks_like_a_formula_stays_a_text(ledger: Ledger, text: str) -> None:
    await ledger.write(*traded(1, "buy", "1", "10", strategy=text))
    made = await ledger.export()
    (row,) = rows_of(made.fills)
    assert row["strategy"] == f"'{text}"
    assert row["net"] == "0"


async def test_negative_figures_are_no_formulas(ledger: Ledger) -> None:
    await ledger.write(*traded(1, "buy", "1", "10", fee="0.5"))
    (row,) = rows_of((await ledger.export()).fills)
    assert row["net"] == "-0.5"


CELLS = st.one_of(
    st.text(max_size=30),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.integers(),
    st.none(),
    st.datetimes(timezones=st.just(UTC)),
)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=5), max_size=8))
def test_sheet_is_read_back_cell_by_cell(
    table: list[list[str | int | Decimal | datetime | None]],
) -> None:
    sheet = Sheet(["a", "b"])
    for row in table:
        sheet.write(row)
    file = sheet.file("x.csv")
    read = list(csv.reader(io.StringIO(file.content.decode(), newline=""), strict=True))
    assert len(read) == file.rows + 1 == len(table) + 1
    for row, back in zip(table, read[1:], strict=True):
        for cell, text in zip(row, back, strict=True):
            if isinstance(cell, str):
                assert text.removeprefix("'") == cell.removeprefix("'")
                assert not text.lstrip().startswith(("=", "+", "-", "@"))
            elif isinstance(cell, Decimal):
                assert D(text) == cell
                assert "E" not in text
            elif isinstance(cell, datetime):
                assert datetime.fromisoformat(text) == cell

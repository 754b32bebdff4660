"""The HTML report: one file, nothing from outside, every word escaped."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import ClassVar

import pytest

from bot.report import write_report
from bot.report.drawing import RIGHT, WIDTH, Curve, picture
from desk.figures import percent
from desk.study_files import trades_file
from tests.fakes.trial_desk import TrialDesk, trial_desk
from trading.metric_names import METRIC_NAMES
from trading.strategies.sma_cross import SmaCross

EVIL = "<script>alert('x')</script>\"'&{{ 7*7 }}"


class EvilCross(SmaCross):
    """A strategy of the operator's whose words are not to be trusted."""

    name: ClassVar[str] = "evil"
    title: ClassVar[str] = EVIL
    summary: ClassVar[str] = EVIL
    caution: ClassVar[str] = EVIL


class Tags(HTMLParser):
    """Collects tags with their attributes, the text, and which tags were left open."""

    VOID: ClassVar[frozenset[str]] = frozenset({"meta", "br", "line", "path", "polygon"})

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.raw = ""
        self.feed(page.decode())
        self.text = self.raw.replace("\N{NO-BREAK SPACE}", " ")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.raw += data


@pytest.fixture
async def desk() -> AsyncIterator[TrialDesk]:
    async with trial_desk(demo=True) as opened:
        yield opened


@pytest.mark.parametrize(
    "words",
    [
        "BTC/USDT 1h sma_cross fast=5 slow=20 short=yes",
        "BTC/USDT 1h sma_cross candles=90",
        "BTC/USDT 1h buy_and_hold",
        "BTC+ETH+ADA 1d donchian_breakout weights=inverse rebalance=30",
    ],
)
async def test_report_says_all_and_needs_nothing(desk: TrialDesk, words: str) -> None:
    study = await desk.study(words)
    page = write_report(study, f"/backtest {words}")
    tags = Tags(page)
    assert tags.open == []
    assert not {"script", "img", "link", "iframe", "object", "base", "form"} & {
        tag for tag, _ in tags.found
    }
    assert not re.search(rb"(?i)https?:|//|url\(|@import|javascript:", page)
    assert not any(
        name.startswith("on") or name in ("src", "href", "style")
        for _, attributes in tags.found
        for name in attributes
    )
    for expected in (
        study.heading,
        f"/backtest {words}",
        "DEMO DATA",
        "not advice",
        study.source,
        f"as of {study.as_of:%d %b %Y %H:%M:%S} UTC",
        *(name.label for name in METRIC_NAMES),
        *(name.meaning for name in METRIC_NAMES),
    ):
        assert expected in tags.text
    assert b"prefers-color-scheme: dark" in page
    assert b"@media print" in page
    assert b"width=device-width" in page


async def test_report_lists_every_trade(desk: TrialDesk) -> None:
    study = await desk.study("BTC/USDT 1h sma_cross fast=5 slow=20")
    text = Tags(write_report(study, "")).text
    for one in study.trades:
        assert f"{one.trade.left_at:%Y-%m-%d %H:%M}" in text
    assert "newest 60 of" not in text


@pytest.mark.parametrize("words", ["BTC/USDT 1h sma_cross leverage=3", "BTC+ETH 1d sma_cross"])
async def test_no_figure_is_parted_from_its_unit(desk: TrialDesk, words: str) -> None:
    tags = Tags(write_report(await desk.study(words), f"/backtest {words}"))
    assert "\N{NO-BREAK SPACE}%" in tags.raw
    assert not re.search(r"\d (?:%|×|USDT)", tags.raw)


async def test_report_of_leverage_tells_both_returns(desk: TrialDesk) -> None:
    study = await desk.study("BTC/USDT 1d sma_cross leverage=5")
    text = Tags(write_report(study, "")).text
    newest = study.trades[-1].trade
    assert "on the position's value at entry, before leverage" in text
    assert percent(newest.return_fraction, signed=True) in text
    assert percent(newest.return_fraction * 5, signed=True) in text
    plain = Tags(write_report(await desk.study("BTC/USDT 1d sma_cross"), ""))
    assert "On margin" not in plain.text
    assert "on the position's value at entry." in plain.text


async def test_what_matters_comes_first_in_wide_tables(desk: TrialDesk) -> None:
    page = write_report(await desk.study("BTC+ETH 1d sma_cross"), "").decode()
    heads = [re.findall(r"<th>(.*?)</th>", line) for line in page.splitlines() if "<th>" in line]
    months = next(head for head in heads if "Jan" in head)
    trades = next(head for head in heads if "Side" in head)
    assert months[:3] == ["", "Year", "Hold"]
    assert trades[:3] == ["#", "Side", "Return"]


async def test_report_of_a_short_test_says_why_figures_are_missing(desk: TrialDesk) -> None:
    text = Tags(write_report(await desk.study("BTC/USDT 1h sma_cross candles=200"), "")).text
    assert "under 30 days there is none" in text
    assert "None here: the test is shorter than 30 days" in text


async def test_hostile_names_are_only_text(desk: TrialDesk) -> None:
    study = await desk.study("BTC/USDT 1h sma_cross short=yes")
    candles = replace(study.candles[0], symbol=EVIL)
    trial = replace(study.trial, symbols=(EVIL,), strategy=EvilCross())
    evil = replace(study, trial=trial, title=EVIL, source=EVIL, candles=(candles,))
    page = write_report(evil, EVIL)
    tags = Tags(page)
    assert tags.open == []
    assert not any(tag == "script" for tag, _ in tags.found)
    assert EVIL in tags.text, "it is shown as it is"
    assert {name for _, attributes in tags.found for name in attributes if name[:2] == "on"} == (
        set()
    )


async def test_hostile_symbol_is_no_formula_in_the_csv(desk: TrialDesk) -> None:
    study = await desk.study("BTC/USDT 1h sma_cross")
    trial = replace(study.trial, symbols=("=cmd|'/c calc'!A0",))
    written = trades_file(replace(study, trial=trial)).content
    assert b",'=cmd|" in written


async def test_report_is_the_same_each_time(desk: TrialDesk) -> None:
    study = await desk.study("BTC/USDT 1h sma_cross")
    assert write_report(study, "x") == write_report(study, "x")


async def test_real_prices_are_not_called_demo() -> None:
    async with trial_desk() as desk:
        page = write_report(await desk.study("BTC/USDT 1h sma_cross"), "")
    assert b"DEMO" not in page


async def test_curves_stay_in_the_picture(desk: TrialDesk) -> None:
    study = await desk.study("BTC/USDT 1h sma_cross")
    drawn = picture("", study.time, (Curve("equity", study.equity),), 200)
    numbers = re.findall(r"(-?[\d.]+) (-?[\d.]+)", drawn.lines[0].path)
    assert len(numbers) > 100
    assert all(0 <= float(x) <= RIGHT < WIDTH for x, _ in numbers)
    assert all(drawn.top <= float(y) <= drawn.bottom for _, y in numbers)

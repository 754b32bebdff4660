"""One value, one spelling."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.chinese import label_in
from desk.facts import Value
from desk.figures import grouped, money, percent, plain, price, quantity, with_unit
from desk.language import Language


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (price(26905.3), "26 905"),
        (price(Decimal("0.0812345")), "0.081234"),
        (price(1.23456), "1.2346"),
        (price(Decimal(2)), "2.00"),
        (price(Decimal("0.30")), "0.30"),
        (price(1.2345e-6), "0.0000012345"),
        (percent(0.184, signed=True), "+18.4 %"),
        (percent(-0.00001), "0.00 %"),
        (percent(-0.0912), "−9.12 %"),
        (quantity(Decimal("-0.0074")), "−0.0074"),
        (quantity(1200.5), "1 200.5"),
        (quantity(0), "0"),
        (money(Decimal("-9998.5"), "USDT"), "−9 998.50 USDT"),
        (money(Decimal("4.2"), "USDT", signed=True), "+4.20 USDT"),
        (plain(58.234), "58.2"),
        (plain(8760), "8 760"),
        (plain(0.512), "0.51"),
    ],
)
def test_figures_read_as_people_write_them(written: str, expected: str) -> None:
    assert written.replace("\u202f", " ") == expected


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9))
def test_grouped_read_back_is_the_rounded_value(value: Decimal) -> None:
    text = grouped(value, 4).replace("\u202f", "").replace("−", "-")
    assert Decimal(text) == round(value, 4)


@pytest.mark.parametrize(
    ("value", "unit", "english", "chinese"),
    [
        (58.23, "", "58.2", "58.2"),
        (0.184, "fraction", "18.4 %", "18.4 %"),
        (-0.226, "points", "−22.6 points", "−22.6 个百分点"),
        (12_345.67, "USDT", "12 346 USDT", "12,346 USDT"),
        (1_234_567_890.5, "USDT", "1 234 567 890 USDT", "12.35 亿 USDT"),
        (-250_000_000, "USDT", "−250 000 000 USDT", "−2.50 亿 USDT"),
        (Decimal("0.0074"), "BTC", "0.0074 BTC", "0.0074 BTC"),
        (1, "days", "1 day", "1 天"),
        (8_760, "candles", "8 760 candles", "8,760 根K线"),
        (6, "h", "6 h", "6 小时"),
        (0.21, "score", "+0.21", "+0.21"),
        ("above", "", "above", "高于"),
        ("no edge", "", "no edge", "无优势"),
        ("1,204 of 3,000 candles", "", "1,204 of 3,000 candles", "1,204 of 3,000 candles"),
    ],
)
def test_figures_are_written_for_the_reader_of_each_language(
    value: Value, unit: str, english: str, chinese: str
) -> None:
    assert with_unit(value, unit).replace("\u202f", " ") == english
    assert with_unit(value, unit, Language.ZH) == chinese


@pytest.mark.parametrize(
    ("label", "chinese"),
    [
        ("News mood", "新闻情绪"),
        ("RSI(14)", "RSI(14)"),
        ("SMA cross return", "SMA 交叉收益"),
        ("Mine return", "Mine收益"),
        ("Return, in-sample", "收益，样本内"),
        ("Last price − EMA 50", "最新价 − EMA 50"),
        ("ETH/USDT Last price / BTC/USDT Last price", "ETH/USDT 最新价 / BTC/USDT 最新价"),
        ("Loss at stop on Equity", "止损亏损（账户权益）"),
    ],
)
def test_labels_have_chinese_words_and_indicators_keep_their_names(
    label: str, chinese: str
) -> None:
    assert label_in(label, Language.ZH) == chinese
    assert label_in(label, Language.EN) == label


def test_what_is_written_as_nought_has_no_sign() -> None:
    assert percent(-0.000023, signed=True) == percent(0.000023, signed=True) == "0.00 %"
    assert money(Decimal("0.001"), "USDT", signed=True) == "0.00 USDT"
    assert percent(0.0001, signed=True) == "+0.01 %"

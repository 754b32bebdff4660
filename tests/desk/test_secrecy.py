"""No secret survives, however it is written; other text is left as it is."""

from __future__ import annotations

import html
import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from desk.secrecy import HIDDEN, Secrecy
from tests.depth import times

KEY = "sk-live-9fQ2+z/=& é\"x'7Wm"
TOKEN = "7654321098:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"

SECRETS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=8, max_size=40
).filter(lambda text: text.strip() == text and len(set(text)) > 4)


def writings(secret: str, before: str, after: str) -> list[str]:
    raw = f"{before}{secret}{after}"
    return [
        raw,
        f"https://example.org/x?q={quote(secret)}&r=1",
        f"https://example.org/x?q={quote(secret, safe='')}&r=1",
        f"https://example.org/x?q={quote_plus(secret)}&r=1",
        f"https://example.org/x?to={quote(quote(secret, safe=''), safe='')}",
        json.dumps({"a": raw}),
        json.dumps({"a": raw}, ensure_ascii=False),
        repr([secret]),
        ascii((secret,)),
        repr(secret.encode()),
        html.escape(secret),
    ]


@given(SECRETS, st.text(max_size=5), st.text(max_size=5))
@example(KEY, "", "")
@settings(max_examples=times(60, 2_000), deadline=None)
def test_a_secret_is_gone_however_it_is_written(secret: str, before: str, after: str) -> None:
    hide = Secrecy([secret]).hide
    for text in writings(secret, before, after):
        hidden = hide(text)
        assert HIDDEN in hidden, text
        for form in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1]):
            # A secret that is a part of the sign itself can't be told from it.
            assert form not in hidden.replace(HIDDEN, ""), text


@given(SECRETS, st.binary(max_size=7), st.binary(max_size=7))
@settings(max_examples=times(60, 2_000), deadline=None)
def test_a_secret_in_base64_can_not_be_read_back(secret: str, before: bytes, after: bytes) -> None:
    hide = Secrecy([secret]).hide
    for encode in (b64encode, urlsafe_b64encode):
        assert HIDDEN in hide(encode(before + secret.encode() + after).decode())


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (f"POST https://api.telegram.org/bot{TOKEN}/getMe", "bot[secret]/getMe"),
        (f"https://x.org/a?u=https%3A%2F%2Ft.org%2Fbot{TOKEN.replace(':', '%3A')}", HIDDEN),
        ("openai says sk-proj-Ab3dEf6hIj9kLm2nOp5q is wrong", "says [secret] is wrong"),
        ("Authorization: Bearer abcdefghijklmnop", "Authorization: [secret]"),
        ("{'Authorization': 'Basic dXNlcjpwYXNz'}", "{'Authorization': '[secret]'}"),
        ("(b'authorization', b'Bearer abcdefgh')", "(b'authorization', b'[secret]')"),
        ("sent Bearer ya29.a0AfH6SMBx to it", "sent Bearer [secret] to it"),
        ("GET https://x.org/f?apikey=abc&limit=5", "?apikey=[secret]&limit=5"),
        ("GET https://x.org/f?limit=5&access_token=abc#x", "&access_token=[secret]#x"),
        ("redis://user:hunter2@db:6379/0", "redis://user:[secret]@db:6379/0"),
        ("postgresql://:hunter2@db/x", "postgresql://:[secret]@db/x"),
    ],
)
def test_what_looks_like_a_secret_is_hidden_though_nobody_told_of_it(
    text: str, hidden: str
) -> None:
    assert hidden in Secrecy().hide(text)


@pytest.mark.parametrize(
    "text",
    [
        "Is BTC a long on the 1h right now? RSI(14) is 58.2, stop at 26 098.",
        "the risk-adjusted-return-of-sma-cross-2024 is 1.3",
        "Basic understanding of bearer certificates, please",
        "at 2026-11-22 12:30:45 the quote of kraken:BTC/USD was 27 000",
        "https://api.binance.com/api/v3/klines?symbol=BTCUSDT&limit=500",
        "比特币现在可以做多吗？",
        "backtest sma_cross fast=20 slow=100 stop=2%",
    ],
)
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assert Secrecy([KEY, TOKEN]).hide(text) == text


def test_hiding_twice_changes_nothing_more() -> None:
    hide = Secrecy([KEY]).hide
    for text in [*writings(KEY, "a=", "&b"), f"Authorization: Bearer {KEY}"]:
        assert hide(hide(text)) == hide(text)

"""The languages that an answer can be in."""

from __future__ import annotations

import re
from enum import StrEnum

# Kana is left out on purpose: a Japanese text has Han signs too, but is not Chinese.
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
# Tickers and timeframes belong to no language; one short word may be such a name.
_WORD = re.compile(r"[A-Za-z]?[a-z]{2,}")


class Language(StrEnum):
    """A language that the desk's own words exist in."""

    EN = "en"
    ZH = "zh"


def language_of(text: str) -> Language:
    """Tell which of the desk's languages a text is in; English where it is in neither.

    One Han sign is enough: tickers and terms in Latin letters are usual in Chinese questions.
    """
    return Language.ZH if _HAN.search(text) and not _KANA.search(text) else Language.EN


def language_of_follow_up(text: str, whole: str) -> Language:
    """Tell the language of words that go on with a question, which `whole` spells out.

    `4h?` and `ETH?` are in no language: then the whole question's counts.
    """
    speaks = _HAN.search(text) or len(_WORD.findall(text)) > 1
    return language_of(text if speaks else whole)

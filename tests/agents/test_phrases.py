"""Every phrase exists in every language, with the same figures in it."""

from __future__ import annotations

import string
from dataclasses import fields
from types import ModuleType

import pytest

from agents.rules import phrases, phrases_facts, phrases_indicators, phrases_lenses
from agents.rules.phrases import Phrase
from desk.language import Language, language_of

MODULES = (phrases, phrases_facts, phrases_indicators, phrases_lenses)


def phrases_in(module: ModuleType) -> dict[str, Phrase]:
    return {name: value for name, value in vars(module).items() if isinstance(value, Phrase)}


def slots(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_phrase_is_written_in_each_language(module: ModuleType) -> None:
    found = phrases_in(module)
    assert found
    for name, phrase in found.items():
        assert slots(phrase.en) == slots(phrase.zh), name
        assert language_of(phrase.en) is Language.EN, name
        only_marks = not any(char.isalpha() for char in _without_slots(phrase.zh))
        assert only_marks or language_of(phrase.zh) is Language.ZH, name


def test_there_is_a_field_for_each_language() -> None:
    assert {field.name for field in fields(Phrase)} == {language.value for language in Language}


def test_space_stands_between_chinese_and_latin_letters() -> None:
    phrase = Phrase("{a} and {b}", "{a}和{b}的K线")
    assert phrase(Language.ZH, a="RSI(14)", b="{f1}") == "RSI(14) 和 {f1} 的K线"
    assert phrase(Language.EN, a="x", b="y") == "x and y"


def _without_slots(text: str) -> str:
    for name in slots(text):
        text = text.replace(f"{{{name}}}", "")
    return text

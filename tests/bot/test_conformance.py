"""A file of own strategies is let in or turned away with words that say what to mend."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot import conformance
from bot.conformance import Unfit, load_file, main, try_file
from tests.fakes.own_files import SIGNAL, SOUND, folder, named, peeking


def trouble(tmp_path: Path, text: str) -> str:
    file = folder(tmp_path, mine=text) / "mine.py"
    with pytest.raises(Unfit) as unfit:
        try_file(file)
    return str(unfit.value)


def test_sound_file_is_let_in(tmp_path: Path) -> None:
    file = folder(tmp_path, mine=SOUND) / "mine.py"
    try_file(file)
    (cls,) = load_file(file)
    assert cls.name == "above_mean"
    assert set(cls.searched()) == {"length"}


def test_look_ahead_is_named_with_its_first_candle(tmp_path: Path) -> None:
    assert trouble(tmp_path, peeking()) == (
        "AboveMean: It looks into the future, first at candle 29: with the candles after it there "
        "its signal is 1, without them it is 0."
    )


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("def signal(", "def signal((", "Line 25 is no Python: "),
        ("class AboveMean", "1 / 0\nclass AboveMean", "can't be imported: ZeroDivisionError"),
        ("class AboveMean", "raise SystemExit\nclass AboveMean", "It ends the program when"),
        ("class AboveMean", "import nonsense\nclass AboveMean", "No module named 'nonsense'"),
        ("def signal(", "def signals(", "AboveMean lacks signal."),
        ("(Strategy)", "(BaseModel)", "no subclass of Strategy or PairStrategy"),
        ("(Strategy)", "(Parameters)", "It must be a subclass of Strategy or PairStrategy."),
        ('title: ClassVar[str] = "Above mean"', "", "It needs name, title and summary"),
        ('"above_mean"', '"Above Mean"', "must be small letters, figures and _"),
        ('"above_mean"', '"a" * 21', "The name has 21 letters; 20 are the most."),
        ('"above_mean"', '"account"', "'account' means something else in the chat"),
        ('"Above mean"', '"Above\\nmean"', "The title must have 1 to 30 letters"),
        (
            '"Long while the close is above the mean of the last closes."',
            '"Long."',
            "has 5 letters",
        ),
        ("Search(10, 100)", "Search(10, 10)", "length: Search(10, 10) holds nothing to search."),
        ("Field(30, ge", "Field(..., ge", "It can't be made with its usual parameters: "),
        ("return self.length - 1", "return 6_000", "Its warm-up of 6000 candles is too long"),
        ("return self.length - 1", "return None", "Its warm-up is None; it must be a whole"),
        ("if len(candles) >= self.length:", "if True:", "It fails on 0 candles: ValueError"),
        (SIGNAL, "signal[self.warm_up :] = 2.0", "Its signal is 2 at candle 29"),
        (SIGNAL, "candles.volume[:] = 1.0", "It writes into the candles (volume)."),
        (SIGNAL, "raise KeyError('x')", "KeyError: 'x'"),
    ],
)
def test_unfit_file_is_told_what_to_mend(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert SOUND.count(old) == 1
    imports = "from pydantic import BaseModel\nfrom trading.strategies.base import Parameters\n"
    text = SOUND.replace(old, new)
    text = (
        text
        if "no Python" in says
        else text.replace("class AboveMean", f"{imports}\nclass AboveMean")
    )
    assert says in trouble(tmp_path, text)


def test_slow_strategy_is_turned_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conformance, "SLOWEST", 0.0)
    assert "It is too slow: 0.0 s for 8760 candles; 0 s are the most." in trouble(tmp_path, SOUND)


def test_every_strategy_of_a_file_is_examined(tmp_path: Path) -> None:
    second = peeking().replace("class AboveMean", "class Peek").partition("class Peek")[2]
    assert trouble(tmp_path, f"{SOUND}\n\nclass Peek{second}").startswith("Peek: It looks into")


def test_the_answer_is_one_line_whatever_the_file_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f'print("hello")\n{named("talks")}'
    assert main([str(folder(tmp_path, talks=text) / "talks.py")]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"problem": None, "names": ["talks"]}
    ]


HONEST = "        return signal\n"


@pytest.mark.parametrize(
    ("when", "says"),
    [
        ("self.length > 30", "With length=100: It looks into the future, at candle "),
        ("self.length == 47", "With length=47: It looks into the future, at candle "),
        ("self.length > 300", "With length=500: It looks into the future, at candle "),
        ("len(candles) > 9_000", "It looks into the future, at candle "),
        ("candles.symbol == 'BTC/USDT'", "It looks into the future, at candle "),
        ("candles.timeframe == '1d'", "It looks into the future, at candle "),
        ("candles.close.max() < 1.0", "It looks into the future, at candle "),
    ],
)
def test_look_ahead_in_some_cases_only_is_found(tmp_path: Path, when: str, says: str) -> None:
    peek = f"""\
        if len(candles) and {when}:
            after = np.append(candles.close[1:], 0.0)
            signal[self.warm_up :] = (after > candles.close)[self.warm_up :]
"""
    assert SOUND.endswith(HONEST)
    text = f"{SOUND.removesuffix(HONEST)}{peek}{HONEST}"
    assert trouble(tmp_path, text).startswith(f"AboveMean: {says}")


def test_fault_of_other_parameters_names_them(tmp_path: Path) -> None:
    text = SOUND.replace(SIGNAL, f"{SIGNAL}\n            signal *= 1 + (self.length > 99)")
    assert trouble(tmp_path, text).startswith("AboveMean: With length=100: Its signal is 2 at")


def test_files_that_define_strategies_name_them_also_when_unfit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(folder(tmp_path, mine=peeking()) / "mine.py")]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["names"] == ["peeking"]
    assert "looks into the future" in told["problem"]

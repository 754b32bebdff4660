"""Who answers when the model can't, by the settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.members import RULES
from bot.analysts import analysts
from settings import Settings, read_settings

HERE, ELSEWHERE = "http://127.0.0.1:1/v1", "http://127.0.0.1:2/v1"


def settings_of(folder: Path, **variables: str) -> Settings:
    file = folder / ".env"
    lines = [f"{name}={value}" for name, value in variables.items()]
    file.write_text("\n".join(lines), encoding="utf-8")
    return read_settings(file)


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_nobody_stands_in_unless_set_up(tmp_path: Path) -> None:
    assert analysts(settings_of(tmp_path, OPENAI_API_KEY="k1")).fallbacks == ()
    assert analysts(settings_of(tmp_path, FALLBACK_MODEL="other")).fallbacks == ()


def test_other_model_then_the_rules_each_with_runs_of_their_own(tmp_path: Path) -> None:
    lineup = analysts(
        settings_of(
            tmp_path, OPENAI_API_KEY="k1", FALLBACK_MODEL="other", RULES_STAND_IN="yes", VOTES="5"
        )
    )
    models = [{member.name for member in each.members} for each in lineup.fallbacks]
    assert models == [{"other"}, {RULES}]
    assert [each.paid for each in lineup.fallbacks] == [True, False]
    assert [len(each.members) for each in lineup.fallbacks] == [5, 3]
    assert {member.settings for member in lineup.fallbacks[0].members} == {"FALLBACK"}


@pytest.mark.parametrize(
    ("variables", "key"),
    [
        ({}, "k1"),
        ({"FALLBACK_API_KEY": "k2"}, "k2"),
        ({"FALLBACK_BASE_URL": HERE}, "k1"),
        ({"FALLBACK_BASE_URL": ELSEWHERE}, None),
        ({"FALLBACK_BASE_URL": ELSEWHERE, "FALLBACK_API_KEY": "k2"}, "k2"),
    ],
)
def test_first_models_key_goes_to_no_other_server(
    variables: dict[str, str], key: str | None, tmp_path: Path
) -> None:
    first = {"OPENAI_API_KEY": "k1", "OPENAI_BASE_URL": HERE, "FALLBACK_MODEL": "other"}
    found = settings_of(tmp_path, **first, **variables).fallback_key
    assert (found.get_secret_value() if found else None) == key


def test_fallbacks_key_is_a_secret(tmp_path: Path) -> None:
    assert "k-2-secret" in settings_of(tmp_path, FALLBACK_API_KEY="k-2-secret").secrets

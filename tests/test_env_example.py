"""`.env.example` names every variable there is, with its meaning and its true default."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from settings import Settings, read_settings

ROOT = Path(__file__).parent.parent
VARIABLE = re.compile(r"#([A-Z_]+)=(.*)")


def example_lines() -> list[str]:
    return (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()


def shown() -> list[tuple[str, str]]:
    """Name and default of each variable, in the file's order."""
    found = (VARIABLE.fullmatch(line) for line in example_lines())
    return [(match[1], match[2]) for match in found if match]


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_example_and_settings_name_the_same_variables_once_each() -> None:
    names = [name for name, _ in shown()]
    assert sorted(names) == sorted(name.upper() for name in Settings.model_fields)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_shown_default_is_the_default(name: str, tmp_path: Path) -> None:
    value = dict(shown())[name.upper()]
    default = Settings.model_fields[name].default
    # Empty means "not set", so it may only stand for a variable that is not set by default.
    assert (value == "") == (default in (None, frozenset(), ()))
    env_file = tmp_path / ".env"
    env_file.write_text(f"{name.upper()}={value}\n", encoding="utf-8")
    assert getattr(read_settings(env_file), name) == default


def test_copied_as_it_is_the_example_changes_nothing() -> None:
    assert read_settings(ROOT / ".env.example") == read_settings(None)


def test_every_variable_has_its_meaning_on_the_line_above() -> None:
    lines = example_lines()
    for above, line in zip(["", *lines], lines, strict=False):
        if VARIABLE.fullmatch(line):
            assert re.fullmatch(r"# [A-Z].{10,}\.", above), line


def test_image_holds_all_rooms_that_run_and_nothing_else() -> None:
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {
        "tests",
        "benchmarks",
        "evals",
    }
    copied = set(re.findall(r"^COPY (\w+) \w+$", (ROOT / "Dockerfile").read_text(), re.M))
    allowed = set(re.findall(r"^!(\w+)$", (ROOT / ".dockerignore").read_text(), re.M))
    assert copied == rooms
    assert allowed - {"LICENSE"} == rooms

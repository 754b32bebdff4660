"""The README tells the truth about the commands and the settings."""

from __future__ import annotations

import re
from pathlib import Path

from bot.catalogue import commands
from settings import Settings
from tools.registry import discover

README = (Path(__file__).parents[1] / "README.md").read_text()


def test_readme_lists_every_command_as_the_help_does() -> None:
    listed = dict(re.findall(r"^\| `/(\w+)[^`]*` \| (.+) \|$", README, re.MULTILINE))
    assert listed == {one.name: one.summary for one in commands(discover()).values()}


def test_readme_names_only_settings_that_exist() -> None:
    named = set(re.findall(r"`([A-Z][A-Z_]{3,})`", README)) - {"DEMO"}
    assert named
    assert named <= {name.upper() for name in Settings.model_fields}

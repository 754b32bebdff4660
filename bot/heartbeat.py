"""A file that shows from outside that the bot is alive (for a container's health check)."""

from __future__ import annotations

import time
from pathlib import Path

FRESH_SECONDS = 60
EVERY_SECONDS = 10


def heartbeat_file(state_dir: Path) -> Path:
    return state_dir / "heartbeat"


def beat(state_dir: Path) -> None:
    """Mark this moment."""
    heartbeat_file(state_dir).touch()


def is_alive(state_dir: Path) -> bool:
    """True when the bot marked a moment of the last minute."""
    try:
        return time.time() - heartbeat_file(state_dir).stat().st_mtime < FRESH_SECONDS
    except FileNotFoundError:
        return False

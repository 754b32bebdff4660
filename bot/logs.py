"""Logging that never holds a secret."""

from __future__ import annotations

import logging
from collections.abc import Sequence


class Redacting(logging.Formatter):
    """Replaces each secret in the finished line, tracebacks included."""

    def __init__(self, secrets: Sequence[str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets = [secret for secret in secrets if secret]

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        for secret in self._secrets:
            line = line.replace(secret, "[secret]")
        return line


def set_up_logging(level: str, secrets: Sequence[str]) -> None:
    """Log to standard error at `level`; libraries that log every request only warn."""
    handler = logging.StreamHandler()
    handler.setFormatter(Redacting(secrets))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # httpx writes the bot token into each line at INFO; openai brings an httpx of its own.
    noisy = ("httpx", "httpx2", "httpcore", "httpcore2", "openai", "aiohttp.access", "matplotlib")
    # These two know the passwords of ALERT_URLS.
    for name in (*noisy, "apprise", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # It writes a traceback for each page that a proxy answers with; the error says the same.
    logging.getLogger("telegram.request.BaseRequest").setLevel(logging.CRITICAL)
    # It warns of each round that a long one makes it leave out, which is as it should be.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)

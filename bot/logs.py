"""Logging that never holds a secret."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

from desk.secrecy import Hide, Secrecy

log = logging.getLogger("conclave")
PLAIN = logging.Formatter()
UNREADABLE = "a line that can't be written: %r"
Raised = type[BaseException]


class Redacting(logging.Formatter):
    """Replaces each secret in the finished line, tracebacks included."""

    def __init__(self, hide: Hide) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._hide = hide

    def format(self, record: logging.LogRecord) -> str:
        return self._hide(super().format(record))


def set_up_logging(level: str, secrets: Sequence[str]) -> None:
    """Log to standard error at `level`; libraries that log every request only warn.

    Warnings, and what nobody caught in a thread or anywhere else, go the same way.
    """
    hide = Secrecy(secrets).hide
    # A library that brings a handler of its own would go past the formatter, so each record is
    # without secrets from its making on.
    logging.setLogRecordFactory(records_without(hide))
    handler = logging.StreamHandler()
    handler.setFormatter(Redacting(hide))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    _log_what_nobody_caught()
    # httpx writes the bot token into each line at INFO; openai brings an httpx of its own.
    noisy = ("httpx", "httpx2", "httpcore", "httpcore2", "openai", "aiohttp.access", "matplotlib")
    # These two know the passwords of ALERT_URLS.
    for name in (*noisy, "apprise", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # It writes a traceback for each page that a proxy answers with; the error says the same.
    logging.getLogger("telegram.request.BaseRequest").setLevel(logging.CRITICAL)
    # It warns of each round that a long one makes it leave out, which is as it should be.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def records_without(hide: Hide) -> Callable[..., logging.LogRecord]:
    """Return what makes log records: the message is finished and the traceback written there."""

    def made(*args: Any, **named: Any) -> logging.LogRecord:
        record = logging.LogRecord(*args, **named)
        try:
            message = record.getMessage()
        except Exception:
            # Logging itself would print the arguments as they are.
            message = UNREADABLE % (record.msg,)
        record.msg, record.args = hide(message), None
        if record.exc_info and record.exc_info[0] is not None:
            # Formatters take this in the place of the exception.
            record.exc_text = hide(PLAIN.formatException(record.exc_info))
        if record.stack_info:
            record.stack_info = hide(record.stack_info)
        return record

    return made


def _log_what_nobody_caught() -> None:
    """Send to the log what Python would print; asyncio does so by itself."""

    def uncaught(kind: Raised, error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        log.critical("nobody caught this", exc_info=(kind, error, trace))

    def in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_type is not SystemExit and args.exc_value is not None:
            name = args.thread.name if args.thread else "a thread"
            found = (args.exc_type, args.exc_value, args.exc_traceback)
            log.critical("%s ended by an error", name, exc_info=found)

    def while_clearing_up(args: sys.UnraisableHookArgs) -> None:
        if args.exc_value is not None:
            found = (args.exc_type, args.exc_value, args.exc_traceback)
            log.error("ignored: %s", args.err_msg or "an error in clearing up", exc_info=found)

    sys.excepthook = uncaught
    threading.excepthook = in_thread
    sys.unraisablehook = while_clearing_up

"""Whatever is logged, by whomever and however: no line holds a secret."""

from __future__ import annotations

import asyncio
import io
import logging
import subprocess
import sys
import warnings
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from bot.doctor import Check, examine
from bot.logs import records_without, set_up_logging
from desk.secrecy import Secrecy

ROOT = Path(__file__).parents[2]
SECRET = "hunter2/+Quartz=Yacht"
CODED = b64encode(f"me:{SECRET}".encode()).decode()


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What a handler of some library's own writes, one that never heard of the formatter."""
    before = logging.getLogRecordFactory()
    logging.setLogRecordFactory(records_without(Secrecy([SECRET]).hide))
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    logger = logging.getLogger("library")
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield out
    finally:
        logger.removeHandler(handler)
        logger.propagate = True
        logging.setLogRecordFactory(before)


def safe(text: str) -> bool:
    return not any(form in text for form in (SECRET, quote(SECRET, safe=""), CODED, "Quartz"))


def test_messages_and_their_arguments_hold_none(lines: io.StringIO) -> None:
    log = logging.getLogger("library")
    log.warning("key %s of %r", SECRET, {"key": SECRET.encode()})
    log.warning("GET https://example.org/?q=%s", quote(SECRET, safe=""))
    log.warning("header %s", {"Authorization": f"Basic {CODED}"})
    log.warning(ValueError(f"no {SECRET}"))
    assert lines.getvalue().count("[secret]") == 5
    assert safe(lines.getvalue())


def test_a_line_that_can_not_be_written_does_not_show_its_arguments(
    lines: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger("library").warning("%d of them", SECRET)
    assert "can't be written" in lines.getvalue()
    assert safe(lines.getvalue() + capsys.readouterr().err)


def test_exception_chains_hold_none(lines: io.StringIO) -> None:
    try:
        try:
            raise ConnectionError(f"https://me:{SECRET}@example.org")
        except ConnectionError as error:
            raise RuntimeError(f"after {SECRET!r}") from error
    except RuntimeError:
        logging.getLogger("library").exception("failed", stack_info=True)
    text = lines.getvalue()
    assert "ConnectionError" in text
    assert "RuntimeError" in text
    assert safe(text)


SCRIPT = """
import asyncio, gc, logging, sys, threading, warnings
sys.path.insert(0, {root!r})
from bot.logs import set_up_logging
secret = {secret!r}
set_up_logging("INFO", [secret])
warnings.warn("warned of " + secret)

def broken():
    raise ValueError("thread " + secret)

thread = threading.Thread(target=broken)
thread.start()
thread.join()

class Bad:
    def __del__(self):
        raise ValueError("clearing " + secret)

Bad()
gc.collect()

async def nobody_waits():
    async def fails():
        raise ValueError("task " + secret)
    task = asyncio.create_task(fails())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    gc.collect()
    asyncio.get_running_loop().call_soon(broken)
    await asyncio.sleep(0.01)

asyncio.run(nobody_waits())
raise RuntimeError("end " + secret)
"""


def test_what_nobody_caught_goes_through_the_log_too(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(root=str(ROOT), secret=SECRET))
    ended = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False
    )
    told = ended.stderr + ended.stdout
    for what in ("warned of", "thread", "clearing", "task", "end"):
        assert f"{what} [secret]" in told, what
    # Tracebacks quote source lines, which say `secret` but never its value.
    assert safe(told)


def test_all_handlers_of_the_desk_redact(capsys: pytest.CaptureFixture[str]) -> None:
    root, factory = logging.getLogger(), logging.getLogRecordFactory()
    handlers, level = root.handlers[:], root.level
    hooks = (sys.excepthook, sys.unraisablehook, warnings.showwarning)
    try:
        set_up_logging("INFO", [SECRET])
        asyncio.run(_logs_in_a_loop())
        assert all(type(one.formatter).__name__ == "Redacting" for one in root.handlers)
    finally:
        logging.captureWarnings(False)
        logging.setLogRecordFactory(factory)
        root.handlers[:], root.level = handlers, level
        sys.excepthook, sys.unraisablehook, warnings.showwarning = hooks
        import threading

        threading.excepthook = threading.__excepthook__
    told = capsys.readouterr().err
    assert "[secret]" in told
    assert safe(told)


async def _logs_in_a_loop() -> None:
    logging.getLogger("bot.any").info("in a loop: %s", SECRET)


async def test_the_doctor_shows_no_password_of_an_address(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def unreachable() -> str:
        raise ConnectionError(f"http://me:{SECRET}@127.0.0.1:9/v1 can't be reached")

    assert await examine((Check("model", unreachable),), Secrecy([SECRET]).hide) == 1
    told = capsys.readouterr().out
    assert "http://me:[secret]@127.0.0.1:9/v1 can't be reached" in told
    assert safe(told)

"""The second channel of critical alerts: e-mail and many others, through apprise.

apprise blocks and takes long to import, so it is loaded when there are addresses, and each send
has a thread of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import re
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.cards.outgoing import outgoing_card, plain_text
from bot.channel import NotDelivered, Unanswered, Undeliverable
from desk.messages import EXPIRED
from desk.ports import Outgoing
from trading.errors import BadArgument

if TYPE_CHECKING:
    from apprise import NotifyBase

log = logging.getLogger(__name__)
NAME = "Conclave"
SECONDS = 30.0
ANSWERED = re.compile(r"\berror=[1-5]\d\d\b")


def channel_name(url: str) -> str:
    """Name an address in the outbox: its scheme and a digest, so that no password is stored."""
    digest = hashlib.sha256(url.encode()).hexdigest()[:16]
    return f"{url.partition(':')[0].lower()}:{digest}"


class SecondChannel:
    """One address; implements bot.channel.Channel."""

    lanes_at_once = 1
    longest_wait = timedelta(minutes=5)
    give_up_after = timedelta(hours=24)

    def __init__(self, name: str, service: NotifyBase, seconds: float = SECONDS) -> None:
        """`seconds`: when a send takes longer, it counts as not answered."""
        self.name = name
        self._service = service
        self._seconds = seconds

    @property
    def service(self) -> str:
        """What apprise calls the service, such as "E-Mail"."""
        return str(self._service.service_name)

    async def send(self, message: Outgoing) -> int:
        """Send the message's card as plain text; there is no number to return."""
        if message.kind == EXPIRED:
            raise Undeliverable("it changes a card in the chat and says nothing of its own")
        try:
            card = outgoing_card(message.kind, message.payload, uncertain=message.uncertain)
        except Exception as error:
            log.exception("message %s can't be made", message.key)
            raise NotDelivered("it can't be made", self.longest_wait, holds=False) from error
        heading, text = plain_text(card)
        title = f"{NAME}: {heading}" if heading else NAME
        try:
            async with asyncio.timeout(self._seconds):
                failed = await _in_own_thread(lambda: _notify(self._service, title, text))
        except TimeoutError:
            raise Unanswered(f"no answer within {self._seconds:.0f} s") from None
        if failed is None:
            return 0
        # With several receivers behind one address some may have got it.
        if ANSWERED.search(failed) and len(self._service) == 1:
            raise NotDelivered(failed)
        raise Unanswered(failed)


def open_channels(urls: Sequence[str], secrets: Sequence[str]) -> tuple[SecondChannel, ...]:
    """Make a channel of each address; nothing is sent. Blocks while apprise is imported.

    Raises BadArgument for an address that apprise can't use; its text shows none of `secrets`.
    """
    return tuple(
        SecondChannel(channel_name(url), _service(number, url, secrets))
        for number, url in enumerate(urls, start=1)
    )


def _service(number: int, url: str, secrets: Sequence[str]) -> NotifyBase:
    from apprise import Apprise, AppriseAsset

    scheme = url.partition(":")[0]
    # apprise logs what it refuses, with the address; what is wrong is told here instead.
    with _Heard() as heard:
        try:
            # In this thread, one after the other: the thread is ours already.
            asset = AppriseAsset(async_mode=False, app_id=NAME, app_desc=NAME)
            service = Apprise.instantiate(url, asset, suppress_exceptions=False)
        except TypeError as error:
            heard.lines.append(str(error))
            service = None
    if service is not None:
        return service
    why = heard.lines[-1] if heard.lines else "apprise does not know such an address"
    for secret in secrets:
        why = why.replace(secret, "…")
    raise BadArgument(f"address {number} ({scheme}://…) can't be used: {why.strip(' .:')}.")


def _notify(service: NotifyBase, title: str, text: str) -> str | None:
    """Send and wait for the outcome; None: taken, else what apprise says of the failure."""
    from apprise import Apprise, NotifyFormat, NotifyType

    with _Heard() as heard:
        taken = Apprise(service).notify(
            text, title, notify_type=NotifyType.WARNING, body_format=NotifyFormat.TEXT
        )
    return None if taken else "; ".join(heard.lines) or "apprise gives no reason"


class _Heard(logging.Handler):
    """Keeps what apprise says in this thread while the block runs."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []
        self._thread = threading.get_ident()
        self._source = logging.getLogger("apprise")

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.lines.append(record.getMessage())

    def __enter__(self) -> _Heard:
        self._source.addHandler(self)
        return self

    def __exit__(self, *error: object) -> None:
        self._source.removeHandler(self)


async def _in_own_thread(work: Callable[[], str | None]) -> str | None:
    """Run blocking work in a thread that nobody waits for at the end of the process."""
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[str | None] = loop.create_future()

    def settle(value: str | None, error: Exception | None) -> None:
        if outcome.done():
            return
        if error is not None:
            outcome.set_exception(error)
        else:
            outcome.set_result(value)

    def run() -> None:
        value, problem = None, None
        try:
            value = work()
        except Exception as error:
            problem = error
        # The loop is closed when the process ends meanwhile.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, value, problem)

    threading.Thread(target=run, name="second channel", daemon=True).start()
    return await outcome

"""The embedded chat: a Telegram Bot API server on loopback, and a page that looks like a phone.

A bot talks to it exactly as it talks to Telegram: `base_url` is `<api_base>/bot`, `base_file_url`
is `<api_base>/file/bot`.
"""

from __future__ import annotations

import errno
import secrets
import string
import time
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from sandbox.bot_api import BotApi
from sandbox.chat import Chat
from sandbox.database import Database
from sandbox.errors import PortTaken, SandboxError
from sandbox.faults import Calls, Faults
from sandbox.guard import Guard, checked_host
from sandbox.page_api import PageApi
from sandbox.profile import Profile
from sandbox.records import Person

_MOST_BODY = 20 * 1024 * 1024
_TOKEN_ALPHABET = string.ascii_letters + string.digits + "_-"


class SandboxServer:
    """One bot, one local person, one chat file; tests may bring more people.

    `chat` acts as people and shows what they see, `faults` makes calls fail on order, `calls`
    records what the bot asked for.
    """

    def __init__(
        self,
        path: Path,
        port: int,
        *,
        host: str = "127.0.0.1",
        name: str = "Conclave",
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Open the chat file, made if need be; port 0 takes any free one at `start`.

        Raises NotLoopback for a host that other machines could reach.
        """
        self._host = checked_host(host)
        self._wanted_port = port
        self._database = Database(path)
        self._token = self._kept("token", _new_token)
        self._key = self._kept("page key", lambda: secrets.token_urlsafe(24))
        user_id = int(self._kept("user id", lambda: str(200_000_000 + secrets.randbelow(10**8))))
        self._bot_id = int(self._token.split(":")[0])
        profile = Profile(self._database, self._bot_id, name, "conclave_local_bot")
        self.chat = Chat(self._database, Person(user_id, "You"), profile, clock)
        self.faults = Faults()
        self.calls = Calls()
        self._bot_api = BotApi(self.chat, self._token, self.faults, self.calls)
        self._page_api = PageApi(self.chat)
        self._guard = Guard(self._key)
        self._runner: web.AppRunner | None = None
        self._port: int | None = None

    def _kept(self, name: str, make: Callable[[], str]) -> str:
        value = self._database.setting(name)
        if value is None:
            value = make()
            self._database.set_setting(name, value)
        return value

    @property
    def token(self) -> str:
        """The bot's token, the same at each start."""
        return self._token

    @property
    def user_id(self) -> int:
        """The local person's id, which is also the id of their chat."""
        return self.chat.local.user_id

    @property
    def port(self) -> int:
        """The port that is listened on; only after `start`."""
        if self._port is None:
            raise SandboxError("the local chat is not started, so it has no address yet")
        return self._port

    @property
    def api_base(self) -> str:
        """The root of the Bot API."""
        return f"http://{self._host}:{self.port}"

    @property
    def page_url(self) -> str:
        """The page's address with its key; the part after # is never sent over the wire."""
        return f"{self.api_base}/#{self._key}"

    async def start(self) -> None:
        """Begin to listen; raises PortTaken when another program has the port."""
        app = web.Application(middlewares=[self._guard.middleware], client_max_size=_MOST_BODY)
        app.on_response_prepare.append(self._guard.protect)
        app.add_routes(self._routes())
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            site = web.TCPSite(runner, self._host, self._wanted_port)
            await site.start()
        except OSError as error:
            await runner.cleanup()
            raise self._cannot_listen(error) from error
        self._runner = runner
        self._port = int(runner.addresses[0][1])
        self._guard.open_for(self._port)

    def _cannot_listen(self, error: OSError) -> SandboxError:
        port = self._wanted_port
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            why = "is in use" if error.errno == errno.EADDRINUSE else "may not be opened"
            return PortTaken(
                f"port {port} of {self._host} {why}; choose another for the local chat, "
                f"for example LOCAL_PORT={port + 1 if 1023 < port < 65535 else 8765}"
            )
        return SandboxError(f"the local chat can't listen on {self._host}:{port}: {error}")

    def _routes(self) -> list[web.RouteDef]:
        bot, page = self._bot_api, self._page_api
        return [
            web.get("/", page.index),
            web.get("/page/{name}", page.static),
            web.get("/chat/changes", page.changes),
            web.get("/chat/history", page.history),
            web.get("/chat/file/{file_id}", page.file),
            web.post("/chat/send", page.send),
            web.post("/chat/tap", page.tap),
            web.get("/bot{token}/{method}", bot.call),
            web.post("/bot{token}/{method}", bot.call),
            web.get("/file/bot{token}/{path:.+}", bot.download),
        ]

    async def stop(self) -> None:
        """End all waits, stop listening and close the file."""
        self._bot_api.polling.close()
        self._page_api.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        self._database.close()


def _new_token() -> str:
    """Make a token of Telegram's shape: the bot's id, a colon, 35 characters."""
    tail = "".join(secrets.choice(_TOKEN_ALPHABET) for _ in range(33))
    return f"{7_000_000_000 + secrets.randbelow(10**9)}:AA{tail}"

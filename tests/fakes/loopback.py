"""A server on this machine's own address: what every fake server listens on."""

from __future__ import annotations

from aiohttp import web

HOST = "127.0.0.1"


class Loopback:
    """Listens until it is closed; `port` 0 until it is opened, unless one was asked for."""

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self._runner: web.AppRunner | None = None

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"

    async def open(self, app: web.Application) -> None:
        """Answer requests; a port that was free before is kept when it is opened again."""
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self.port).start()
        self.port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Stop listening; closing twice does nothing."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

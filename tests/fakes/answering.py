"""A server that gives set JSON answers by path and query: any exchange's REST wire, for tests."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.fakes.loopback import Loopback


class AnsweringServer:
    """Answers `GET path` with the body set for it; all else is 404 with an empty object.

    A key is a path, perhaps with a part of the query: "/v5/market/tickers?category=linear" answers
    requests that have this parameter, before "/v5/market/tickers" answers the others.
    """

    def __init__(self, answers: Mapping[str, object]) -> None:
        self.answers = dict(answers)
        self.asked: list[str] = []
        self.api_base = ""
        self._site = Loopback()

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/{rest:.*}", self._answer)
        await self._site.open(app)
        self.api_base = self._site.address
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._site.close()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        pairs = [f"{request.path}?{name}={value}" for name, value in request.query.items()]
        for key in (*pairs, request.path):
            if key in self.answers:
                return web.json_response(self.answers[key])
        return web.json_response({}, status=404)

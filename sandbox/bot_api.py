"""The Bot API's door: token, method table, faults, answers."""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
from collections.abc import Mapping
from urllib.parse import quote

from aiohttp import web

from sandbox.chat import Chat
from sandbox.editing import EDITING
from sandbox.errors import ApiError, bad_request
from sandbox.faults import Call, Calls, Fault, Faults
from sandbox.polling import Polling
from sandbox.profile_methods import PROFILE
from sandbox.sending import SENDING, Method
from sandbox.wire import Params, answer_error, answer_ok, read_params

_TOKEN = re.compile(r"\d+:[\w-]{35}", re.ASCII)
_POLLING = ("getUpdates", "deleteWebhook", "setWebhook", "getWebhookInfo")
_METHODS: Mapping[str, Method] = {**SENDING, **EDITING, **PROFILE}
_NAMES = {name.lower(): name for name in (*_METHODS, *_POLLING)}
_log = logging.getLogger(__name__)


class BotApi:
    """Handlers for `/bot<token>/<method>` and `/file/bot<token>/<path>`."""

    def __init__(self, chat: Chat, token: str, faults: Faults, calls: Calls) -> None:
        self._chat = chat
        self._token = token
        self._faults = faults
        self._calls = calls
        self.polling = Polling(chat)

    async def call(self, request: web.Request) -> web.Response:
        """Answer one call."""
        if error := self._wrong_token(request.match_info["token"]):
            return answer_error(error)
        asked = request.match_info["method"]
        name = _NAMES.get(asked.lower(), asked)
        try:
            params = await read_params(request)
        except ApiError as error:
            return answer_error(error)
        except web.HTTPRequestEntityTooLarge:
            return answer_error(ApiError(413, "Request Entity Too Large"))
        return await self._answer(request, name, params)

    async def _answer(self, request: web.Request, name: str, params: Params) -> web.Response:
        fault = self._faults.take(name)
        if fault and fault.seconds:
            await asyncio.sleep(fault.seconds)
            fault = None
        try:
            result: object = None
            if fault is None or fault.applied:
                result = await self._run(name, params)
            if fault is not None:
                return self._fail(request, name, params, fault)
        except ApiError as error:
            self._calls.add(Call(name, params.shown(), error.code, error.description))
            return answer_error(error)
        self._calls.add(Call(name, params.shown(), 200))
        return answer_ok(result)

    def _fail(self, request: web.Request, name: str, params: Params, fault: Fault) -> web.Response:
        if fault.drop:
            self._calls.add(Call(name, params.shown(), 0, "connection dropped"))
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        raise ApiError(fault.status or 500, fault.description, fault.retry_after)

    async def _run(self, name: str, params: Params) -> object:
        try:
            if name in _POLLING:
                return await self._poll(name, params)
            method = _METHODS.get(name)
            if method is None:
                raise ApiError(404, "Not Found")
            return method(self._chat, params)
        except UnicodeEncodeError:  # half of a surrogate pair, which no UTF-8 text holds
            raise bad_request("strings must be encoded in UTF-8") from None
        except ApiError:
            raise
        except Exception:
            _log.exception("%s failed in the local chat", name)
            raise ApiError(500, "Internal Server Error") from None

    async def _poll(self, name: str, params: Params) -> object:
        if name == "getUpdates":
            return await self.polling.get_updates(params)
        if name == "deleteWebhook":
            return self.polling.delete_webhook(params)
        if name == "setWebhook":
            return self.polling.set_webhook(params)
        return self.polling.get_webhook_info()

    async def download(self, request: web.Request) -> web.Response:
        """Answer with a file's bytes; paths are names in the store, never on the disk."""
        if error := self._wrong_token(request.match_info["token"]):
            return answer_error(error)
        file = self._chat.files.at_path(request.match_info["path"])
        if file is None:
            return answer_error(ApiError(404, "Not Found"))
        return web.Response(
            body=self._chat.files.bytes_of(file.file_id),
            content_type="application/octet-stream",
            headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}"},
        )

    def _wrong_token(self, given: str) -> ApiError | None:
        if hmac.compare_digest(given.encode(errors="replace"), self._token.encode()):
            return None
        known_shape = _TOKEN.fullmatch(given) is not None
        return ApiError(401, "Unauthorized") if known_shape else ApiError(404, "Not Found")

"""Updates out: `getUpdates` with its offset, its patience and its one reader."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sandbox.chat import Chat
from sandbox.errors import ApiError, bad_request
from sandbox.wire import Params

_MOST_UPDATES = 100
_MOST_SECONDS = 50
_CONFLICT = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)


class Polling:
    """Hand out updates; each stays in the queue until a later offset confirms it."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._turn: object | None = None
        self._closed = False

    async def get_updates(self, params: Params) -> Sequence[object]:
        """Return waiting updates, or wait for one; an earlier caller that still waits gets 409."""
        chat = self._chat
        self._want(params)
        offset = self._confirm(params.integer("offset") or 0)
        given = params.integer("limit")
        limit = _MOST_UPDATES if given is None else max(1, min(given, _MOST_UPDATES))
        seconds = max(0, min(params.integer("timeout") or 0, _MOST_SECONDS))
        turn = self._turn = object()
        chat.bell.ring()

        def ready() -> bool:
            return self._closed or self._turn is not turn or bool(self._waiting(offset, 1))

        chat.presence.poll_begins()
        try:
            await chat.bell.until(ready, seconds)
            if self._turn is not turn:
                raise ApiError(409, _CONFLICT)
            return self._waiting(offset, limit)
        finally:
            chat.presence.poll_ends()
            if self._turn is turn:
                self._turn = None

    def _want(self, params: Params) -> None:
        kinds = params.decoded("allowed_updates")
        if isinstance(kinds, list):
            self._chat.profile.set_wanted([kind for kind in kinds if isinstance(kind, str)])

    def _confirm(self, offset: int) -> int:
        """Forget what the offset confirms; a negative one keeps only that many of the last."""
        queue = self._chat.queue
        if offset < 0:
            offset = queue.offset_of_last(-offset)
        queue.confirm_below(offset)
        return offset

    def _waiting(self, offset: int, limit: int) -> list[dict[str, object]]:
        waiting = self._chat.queue.waiting_from(offset, limit)
        return [{"update_id": update.update_id, **json.loads(update.body)} for update in waiting]

    def delete_webhook(self, params: Params) -> object:
        """Agree that there is no webhook; drop what waits when asked to."""
        if params.flag("drop_pending_updates"):
            self._chat.queue.confirm_below(2**62)
        return True

    def set_webhook(self, params: Params) -> object:
        """Refuse a webhook; an empty address means none, as on Telegram."""
        if params.text("url"):
            raise bad_request("bad webhook: the local chat hands out updates by getUpdates only")
        return self.delete_webhook(params)

    def get_webhook_info(self) -> object:
        """Tell that there is no webhook, and how many updates wait."""
        return {
            "url": "",
            "has_custom_certificate": False,
            "pending_update_count": self._chat.queue.count(),
        }

    def close(self) -> None:
        """End every wait."""
        self._closed = True
        self._chat.bell.ring()

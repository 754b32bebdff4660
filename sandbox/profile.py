"""The bot's own data: name, descriptions, command menu, wanted updates."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sandbox.database import Database
from sandbox.records import Command
from sandbox.telegram_json import Json

# Telegram leaves these out unless a bot asks for them by name.
_ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


class Profile:
    """Read and write the bot's data in the chat file."""

    def __init__(self, database: Database, bot_id: int, name: str, username: str) -> None:
        self._db = database
        self._bot_id = bot_id
        self._default_name = name
        self._username = username

    @property
    def name(self) -> str:
        return self._db.setting("bot name") or self._default_name

    def text(self, field: str) -> str:
        """Return one of the bot's texts: "name", "description", "short description"."""
        return self.name if field == "name" else self._db.setting(f"bot {field}") or ""

    def set_text(self, field: str, text: str) -> None:
        """Store one of the bot's texts; an empty one brings the default back."""
        self._db.set_setting(f"bot {field}", text or None)

    def bot_json(self) -> Json:
        """Return the bot's User object."""
        return {
            "id": self._bot_id,
            "is_bot": True,
            "first_name": self.name,
            "username": self._username,
        }

    def commands(self, scope: str, language: str) -> Sequence[Command]:
        """Return the menu that was set for just this scope and language."""
        stored = self._menus().get(f"{scope}/{language}", [])
        return [Command(line[0], line[1]) for line in stored]

    def set_commands(self, scope: str, language: str, commands: Sequence[Command]) -> None:
        """Store a menu; an empty one is taken away."""
        menus = self._menus()
        menus.pop(f"{scope}/{language}", None)
        if commands:
            lines = [[command.command, command.description] for command in commands]
            menus[f"{scope}/{language}"] = lines
        self._db.set_setting("menus", json.dumps(menus))

    def menu_for(self, chat_id: int) -> Sequence[Command]:
        """Return the menu that the person of a private chat sees: the narrowest scope wins."""
        for scope in (f"chat:{chat_id}", "all_private_chats", "default"):
            for language in ("en", ""):
                if commands := self.commands(scope, language):
                    return commands
        return []

    def _menus(self) -> dict[str, list[list[str]]]:
        menus: dict[str, list[list[str]]] = json.loads(self._db.setting("menus") or "{}")
        return menus

    def wants(self, kind: str) -> bool:
        """Tell whether the bot asked for updates of this kind."""
        wanted = json.loads(self._db.setting("allowed updates") or "[]")
        return kind in wanted if wanted else kind not in _ON_REQUEST

    def set_wanted(self, kinds: Sequence[str]) -> None:
        """Remember which updates the bot wants; none named means the usual ones."""
        text = json.dumps(list(kinds))
        if text != (self._db.setting("allowed updates") or "[]"):
            self._db.set_setting("allowed updates", text)

"""Methods about the bot itself, its menu, chats and files."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sandbox.chat import Chat
from sandbox.errors import bad_request
from sandbox.reading import read_chat
from sandbox.records import Command
from sandbox.sending import Method
from sandbox.telegram_json import person_json
from sandbox.wire import Params

_MOST_COMMANDS = 100
_SCOPES = (
    "default",
    "all_private_chats",
    "all_group_chats",
    "all_chat_administrators",
    "chat",
    "chat_administrators",
    "chat_member",
)


def get_me(chat: Chat, params: Params) -> object:
    """Tell who the bot is."""
    return {
        **chat.profile.bot_json(),
        "can_join_groups": False,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def set_my_commands(chat: Chat, params: Params) -> object:
    """Set the command menu of a scope."""
    raw = params.decoded("commands")
    if not isinstance(raw, list):
        raise bad_request("can't parse commands: expected an Array of BotCommand")
    if len(raw) > _MOST_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    commands = [_command(item) for item in raw]
    chat.profile.set_commands(_scope(params), params.text("language_code") or "", commands)
    chat.presence.changed()
    return True


def get_my_commands(chat: Chat, params: Params) -> object:
    """Return the command menu of a scope."""
    commands = chat.profile.commands(_scope(params), params.text("language_code") or "")
    return [{"command": line.command, "description": line.description} for line in commands]


def delete_my_commands(chat: Chat, params: Params) -> object:
    """Take the command menu of a scope away."""
    chat.profile.set_commands(_scope(params), params.text("language_code") or "", [])
    chat.presence.changed()
    return True


def _command(raw: object) -> Command:
    if not isinstance(raw, Mapping):
        raise bad_request("can't parse BotCommand: expected an Object")
    command, description = raw.get("command"), raw.get("description")
    name = command.removeprefix("/") if isinstance(command, str) else ""
    if not re.fullmatch(r"[a-z0-9_]{1,32}", name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not isinstance(description, str) or not 1 <= len(description.strip()) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return Command(name, description)


def _scope(params: Params) -> str:
    raw = params.decoded("scope") or {"type": "default"}
    if not isinstance(raw, Mapping) or raw.get("type") not in _SCOPES:
        raise bad_request("can't parse BotCommandScope: wrong type specified")
    ids = [str(raw[name]) for name in ("chat_id", "user_id") if name in raw]
    return ":".join([str(raw["type"]), *ids])


def _setter(parameter: str, field: str, most: int) -> Method:
    def set_text(chat: Chat, params: Params) -> object:
        text = params.text(parameter) or ""
        if len(text) > most:
            raise bad_request(f"bot {field} is too long")
        if not params.text("language_code"):  # the page speaks one language, the default one
            chat.profile.set_text(field, text)
            chat.presence.changed()
        return True

    return set_text


def _getter(parameter: str, field: str) -> Method:
    def get_text(chat: Chat, params: Params) -> object:
        return {parameter: chat.profile.text(field)}

    return get_text


def set_chat_menu_button(chat: Chat, params: Params) -> object:
    """Choose between the command menu and none; this page has no Mini Apps."""
    button = params.decoded("menu_button") or {"type": "default"}
    kind = button.get("type") if isinstance(button, Mapping) else None
    if kind not in ("default", "commands"):
        raise bad_request("MENU_BUTTON_INVALID: only the command menu can be shown here")
    return True


def get_chat_menu_button(chat: Chat, params: Params) -> object:
    """Tell what the menu button opens."""
    return {"type": "commands"}


def get_chat(chat: Chat, params: Params) -> object:
    """Describe a private chat."""
    person = chat.messages_store.person(read_chat(chat, params)) or chat.local
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription")
    return {
        "id": person.user_id,
        "type": "private",
        "first_name": person.first_name,
        "accent_color_id": person.user_id % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys((*gifts, "gifts_from_channels"), False),
    }


def get_chat_member(chat: Chat, params: Params) -> object:
    """Describe one of the two members of a private chat."""
    chat_id = read_chat(chat, params)
    user_id = params.integer("user_id")
    person = chat.messages_store.person(chat_id)
    if person and user_id == chat_id:
        return {"status": "member", "user": person_json(person)}
    bot = chat.profile.bot_json()
    if user_id == bot["id"]:
        return {"status": "member", "user": bot}
    raise bad_request("PARTICIPANT_ID_INVALID")


def get_file(chat: Chat, params: Params) -> object:
    """Tell where a file can be downloaded."""
    file = chat.files.get(params.text("file_id") or "")
    if file is None:
        raise bad_request("invalid file_id")
    return {
        "file_id": file.file_id,
        "file_unique_id": file.unique_id,
        "file_size": file.size,
        "file_path": file.path,
    }


def nothing_to_do(chat: Chat, params: Params) -> object:
    """Agree: there is no cloud to log out from."""
    return True


PROFILE: Mapping[str, Method] = {
    "getMe": get_me,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setMyName": _setter("name", "name", 64),
    "setMyDescription": _setter("description", "description", 512),
    "setMyShortDescription": _setter("short_description", "short description", 120),
    "getMyName": _getter("name", "name"),
    "getMyDescription": _getter("description", "description"),
    "getMyShortDescription": _getter("short_description", "short description"),
    "setChatMenuButton": set_chat_menu_button,
    "getChatMenuButton": get_chat_menu_button,
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "getFile": get_file,
    "logOut": nothing_to_do,
    "close": nothing_to_do,
}

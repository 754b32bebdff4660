"""Sending and editing through the real client."""

from __future__ import annotations

import pytest
from telegram import (
    Bot,
    CopyTextButton,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    Message,
)
from telegram.constants import ChatAction
from telegram.error import BadRequest, EndPointNotFound

from sandbox.server import SandboxServer
from tests.sandbox.bots import keyboard
from tests.sandbox.conftest import Clock
from tests.sandbox.pictures import png


async def test_get_me_names_the_bot_of_the_token(bot: Bot, server: SandboxServer) -> None:
    me = await bot.get_me()
    assert me.is_bot
    assert me.id == int(server.token.split(":")[0])
    assert me.username == "conclave_local_bot"


async def test_send_message_returns_what_is_shown(bot: Bot, server: SandboxServer) -> None:
    sent = await bot.send_message(
        server.user_id, "<b>5 &lt; 6</b> 🎉", parse_mode="HTML", reply_markup=keyboard("Go")
    )
    assert sent.text == "5 < 6 🎉"
    assert sent.text_html == "<b>5 &lt; 6</b> 🎉"
    assert sent.chat_id == server.user_id
    assert sent.reply_markup == keyboard("Go")
    (seen,) = server.chat.messages(server.user_id)
    assert (seen.id, seen.text, seen.from_bot) == (sent.message_id, "5 < 6 🎉", True)
    assert seen.button("Go").data == "tap:Go"


async def test_reply_carries_the_message_that_it_answers(bot: Bot, server: SandboxServer) -> None:
    asked = server.chat.person_sends(server.user_id, "How are you?")
    sent = await bot.send_message(server.user_id, "Fine", reply_to_message_id=asked)
    assert sent.reply_to_message
    assert sent.reply_to_message.text == "How are you?"
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(server.user_id, "Fine", reply_to_message_id=999)


@pytest.mark.parametrize("length", [1, 4096])
async def test_text_up_to_the_limit_is_sent(bot: Bot, server: SandboxServer, length: int) -> None:
    sent = await bot.send_message(server.user_id, "x" * length)
    assert len(sent.text or "") == length


async def test_limit_counts_after_parsing(bot: Bot, server: SandboxServer) -> None:
    markup = "<b>" + "&lt;" * 4096 + "</b>"
    sent = await bot.send_message(server.user_id, markup, parse_mode="HTML")
    assert sent.text == "<" * 4096


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x" * 4097, "Message is too long"),
        ("🎉" * 2049, "Message is too long"),
        (" \n ", "Message text is empty"),
        ("<b></b>", "Message text is empty"),
        ("1 < 2", "Can't parse entities"),
    ],
)
async def test_wrong_text_is_refused(
    bot: Bot, server: SandboxServer, text: str, words: str
) -> None:
    with pytest.raises(BadRequest, match=f"(?i){words}"):
        await bot.send_message(server.user_id, text, parse_mode="HTML")
    assert not server.chat.messages(server.user_id)


async def test_caption_has_its_own_limit(bot: Bot, server: SandboxServer) -> None:
    await bot.send_photo(server.user_id, png(), caption="x" * 1024)
    with pytest.raises(BadRequest, match="Message caption is too long"):
        await bot.send_photo(server.user_id, png(), caption="x" * 1025)


async def test_chat_is_unknown_until_its_person_has_written(
    bot: Bot, server: SandboxServer
) -> None:
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(42, "hello")
    server.chat.person_sends(42, "/start")
    await bot.send_message(42, "hello")
    assert [message.text for message in server.chat.messages(42)] == ["/start", "hello"]
    assert not server.chat.messages(server.user_id)
    assert (await bot.get_chat(42)).type == "private"
    assert (await bot.get_chat_member(42, 42)).status == "member"


@pytest.mark.parametrize("size", [0, 65])
async def test_callback_data_has_1_to_64_bytes(bot: Bot, server: SandboxServer, size: int) -> None:
    button = InlineKeyboardButton("Go", callback_data="x" * size)
    with pytest.raises(BadRequest, match="Button_data_invalid"):
        await bot.send_message(
            server.user_id, "hello", reply_markup=InlineKeyboardMarkup([[button]])
        )


async def test_callback_data_is_measured_in_bytes(bot: Bot, server: SandboxServer) -> None:
    for data, fits in (("é" * 32, True), ("é" * 33, False)):
        markup = InlineKeyboardMarkup([[InlineKeyboardButton("Go", callback_data=data)]])
        if fits:
            await bot.send_message(server.user_id, "hello", reply_markup=markup)
        else:
            with pytest.raises(BadRequest):
                await bot.send_message(server.user_id, "hello", reply_markup=markup)


@pytest.mark.parametrize(
    ("button", "words"),
    [
        (InlineKeyboardButton("Go", url="javascript:alert(1)"), "Wrong http url"),
        (InlineKeyboardButton("Go", url="http://localhost:8050/"), "Wrong http url"),
        (InlineKeyboardButton("Go"), "Text buttons are unallowed"),
        (InlineKeyboardButton(" ", callback_data="x"), "Button_text_invalid"),
    ],
)
async def test_wrong_button_is_refused(
    bot: Bot, server: SandboxServer, button: InlineKeyboardButton, words: str
) -> None:
    with pytest.raises(BadRequest, match=f"(?i){words}"):
        await bot.send_message(
            server.user_id, "hello", reply_markup=InlineKeyboardMarkup([[button]])
        )


async def test_link_and_copy_buttons_are_taken(bot: Bot, server: SandboxServer) -> None:
    row = [
        InlineKeyboardButton("Site", url="https://example.com/"),
        InlineKeyboardButton("Copy", copy_text=CopyTextButton("abc")),
        InlineKeyboardButton("Stop", callback_data="stop", style="danger"),
    ]
    sent = await bot.send_message(server.user_id, "hello", reply_markup=InlineKeyboardMarkup([row]))
    assert sent.reply_markup == InlineKeyboardMarkup([row])


async def test_more_than_a_hundred_buttons_are_refused(bot: Bot, server: SandboxServer) -> None:
    rows = [[InlineKeyboardButton("Go", callback_data="x")] * 3] * 34
    with pytest.raises(BadRequest, match="Reply markup is too long"):
        await bot.send_message(server.user_id, "hello", reply_markup=InlineKeyboardMarkup(rows))


async def test_forced_reply_is_taken_and_not_shown(bot: Bot, server: SandboxServer) -> None:
    await bot.send_message(server.user_id, "Which symbol?", reply_markup=ForceReply())
    assert server.chat.messages(server.user_id)[0].buttons == ()


async def test_edit_without_markup_removes_the_keyboard(bot: Bot, server: SandboxServer) -> None:
    sent = await bot.send_message(server.user_id, "one", reply_markup=keyboard("Go"))
    edited = await bot.edit_message_text("two", server.user_id, sent.message_id)
    assert isinstance(edited, Message)
    assert edited.edit_date
    assert edited.reply_markup is None
    (seen,) = server.chat.messages(server.user_id)
    assert (seen.text, seen.buttons, seen.edits, seen.edited) == ("two", (), 1, True)


async def test_edit_of_the_keyboard_alone_leaves_no_mark(bot: Bot, server: SandboxServer) -> None:
    sent = await bot.send_message(server.user_id, "one", reply_markup=keyboard("Go"))
    await bot.edit_message_reply_markup(
        server.user_id, sent.message_id, reply_markup=keyboard("Stop")
    )
    (seen,) = server.chat.messages(server.user_id)
    assert seen.button("Stop").data == "tap:Stop"
    assert not seen.edited


async def test_edit_that_changes_nothing_is_refused(bot: Bot, server: SandboxServer) -> None:
    sent = await bot.send_message(
        server.user_id, "<b>one</b>", parse_mode="HTML", reply_markup=keyboard("Go")
    )
    with pytest.raises(BadRequest, match="Message is not modified: specified new message content"):
        await bot.edit_message_text(
            "<strong>one</strong> ",
            server.user_id,
            sent.message_id,
            parse_mode="HTML",
            reply_markup=keyboard("Go"),
        )
    with pytest.raises(BadRequest, match="Message is not modified"):
        await bot.edit_message_reply_markup(
            server.user_id, sent.message_id, reply_markup=keyboard("Go")
        )
    await bot.edit_message_text("one", server.user_id, sent.message_id)


async def test_edit_of_what_can_not_be_edited_is_refused(bot: Bot, server: SandboxServer) -> None:
    theirs = server.chat.person_sends(server.user_id, "mine")
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("x", server.user_id, theirs)
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("x", server.user_id, 12345)
    text = await bot.send_message(server.user_id, "text")
    with pytest.raises(BadRequest, match="There is no caption in the message to edit"):
        await bot.edit_message_caption(server.user_id, text.message_id, caption="x")
    photo = await bot.send_photo(server.user_id, png())
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await bot.edit_message_text("x", server.user_id, photo.message_id)
    with pytest.raises(BadRequest, match="Message_too_long"):
        await bot.edit_message_text("x" * 4097, server.user_id, text.message_id)


async def test_photo_is_stored_with_its_size_and_can_be_downloaded(
    bot: Bot, server: SandboxServer
) -> None:
    picture = png(640, 400)
    sent = await bot.send_photo(server.user_id, picture, caption="<i>chart</i>", parse_mode="HTML")
    assert (sent.photo[-1].width, sent.photo[-1].height) == (640, 400)
    assert sent.caption_html == "<i>chart</i>"
    file = await bot.get_file(sent.photo[-1].file_id)
    assert bytes(await file.download_as_bytearray()) == picture
    again = await bot.send_photo(server.user_id, sent.photo[-1].file_id)
    assert again.photo[-1].file_unique_id == sent.photo[-1].file_unique_id
    assert [seen.photo for seen in server.chat.messages(server.user_id)] == [picture, picture]


async def test_photo_that_is_none_is_refused(bot: Bot, server: SandboxServer) -> None:
    with pytest.raises(BadRequest, match="Image_process_failed"):
        await bot.send_photo(server.user_id, b"<svg onload=alert(1)>")
    with pytest.raises(BadRequest, match="Photo_invalid_dimensions"):
        await bot.send_photo(server.user_id, png(2100, 100))
    with pytest.raises(BadRequest, match="File must be non-empty"):
        await bot.send_photo(server.user_id, b"")
    with pytest.raises(BadRequest, match=r"(?i)wrong file identifier"):
        await bot.send_photo(server.user_id, "https://example.com/picture.png")
    assert not server.chat.messages(server.user_id)


async def test_text_message_becomes_a_photo(bot: Bot, server: SandboxServer) -> None:
    progress = await bot.send_message(server.user_id, "Working…", reply_markup=keyboard("Stop"))
    edited = await bot.edit_message_media(
        InputMediaPhoto(png(), caption="<b>Done</b>", parse_mode="HTML"),
        server.user_id,
        progress.message_id,
        reply_markup=keyboard("Confirm"),
    )
    assert isinstance(edited, Message)
    assert edited.text is None
    assert edited.caption_html == "<b>Done</b>"
    (seen,) = server.chat.messages(server.user_id)
    assert (seen.photo, seen.text, seen.edits) == (png(), "Done", 1)
    assert seen.button("Confirm")
    await bot.edit_message_caption(server.user_id, progress.message_id, caption="Filled")
    (seen,) = server.chat.messages(server.user_id)
    assert (seen.photo, seen.text, seen.buttons) == (png(), "Filled", ())


async def test_document_keeps_its_name_but_no_path(bot: Bot, server: SandboxServer) -> None:
    sent = await bot.send_document(
        server.user_id, b"a,b\n1,2\n", filename='../../etc/pass"wd\n.csv', caption="Export"
    )
    assert sent.document
    assert "/" not in (sent.document.file_name or "")
    file = await bot.get_file(sent.document.file_id)
    assert bytes(await file.download_as_bytearray()) == b"a,b\n1,2\n"


async def test_album_arrives_as_messages_of_one_group(bot: Bot, server: SandboxServer) -> None:
    sent = await bot.send_media_group(
        server.user_id, [InputMediaPhoto(png(shade=1), caption="one"), InputMediaPhoto(png())]
    )
    assert sent[0].media_group_id
    assert sent[0].media_group_id == sent[1].media_group_id
    assert [seen.text for seen in server.chat.messages(server.user_id)] == ["one", ""]
    with pytest.raises(BadRequest, match=r"(?i)can't be mixed"):
        await bot.send_media_group(
            server.user_id, [InputMediaPhoto(png()), InputMediaDocument(b"x", filename="x.txt")]
        )


async def test_delete_takes_messages_away(bot: Bot, server: SandboxServer, clock: Clock) -> None:
    sent = [await bot.send_message(server.user_id, f"m{i}") for i in range(4)]
    await bot.delete_message(server.user_id, sent[0].message_id)
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await bot.delete_message(server.user_id, sent[0].message_id)
    await bot.delete_messages(server.user_id, [sent[1].message_id, 777])
    assert [seen.text for seen in server.chat.messages(server.user_id)] == ["m2", "m3"]
    clock.ahead = 49 * 3600
    with pytest.raises(BadRequest, match="Message can't be deleted for everyone"):
        await bot.delete_message(server.user_id, sent[2].message_id)


async def test_chat_action_is_checked_and_shown(bot: Bot, server: SandboxServer) -> None:
    await bot.send_chat_action(server.user_id, ChatAction.TYPING)
    assert 4 < server.chat.presence.typing_seconds(server.user_id) <= 5
    await bot.send_message(server.user_id, "here it is")
    assert server.chat.presence.typing_seconds(server.user_id) == 0
    with pytest.raises(BadRequest, match="Wrong parameter action in request"):
        await bot.send_chat_action(server.user_id, "thinking")


async def test_command_menu_is_kept_per_scope(bot: Bot, server: SandboxServer) -> None:
    await bot.set_my_commands([("start", "Begin"), ("help", "All commands")])
    assert [line.command for line in await bot.get_my_commands()] == ["start", "help"]
    assert [line.command for line in server.chat.profile.menu_for(server.user_id)] == [
        "start",
        "help",
    ]
    await bot.delete_my_commands()
    assert not await bot.get_my_commands()
    with pytest.raises(BadRequest, match="Bot_command_invalid"):
        await bot.set_my_commands([("Big", "x")])


async def test_texts_about_the_bot_are_kept(bot: Bot, server: SandboxServer) -> None:
    await bot.set_my_name("Desk")
    await bot.set_my_description("What I do")
    await bot.set_my_short_description("Short")
    await bot.set_chat_menu_button()
    assert (await bot.get_my_name()).name == "Desk"
    assert (await bot.get_my_description()).description == "What I do"
    assert (await bot.get_me()).first_name == "Desk"


async def test_unknown_method_is_not_found(bot: Bot) -> None:
    with pytest.raises(EndPointNotFound):
        await bot.do_api_request("sendTelepathy")
    assert await bot.log_out()
    assert await bot.close()

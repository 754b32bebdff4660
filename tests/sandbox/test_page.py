"""The page in a real browser, at the size of a phone."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, ViewportSize, async_playwright, expect
from telegram import Bot, InputMediaDocument

from sandbox.server import SandboxServer
from tests.sandbox.bots import bot_for, echo_application, running
from tests.sandbox.pictures import png

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PHONE: ViewportSize = {"width": 390, "height": 844}
SMALL_PHONE: ViewportSize = {"width": 360, "height": 640}
WIDE_36 = "123456789012345678901234567890123456"

# One browser serves the whole file, so everything here runs on one event loop.
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def server(tmp_path: Path) -> AsyncIterator[SandboxServer]:
    server = SandboxServer(tmp_path / "chat.db", 0)
    await server.start()
    yield server
    await server.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def bot(server: SandboxServer) -> AsyncIterator[Bot]:
    async with bot_for(server) as bot:
        yield bot


@pytest.fixture
def problems() -> list[str]:
    """Collect what the page complains about."""
    return []


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, problems: list[str]) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    page = await context.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    await context.close()


async def test_conversation_on_the_page(
    page: Page, server: SandboxServer, problems: list[str]
) -> None:
    async with running(echo_application(server)):
        await page.goto(server.page_url)
        await page.get_by_role("button", name="Start", exact=True).click()
        await expect(page.get_by_text("Welcome.")).to_be_visible()

        await page.get_by_label("Message", exact=True).fill("is 1 < 2?")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Echo: is 1 < 2?")).to_be_visible()
        await page.get_by_role("button", name="Yes").click()
        await expect(page.locator("#toast")).to_have_text("You chose Yes")
        await expect(page.get_by_text("Chosen: Yes")).to_be_visible()
        await expect(page.get_by_text("edited")).to_be_visible()
        await expect(page.get_by_role("button", name="Yes")).to_have_count(0)

        await page.get_by_label("Message", exact=True).fill("again")
        await page.get_by_role("button", name="Send").click()
        await page.get_by_role("button", name="No").click()
        await expect(page.get_by_role("dialog")).to_contain_text("You chose No")
        await page.get_by_role("button", name="OK").click()

        await page.get_by_role("button", name="/picture", exact=True).click()
        await expect(page.get_by_role("img", name="Drawn")).to_be_visible()
        await page.get_by_role("button", name="Enlarge the picture").click()
        await expect(page.locator("#viewer")).to_be_visible()
        await page.get_by_role("button", name="Close").click()

        shown = await page.locator(".text").all_inner_texts()
        await page.reload()
        await expect(page.get_by_role("img", name="Drawn")).to_be_visible()
        assert await page.locator(".text").all_inner_texts() == shown
    assert problems == []


async def test_command_menu_and_suggestions(page: Page, server: SandboxServer) -> None:
    async with running(echo_application(server)):
        await page.goto(server.page_url)
        await page.get_by_role("button", name="Menu").click()
        await expect(page.locator(".command")).to_have_count(2)
        await expect(page.locator(".command").first).to_contain_text("Begin")
        await page.get_by_role("button", name="Write /picture and go on").click()
        await expect(page.get_by_label("Message", exact=True)).to_have_value("/picture ")
        await page.get_by_label("Message", exact=True).fill("/st")
        await expect(page.locator(".command")).to_have_count(1)
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Welcome.")).to_be_visible()


async def test_36_characters_fit_a_small_phone(page: Page, server: SandboxServer, bot: Bot) -> None:
    await page.set_viewport_size(SMALL_PHONE)
    caption = f"<pre>{WIDE_36}\n{WIDE_36}</pre>" + "long" * 50
    await bot.send_message(server.user_id, caption, parse_mode="HTML")
    await bot.send_photo(server.user_id, png(), caption=caption, parse_mode="HTML")
    await page.goto(server.page_url)
    await expect(page.locator("pre")).to_have_count(2)
    for block in await page.locator("pre").all():
        height = await block.evaluate(
            "node => node.clientHeight - 2 * parseFloat(getComputedStyle(node).paddingTop)"
        )
        line = await block.evaluate("node => parseFloat(getComputedStyle(node).lineHeight)")
        assert round(height / line) == 2, "a line of 36 characters was broken"
    for place in ("html", "#scroll"):
        assert await page.locator(place).evaluate("node => node.scrollWidth <= node.clientWidth")


async def test_hostile_messages_stay_text(
    page: Page, server: SandboxServer, bot: Bot, problems: list[str]
) -> None:
    hostile = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>'
    server.chat.person_sends(server.user_id, hostile)
    await bot.send_message(server.user_id, hostile)
    await bot.send_document(server.user_id, b"x", filename=f"{hostile}.html", caption=hostile)
    await bot.send_message(
        server.user_id,
        "click",
        api_kwargs={
            "entities": [
                {"type": "text_link", "offset": 0, "length": 5, "url": "javascript:window.hit=1"}
            ]
        },
    )
    await page.goto(server.page_url)
    await expect(page.locator(".message")).to_have_count(4)
    assert await page.locator(".message img, .message script, .message a").count() == 0
    assert await page.evaluate("window.hit") is None
    assert await page.locator(".text").first.inner_text() != ""
    assert problems == []


async def test_files_sent_together_are_saved_under_their_names(
    page: Page, server: SandboxServer, bot: Bot, problems: list[str]
) -> None:
    files = {"fills.csv": b"a,b\r\n1,2\r\n", "equity.csv": b"c\r\n3\r\n"}
    await bot.send_media_group(
        server.user_id,
        [InputMediaDocument(content, filename=name) for name, content in files.items()],
    )
    await page.goto(server.page_url)
    for name, content in files.items():
        async with page.expect_download() as saving:
            await page.get_by_role("button", name=f"Download {name}").click()
        download = await saving.value
        assert download.suggested_filename == name
        assert (await download.path()).read_bytes() == content
    assert problems == []


async def test_page_without_its_key_explains_itself(page: Page, server: SandboxServer) -> None:
    for address in (server.api_base, f"{server.api_base}/#wrong"):
        await page.goto(address)
        await expect(page.get_by_role("heading", name="This page needs its key")).to_be_visible()
        await expect(page.locator("#phone")).to_be_hidden()


async def test_page_comes_back_after_the_server_was_away(
    page: Page, tmp_path: Path, problems: list[str]
) -> None:
    server = SandboxServer(tmp_path / "other.db", 0)
    await server.start()
    port = int(server.api_base.rsplit(":", 1)[1])
    async with bot_for(server) as bot:
        await bot.send_message(server.user_id, "the first")
    await page.goto(server.page_url)
    await expect(page.get_by_text("the first")).to_be_visible()
    await server.stop()
    await expect(page.locator("#banner")).to_contain_text("The bot is not running")
    await page.get_by_label("Message", exact=True).fill("are you there?")
    await page.keyboard.press("Enter")
    await expect(page.locator("#problem")).to_contain_text("Not sent")
    await expect(page.get_by_label("Message", exact=True)).to_have_value("are you there?")

    server = SandboxServer(tmp_path / "other.db", port)
    await server.start()
    async with bot_for(server) as bot:
        await bot.send_message(server.user_id, "the second")
        await bot.get_updates(timeout=0)
        await expect(page.get_by_text("the second")).to_be_visible()
        await expect(page.locator("#banner")).to_be_hidden()
    await server.stop()
    assert problems == []

"""No token, no key, no network: the local chat in a real browser, at the size of a phone."""

from __future__ import annotations

import re
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.e2e.product import Product

CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SECONDS = 40_000
QUESTION = "Is BTC a long on the 1h right now?"
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


async def test_first_question_and_order_on_the_page_and_after_a_restart(tmp_path: Path) -> None:
    product = Product(tmp_path, {"EXCHANGE": "demo", "LOCAL_PORT": str(_free_port())})
    await product.start()
    try:
        address = await _address(product)
        async with _phone() as page:
            await page.goto(address)
            await _asks_the_example(page)
            await _buys(page)
            await page.screenshot(path=tmp_path / "page.png", full_page=True)
            shown = await page.locator(".message").count()

            assert await product.stop() == 0
            assert "Traceback" not in product.text
            await product.start()
            assert await _address(product) == address
            await page.reload()
            await expect(page.locator(".message")).to_have_count(shown, timeout=SECONDS)
            await page.get_by_role("button", name="Confirmed").last.click()
            await expect(page.get_by_role("dialog")).to_contain_text(
                "Already confirmed at", timeout=SECONDS
            )
    finally:
        await product.kill()
    assert (tmp_path / "var" / "conclave.db").exists()


async def _asks_the_example(page: Page) -> None:
    await page.get_by_role("button", name="Start", exact=True).click()
    example = page.get_by_role("button", name=QUESTION)
    await expect(example).to_be_visible(timeout=SECONDS)
    await expect(page.get_by_text("made-up DEMO market")).to_be_visible()
    await example.click()
    card = page.locator(".message").last
    await expect(card.get_by_role("button", name="Why")).to_be_visible(timeout=SECONDS)
    await expect(card).to_contain_text("BTC/USDT · 1h · demo")
    await expect(card).to_contain_text("3 runs")
    await expect(card).to_contain_text("rule-based analyst, no language model")
    await expect(card).to_contain_text("DEMO DATA · simulated money · not advice")
    await expect(card.get_by_role("img").first).to_be_visible()
    for place in ("html", "#scroll"):
        assert await page.locator(place).evaluate("node => node.scrollWidth <= node.clientWidth")


async def _buys(page: Page) -> None:
    await page.get_by_label("Message", exact=True).fill("/buy BTC 150")
    await page.keyboard.press("Enter")
    # Not just the last one: that may still be the verdict, which may offer an order too.
    offer = page.locator(".message").filter(has_text="BTC/USDT · demo").last
    await expect(offer.get_by_role("button", name="Confirm")).to_be_visible(timeout=SECONDS)
    await expect(offer).to_contain_text("DEMO DATA")
    await offer.get_by_role("button", name="Confirm").click()
    await expect(page.locator("#toast")).to_contain_text("Bought", timeout=SECONDS)
    report = page.locator(".message").last
    await expect(report).to_contain_text("Filled: bought", timeout=SECONDS)
    await expect(report).to_contain_text("DEMO DATA")
    await expect(report.get_by_role("button", name="Close BTC/USDT")).to_be_visible()


async def _address(product: Product) -> str:
    line = await product.says("http://127.0.0.1:")
    found = re.search(r"http://127\.0\.0\.1:\d+/#\S+", line)
    assert found
    return found[0]


@asynccontextmanager
async def _phone() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page(
            viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
        )
        yield page
        await browser.close()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])

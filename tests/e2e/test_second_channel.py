"""ALERT_URLS: a wrong one stops the start clearly, a right one is named by the doctor."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.e2e.product import Product
from tests.fakes.alert_receiver import alert_receiver

pytestmark = pytest.mark.asyncio(loop_scope="package")
DEMO = {"EXCHANGE": "demo", "LOCAL_PORT": "0"}


async def test_address_that_apprise_refuses_stops_the_start(tmp_path: Path) -> None:
    product = Product(tmp_path, {**DEMO, "ALERT_URLS": "slack://hunter22/A1BRTD4JD"})
    assert await product.run() == 2
    assert "ALERT_URLS: address 1 (slack://…) can't be used: " in product.text
    assert "Example: ALERT_URLS=mailto://" in product.text
    assert "Traceback" not in product.text
    for secret in ("hunter22", "A1BRTD4JD"):
        assert secret not in product.text


async def test_address_without_a_scheme_stops_the_start_at_once(tmp_path: Path) -> None:
    product = Product(tmp_path, {**DEMO, "ALERT_URLS": "me@example.org"})
    assert await product.run() == 2
    assert "ALERT_URLS: address 1 is none of the form scheme://…." in product.text


async def test_doctor_names_the_second_channel_and_sends_nothing(tmp_path: Path) -> None:
    async with alert_receiver() as receiver:
        urls = f"{receiver.url}, mailto://me:hunter22@example.org"
        product = Product(tmp_path, {**DEMO, "ALERT_URLS": urls})
        assert await product.run("doctor") == 0
    assert "critical alerts go to JSON, E-Mail too; nothing was sent now" in product.text
    assert receiver.asked == 0
    assert "hunter22" not in product.text


async def test_with_a_second_channel_the_chat_answers_as_soon_as_without(tmp_path: Path) -> None:
    """apprise is loaded in the background: polling does not wait for it."""
    product = Product(tmp_path, {**DEMO, "ALERT_URLS": "json://127.0.0.1:9/"})
    began = time.monotonic()
    await product.start()
    try:
        await product.says("Conclave is running")
        assert time.monotonic() - began < 10
        await product.ready()
    finally:
        await product.stop()

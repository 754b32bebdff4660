"""Who is let in, and what an answer allows a browser to do."""

from __future__ import annotations

import asyncio
import json
import socket
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from telegram import Bot

from sandbox.errors import NotLoopback, PortTaken
from sandbox.server import SandboxServer
from tests.sandbox.bots import bot_for, keyboard, no_certificates
from tests.sandbox.pictures import png

EVERYWHERE = "0.0.0.0"  # noqa: S104 (the server has to refuse it)


@pytest.fixture
async def browser(server: SandboxServer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.api_base, verify=no_certificates()) as client:
        yield client


def key_of(server: SandboxServer) -> dict[str, str]:
    return {"X-Chat-Key": server.page_url.split("#")[1]}


@pytest.mark.parametrize("host", [EVERYWHERE, "192.168.1.5", "::", "example.com", ""])
def test_host_that_others_could_reach_is_refused(tmp_path: Path, host: str) -> None:
    with pytest.raises(NotLoopback, match="whole network"):
        SandboxServer(tmp_path / "chat.db", 0, host=host)
    assert not (tmp_path / "chat.db").exists()


async def test_taken_port_names_the_setting(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        server = SandboxServer(tmp_path / "chat.db", port)
        with pytest.raises(PortTaken, match=rf"port {port} .* LOCAL_PORT="):
            await server.start()
        await server.stop()


async def test_chat_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "var" / "chat.db"
    server = SandboxServer(path, 0)
    server.chat.person_sends(server.user_id, "hello")
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    await server.stop()


async def test_keys_and_ids_stay_the_same_after_a_restart(tmp_path: Path) -> None:
    found = []
    for _ in range(2):
        server = SandboxServer(tmp_path / "chat.db", 0)
        await server.start()
        found.append((server.token, server.page_url.split("#")[1], server.user_id))
        await server.stop()
    assert found[0] == found[1]
    digits, secret = found[0][0].split(":")
    assert digits.isdigit()
    assert len(secret) == 35


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "127.1:{port}", ""]
)
@pytest.mark.parametrize("path", ["/", "/page/chat.js", "/chat/changes", "/bot{token}/getMe"])
async def test_foreign_host_name_is_refused(
    server: SandboxServer, browser: httpx.AsyncClient, host: str, path: str
) -> None:
    port = server.api_base.rsplit(":", 1)[1]
    headers = {**key_of(server), "Host": host.format(port=port)}
    answer = await browser.get(path.format(token=server.token), headers=headers)
    assert answer.status_code in (400, 403)
    assert server.token not in answer.text


async def test_localhost_is_the_same_place(
    server: SandboxServer, browser: httpx.AsyncClient
) -> None:
    port = server.api_base.rsplit(":", 1)[1]
    headers = {**key_of(server), "Host": f"localhost:{port}", "Origin": f"http://localhost:{port}"}
    assert (await browser.get("/chat/changes", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["/chat/send", "/bot{token}/sendMessage"])
async def test_request_of_another_page_is_refused(
    server: SandboxServer, browser: httpx.AsyncClient, headers: dict[str, str], path: str
) -> None:
    body = {"text": "hello", "chat_id": server.user_id}
    answer = await browser.post(
        path.format(token=server.token), json=body, headers={**key_of(server), **headers}
    )
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers
    assert not server.chat.messages(server.user_id)


@pytest.mark.parametrize("key", [None, b"", b"wrong", "é".encode(), b"\xff"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/chat/changes"),
        ("GET", "/chat/history"),
        ("GET", "/chat/file/x"),
        ("POST", "/chat/send"),
        ("POST", "/chat/tap"),
        ("GET", "/somewhere"),
    ],
)
async def test_page_api_needs_the_key(
    server: SandboxServer, browser: httpx.AsyncClient, method: str, path: str, key: bytes | None
) -> None:
    headers = {} if key is None else {b"X-Chat-Key": key}
    answer = await browser.request(method, path, headers=headers)
    assert answer.status_code == 401
    assert "terminal" in answer.json()["error"]


@pytest.mark.parametrize(
    ("token", "status", "words"),
    [
        ("123:" + "A" * 35, 401, "Unauthorized"),
        ("nonsense", 404, "Not Found"),
        ("123:é", 404, "Not Found"),
    ],
)
async def test_bot_api_needs_the_token(
    browser: httpx.AsyncClient, token: str, status: int, words: str
) -> None:
    answer = await browser.post(f"/bot{token}/getMe")
    assert answer.status_code == status
    assert answer.json() == {"ok": False, "error_code": status, "description": words}
    assert (await browser.get(f"/file/bot{token}/photos/x.png")).status_code == status


@pytest.mark.parametrize(
    "path",
    [
        "/page/../server.py",
        "/page/..%2fserver.py",
        "/page/%2e%2e/server.py",
        "/page/index.html%00.js",
        "/file/bot{token}/../../etc/passwd",
        "/file/bot{token}/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/file/bot{token}//etc/passwd",
        "/chat/file/..%2f..%2fetc%2fpasswd",
    ],
)
async def test_no_path_leads_to_the_disk(server: SandboxServer, path: str) -> None:
    host, port = server.api_base.removeprefix("http://").split(":")
    request = (
        f"GET {path.format(token=server.token)} HTTP/1.1\r\nHost: {host}:{port}\r\n"
        f"X-Chat-Key: {key_of(server)['X-Chat-Key']}\r\nConnection: close\r\n\r\n"
    )
    answer = await raw(host, int(port), request.encode())
    assert answer.split(b" ", 2)[1] in (b"400", b"404")
    assert b"import" not in answer
    assert b"root:" not in answer


async def raw(host: str, port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(request)
    await writer.drain()
    answer = await reader.read()
    writer.close()
    return answer


async def test_page_holds_no_secret_and_allows_nothing_foreign(
    server: SandboxServer, browser: httpx.AsyncClient
) -> None:
    for path in ("/", "/page/chat.js", "/page/chat.css"):
        answer = await browser.get(path)
        assert answer.status_code == 200
        assert key_of(server)["X-Chat-Key"] not in answer.text
        assert server.token not in answer.text
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "set-cookie" not in answer.headers


def test_page_never_turns_text_into_markup() -> None:
    page = Path(__file__).parents[2] / "sandbox" / "page"
    for file in page.iterdir():
        source = file.read_text()
        for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert word not in source, f"{word} in {file.name}"
        assert "http://" not in source.replace("http://www.w3.org/", "")
        assert "https://" not in source


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/chat/send", {"text": ""}, "empty"),
        ("/chat/send", {"text": "x" * 4097}, "4096"),
        ("/chat/send", {"text": 5}, "needs a text"),
        ("/chat/send", {"text": "x" * 70_000}, "too large"),
        ("/chat/send", ["text"], "JSON object"),
        ("/chat/tap", {"message_id": 10**30, "data": "x"}, "gone"),
        ("/chat/tap", {"message_id": 1, "data": "x"}, "gone"),
        ("/chat/tap", {"message_id": "1", "data": "x"}, "needs a message"),
    ],
)
async def test_hostile_input_of_the_page_is_refused_in_words(
    server: SandboxServer, browser: httpx.AsyncClient, path: str, body: object, words: str
) -> None:
    answer = await browser.post(path, json=body, headers=key_of(server))
    assert answer.status_code == 400
    assert words in answer.json()["error"]


async def test_broken_bodies_are_refused(server: SandboxServer, browser: httpx.AsyncClient) -> None:
    headers = {**key_of(server), "Content-Type": "application/json"}
    for content in (b"{", b"[" * 60_000, b'{"text": "\\ud800"}', b"\xff"):
        answer = await browser.post("/chat/send", content=content, headers=headers)
        assert answer.status_code == 400, content[:20]
    answer = await browser.post("/chat/send", data={"text": "x"}, headers=key_of(server))
    assert answer.status_code == 400
    assert not server.chat.messages(server.user_id)


async def test_page_reaches_only_its_own_chat(
    bot: Bot, server: SandboxServer, browser: httpx.AsyncClient
) -> None:
    server.chat.person_sends(42, "secret of somebody else")
    sent = await bot.send_photo(42, png(), reply_markup=keyboard("Yes"))
    changes = (await browser.get("/chat/changes", headers=key_of(server))).json()
    assert changes["messages"] == []
    file = await browser.get(f"/chat/file/{sent.photo[-1].file_id}", headers=key_of(server))
    assert file.status_code == 404
    tap = {"message_id": sent.message_id, "data": "tap:Yes"}
    answer = await browser.post("/chat/tap", json=tap, headers=key_of(server))
    assert answer.status_code == 400


async def test_too_large_upload_is_refused(server: SandboxServer) -> None:
    async with httpx.AsyncClient(base_url=server.api_base, verify=no_certificates()) as client:
        answer = await client.post(
            f"/bot{server.token}/sendDocument",
            data={"chat_id": str(server.user_id)},
            files={"document": ("big.bin", bytes(21 * 1024 * 1024))},
        )
    assert answer.status_code == 413
    assert answer.json()["description"] == "Request Entity Too Large"


async def test_json_body_works_like_a_form(server: SandboxServer) -> None:
    async with httpx.AsyncClient(base_url=server.api_base, verify=no_certificates()) as client:
        body = {
            "chat_id": server.user_id,
            "text": "hello",
            "reply_markup": {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]},
        }
        answer = (await client.post(f"/bot{server.token}/SENDMESSAGE", json=body)).json()
        assert answer["result"]["text"] == "hello"
        assert server.chat.messages(server.user_id)[0].button("Go").data == "go"
        body["text"] = "\ud800"
        broken = await client.post(
            f"/bot{server.token}/sendMessage",
            content=json.dumps(body),
            headers={"Content-Type": "application/json"},
        )
        assert broken.json()["description"] == "Bad Request: strings must be encoded in UTF-8"
        wrong = await client.post(
            f"/bot{server.token}/sendMessage",
            content=b"[1]",
            headers={"Content-Type": "application/json"},
        )
        assert wrong.status_code == 400


async def test_two_servers_do_not_share_keys(server: SandboxServer, tmp_path: Path) -> None:
    other = SandboxServer(tmp_path / "other.db", 0)
    await other.start()
    assert other.token != server.token
    assert other.page_url.split("#")[1] != server.page_url.split("#")[1]
    async with bot_for(other) as bot:
        assert (await bot.get_me()).id == int(other.token.split(":")[0])
    await other.stop()

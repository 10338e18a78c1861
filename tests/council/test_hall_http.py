"""The hall's pages over HTTP: who sees what, forms, headers, static files."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import pytest

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def _ask(
    port: int, method: str, path: str, body: str | None, headers: dict[str, str]
) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    cookies = "; ".join(value for name, value in answer.getheaders() if name.lower() == "set-cookie")
    found = {name.lower(): value for name, value in answer.getheaders()} | {"set-cookie": cookies}
    text = answer.read().decode()
    connection.close()
    return answer.status, found, text


async def ask(
    hall: Any, method: str, path: str, body: str | None = None, **headers: str
) -> tuple[int, dict[str, str], str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await asyncio.to_thread(_ask, hall.port, method, path, body, named)


def csrf_of(headers: dict[str, str]) -> str:
    found = re.search(r"csrf=([^;]+)", headers["set-cookie"])
    assert found is not None
    return found.group(1).strip('"')


@pytest.mark.parametrize("path", ["/login", "/terminal", "/display", "/nothing", "/static/tokens.css", "/healthz"])
async def test_every_answer_carries_the_headers(hall: Any, path: str) -> None:
    _, headers, text = await ask(hall, "GET", path)
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert f"connect-src 'self' ws://127.0.0.1:{hall.port} wss://127.0.0.1:{hall.port};" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["referrer-policy"] == "same-origin"
    assert "server" not in headers
    assert " style=" not in text and "<script>" not in text
    assert headers["cache-control"] == ("no-cache" if path.startswith("/static") else "no-store")


async def test_host_that_is_no_host_cannot_write_into_the_policy(hall: Any) -> None:
    _, headers, _ = await ask(hall, "GET", "/login", Host="x; script-src *")
    assert "script-src *" not in headers["content-security-policy"]


async def test_console_without_a_sitting_leads_to_where_one_is_made(db: Any, house: ModuleType) -> None:
    database = db.database("hall")
    await house.hire(database, house.CLERK, "clerk")
    await house.hire(database, "revizor", "auditor")
    async with house.running(database) as hall:
        for name, status, where in ((house.CLERK, 303, "/prepare"), ("revizor", 200, None)):
            _, cookie = await asyncio.to_thread(house.sign_in, hall.url, name)
            for path in ("/console", "/chair"):
                answer, headers, text = await ask(hall, "GET", path, Cookie=cookie)
                assert (answer, headers.get("location")) == (status, where)
                assert where is not None or ("ще не підготовлено" in text and f'href="{path}"' in text)


async def test_console_without_login_leads_to_sign_in_and_back(hall: Any, house: ModuleType) -> None:
    status, headers, _ = await ask(hall, "GET", f"/console?sitting={house.SITTING}")
    assert (status, headers["location"]) == (303, f"/login?next=%2Fconsole%3Fsitting%3D{house.SITTING}")
    status, headers, text = await ask(hall, "GET", headers["location"])
    token = csrf_of(headers)
    assert f'name="csrf" value="{token}"' in text
    fields = {"csrf": token, "name": "clerk", "password": house.PASSWORD, "next": f"/console?sitting={house.SITTING}"}
    status, headers, _ = await ask(hall, "POST", "/login", urlencode(fields), Cookie=f"csrf={token}", **FORM)
    assert (status, headers["location"]) == (303, f"/console?sitting={house.SITTING}")
    assert re.search(r"login=[^;]+; HttpOnly; Path=/; SameSite=strict", headers["set-cookie"])


@pytest.mark.parametrize(
    "where",
    ["http://evil.example/", "//evil.example", "/\\evil.example", "/logout", "javascript:0", "console", "?x", "//["],
)
async def test_sign_in_leads_nowhere_else(hall: Any, house: ModuleType, where: str) -> None:
    _, headers, _ = await ask(hall, "GET", "/login")
    token = csrf_of(headers)
    fields = {"csrf": token, "name": "clerk", "password": house.PASSWORD, "next": where}
    status, headers, _ = await ask(hall, "POST", "/login", urlencode(fields), Cookie=f"csrf={token}", **FORM)
    assert (status, headers["location"]) == (303, "/console")


async def test_sign_in_without_token_or_from_another_site_is_refused(hall: Any, house: ModuleType) -> None:
    _, headers, _ = await ask(hall, "GET", "/login")
    token = csrf_of(headers)
    good = {"name": "clerk", "password": house.PASSWORD}
    for fields, extra in [
        (good, {"Cookie": f"csrf={token}"}),
        (good | {"csrf": token}, {}),
        (good | {"csrf": "a.b"}, {"Cookie": "csrf=a.b"}),
        (good | {"csrf": token}, {"Cookie": f"csrf={token}", "Origin": "http://evil.example"}),
    ]:
        status, headers, _ = await ask(hall, "POST", "/login", urlencode(fields), **FORM, **extra)
        assert (status, "login=" in headers["set-cookie"]) == (403, False)


async def test_wrong_password_says_so_and_keeps_the_name(hall: Any) -> None:
    _, headers, _ = await ask(hall, "GET", "/login")
    token = csrf_of(headers)
    fields = {"csrf": token, "name": "<clerk>", "password": "wrong"}
    cookie = {"Cookie": f"csrf={token}; lang=en"}
    status, _, text = await ask(hall, "POST", "/login", urlencode(fields), **cookie, **FORM)
    assert status == 401
    assert "Name or password is wrong." in text and "&lt;clerk&gt;" in text and "<clerk>" not in text
    for _ in range(5):
        status, headers, text = await ask(hall, "POST", "/login", urlencode(fields), **cookie, **FORM)
    assert status == 429 and "Too many tries" in text and 0 < int(headers["retry-after"]) <= 301


async def test_sign_out_closes_the_consoles_of_that_login(hall: Any, house: ModuleType) -> None:
    _, cookie = await asyncio.to_thread(house.sign_in, hall.url)
    token = cookie.split("csrf=")[1].strip('"')
    async with house.clerk(hall.url, cookie=cookie) as console:
        await console.expect("ConsoleState")
        status, _, _ = await ask(hall, "POST", "/logout", urlencode({"csrf": "x"}), Cookie=cookie, **FORM)
        assert status == 403
        status, headers, _ = await ask(hall, "POST", "/logout", urlencode({"csrf": token}), Cookie=cookie, **FORM)
        assert status == 303
        assert headers["set-cookie"] == ""  # its other windows ask with it why they are closed
        assert await console.closed(1.5) == 4004
    status, headers, _ = await ask(hall, "GET", "/console", Cookie=cookie)
    assert status == 303
    _, _, text = await ask(hall, "GET", headers["location"], Cookie=f"{cookie}; lang=en")
    assert 'role="status">You have signed out.<' in text


async def test_browser_enrols_by_a_code_and_keeps_its_cookie(hall: Any, house: ModuleType) -> None:
    async with house.clerk(hall.url) as console:
        made = await console.act("MakeEnrolment", desk_no=7)
        refused = await console.act("MakeEnrolment", desk_no=99)
    assert (made["type"], refused["code"]) == ("EnrolmentMade", "no_such_desk")
    status, headers, text = await ask(hall, "GET", made["path"])
    assert status == 200 and made["code"] in text
    token = csrf_of(headers)
    public_key = house.signing_key(7).public
    keyless = urlencode({"csrf": token, "code": made["code"]})
    status, _, text = await ask(hall, "POST", "/terminal/enrol", keyless, Cookie=f"csrf={token}; lang=en", **FORM)
    assert status == 400 and "no key of its own" in text  # and the code is not used up
    fields = urlencode({"csrf": token, "code": made["code"], "public_key": public_key})
    status, headers, _ = await ask(hall, "POST", "/terminal/enrol", fields, Cookie=f"csrf={token}", **FORM)
    assert (status, headers["location"]) == (303, "/terminal")
    found = re.search(r"terminal=([^;]+); HttpOnly; Max-Age=\d+; Path=/; SameSite=strict", headers["set-cookie"])
    assert found is not None
    status, _, text = await ask(hall, "GET", "/terminal", Cookie=f"terminal={found.group(1)}")
    page = json.loads(re.search(r'id="page">(.*?)</script>', text, re.S).group(1))  # type: ignore[union-attr]
    assert page["ws"] == "/ws/terminal" and len(page["build"]) == 16 and page["public_key"] == public_key
    status, _, text = await ask(hall, "POST", "/terminal/enrol", fields, Cookie=f"csrf={token}", **FORM)
    assert status == 403


async def test_program_enrols_by_json_and_errors_have_one_shape(hall: Any, house: ModuleType) -> None:
    json_type = {"Content-Type": "application/json"}
    key = house.signing_key(1).public
    for body, status in [
        ("{}", 400),
        ("[1]", 400),
        ("no", 400),
        ('{"code":"A"}', 400),
        (f'{{"code":1,"public_key":"{key}"}}', 400),
        ('{"code":"A","public_key":"nokey"}', 400),
        (f'{{"code":"WRONG","public_key":"{key}"}}', 403),
    ]:
        found, _, text = await ask(hall, "POST", "/terminal/enrol", body, **json_type)
        error = json.loads(text)["error"]
        assert (found, error["status"], set(error)) == (status, status, {"status", "code", "message", "help"})
    foreign = f'{{"code":"A","public_key":"{key}"}}'
    found, _, _ = await ask(hall, "POST", "/terminal/enrol", foreign, Origin="http://evil.example", **json_type)
    assert found == 403


async def test_static_files_are_checked_or_unchanging(hall: Any) -> None:
    _, headers, _ = await ask(hall, "GET", "/static/tokens.css")
    status, _, text = await ask(hall, "GET", "/static/tokens.css", If_None_Match=headers["etag"])
    assert (status, text) == (304, "")
    _, _, health = await ask(hall, "GET", "/healthz")
    build = json.loads(health)["build"]
    _, headers, _ = await ask(hall, "GET", f"/static/tokens.css?v={build}")
    assert "immutable" in headers["cache-control"]
    _, headers, _ = await ask(hall, "GET", "/static/tokens.css?v=other")
    assert headers["cache-control"] == "no-cache"
    for path in ("/static/../pages.py", "/static/%2e%2e/pages.py", "/static/..%2fpages.py"):
        status, _, _ = await ask(hall, "GET", path)
        assert status == 404


async def test_large_bodies_are_not_read(hall: Any) -> None:
    status, _, _ = await ask(hall, "POST", "/login", "x" * 20_000, **FORM)
    assert status == 413


async def test_who_goes_away_in_the_middle_of_a_form_is_no_fault_of_the_halls(
    hall: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Each left fifty lines in the log."""
    _, writer = await asyncio.open_connection("127.0.0.1", hall.port)
    writer.write(b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n")
    writer.write(b"Content-Length: 9\r\n\r\nname")
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.close()
    await ask(hall, "GET", "/healthz")
    await asyncio.sleep(0.1)
    assert [record.message for record in caplog.records if record.exc_info] == []


async def test_unknown_pages_and_sittings_help(hall: Any) -> None:
    status, _, text = await ask(hall, "GET", "/nothing", Cookie="lang=en")
    assert status == 404 and "There is no such page in the hall." in text
    status, _, text = await ask(hall, "GET", "/display?sitting=other", Cookie="lang=en")
    assert status == 404 and "This sitting is not in the hall now." in text
    status, _, text = await ask(hall, "GET", "/display?lang=en")
    assert status == 200


async def test_zero_byte_in_an_address_or_a_form_is_refused_in_words(hall: Any, house: ModuleType) -> None:
    await house.hire(hall.hall.database, "admin", "administrator")
    _, clerk = await asyncio.to_thread(house.sign_in, hall.url)
    _, admin = await asyncio.to_thread(house.sign_in, hall.url, "admin")
    own = f"/prepare/{house.SITTING}"
    for cookie, method, path, fields in [
        (admin, "GET", "/audit.json?staff=a%00b", None),
        (admin, "GET", "/staff/members?body=%00", None),
        (admin, "POST", "/staff", {"act": "role", "id": "a\0", "role": "clerk", "own": house.PASSWORD}),
        (admin, "POST", "/staff/members", {"member": "\0", "pin": "483920"}),
        (clerk, "POST", "/account", {"act": "name", "own": house.PASSWORD, "name": "a\0"}),
        (clerk, "POST", own, {"act": "release", "ground": "a\0"}),
        (clerk, "GET", f"{own}%00", None),
        (clerk, "GET", f"/papers/{house.SITTING}%00/minutes.txt", None),
        (clerk, "POST", "/login", {"name": "\0", "password": "x"}),
        (clerk, "POST", "/terminal/enrol", {"code": "\0", "public_key": house.signing_key(7).public}),
    ]:
        body = None if fields is None else urlencode(fields | {"csrf": cookie.split("csrf=")[1].strip('"')})
        given = {"Cookie": f"{cookie}; lang=en"} | ({} if fields is None else FORM)
        status, _, text = await ask(hall, method, path, body, **given)
        assert (status, "a zero byte" in text) == (400, True), (path, status)

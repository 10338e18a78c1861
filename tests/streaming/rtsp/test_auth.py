from __future__ import annotations

import base64

import pytest

from streaming.rtsp.auth import Challenge, Credentials, challenges, digest

# RFC 7616, 3.9.1
NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
OPAQUE = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


@pytest.mark.parametrize(
    ("name", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_digest_is_that_of_the_standard_s_example(name: str, response: str) -> None:
    asked = Challenge(name, "http-auth@example.org", NONCE, OPAQUE, qop=True)
    made = digest(asked, "Mufasa", "Circle of Life", "GET", "/dir/index.html", 1, CNONCE)
    assert f'response="{response}"' in made
    assert f'opaque="{OPAQUE}"' in made and "qop=auth, nc=00000001" in made
    assert ("algorithm=SHA-256" in made) == (name == "SHA-256")


def test_digest_without_qop_is_the_old_one() -> None:
    # RFC 2069, 2.4 with the response of its errata
    asked = Challenge("MD5", "testrealm@host.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093")
    made = digest(asked, "Mufasa", "CircleOfLife", "GET", "/dir/index.html", 1, "unused")
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in made
    assert "cnonce" not in made and "qop" not in made


def test_the_strongest_challenge_is_answered() -> None:
    headers = [
        'Basic realm="cam"',
        'Digest realm="c, a\\"m", nonce="1", algorithm=MD5, qop="auth,auth-int", stale=TRUE',
        'Digest realm="cam", nonce="2", algorithm=SHA-256, qop="auth", Basic realm="again"',
        'Digest realm="cam", nonce="3", algorithm=SHA-512-256',
        'Digest realm="cam", nonce="4", qop="auth-int"',
        "Negotiate",
    ]
    found = challenges(headers)
    assert [(one.hash, one.nonce) for one in found] == [("SHA-256", "2"), ("MD5", "1"), ("", ""), ("", "")]
    assert found[1].realm == 'c, a"m' and found[1].stale and found[1].qop


def test_credentials_come_from_the_address() -> None:
    assert Credentials.of("rtsp://camera/1") is None
    known = Credentials.of("rtsp://пан:s%3Acr%20t@camera/1")
    assert known is not None and known.header("PLAY", "rtsp://camera/1") is None
    assert known.accept(['Basic realm="x"'])
    answer = known.header("PLAY", "rtsp://camera/1") or ""
    assert base64.b64decode(answer.removeprefix("Basic ")) == "пан:s:cr t".encode()
    with pytest.raises(ValueError, match="control"):
        Credentials.of("rtsp://a:b%0d%0ac@camera/1")


def test_requests_with_one_nonce_are_counted() -> None:
    known = Credentials("a", "b")
    assert known.accept(['Digest realm="x", nonce="n", qop="auth"'])
    assert "nc=00000001" in (known.header("PLAY", "u") or "") and "nc=00000002" in (known.header("PLAY", "u") or "")
    assert known.accept(['Digest realm="x", nonce="m", qop="auth", stale=true']) and known.stale
    assert "nc=00000001" in (known.header("PLAY", "u") or "")
    assert not known.accept(["Negotiate"])

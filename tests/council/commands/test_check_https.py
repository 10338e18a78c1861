"""What `council check` says of the hall's certificate and of the proxy before it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from council.commands.certificate import CERTIFICATE_LIFE, make
from council.commands.check import Line
from council.commands.check_https import findings
from council.config import Config, load, secret
from tests.council.test_config import LEAST, written

NOW = datetime(2027, 1, 1, tzinfo=UTC)
HALL = """[hall]
url = "https://{0}:8081"
certificate = "data/secrets/hall.pem"
key = "data/secrets/hall.key"
"""


def certified(folder: Path, *names: str, url: str = "zala.example") -> Config:
    config = load(written(folder, LEAST + HALL.format(url)))
    make(config, list(names), NOW)
    return config


@pytest.mark.parametrize(
    ("left", "level", "words"),
    [
        (timedelta(days=31), "ok", "good until 2028-02-02"),
        (timedelta(days=29, hours=1), "WARNING", "in 29 days. Run: council certificate zala.example"),
        (timedelta(0), "PROBLEM", "no desk and no console can connect. Run: council certificate zala.example"),
        (CERTIFICATE_LIFE + timedelta(days=2), "PROBLEM", "begins only on 2026-12-31"),
    ],
)
def test_certificate_is_told_before_it_ends(tmp_path: Path, left: timedelta, level: str, words: str) -> None:
    found = list(findings(certified(tmp_path, "zala.example"), NOW + CERTIFICATE_LIFE - left))
    assert [(one[0], one[1]) for one in found] == [(level, "certificate")]
    assert words in found[0][2]


@pytest.mark.parametrize(
    ("names", "url", "well"),
    [
        (("zala.example", "10.0.0.5"), "10.0.0.5", True),
        (("ЗАЛА.example",), "зала.example", True),
        (("*.example",), "zala.example", True),
        (("*.example",), "a.zala.example", False),
        (("other.example",), "zala.example", False),
    ],
)
def test_certificate_for_another_name_is_told(tmp_path: Path, names: tuple[str, ...], url: str, well: bool) -> None:
    found = [one for one in findings(certified(tmp_path, *names, url=url), NOW) if one[0] == "PROBLEM"]
    assert (found == []) is well
    if not well:
        assert f"is for {names[0]}, but the hall's url is {url}: browsers refuse it." in found[0][2]


def test_certificate_that_is_gone_damaged_or_anothers_is_told(tmp_path: Path) -> None:
    config = certified(tmp_path, "zala.example")
    key = tmp_path / "data/secrets/hall.key"
    key.write_bytes((tmp_path / "data/secrets/hall-authority.key").read_bytes())
    assert "is not the key of hall.pem" in next(findings(config, NOW))[2]
    key.write_text("nothing")
    assert "cannot be read" in next(findings(config, NOW))[2]
    key.unlink()
    assert next(findings(config, NOW))[0] == "PROBLEM"


def test_proxy_that_is_not_named_and_hall_without_https_are_told(tmp_path: Path) -> None:
    text = LEAST + '[public]\nurl = "https://golos.example"\n[hall]\nhost = "0.0.0.0"\n'
    told = [
        str(Line(level != "PROBLEM", part, words))
        for level, part, words in findings(load(written(tmp_path, text)), NOW)
    ]
    assert [line.partition(":")[0] for line in told] == ["PROBLEM  public", "PROBLEM  hall"]
    assert 'trusted_proxies = ["127.0.0.1"]' in told[0] and "browsers make no key" in told[1]
    text += 'url = "https://zala.example"\ntrusted_proxies = ["127.0.0.1"]\n'
    text = text.replace('golos.example"\n', 'golos.example"\ntrusted_proxies = ["127.0.0.1"]\n')
    assert list(findings(load(written(tmp_path, text)), NOW)) == []


def test_key_that_others_can_read_and_optional_second_factor_are_told(tmp_path: Path) -> None:
    config = load(written(tmp_path, LEAST + '[access]\nsecond_factor = "optional"\n'))
    secret(config, "cookies")
    assert [one[:2] for one in findings(config, NOW)] == [("WARNING", "access")]
    (config.secrets / "cookies.key").chmod(0o640)
    config.secrets.chmod(0o755)
    told = [words for _, part, words in findings(config, NOW) if part == "secrets"]
    assert [line.partition("Run: ")[2].split()[1] for line in told] == ["700", "600"]

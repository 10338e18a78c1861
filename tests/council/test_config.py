"""council.toml is read strictly; an error names the place and what was expected."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from council.commands import init
from council.config import ConfigError, load, secret

LEAST = """
municipality = "Зразкове"
[[body]]
id = "zrazkove-council"
name = "Рада"
seats = 3
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "council.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_load_what_init_writes_is_a_whole_configuration(tmp_path: Path) -> None:
    init.write(tmp_path / "council.toml")
    config = load(tmp_path / "council.toml")
    assert [body.id for body in config.file.body] == ["zrazkove-council"]
    assert config.file.sitting[0].item[1].vote is False
    assert config.data == (tmp_path / "data").resolve()
    assert config.origin == "zrazkove-council.hlasno"


def test_load_least_file_has_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    config = load(written(tmp_path, LEAST))
    assert (config.file.public.port, config.file.hall.port, config.database_url) == (8080, 8081, None)


@pytest.mark.parametrize(
    ("lines", "body", "pages"),
    [
        ("", "uk", "uk"),
        ('profile = "pl"', "pl", "pl"),
        ('profile = "in"', "mr", "mr"),
        ('profile = "pl"\nlocale = "en"', "en", "en"),
    ],
)
def test_load_pages_open_in_the_language_of_the_council_which_is_that_of_its_rules(
    tmp_path: Path, lines: str, body: str, pages: str
) -> None:
    """A council in Katowice opens in Polish, and nobody had to say so."""
    file = load(written(tmp_path, f"{LEAST}\n{lines}\n")).file
    assert (file.body[0].locale, file.language) == (body, pages)
    assert load(written(tmp_path, f'language = "uk"\n{LEAST}\n{lines}\n')).file.language == "uk"


def test_load_database_url_of_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://one@here/hlasno")
    assert load(written(tmp_path, LEAST)).database_url == "postgresql://one@here/hlasno"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("municipality = ", "is not TOML"),
        (LEAST.replace("seats = 3", 'seats = "three"'), "Expected `int`, got `str` - at `$.body[0].seats`"),
        (LEAST + "colour = 1\n", "unknown field `colour` - at `$.body[0]`"),
        (LEAST.replace("zrazkove-council", "Зразок"), "at `$.body[0].id`"),
        ('municipality = "Зразкове"', r"there is no [[body]]"),
        (LEAST.replace("Рада", "Р\u202eада"), "a character that cannot be seen (U+202E) - at `$.body[0].name`"),
        (LEAST + LEAST.split("\n", 2)[2], "two [[body]] have one id"),
        (LEAST + '[[camera]]\nid = "c"\nname = "C"\nurl = "ftp://x"\nbody = "zrazkove-council"', "$.camera[0].url"),
        (LEAST + '[[camera]]\nid = "c"\nname = "C"\nurl = "rtsp://x"\nbody = "other"', "films body 'other'"),
        (
            LEAST + '[[camera]]\nid = "c"\nname = "C"\nurl = "rtsp://a@x/"\nbody = "zrazkove-council"\nlogin = "f"',
            "url as well",
        ),
        (LEAST + '[[sitting]]\nbody = "other"\ndate = 2027-01-01\nsession_label = "I"', "of body 'other'"),
        (
            LEAST + '[[body.member]]\nid = "1"\nfamily_name = "А"\ndesk = 1\n'
            '[[body.member]]\nid = "2"\nfamily_name = "Б"\ndesk = 1\n',
            "sit at one desk",
        ),
        (LEAST + '[[body.member]]\nid = "1"\nfamily_name = "А"\n' * 2, "two members have one id"),
        (
            LEAST + "".join(f'[[body.member]]\nid = "{n}"\nfamily_name = "А"\n' for n in range(4)),
            "has 4 members, but 3 seats",
        ),
    ],
)
def test_load_names_what_is_wrong_and_where(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError) as error:
        load(written(tmp_path, text))
    assert words in str(error.value)
    assert "council.toml" in str(error.value)


def test_camera_s_login_stands_in_a_file_and_not_in_what_is_shown(tmp_path: Path) -> None:
    camera = '[[camera]]\nid = "c"\nname = "C"\nurl = "rtsp://x:554/a"\nbody = "zrazkove-council"\nlogin = "c.login"\n'
    config = load(written(tmp_path, LEAST + camera))
    with pytest.raises(ConfigError, match=r"c\.login, the login of camera 'c', cannot be read"):
        config.camera_url(config.file.camera[0])
    (tmp_path / "c.login").write_text("admin:p@ss:w/rd\n", encoding="utf-8")
    assert config.camera_url(config.file.camera[0]) == "rtsp://admin:p%40ss%3Aw%2Frd@x:554/a"
    (tmp_path / "c.login").write_text("admin\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="one line was expected, name:password"):
        config.camera_url(config.file.camera[0])
    assert config.file.camera[0].url == "rtsp://x:554/a"


def test_secret_is_made_once_for_its_owner_alone_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    config = load(written(tmp_path, LEAST))
    first = secret(config, "ledger")
    assert len(first) == 32 and secret(config, "ledger") == first
    path = config.secrets / "ledger.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("short")
    with pytest.raises(ConfigError, match="Restore it from the backup"):
        secret(config, "ledger")

"""The archives of council.toml and their keys: what is wrong is said by file and place, and no secret with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from council.archives import places, shelf
from council.commands.init import TEMPLATE
from council.config import Config, ConfigError, load

TOWN = """
municipality = "Зразкове"
archive_cache_gb = 3
[[body]]
id = "rada"
name = "Рада"
seats = 3
"""
FAR = """
[[archive]]
id = "far"
url = "s3://zrazkove-footage/hall"
endpoint = "https://s3.zrazkove.example"
region = "eu-central-1"
"""
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCY="


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def config(folder: Path, *archives: str) -> Config:
    path = folder / "council.toml"
    path.write_text(TOWN + "".join(archives), encoding="utf-8")
    return load(path)


def keys(folder: Path, text: str, mode: int = 0o600) -> None:
    path = folder / "far.keys"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def test_keys_come_from_a_file_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of another key")
    keys(tmp_path, f"AKIDEXAMPLE:{SECRET}\n")
    place = places(config(tmp_path, FAR, 'keys = "far.keys"\n'))["far"]
    assert (place.key, place.secret, place.token) == ("AKIDEXAMPLE", SECRET, None)
    assert (place.endpoint, place.region) == ("https://s3.zrazkove.example", "eu-central-1")
    assert place.installation == "rada.hlasno" and place.folder is None
    assert SECRET not in repr(place)


def test_keys_come_from_the_environment_where_no_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"archive 'far' has no keys\. Name a file of them"):
        places(config(tmp_path, FAR))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    place = places(config(tmp_path, FAR))["far"]
    assert (place.key, place.secret, place.token) == ("AKIDEXAMPLE", SECRET, None)


@pytest.mark.parametrize(
    "text", ["", "AKID", f"AKID {SECRET}", f"AKID:{SECRET}\nmore", f"AKID:{SECRET} ", ":" + SECRET]
)
def test_keys_that_are_none_are_refused_and_not_shown(tmp_path: Path, text: str) -> None:
    keys(tmp_path, text)
    with pytest.raises(ConfigError, match="one line was expected, access-key:secret-key") as refused:
        places(config(tmp_path, FAR, 'keys = "far.keys"\n'))
    assert SECRET not in str(refused.value)


def test_keys_that_others_may_read_or_nobody_has_are_refused(tmp_path: Path) -> None:
    named = config(tmp_path, FAR, 'keys = "far.keys"\n')
    with pytest.raises(ConfigError, match=r"far\.keys, the keys of archive 'far', cannot be read: No such file"):
        places(named)
    keys(tmp_path, f"AKID:{SECRET}", 0o640)
    with pytest.raises(ConfigError, match=r"can be read by others\. Run: chmod 600 "):
        places(named)


def test_folder_is_an_archive_without_keys_and_the_cache_has_its_size(tmp_path: Path) -> None:
    far = tmp_path / "архів 2"
    found = config(tmp_path, f'[[archive]]\nid = "near"\nurl = "{far.as_uri()}"\n')
    assert places(found)["near"].folder == far
    assert shelf(found).recordings == found.recordings.resolve()
    assert (found.file.archive_cache_gb, found.fetched) == (3, tmp_path / "data" / "fetched")


@pytest.mark.parametrize(
    ("archives", "words"),
    [
        (FAR + FAR, r"two \[\[archive\]\] have one id"),
        (FAR.replace('"far"', '"disk"'), "cannot be called 'disk'"),
        (FAR.replace("s3://", "http://"), r"\$\.archive\[0\]\.url"),
        (FAR.replace("s3://zrazkove-footage", "s3://user:secret@bucket"), r"\$\.archive\[0\]\.url"),
        (FAR.replace("https://s3.", "https://user:secret@s3."), r"\$\.archive\[0\]\.endpoint"),
        (FAR.replace("s3://zrazkove-footage", "file:///mnt"), "is a folder, which has no endpoint"),
        ('[[archive]]\nid = "near"\nurl = "file://mnt/archive"\n', r"\$\.archive\[0\]\.url"),
        (FAR + 'authority = "none.pem"\n', "the authority of archive 'far', cannot be read"),
        (FAR + 'secret = "x"\n', "unknown field `secret`"),
    ],
)
def test_archive_that_cannot_be_used_says_where_and_why(tmp_path: Path, archives: str, words: str) -> None:
    keys(tmp_path, f"AKID:{SECRET}")
    if "authority" in archives:
        archives += 'keys = "far.keys"\n'
    with pytest.raises(ConfigError, match=words):
        places(config(tmp_path, archives))


def test_archive_that_init_writes_commented_is_one_once_the_marks_are_taken_away(tmp_path: Path) -> None:
    text = TEMPLATE.replace("# archive_cache_gb", "archive_cache_gb")
    begin = text.index("# [[archive]]")
    end = text.index("# --- sittings")
    lines = [line.removeprefix("# ") for line in text[begin:end].splitlines() if not line.startswith("#   ")]
    kept = [line for line in lines if not line.startswith("authority")]
    path = tmp_path / "council.toml"
    path.write_text(text[:begin] + "\n".join(kept) + "\n" + text[end:], encoding="utf-8")
    path.with_name("archive.keys").write_text(f"AKID:{SECRET}")
    path.with_name("archive.keys").chmod(0o600)
    [place] = places(load(path)).values()
    assert (place.id, place.url) == ("archive", "s3://zrazkove-footage/hall")
    assert (place.endpoint, place.region) == ("https://s3.zrazkove.example", "eu-central-1")

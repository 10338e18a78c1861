"""The archives of council.toml, with their keys: read when they are needed, never shown, never stored.

The keys of object storage come from a file beside council.toml that only its owner may read, or from the environment
(`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`), and from nowhere else.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from council.config import ArchiveConfig, Config, ConfigError
from streaming.archive import Archive, Place
from streaming.shelf import Cache, Shelf

KEY = re.compile(r"[!-9;-~]{1,200}")  # nothing that ends a line or a header


def places(config: Config) -> dict[str, Place]:
    """By id, in the order of the file. Raises ConfigError."""
    return {archive.id: _place(config, archive) for archive in config.file.archive}


def archives(config: Config) -> dict[str, Archive]:
    """Nothing is asked of them yet. Raises ConfigError."""
    return {id_: Archive(place) for id_, place in places(config).items()}


def cache(config: Config) -> Cache:
    return Cache(config.fetched, config.file.archive_cache_gb * 10**9)


def shelf(config: Config) -> Shelf:
    """Raises ConfigError."""
    return Shelf(config.recordings, archives(config), cache(config))


def _place(config: Config, archive: ArchiveConfig) -> Place:
    if archive.url.startswith("file:"):
        return Place(archive.id, archive.url, config.origin)
    key, secret, token = _keys(config, archive)
    return Place(
        archive.id,
        archive.url,
        config.origin,
        endpoint=archive.endpoint or "",
        region=archive.region,
        key=key,
        secret=secret,
        token=token,
        authority=_authority(config.path.parent / archive.authority, archive.id) if archive.authority else "",
    )


def _keys(config: Config, archive: ArchiveConfig) -> tuple[str, str, str | None]:
    if archive.keys is not None:
        path = config.path.parent / archive.keys
        text = _private(path, archive.id)
        key, _, secret = text.partition(":")
        if not (KEY.fullmatch(key) and KEY.fullmatch(secret)):
            raise ConfigError(
                f"{path}, the keys of archive {archive.id!r}: one line was expected, access-key:secret-key"
            )
        return key, secret, None
    key, secret = os.environ.get("AWS_ACCESS_KEY_ID", ""), os.environ.get("AWS_SECRET_ACCESS_KEY", "")
    if not (KEY.fullmatch(key) and KEY.fullmatch(secret)):
        raise ConfigError(
            f'{config.path}: archive {archive.id!r} has no keys. Name a file of them (keys = "{archive.id}.keys", one '
            "line, access-key:secret-key), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    return key, secret, os.environ.get("AWS_SESSION_TOKEN") or None


def _private(path: Path, id_: str) -> str:
    try:
        with path.open("r", encoding="ascii") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise ConfigError(f"{path}, the keys of archive {id_!r}, can be read by others. Run: chmod 600 {path}")
            return file.read(1000).rstrip("\r\n")
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"{path}, the keys of archive {id_!r}, cannot be read: {_why(error)}") from error


def _authority(path: Path, id_: str) -> str:
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"{path}, the authority of archive {id_!r}, cannot be read: {_why(error)}") from error
    if "-----BEGIN CERTIFICATE-----" not in text:
        raise ConfigError(f"{path}, the authority of archive {id_!r}: certificates in PEM were expected")
    return text


def _why(error: OSError | UnicodeError) -> str:
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else "it is not plain ASCII"

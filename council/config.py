"""`council.toml`: what an installation is. Read once at the start, strictly; an error names the file, the place and
what was expected.

Secrets are not in it: keys are made on first use in the data folder (mode 0600), passwords are asked for by
`council user add`, and the address of an outside database may come from the environment (`DATABASE_URL`).
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from datetime import date
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

import msgspec
from msgspec import Meta, Struct

from council import profile
from council.letters import unseen
from council.words import LANGUAGES

Slug = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]{0,62}\\Z")]
MemberId = Annotated[str, Meta(pattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,62}\\Z")]
Text = Annotated[str, Meta(min_length=1, max_length=2000)]
Port = Annotated[int, Meta(ge=1, le=65535)]
Spoken = Literal["uk", "en", "pl", "ro", "mr"]  # council/words.py


class ConfigError(Exception):
    """The configuration cannot be used; the text says where and why."""


class Strict(Struct, forbid_unknown_fields=True, frozen=True, rename={"from_": "from"}):
    pass


class Address(Strict, frozen=True):
    """`trusted_proxies`: addresses or networks that are believed who asks and by which scheme (X-Forwarded-For)."""

    host: str = "127.0.0.1"
    port: Port = 8080
    url: str | None = None  # how others reach it, where a proxy stands before it
    trusted_proxies: tuple[str, ...] = ()


class HallAddress(Address, frozen=True):
    """`certificate` and `key`: PEM files beside council.toml; the hall then speaks HTTPS itself."""

    port: Port = 8081
    certificate: str | None = None
    key: str | None = None


class AccessConfig(Strict, frozen=True):
    """`second_factor`: whether `rights.WITH_FACTOR` must have one; who has one is always asked for it."""

    second_factor: Literal["required", "optional"] = "required"


class MemberConfig(Strict, frozen=True):
    id: MemberId
    family_name: Text
    given_name: str = ""
    patronymic: str | None = None
    faction: str | None = None
    desk: Annotated[int, Meta(ge=1, le=10_000)] | None = None


class BodyConfig(Strict, frozen=True):
    id: Slug
    name: Text
    seats: Annotated[int, Meta(ge=1, le=10_000)]
    profile: str = "ua"
    own_locale: Spoken | None = msgspec.field(name="locale", default=None)
    timezone: str = "Europe/Kyiv"
    training: bool = False
    seat_by: Literal["seating", "card", "pin"] = "seating"
    video: Literal["live", "record_then_publish"] = "live"  # when recordings may be seen
    member: tuple[MemberConfig, ...] = ()

    @property
    def locale(self) -> str:
        """Of names, papers, and the law as the ledger quotes it. Where it is not said, the first that the rules of
        procedure are written in. Raises ProfileError."""
        if self.own_locale is not None:
            return self.own_locale
        return next((one for one in profile.load(self.profile).title if one in LANGUAGES), "en")


class ItemConfig(Strict, frozen=True):
    title: Text
    motion: Text | None = None  # the exact text put to the vote; the title where it is left out
    rule: str | None = None  # a requirement's name in the profile
    seconds: Annotated[int, Meta(ge=1, le=86_400)] | None = None
    vote: bool = True


class SittingConfig(Strict, frozen=True):
    body: Slug
    date: date
    session_label: Text
    kind: Literal["plenary", "committee", "briefing", "hearing"] = "plenary"
    item: tuple[ItemConfig, ...] = ()


class CameraConfig(Strict, frozen=True):
    id: Slug
    name: Text
    url: Annotated[str, Meta(pattern="^(rtsps?|https?|file)://")]
    body: Slug
    transport: Literal["tcp", "udp"] = "tcp"
    certificate: Annotated[str, Meta(pattern="^([0-9A-Fa-f]{2}:?){32}$")] | None = None  # SHA-256, for rtsps
    group: Slug = "main"  # those of one group are recorded by one process
    record: Literal["always", "sittings"] = "always"
    before_seconds: Annotated[int, Meta(ge=20, le=300)] = 30  # of film before a sitting's opening, with "sittings"
    after_seconds: Annotated[int, Meta(ge=20, le=86_400)] = 60  # … after its closing
    login: str | None = None  # file beside council.toml with `name:password`, so that neither stands in `url`


class ArchiveConfig(Strict, frozen=True):
    """Where recordings are moved to (streaming/archive.py)."""

    id: Slug
    url: Annotated[str, Meta(pattern="^(s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._/-]*)?|file:///.+)\\Z")]
    endpoint: Annotated[str, Meta(pattern="^https?://[^/@?#]+/?\\Z")] | None = None
    region: Annotated[str, Meta(pattern="^[a-z0-9-]{1,40}\\Z")] = "us-east-1"
    keys: str | None = None  # file beside council.toml with `access-key:secret-key`
    authority: str | None = None  # file beside council.toml: certificates in PEM that are trusted as well


class File(Strict, frozen=True):
    """The file as written."""

    municipality: Text
    data: str = "data"
    live: str | None = None  # folder of the recorder's live sockets, where the site is started with other data
    database_url: str | None = None
    own_language: Spoken | None = msgspec.field(name="language", default=None)
    origin: str | None = None
    hall: HallAddress = HallAddress()
    access: AccessConfig = AccessConfig()
    public: Address = Address(port=8080)
    body: tuple[BodyConfig, ...] = ()
    camera: tuple[CameraConfig, ...] = ()
    sitting: tuple[SittingConfig, ...] = ()
    archive: tuple[ArchiveConfig, ...] = ()
    archive_cache_gb: Annotated[int, Meta(ge=1, le=100_000)] = 5  # of what was fetched to be shown

    @property
    def language(self) -> str:
        """That pages open in. Where it is not said, the first body's. Raises ProfileError."""
        return self.own_language or self.body[0].locale


class Config(Struct, frozen=True):
    """`data` is absolute; all other folders lie in it."""

    file: File
    path: Path
    data: Path

    @property
    def recordings(self) -> Path:
        return self.data / "recordings"

    @property
    def live(self) -> Path:
        """Where the recorder offers, to this user alone, each part of the film as it writes it."""
        return self.path.parent / self.file.live if self.file.live else self.data / "live"

    @property
    def groups(self) -> tuple[str, ...]:
        """Of cameras, each recorded by a process of its own."""
        return tuple(dict.fromkeys(camera.group for camera in self.file.camera))

    @property
    def drafts(self) -> Path:
        return self.data / "drafts"

    @property
    def fetched(self) -> Path:
        """What was fetched from an archive to be shown; may be thrown away."""
        return self.data / "fetched"

    @property
    def secrets(self) -> Path:
        return self.data / "secrets"

    @property
    def hall_certificate(self) -> tuple[Path, Path] | None:
        """Certificate and key of the hall's own HTTPS."""
        certificate, key = self.file.hall.certificate, self.file.hall.key
        if certificate is None or key is None:
            return None
        return self.path.parent / certificate, self.path.parent / key

    def camera_url(self, camera: CameraConfig) -> str:
        """With name and password in it where `login` names a file: never to be shown. Raises ConfigError."""
        if camera.login is None:
            return camera.url
        path = self.path.parent / camera.login
        try:
            name, colon, password = path.read_text(encoding="utf-8").rstrip("\r\n").partition(":")
        except (OSError, UnicodeError) as error:
            raise ConfigError(f"{path}, the login of camera {camera.id!r}, cannot be read: {error}") from error
        if not (name and colon) or "\n" in password:
            raise ConfigError(f"{path}, the login of camera {camera.id!r}: one line was expected, name:password")
        scheme, _, place = camera.url.partition("://")
        return f"{scheme}://{quote(name, safe='')}:{quote(password, safe='')}@{place}"

    @property
    def database_url(self) -> str | None:
        """Of an outside server; None: the embedded one."""
        return os.environ.get("DATABASE_URL") or self.file.database_url

    @property
    def database_place(self) -> str:
        """Where the outside server's address stands, for who has to correct it."""
        return "DATABASE_URL" if os.environ.get("DATABASE_URL") else f"database_url in {self.path}"

    @property
    def origin(self) -> str:
        """The ledger's name in its checkpoints: never changes once the ledger has begun."""
        return self.file.origin or f"{self.file.body[0].id}.hlasno"


def load(path: Path) -> Config:
    """Raises ConfigError."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(f"{path} is not there. Make one with: council init {path}") from None
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    try:
        file = msgspec.toml.decode(text, type=File)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {error}") from error
    except msgspec.DecodeError as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error
    check(file, path)
    return Config(file=file, path=path.absolute(), data=(path.absolute().parent / file.data).resolve())


def check(file: File, path: Path) -> None:
    """What types cannot say: names refer to things that are there, nothing is there twice."""
    if (file.hall.certificate is None) != (file.hall.key is None):
        raise ConfigError(f"{path}: [hall] has a certificate or a key, but not both")
    for name, address in (("hall", file.hall), ("public", file.public)):
        for proxy in address.trusted_proxies:
            if not _is_network(proxy):
                raise ConfigError(
                    f"{path}: [{name}] trusts the proxy {proxy!r}, which is neither an address nor a network of some. "
                    'Expected: "127.0.0.1", "10.0.5.0/24"'
                )
    if (found := next(_unseen_texts(msgspec.to_builtins(file), "$"), None)) is not None:
        raise ConfigError(f"{path}: a character that cannot be seen ({found[1]}) - at `{found[0]}`")
    if not file.body:
        raise ConfigError(f"{path}: there is no [[body]]; at least one is needed")
    bodies = {body.id: body for body in file.body}
    if len(bodies) < len(file.body):
        raise ConfigError(f"{path}: two [[body]] have one id")
    for camera in file.camera:
        if camera.body not in bodies:
            raise ConfigError(f"{path}: camera {camera.id!r} films body {camera.body!r}, which is not there")
        if camera.login is not None and "@" in camera.url.split("/")[2]:
            raise ConfigError(f"{path}: camera {camera.id!r} has a login, but a name stands in its url as well")
    if len({camera.id for camera in file.camera}) < len(file.camera):
        raise ConfigError(f"{path}: two [[camera]] have one id")
    for archive in file.archive:
        s3 = archive.url.startswith("s3:")
        for name in ("endpoint", "keys", "authority"):
            if not s3 and getattr(archive, name) is not None:
                raise ConfigError(f"{path}: archive {archive.id!r} is a folder, which has no {name}")
        if archive.id == "disk":
            raise ConfigError(f"{path}: an archive cannot be called 'disk': that is where recordings lie before")
    if len({archive.id for archive in file.archive}) < len(file.archive):
        raise ConfigError(f"{path}: two [[archive]] have one id")
    for sitting in file.sitting:
        if sitting.body not in bodies:
            raise ConfigError(f"{path}: a [[sitting]] is of body {sitting.body!r}, which is not there")
    for body in file.body:
        if len(body.member) > body.seats:
            raise ConfigError(f"{path}: body {body.id!r} has {len(body.member)} members, but {body.seats} seats")
        desks = [member.desk for member in body.member if member.desk is not None]
        if len(set(desks)) < len(desks):
            raise ConfigError(f"{path}: two members of body {body.id!r} sit at one desk")
    ids = [member.id for body in file.body for member in body.member]
    if len(set(ids)) < len(ids):
        raise ConfigError(f"{path}: two members have one id")


def _unseen_texts(value: object, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and (letter := unseen(value)) is not None:
        yield place, letter
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _unseen_texts(part, f"{place}.{key}")
    elif isinstance(value, list | tuple):
        for n, part in enumerate(value):
            yield from _unseen_texts(part, f"{place}[{n}]")


def _is_network(proxy: str) -> bool:
    """Not of all addresses there are: then anyone could say who they are."""
    try:
        return ip_network(proxy).prefixlen > 0
    except ValueError:
        return False


def secret(config: Config, name: str) -> bytes:
    """32 random bytes kept in the data folder, made on first use and readable by this user alone.

    Raises ConfigError where the file is there but damaged: a new key would make every old signature foreign."""
    path = config.secrets / f"{name}.key"
    config.secrets.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        try:
            value = bytes.fromhex(path.read_text(encoding="ascii").strip())
        except ValueError:
            value = b""
        if len(value) != 32:
            raise ConfigError(
                f"{path} is damaged: 64 hexadecimal digits were expected. Restore it from the backup"
            ) from None
        return value
    value = secrets.token_bytes(32)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(value.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    return value

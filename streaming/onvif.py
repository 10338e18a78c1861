"""Cameras found on the network and asked for their streams, by ONVIF. Needs the extra `cameras`: imported by set-up
alone.

What a camera says is text of a stranger: letters that cannot be printed are left out, numbers may be missing.
Source: ONVIF Core Specification (7 discovery, 8.3 system), Media Service Specification (5.2 profiles, 5.3 stream URI).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
from onveef import OnvifClient, OnvifError
from onveef.exceptions import OnvifAuthError, OnvifCapabilityMissingError, OnvifFaultError, OnvifTransportError
from onveef.wsdiscovery import DiscoveredDevice, discover, probe_device

from streaming.errors import CameraLost

ANSWER_S = 5.0
HALF_S = timedelta(seconds=0.5)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found:
    """A camera that answered. `address`: of its ONVIF service."""

    address: str
    name: str
    hardware: str
    place: str

    @property
    def host(self) -> str:
        """With the port, where it is not 80: as `council camera set-up` takes it."""
        parts = urlsplit(self.address)
        return self.address if parts.scheme == "https" else parts.netloc.removesuffix(":80")


@dataclass(frozen=True, slots=True)
class Profile:
    """One stream on offer; '' and 0 where the camera does not say."""

    token: str
    name: str
    encoding: str
    width: int
    height: int
    frame_rate: int
    sound: str


def find(seconds: float, interface: str | None = None) -> list[Found]:
    """Who answers a probe on the local network within so many seconds, by address. interface: our address there."""
    return _found(discover(timeout_s=seconds, interface_ip=interface))


def find_at(host: str, seconds: float, port: int = 3702) -> list[Found]:
    """The same of one address, which may be on another network."""
    try:
        return _found(probe_device(host, timeout_s=seconds, port=port))
    except OSError:
        return []


def _found(devices: Sequence[DiscoveredDevice]) -> list[Found]:
    addresses = ((next((x for x in device.xaddrs if _is_address(x)), ""), device) for device in devices)
    found = {
        address: Found(address, printable(device.name), printable(device.hardware), printable(device.location))
        for address, device in addresses
        if address
    }
    return [found[address] for address in sorted(found)]


def _is_address(text: str) -> bool:
    """IPv4 or a name: link-local IPv6 addresses would need their interface."""
    return re.fullmatch(r"https?://[A-Za-z0-9._-]+(:[0-9]{1,5})?/[!-~]*", text) is not None


def printable(text: str) -> str:
    """Of what a stranger sent: never a control character on a terminal, and not more than a line."""
    return "".join(letter for letter in text.replace("%20", " ") if letter.isprintable())[:120].strip()


class Device:
    """`with Device(…) as device`. Every method raises CameraLost: absent, refused, not_found, garbage."""

    def __init__(self, address: str, user: str = "", password: str = "") -> None:
        # a transport of its own: no proxy of the environment is asked for a camera of the local network
        transport = httpx.HTTPTransport(verify=False)  # cameras sign their own certificates
        self._client = self._ask(
            lambda: OnvifClient(
                address, username=user, password=password, timeout_s=ANSWER_S, retries=0, transport=transport
            )
        )

    def __enter__(self) -> Device:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def model(self) -> str:
        """Maker and model, as it says itself."""
        said = self._ask(self._client.get_device_information)
        return printable(f"{said.get('Manufacturer', '')} {said.get('Model', '')}")

    def clock_s(self) -> float | None:
        """How far its clock is ahead of ours, to a second, since it tells whole ones; None: it does not say."""
        said = self._ask(self._client.get_system_date_time).get("UTCDateTime")
        now = datetime.now(UTC)
        try:
            at = datetime(**said, tzinfo=UTC) if said else None
        except (ValueError, OverflowError):
            return None
        return (at + HALF_S - now).total_seconds() if at is not None else None

    def profiles(self) -> list[Profile]:
        """Those with film."""
        found: list[Profile] = []
        for profile in self._ask(self._client.get_profiles):
            film, sound = profile.get("video_encoder"), profile.get("audio_encoder") or {}
            if film is not None and profile.get("token"):
                width, height, rate = (int(film.get(key) or 0) for key in ("width", "height", "fps_limit"))
                name, encoding = printable(profile.get("name") or ""), printable(film.get("encoding") or "")
                heard = printable(sound.get("encoding") or "")
                found.append(Profile(profile["token"], name, encoding, width, height, rate, heard))
        return found

    def stream_url(self, token: str) -> str:
        """Where the profile's film is, without user and password."""
        url = self._ask(lambda: self._client.get_stream_uri(profile_token=token))
        match = re.fullmatch(r"(rtsps?://)(?:[^/@]*@)?([!-.0-~][!-~]*)", url)
        if match is None:
            raise CameraLost("garbage", "the camera names no address of its film")
        return match[1] + match[2]

    @staticmethod
    def _ask(question: Callable[[], T]) -> T:
        try:
            return question()
        except OnvifAuthError as error:
            raise CameraLost("refused", "the camera refuses the user or the password") from error
        except OnvifTransportError as error:
            raise CameraLost("absent", printable(str(error))) from error
        except OnvifCapabilityMissingError as error:
            raise CameraLost("not_found", printable(str(error))) from error
        except OnvifFaultError as error:  # the library knows the refusal by one wording alone
            code = "refused" if re.search("authori[sz]|password|credential", str(error), re.IGNORECASE) else "garbage"
            raise CameraLost(code, printable(str(error))) from error
        except (OnvifError, ValueError, TypeError, KeyError, httpx.HTTPError, httpx.InvalidURL) as error:
            raise CameraLost("garbage", printable(str(error))) from error


def best(profiles: Sequence[Profile]) -> Profile | None:
    """H.264 before others, since browsers play it; then the largest picture, then the most of them."""

    def worth(profile: Profile) -> tuple[Any, ...]:
        codec = ("H265", "H264").index(profile.encoding) if profile.encoding in ("H264", "H265") else -1
        return codec, profile.width * profile.height, profile.frame_rate

    return max(profiles, key=worth, default=None)

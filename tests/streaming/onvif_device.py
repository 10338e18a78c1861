"""A camera's ONVIF on loopback: answers probes, tells the time to anyone and the rest to who proves the password."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
import struct
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GROUP, PORT = "239.255.255.250", 3702
SPACES = (
    'xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
    'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:tds="http://www.onvif.org/ver10/device/wsdl" '
    'xmlns:trt="http://www.onvif.org/ver10/media/wsdl" xmlns:tt="http://www.onvif.org/ver10/schema" '
    'xmlns:ter="http://www.onvif.org/ver10/error"'
)
PROFILE = """<trt:Profiles token="{token}"><tt:Name>{token}</tt:Name>
<tt:VideoEncoderConfiguration token="v"><tt:Name>v</tt:Name><tt:Encoding>{encoding}</tt:Encoding>
<tt:Resolution><tt:Width>{width}</tt:Width><tt:Height>{height}</tt:Height></tt:Resolution>
<tt:RateControl><tt:FrameRateLimit>25</tt:FrameRateLimit></tt:RateControl></tt:VideoEncoderConfiguration>
<tt:AudioEncoderConfiguration token="a"><tt:Encoding>G711</tt:Encoding></tt:AudioEncoderConfiguration></trt:Profiles>"""


def envelope(body: str, header: str = "") -> bytes:
    return f"<s:Envelope {SPACES}><s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>".encode()


class OnvifDevice:
    """`with OnvifDevice() as device`; clock_error: seconds its clock is ahead. Its film is said to be at 0.0.0.0, as
    many say, and `stream` is what it says."""

    def __init__(self, user: str = "anna", password: str = "secret & more") -> None:
        self.user, self.password = user, password
        self.clock_error = 0.0
        self.reason = '<s:Text xml:lang="en">Sender not Authorized</s:Text>'  # so says the specification
        self.model = "Зір-3"
        self.stream = "rtsp://admin:admin@0.0.0.0:8554/{token}"
        self.profiles = [("sub", "H264", 640, 360), ("main", "H264", 1920, 1080), ("uhd", "H265", 3840, 2160)]
        self.year = ""  # as it tells it; '': by its clock
        self.bodies: list[str] = []

    def __enter__(self) -> OnvifDevice:
        device = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
                device.bodies.append(asked)
                status, answer = device.answer(asked)
                self.send_response(status)
                self.send_header("Content-Type", "application/soap+xml; charset=utf-8")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                return

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._http.server_address[1]
        self.address = f"http://127.0.0.1:{self.port}/onvif/device_service"
        self._multicast = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._multicast.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._multicast.bind((GROUP, PORT))
        membership = struct.pack("4s4s", socket.inet_aton(GROUP), socket.inet_aton("127.0.0.1"))
        self._multicast.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
        self._direct = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._direct.bind(("127.0.0.1", 0))
        self.probe_port = self._direct.getsockname()[1]
        self._ended = False
        self._threads = [threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)]
        self._threads += [threading.Thread(target=self._probed, args=(each,), daemon=True) for each in self._sockets()]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        self._http.shutdown()
        for thread in self._threads:
            thread.join(5)
        self._http.server_close()
        for each in self._sockets():
            each.close()

    def _sockets(self) -> tuple[socket.socket, socket.socket]:
        return self._multicast, self._direct

    def _probed(self, own: socket.socket) -> None:
        own.settimeout(0.05)
        while not self._ended:
            try:
                data, sender = own.recvfrom(65_536)
            except TimeoutError:
                continue
            if b"Probe" in data and b"NetworkVideoTransmitter" in data:
                own.sendto(envelope(self._match(data.decode())), sender)

    def _match(self, probe: str) -> str:
        scopes = "onvif://www.onvif.org/name/Sitting%20hall onvif://www.onvif.org/hardware/ZIR-3\x1b[2J"
        return (
            "<d:ProbeMatches><d:ProbeMatch><a:EndpointReference><a:Address>urn:uuid:1-2-3</a:Address>"
            f"</a:EndpointReference><d:Scopes>{scopes.replace(chr(27), '&#x9b;')}</d:Scopes>"
            f"<d:XAddrs>http://[fe80::1]/onvif/device_service {self.address}</d:XAddrs></d:ProbeMatch></d:ProbeMatches>"
        )

    def answer(self, asked: str) -> tuple[int, bytes]:
        """Status and envelope."""
        if "GetSystemDateAndTime" in asked:
            return 200, envelope(self._time())
        if not self._proved(asked):
            code = "<s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode>"
            return 400, envelope(f"<s:Fault><s:Code>{code}</s:Code><s:Reason>{self.reason}</s:Reason></s:Fault>")
        if "GetDeviceInformation" in asked:
            said = f"<tds:Manufacturer>Ясно</tds:Manufacturer><tds:Model>{self.model}</tds:Model>"
            return 200, envelope(f"<tds:GetDeviceInformationResponse>{said}</tds:GetDeviceInformationResponse>")
        if "GetServices" in asked or "GetCapabilities" in asked:
            media = "http://192.0.2.99/onvif/media_service"  # as behind a router: not where it was reached
            said = f"<tds:Namespace>http://www.onvif.org/ver10/media/wsdl</tds:Namespace><tds:XAddr>{media}</tds:XAddr>"
            return 200, envelope(
                f"<tds:GetServicesResponse><tds:Service>{said}</tds:Service></tds:GetServicesResponse>"
            )
        if "GetProfiles" in asked:
            found = "".join(
                PROFILE.format(token=token, encoding=encoding, width=width, height=height)
                for token, encoding, width, height in self.profiles
            )
            return 200, envelope(f"<trt:GetProfilesResponse>{found}</trt:GetProfilesResponse>")
        token = re.findall(r"ProfileToken>([^<]*)<", asked)[0]
        uri = f"<trt:MediaUri><tt:Uri>{self.stream.format(token=token)}</tt:Uri></trt:MediaUri>"
        return 200, envelope(f"<trt:GetStreamUriResponse>{uri}</trt:GetStreamUriResponse>")

    def _proved(self, asked: str) -> bool:
        """WS-Security UsernameToken: SHA-1 of nonce, time and password, and a time not more than five minutes off."""
        told = {name: re.findall(rf"{name}(?: [^>]*)?>([^<]*)<", asked) for name in ("Username", "Nonce", "Created")}
        digest = re.findall(r"#PasswordDigest[^>]*>([^<]*)<", asked)
        if not digest or not all(told.values()):
            return False
        nonce, created = base64.b64decode(told["Nonce"][0]), told["Created"][0]
        own = hashlib.sha1(nonce + created.encode() + self.password.encode(), usedforsecurity=False).digest()
        off = abs(datetime.fromisoformat(created.replace("Z", "+00:00")) - self._now())
        return (told["Username"][0], digest[0]) == (self.user, base64.b64encode(own).decode()) and off < timedelta(
            0, 300
        )

    def _now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.clock_error)

    def _time(self) -> str:
        now = self._now()
        date = f"<tt:Year>{self.year or now.year}</tt:Year><tt:Month>{now.month}</tt:Month><tt:Day>{now.day}</tt:Day>"
        time = f"<tt:Hour>{now.hour}</tt:Hour><tt:Minute>{now.minute}</tt:Minute><tt:Second>{now.second}</tt:Second>"
        said = f"<tt:UTCDateTime><tt:Time>{time}</tt:Time><tt:Date>{date}</tt:Date></tt:UTCDateTime>"
        return (
            "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>Manual</tt:DateTimeType>"
            f"{said}</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
        )

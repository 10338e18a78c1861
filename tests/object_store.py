"""SeaweedFS, an object store that others run, as a process of the tests' own on 127.0.0.1: S3 with signatures, and
uploads that are refused where the name is taken."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from streaming.archive import Place
from tests.ports import free_ports

KEY, SECRET = "recorder", "a-secret-nobody-may-read"
SOCKETS = Path("/tmp")  # where it puts them, whatever TMPDIR says
PORTS = ("master", "volume", "filer", "s3")  # each with one for its own kind of calls


@dataclass
class ObjectStore:
    folder: Path
    ports: dict[str, int]
    process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.ports['s3']}"

    def place(self, bucket: str, installation: str = "rada.example", **changes: str) -> Place:
        fields = {"key": KEY, "secret": SECRET, "endpoint": self.endpoint, **changes}
        return Place("far", f"s3://{bucket}/hall", installation, **fields)

    def start(self) -> None:
        """Until it takes an upload."""
        program = Path(sys.executable).with_name("weed")
        ports = [f"-{name}.port{kind}={self.ports[name + kind]}" for name in PORTS for kind in ("", ".grpc")]
        options = ["-filer", "-s3", "-s3.iam=false", "-iam=false", "-volume.max=20", "-master.volumeSizeLimitMB=64"]
        apart = ["-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false", "-ip=127.0.0.1"]
        self.process = subprocess.Popen(
            [program, "server", f"-dir={self.folder}", f"-s3.config={self.folder}/s3.json", *ports, *options, *apart],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
        )
        self._wait()

    def _wait(self) -> None:
        from obstore.exceptions import BaseError
        from obstore.store import S3Store

        store = S3Store(
            "warm",
            endpoint=self.endpoint,
            access_key_id=KEY,
            secret_access_key=SECRET,
            client_options={"allow_http": True},
            retry_config={"max_retries": 0},
        )
        end = time.monotonic() + 60
        while True:
            try:
                store.put("up", b"1")
                return
            except (BaseError, OSError) as error:
                if self.process is None or self.process.poll() is not None:
                    raise Ended from error
                assert time.monotonic() < end, "the object store does not begin to answer"
                time.sleep(0.2)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        for port in self.ports.values():
            for left in SOCKETS.glob(f"seaweedfs-*-{port}.sock"):
                left.unlink(missing_ok=True)


class Ended(Exception):
    """A port was taken since it was found free."""


class Line:
    """From a port of this machine to the store, which can be cut and joined again; encrypted where `tls` is given."""

    def __init__(self, store: ObjectStore, port: int, tls: ssl.SSLContext | None = None) -> None:
        self._to, self.port, self._tls = store.ports["s3"], port, tls
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def endpoint(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    async def join(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port, ssl=self._tls)

    def cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in self._open:
            writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, asked = await asyncio.open_connection("127.0.0.1", self._to)
        ends = {writer, asked}
        self._open |= ends
        with contextlib.suppress(OSError):
            await asyncio.gather(self._pump(reader, asked), self._pump(answers, writer))
        self._open -= ends

    @staticmethod
    async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(65_536):
                writer.write(piece)
                await writer.drain()
        finally:
            writer.close()


@contextlib.contextmanager
def running(folder: Path) -> Iterator[ObjectStore]:
    keys = {"accessKey": KEY, "secretKey": SECRET}
    may = {"name": "recorder", "credentials": [keys], "actions": ["Admin", "Read", "Write", "List"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [may]}))
    store = _started(folder)
    try:
        yield store
    finally:
        store.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _started(folder: Path) -> ObjectStore:
    names = [name + kind for name in PORTS for kind in ("", ".grpc")]
    for last in (False, False, True):
        store = ObjectStore(folder, dict(zip(names, count(free_ports(len(names))))))
        try:
            store.start()
        except Ended:
            store.kill()
            if last:
                raise
        else:
            return store
    raise AssertionError

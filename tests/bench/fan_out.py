"""Fan-out: readers of `/live`, this hub against a Starlette StreamingResponse with a queue per reader.

    python tests/bench/fan_out.py [--readers 2000] [--seconds 10]

Both servers run as child processes on 127.0.0.1, one after the other, and send ten times a second a full roll of 121
members (about 5 kB) and a 200-byte update to every reader. Figures: CPU seconds of the server per delivery, their ratio
(asked for: at most 0.4), and memory per idle reader. Run on demand; nothing here is a test.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import resource
import signal
import socket
import time
from pathlib import Path
from typing import Any

import uvloop
from children import run
from readers import Crowd, lift_file_limit

RATE = 10


def payloads() -> tuple[bytes, bytes]:
    names = [f"Прізвище{n:03d} Ім’я" for n in range(121)]
    roll = [{"m": str(1000 + n), "n": name, "o": ("for", "against", "abstain")[n % 3]} for n, name in enumerate(names)]
    body = json.dumps({"sitting": "bench", "n": 1, "roll": roll}, ensure_ascii=False, separators=(",", ":")).encode()
    update = json.dumps({"rev": 1, "voted": [str(1000 + n) for n in range(27)]}).encode()[:200].ljust(200)
    return body, update.replace(b"\n", b" ")


def serve_hub(pipe: Any, listening: socket.socket) -> None:
    import uvicorn

    from public_site.hub import Frame, Hub, TransportProtocol

    hub: Hub[str] = Hub()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await hub.stream("bench", list, scope, receive, send)

    async def round_() -> None:
        body, update = payloads()
        hub.post("bench", Frame("vote", body))
        hub.post("bench", Frame("state", update))

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(hub.run(lambda: Frame("tick", b"{}")))
            group.create_task(serve(pipe, listening, uvicorn, app, TransportProtocol, lambda: len(hub), round_))

    uvloop.run(main())


def serve_queues(pipe: Any, listening: socket.socket) -> None:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import StreamingResponse
    from starlette.routing import Route

    queues: set[asyncio.Queue[bytes]] = set()

    async def live(_: Request) -> StreamingResponse:
        queue: asyncio.Queue[bytes] = asyncio.Queue()

        async def events() -> Any:
            queues.add(queue)
            try:
                while True:
                    yield await queue.get()
            finally:
                queues.discard(queue)

        return StreamingResponse(events(), media_type="text/event-stream")

    async def round_() -> None:
        body, update = payloads()
        for message in (b"event: vote\ndata: " + body + b"\n\n", b"event: state\ndata: " + update + b"\n\n"):
            for queue in queues:
                queue.put_nowait(message)

    app = Starlette(routes=[Route("/", live)])
    uvloop.run(serve(pipe, listening, uvicorn, app, "httptools", lambda: len(queues), round_))


async def serve(pipe: Any, listening: Any, uvicorn: Any, app: Any, http: Any, count: Any, round_: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C goes to the bench, which ends this process
    loop = asyncio.get_running_loop()
    config = uvicorn.Config(app, http=http, lifespan="off", log_config=None, access_log=False, backlog=4096)
    serving = asyncio.create_task(uvicorn.Server(config).serve(sockets=[listening]))
    while not serving.done():
        command, argument = await loop.run_in_executor(None, pipe.recv)
        if command == "count":
            pipe.send((count(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, current_memory()))
        elif command == "rounds":
            cpu, start = time.process_time(), loop.time()
            for n in range(argument):
                await round_()
                await asyncio.sleep(max(0, start + (n + 1) / RATE - loop.time()))
            pipe.send((time.process_time() - cpu, loop.time() - start))
        else:
            os._exit(0)  # with thousands of streams open, a tidy end would take longer than the measurement


def current_memory() -> int:
    with Path("/proc/self/statm").open(encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def measure(target: Any, readers: int, rounds: int, gzip: bool) -> dict[str, float]:
    listening = socket.create_server(("127.0.0.1", 0), backlog=4096)
    port = listening.getsockname()[1]
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=target, args=(theirs, listening), daemon=True)
    process.start()
    theirs.close()
    listening.close()
    loop = asyncio.get_running_loop()
    ask = lambda *message: (ours.send(message), ours.recv())[1]  # noqa: E731
    crowd = Crowd(port, gzip=gzip)
    try:
        _, _, empty = await loop.run_in_executor(None, ask, "count", None)
        await crowd.join(readers)
        while (state := await loop.run_in_executor(None, ask, "count", None))[0] < readers:
            await asyncio.sleep(0.05)
        crowd.bytes = 0
        cpu, seconds = await loop.run_in_executor(None, ask, "rounds", rounds)
        received = crowd.bytes
        crowd.leave()
        ours.send(("stop", None))
        process.join(5)
    finally:
        process.kill()
    return {
        "cpu_us_per_delivery": cpu / (readers * rounds * 2) * 1e6,
        "kb_per_idle_reader": (state[2] - empty) / readers / 1024,
        "seconds": seconds,
        "mb_received": received / 1e6,
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--readers", type=int, default=2000)
    options.add_argument("--seconds", type=int, default=10)
    chosen = options.parse_args()
    lift_file_limit()
    rounds = chosen.seconds * RATE
    baseline = asyncio.run(measure(serve_queues, chosen.readers, rounds, gzip=False))
    plain = asyncio.run(measure(serve_hub, chosen.readers, rounds, gzip=False))
    packed = asyncio.run(measure(serve_hub, chosen.readers, rounds, gzip=True))
    for name, figures in (("queue per reader", baseline), ("hub", plain), ("hub, gzip", packed)):
        print(f"{name:>18}: " + "  ".join(f"{key}={value:.2f}" for key, value in figures.items()))
    for name, figures in (("hub", plain), ("hub, gzip", packed)):
        ratio = figures["cpu_us_per_delivery"] / baseline["cpu_us_per_delivery"]
        print(f"{name}: {ratio:.2f} of the CPU of a queue per reader (asked for: at most 0.40)")


if __name__ == "__main__":
    run(main)

import asyncio
import time

import pytest

from tests.time_limit import limited, waiting


def test_wait_without_end_fails_and_names_the_phase(request: pytest.FixtureRequest) -> None:
    told = r"test_wait_without_end.*: its unmaking took more than 0\.05 s"
    with pytest.raises(pytest.fail.Exception, match=told), limited(request.node, "its unmaking", 0.05):
        time.sleep(30)


def test_wait_goes_on_failing_where_a_task_beside_it_took_the_first_failure(request: pytest.FixtureRequest) -> None:
    async def busy() -> None:
        until = time.monotonic() + 0.15
        while time.monotonic() < until:
            pass

    async def waits() -> None:
        beside = asyncio.create_task(busy())
        await asyncio.Event().wait()
        await beside

    with asyncio.Runner() as runner, pytest.raises(pytest.fail.Exception), limited(request.node, "it", 0.1, 0.2):
        runner.run(waits())


async def test_waiting_task_is_named_with_its_innermost_call() -> None:
    async def inner(event: asyncio.Event) -> None:
        await event.wait()

    event = asyncio.Event()
    task = asyncio.create_task(inner(event), name="the one that waits")
    await asyncio.sleep(0)
    told = waiting().partition("the one that waits")[2]
    assert told.index("in test_waiting_task") < told.index("in Event.wait")
    event.set()
    await task

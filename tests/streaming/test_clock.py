from __future__ import annotations

from streaming.clock import RunClock

WALL = 1_511_339_183_000_000  # 22 November 2017
FRAME = 40_000


def feed(
    clock: RunClock, frames: range, *, delay: int = 20_000, error: int | None = 0, server: int = 0, ppm: int = 0
) -> None:
    """Frames taken every 40 ms. error: the camera's clock is ahead, None: no reports. server: the server's is ahead."""
    for i in frames:
        taken = WALL + i * FRAME
        reported = None if error is None else taken + error
        clock.feed(i * FRAME - i * FRAME * ppm // 1_000_000, taken + delay + server, reported)


def test_clock_with_reports_takes_the_camera_s_time() -> None:
    clock = RunClock()
    feed(clock, range(1), delay=130_000)
    assert (clock.decided, clock.source, clock.wall_us(0)) == (True, "sender_report", WALL)


def test_clock_without_reports_takes_the_earliest_arrival() -> None:
    clock = RunClock()
    for i in range(40):
        clock.feed(i * FRAME, WALL + i * FRAME + (900_000 if i < 10 else 30_000 + i % 3 * 10_000), None)
    assert (clock.decided, clock.source, clock.wall_us(0)) == (True, "arrival", WALL + 30_000)


def test_clock_with_a_late_first_report_waits_for_it() -> None:
    clock = RunClock()
    feed(clock, range(30), error=None)
    assert not clock.decided
    feed(clock, range(30, 31))
    assert (clock.source, clock.wall_us(0)) == ("sender_report", WALL)


def test_clock_of_a_camera_a_day_off_is_the_server_s() -> None:
    clock = RunClock()
    feed(clock, range(40), error=-86_400_000_000)
    assert (clock.source, clock.wall_us(0)) == ("arrival", WALL + 20_000)
    assert clock.untrusted_us == -86_400_020_000
    assert clock.broken is None


def test_clock_with_the_first_pictures_kept_back_still_trusts_the_report() -> None:
    clock = RunClock()
    for i in range(30):
        clock.feed(i * FRAME, WALL + max(1_000_000, i * FRAME + 20_000), WALL + i * FRAME)
    assert (clock.source, clock.wall_us(0)) == ("sender_report", WALL)


def test_clock_stepping_on_the_camera_ends_the_run() -> None:
    clock = RunClock()
    feed(clock, range(100))
    feed(clock, range(100, 101), error=400_000)
    assert clock.broken is None
    feed(clock, range(101, 102), error=600_000)
    assert clock.broken == "clock_jump"


def test_clock_stepping_on_the_server_ends_the_run() -> None:
    for error in (0, None):
        back = RunClock()
        feed(back, range(100), error=error)
        feed(back, range(100, 101), error=error, server=-3_600_000_000)
        assert back.broken == "clock_jump"
        ahead = RunClock()
        feed(ahead, range(300), error=error)
        feed(ahead, range(300, 400), error=error, server=3_600_000_000)
        assert ahead.broken is None  # might be the network
        feed(ahead, range(400, 600), error=error, server=3_600_000_000)
        assert ahead.broken == "clock_jump"


def test_clock_when_the_network_stalls_stays() -> None:
    clock = RunClock()
    feed(clock, range(300), error=None)
    for i in range(300, 400):
        clock.feed(i * FRAME, WALL + max(400 * FRAME, i * FRAME), None)
    feed(clock, range(400, 500), error=None)
    assert clock.broken is None


def test_clock_with_reports_coming_at_last_asks_for_a_new_run() -> None:
    clock = RunClock()
    feed(clock, range(100), error=None)
    assert (clock.source, clock.broken) == ("arrival", None)
    feed(clock, range(100, 101))
    assert clock.broken == "sender_report"


def test_clock_of_a_drifting_camera_follows_slowly() -> None:
    clock = RunClock()
    for i in range(0, 25 * 600, 50):
        feed(clock, range(i, i + 50), ppm=100)
        clock.slew((i + 50) * FRAME * 999_900 // 1_000_000)
    media = 25 * 600 * FRAME * 999_900 // 1_000_000
    assert abs(clock.wall_us(media) - (WALL + 25 * 600 * FRAME)) < 1000
    assert clock.broken is None


def test_clock_slews_at_most_500_millionths() -> None:
    clock = RunClock()
    feed(clock, range(50))
    feed(clock, range(50, 100), error=300_000)
    clock.slew(4_000_000)
    assert clock.wall_us(0) == WALL + 2000

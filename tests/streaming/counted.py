"""A playlist's times as a player knows them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def counted(playlist: str) -> list[datetime]:
    """When each segment was filmed: its date, or counted on from the one before by lengths, which is possible only
    where nothing is missing between. Source: RFC 8216, 6.3.3."""
    times: list[datetime] = []
    date: datetime | None = None
    for line in playlist.splitlines():
        name, _, value = line.partition(":")
        if name == "#EXT-X-DISCONTINUITY":
            date = None
        elif name == "#EXT-X-PROGRAM-DATE-TIME":
            date = datetime.fromisoformat(value)
        elif name == "#EXTINF":
            assert date is not None, f"of the segment after {len(times)} no player knows when it was"
            times.append(date.astimezone(UTC))
            date += timedelta(seconds=float(value.rstrip(",")))
    return times

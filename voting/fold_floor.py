"""The floor: requests, and speeches of which one runs at a time. Pure; part of the fold (`folder.py`).

A speech that is paused can be interrupted by another (a point of order); it goes on when that one has ended. While a
vote takes presses nobody's time runs: a vote opens or is resumed in silence, and the floor is given after it.
"""

from __future__ import annotations

from voting.entries import FloorEnded, FloorGiven, FloorPaused, FloorRequested, FloorResumed, FloorWithdrawn
from voting.errors import WrongMove
from voting.possible import Fold, require_item, require_members, require_next, require_silence
from voting.record import RequestRecord, SittingRecord, SpeechRecord


def _request(record: SittingRecord, fact: FloorRequested, seq: int) -> None:
    require_next("request", fact.request, len(record.requests) + 1)
    require_members(record, (fact.member,))
    require_item(record, fact.item, f"request {fact.request}")
    record.requests[fact.request] = RequestRecord(fact, seq)


def _take_back(record: SittingRecord, fact: FloorWithdrawn, seq: int) -> None:
    _waiting(record, fact.request, "FloorWithdrawn").state = "withdrawn"


def _give(record: SittingRecord, fact: FloorGiven, seq: int) -> None:
    require_next("speech", fact.speech, len(record.speeches) + 1)
    require_silence(record, "FloorGiven")
    _require_no_presses(record, "FloorGiven")
    if (fact.member is None) == (fact.speaker is None):
        raise WrongMove(f"speech {fact.speech} is by a member, or by a guest with a name, and not by both")
    if fact.member is not None:
        require_members(record, (fact.member,))
    require_item(record, fact.item, f"speech {fact.speech}")
    if fact.request is not None:
        request = _waiting(record, fact.request, "FloorGiven")
        if request.fact.member != fact.member:
            raise WrongMove(f"request {fact.request} is {request.fact.member}'s, the floor was given to {fact.member}")
        request.state = "given"
    record.speeches[fact.speech] = SpeechRecord(fact, seq, started_at=fact.at, running_since=fact.at)


def _pause(record: SittingRecord, fact: FloorPaused, seq: int) -> None:
    speech = _unended(record, fact.speech, "FloorPaused")
    if speech.paused:
        raise WrongMove(f"FloorPaused while speech {fact.speech} is paused")
    _use(speech, fact.used_ms)
    speech.paused, speech.running_since = True, None


def _resume(record: SittingRecord, fact: FloorResumed, seq: int) -> None:
    speech = _unended(record, fact.speech, "FloorResumed")
    _require_no_presses(record, "FloorResumed")
    if not speech.paused:
        raise WrongMove(f"FloorResumed while speech {fact.speech} runs")
    if record.current_speech != fact.speech:
        raise WrongMove(f"FloorResumed of speech {fact.speech} before speech {record.current_speech} ended")
    speech.paused, speech.running_since = False, fact.at


def _end(record: SittingRecord, fact: FloorEnded, seq: int) -> None:
    speech = _unended(record, fact.speech, "FloorEnded")
    _use(speech, fact.used_ms)
    speech.paused, speech.running_since, speech.ended_at = False, None, fact.at


def _waiting(record: SittingRecord, n: int, what: str) -> RequestRecord:
    request = record.requests.get(n)
    if request is None:
        raise WrongMove(f"{what} for request {n}, which was never made")
    if request.state != "waiting":
        raise WrongMove(f"{what} while request {n} is {request.state}")
    return request


def _unended(record: SittingRecord, n: int, what: str) -> SpeechRecord:
    speech = record.speeches.get(n)
    if speech is None:
        raise WrongMove(f"{what} of speech {n}, which never began")
    if speech.ended_at is not None:
        raise WrongMove(f"{what} after speech {n} ended")
    return speech


def _use(speech: SpeechRecord, used_ms: int) -> None:
    """`used_ms` is of the whole speech, pauses left out: it only grows, and while paused it does not."""
    if used_ms < speech.used_ms or (speech.paused and used_ms != speech.used_ms):
        raise WrongMove(f"speech {speech.fact.speech} had used {speech.used_ms} ms, now {used_ms} ms")
    speech.used_ms = used_ms


def _require_no_presses(record: SittingRecord, what: str) -> None:
    vote = record.open_vote
    if vote is not None and vote.state == "open":
        raise WrongMove(f"{what} while vote {vote.n} is open")


FOLDS: dict[type, Fold] = {
    FloorRequested: _request,
    FloorWithdrawn: _take_back,
    FloorGiven: _give,
    FloorPaused: _pause,
    FloorResumed: _resume,
    FloorEnded: _end,
}

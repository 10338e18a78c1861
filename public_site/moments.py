"""What `?at=` names, and what there is to say of a moment: how exactly it is found, and why it was not filmed.

A moment is a vote (`vote-17`), an agenda item when it was first called (`item-5`), a speech (`speech-9`), or a
time (`2017-11-22T10:26:23Z`); without one the sitting's opening.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from council.people import display_name
from public_site.site import Missing
from public_site.wording import Wording, bind, exact_stamp, parse, stamp
from streaming.locate import Filmed
from streaming.timeline import Accuracy, Flaw, Gap, Sight
from voting.record import SittingRecord, SpeechRecord

YEARS = range(1900, 3000)  # of a time that may be asked for: further off, it has no neighbours
RUN_UP = timedelta(seconds=2)  # a link to the end of what was filmed shows this much of it


@dataclass(frozen=True, slots=True)
class Asked:
    """`at` None: it has no time, and `without` says why. `name`: as in the address; "" for the opening. `about` is
    what the moment is of, in the council's language, with `about_url` to its page."""

    at: str | None
    name: str
    heading: str
    about: str = ""
    about_url: str = ""
    vote: int | None = None
    without: str = ""


def asked(text: str | None, record: SittingRecord, w: Wording) -> Asked:
    """Raises Missing for what the sitting does not have."""
    if not text:
        return Asked(record.opened_at, "", str(w.say("Recording of the sitting")), without=_untimed(w))
    kind, _, rest = text.partition("-")
    if kind == "vote" and (n := _number(rest)) in (record.votes.keys() | record.secret_votes.keys()):
        return _vote(n, record, w)
    if kind == "item" and rest in record.items:
        return _item(rest, record, w)
    if kind == "speech" and (speech := record.speeches.get(_number(rest))) is not None:
        heading = w.say("Recording: speech by %(name)s", name=speaker(record, speech))
        item = record.items.get(speech.fact.item or "")
        return Asked(speech.fact.at, text, str(heading), bind(item.title.strip()) if item else "")
    try:
        moment = parse(text.replace(" ", "+"))  # a plus sign in an address is read as a blank
    except (ValueError, OverflowError):
        raise _unknown(text, record, w) from None
    if moment.year not in YEARS:
        raise _unknown(text, record, w)
    at = exact_stamp(moment)
    return Asked(at, at, str(w.say("Recording of the sitting")))


def _vote(n: int, record: SittingRecord, w: Wording) -> Asked:
    if n in record.votes:
        at, motion = record.votes[n].opened_at, record.votes[n].motion
    else:
        at, motion = record.secret_votes[n].fact.at, record.secret_votes[n].motion
    heading = str(w.say("Recording: vote No. %(n)s", n=n))
    url = f"/sittings/{record.sitting}/votes/{n}"
    return Asked(at, f"vote-{n}", heading, bind(motion.strip()), url, n, without=_untimed(w))


def _item(item: str, record: SittingRecord, w: Wording) -> Asked:
    known = record.items[item]
    at = next((at for at in known.called_at if at), None)
    without = _untimed(w) if known.called_at else str(w.say("This item has not been taken up."))
    heading = str(w.say("Recording: item %(item)s", item=item))
    return Asked(at, f"item-{item}", heading, bind(known.title.strip()), without=without)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _untimed(w: Wording) -> str:
    return str(w.say("The source does not say when this was."))


def _unknown(text: str, record: SittingRecord, w: Wording) -> Missing:
    return Missing(
        "unknown_moment",
        str(w.say("There is no moment “%(at)s” in this sitting.", at=text[:80])),
        str(
            w.say(
                "A moment is a vote, as in “vote-1”, an item, as in “item-1”, a speech, as in “speech-1”, or a time, "
                "as in “2017-11-22T08:17:31Z”."
            )
        ),
        (
            (f"/sittings/{record.sitting}/video", str(w.say("The recording from the beginning"))),
            (f"/sittings/{record.sitting}", str(w.say("The page of the sitting"))),
        ),
        record.opened.body,
    )


def speaker(record: SittingRecord, speech: SpeechRecord) -> str:
    named = {seated.member: display_name(seated) for seated in record.opened.members}
    fact = speech.fact
    return named.get(fact.member, fact.member) if fact.member is not None else fact.speaker or ""


def address(sitting: str, name: str, camera: str = "") -> str:
    """Of the player at a moment. camera: where it matters which one."""
    asked = "&".join(f"{key}={value}" for key, value in (("at", name), ("camera", camera)) if value)
    return f"/sittings/{sitting}/video" + (f"?{asked}" if asked else "")


# --- how exactly, and why not --------------------------------------------------------------------------------------


def accuracy(found: Accuracy, w: Wording) -> str:
    match found.kind:
        case "frame":
            words = w.say("to the frame")
        case "within":
            words = w.say("within %(seconds)s s", seconds=w.decimal(found.ms / 1000))
        case "measured":
            words = w.say("measured, ±%(ms)s ms", ms=found.ms)
        case "frame_measured":
            words = w.say("to the frame; camera clock checked, ±%(ms)s ms", ms=found.ms)
    return str(words)


def why(gap: Gap, w: Wording) -> str:
    """Why a camera did not film. In a closed part: which, in the council's words."""
    if gap.closed is None:
        return reason(gap.reason, w)
    source = f" ({gap.closed.source})" if gap.closed.source else ""
    return bind(str(w.say("a closed part of the sitting: %(reason)s", reason=gap.closed.reason + source)))


def reason(code: str, w: Wording) -> str:
    """Why a camera did not film, from streaming's code. A code without words of its own gets the general ones."""
    words = {
        "not_begun": w.say("the camera had not begun to record"),
        "going_on": w.say("this is being recorded just now"),
        "lost": w.say("a piece of the recording is missing"),
        "deleted": w.say("this part was deleted by an act in the ledger"),
        "paused": w.say("filming was paused for a closed part of the sitting"),
        "stopped": w.say("recording was stopped"),
        "dropped": w.say("the connection to the camera broke"),
        "silent": w.say("the camera sent no picture"),
        "no_key_frame": w.say("the camera sent no key frame"),
        "garbage": w.say("what the camera sent could not be read"),
        "timestamps": w.say("what the camera sent could not be read"),
        "gap": w.say("the camera sent no picture"),
        "parameters": w.say("the settings of the camera were changed"),
        "clock_jump": w.say("a clock was set anew"),
        "sender_report": w.say("a clock was set anew"),
        "disk_full": w.say("the disk was full"),
        "disk_error": w.say("the disk took no writes"),
        "failed": w.say("the recorder failed"),
        "killed": w.say("the recorder failed"),
    }
    return str(words.get(code) or w.say("the recording broke off"))


def gap_line(gap: Gap, w: Wording) -> str:
    """«10:26:12–10:26:40: зв’язок із камерою урвався»"""
    until = w.time(gap.end) if gap.end else ""
    return (
        f"{w.time(gap.start)}–{until}: {why(gap, w)}"
        if until
        else bind(str(w.say("from %(time)s on: %(reason)s", time=w.time(gap.start), reason=why(gap, w))))
    )


def flaw_line(flaw: Flaw, w: Wording) -> str:
    """«10:26:12–10:26:16: пошкоджено 3 кадри, втрачено 14 пакетів»"""
    said = []
    if flaw.frames_damaged:
        said.append(str(w.count("%(count)s picture damaged", "%(count)s pictures damaged", flaw.frames_damaged)))
    if flaw.packets_lost:
        said.append(str(w.count("%(count)s packet lost", "%(count)s packets lost", flaw.packets_lost)))
    return f"{w.time(flaw.start)}–{w.time(flaw.end)}: {', '.join(said)}"


def exactly(sight: Sight | None, w: Wording) -> str:
    """What stands beside a link: how exactly it shows the moment; "" where nothing was filmed."""
    if sight is None or sight.shown_at is None or sight.accuracy is None:
        return ""
    if sight.gap is not None:
        return str(w.say("not filmed, next picture %(time)s", time=w.time(sight.shown_at)))
    return accuracy(sight.accuracy, w)


def late(sight: Sight, at: datetime, w: Wording) -> str:
    """What a player says that shows the picture after a gap; "" where it shows the moment itself."""
    if sight.gap is None or sight.shown_at is None:
        return ""
    values = {"time": w.time(at), "reason": why(sight.gap, w), "shown": w.time(sight.shown_at)}
    return str(
        w.say("At %(time)s this camera was not filming: %(reason)s. The next picture is of %(shown)s.", **values)
    )


def not_filmed(known: Filmed, at: datetime, record: SittingRecord, w: Wording) -> tuple[str, list[tuple[str, str]]]:
    """Of a moment no camera has: why, and the ways to what is nearest before and after it."""
    sights = known.sights(at)
    before = max((sight.before for sight in sights if sight.before), default=None)
    after = min((sight.shown_at for sight in sights if sight.shown_at), default=None)
    near = []
    if before is not None:
        words = w.say("The last picture before it, %(time)s", time=w.time(before))
        near.append((address(record.sitting, stamp(before - RUN_UP)), str(words)))
    if after is not None:
        words = w.say("The first picture after it, %(time)s", time=w.time(after))
        near.append((address(record.sitting, stamp(after + timedelta(milliseconds=1))), str(words)))
    return _why(known, sights, at, record, w), near


def _why(known: Filmed, sights: list[Sight], at: datetime, record: SittingRecord, w: Wording) -> str:
    if at >= known.window.end:
        if record.closed_at is None:
            return str(w.say("This moment has not come yet."))
        return str(
            w.say("The sitting was closed at %(time)s, and its recording ends there.", time=w.time(record.closed_at))
        )
    if at < known.window.start and record.opened_at:
        words = w.say(
            "The sitting was opened at %(time)s, and its recording begins there.", time=w.time(record.opened_at)
        )
        return str(words)
    reasons = list(dict.fromkeys(why(sight.gap, w) for sight in sights if sight.gap))
    values = {"time": w.time(at), "reason": "; ".join(reasons)}
    return str(w.say("No camera was filming at %(time)s: %(reason)s. The votes are not affected.", **values))

"""What the chair says and does next, in words, for every state of a sitting. Pure but for the catalogues.

It proposes and decides nothing: an experienced chair says it otherwise. Verdicts are those of `verdict.py`.
"""

from __future__ import annotations

from gettext import NullTranslations

from council.acts.motions import items_now, next_motion
from council.acts.moves import no_casting
from council.acts.presence import margin
from council.chamber_data import ChamberData
from council.option_words import tally_of, tally_word
from council.people import display_name
from council.prompt_words import floor_kind, limit, outcome
from council.requirement_words import requirement_phrase
from council.sitting import PlannedItem
from council.state_console import FloorView, SpeechView
from council.state_parts import Texts
from council.verdict import secret_verdict, vote_verdict
from council.vote_words import ended
from council.words import texts, translations
from voting.entries import Option, Requirement, Result, Tally
from voting.record import SecretRecord, SittingRecord, VoteRecord
from voting.requirement import counted_at_closing
from voting.roll import stands_aside

READ = (Option.FOR, Option.AGAINST, Option.ABSTAIN, Option.NOT_VOTING)  # of a roll; the recused only if there are any

Prompt = tuple[str, str]  # what to say, what to do


def prompts(data: ChamberData, floor: FloorView | None) -> tuple[Texts, Texts]:
    """What to say, what to do. floor: of this moment; None unless the sitting is open."""
    return texts(lambda locale: _prompt(data, floor, locale)[0]), texts(lambda locale: _prompt(data, floor, locale)[1])


def _prompt(data: ChamberData, floor: FloorView | None, locale: str) -> Prompt:
    t = translations(locale, "hall")
    record, vote = data.record, data.vote
    if record is None:
        return (
            t.gettext("Dear colleagues, please take your seats."),
            t.gettext("The clerk opens the sitting when all are ready."),
        )
    if record.closed_seq is not None:
        return (
            t.gettext("The sitting is closed. Thank you for your work."),
            t.gettext("Nothing remains to be done here."),
        )
    if vote is not None and vote.state in ("open", "held"):
        return _running(data, vote, locale)
    if vote is not None and vote.state in ("tied", "closed"):
        return _result(data, record, vote, locale)
    if floor is not None and floor.speech is not None:
        return _speech(t, floor, floor.speech)
    step = _step(data, record, floor, t)
    last = max((*record.votes, *record.secret_votes), default=0)
    if vote is not None and vote.n == last and vote.state == "voided" and _here(record, vote.item):
        said = ended(t.gettext("Vote %(n)d is void: %(reason)s") % {"n": vote.n, "reason": vote.void_reason})
        return said, t.gettext("Say why. The clerk can open the vote again.")
    secret = record.secret_votes.get(last)
    if secret is not None and secret.voided is not None and _here(record, secret.item):
        said = ended(t.gettext("Vote %(n)d is void: %(reason)s") % {"n": last, "reason": secret.voided.reason})
        return said, t.gettext("Say why. When the ballot has been repeated, the clerk records it.")
    if secret is not None and _here(record, secret.item):
        return _secret(secret, locale), t.gettext("Read the counting commission’s protocol. Then: %(next)s") % {
            "next": step[1]
        }
    return step


def _here(record: SittingRecord, item: str | None) -> bool:
    return item is None or item == record.current_item


# --- votes --------------------------------------------------------------------------------------------------------


def _running(data: ChamberData, vote: VoteRecord, locale: str) -> Prompt:
    t = translations(locale, "hall")
    figures = {"voted": len(data.voted), "entitled": len(vote.entitled)}
    if vote.state == "held":
        return (
            t.gettext("The vote is on hold. What is recorded stands. Please stay in your seats."),
            t.gettext(
                "The clerk lets it go on as soon as the obstacle is removed: %(voted)d of %(entitled)d have voted."
            )
            % figures,
        )
    opened = vote.opened
    said = [t.gettext("I put to the vote: “%(motion)s”.") % {"motion": vote.motion}]
    if opened.candidates:
        names = ", ".join(f"{one.candidate} — {one.name}" for one in opened.candidates)
        said.append(t.gettext("The candidates: %(names)s.") % {"names": names})
    said.append(_needed(data, vote.requirement, locale))
    if aside := stands_aside(opened):
        names = ", ".join(data.names[member] for member in aside)
        said.append(t.gettext("Not voting because of a conflict of interest: %(names)s.") % {"names": names})
    if opened.method == "called":
        said.append(t.gettext("Please answer aloud when your name is called."))
        return " ".join(said), t.gettext(
            "The clerk calls the names: %(voted)d of %(entitled)d have answered."
        ) % figures
    if opened.method == "entered":
        said.append(t.gettext("The equipment has failed, so the clerk enters your votes."))
        return " ".join(said), t.gettext("One clerk enters the votes, another confirms by closing the vote.")
    said.append(t.gettext("Please vote."))
    done = (
        t.gettext("%(voted)d of %(entitled)d have voted. The clerk closes the vote when you say so.")
        if vote.seconds is None
        else t.gettext("%(voted)d of %(entitled)d have voted. The vote closes by itself when its time is up.")
    )
    return " ".join(said), done % figures


def _needed(data: ChamberData, requirement: Requirement, locale: str) -> str:
    t = translations(locale, "hall")
    rule = data.profile.rules.get(requirement.rule)
    short = (rule.short.get(locale) if rule is not None else None) or requirement_phrase(requirement, locale)
    if counted_at_closing(requirement.base):
        return t.gettext("Needed: %(rule)s.") % {"rule": short}
    return t.gettext("%(needed)d votes for are needed: %(rule)s.") % {"needed": requirement.needed, "rule": short}


def _result(data: ChamberData, record: SittingRecord, vote: VoteRecord, locale: str) -> Prompt:
    t = translations(locale, "hall")
    if vote.tally is None or vote.result is None:  # not closed: cannot be
        return "", ""
    counts = _counts(vote.tally, locale)
    if vote.state == "tied":
        refusal = no_casting(record, vote)
        if refusal is not None and record.chair is not None:
            return t.gettext("%(counts)s. The votes are equal.") % {"counts": counts}, refusal.sentence(locale)
        chair = next((display_name(m) for m in record.opened.members if m.member == record.chair), None)
        ask = t.gettext("%(name)s, the casting vote is yours: for or against? Say it aloud.") % {"name": chair}
        return (
            t.gettext("%(counts)s. The votes are equal, the casting vote is mine.") % {"counts": counts},
            ask if chair is not None else t.gettext("The casting vote is the chair’s: for or against? Say it aloud."),
        )
    if vote.opened.candidates or vote.result is Result.NO_QUORUM:
        word, rest = vote_verdict(vote, locale)
        said = ended(f"{word}: {rest}")
    else:
        by = f" {t.gettext('The casting vote has decided.')}" if vote.tie is not None else ""
        said = f"{counts}.{by} {outcome(t, vote.opened.subject, adopted=vote.result is Result.ADOPTED)}"
    return said, t.gettext("Read the result and announce it.")


def _counts(tally: Tally, locale: str) -> str:
    """«За — 21, проти — 0, утрималися — 0, не голосували — 15»"""
    options = (*READ, Option.RECUSED) if tally.recused else READ
    read = ", ".join(
        f"{tally_word(option, tally_of(tally, option), locale)} — {tally_of(tally, option)}" for option in options
    )
    return read[:1].upper() + read[1:]


def _secret(vote: SecretRecord, locale: str) -> str:
    t = translations(locale, "hall")
    word, rest = secret_verdict(vote, locale)
    ballots = t.gettext("Secret ballot: %(issued)d papers handed out, %(found)d found, %(invalid)d invalid.") % {
        "issued": vote.fact.ballots.issued,
        "found": vote.fact.ballots.found,
        "invalid": vote.fact.ballots.invalid,
    }
    return ended(f"{ballots} {word}: {rest}")


# --- the floor ------------------------------------------------------------------------------------------------------


def _speech(t: NullTranslations, floor: FloorView, speech: SpeechView) -> Prompt:
    name = f"{speech.family_name} {speech.given_name}".strip()
    figures = {"name": name, "kind": floor_kind(t, speech.floor), "limit": limit(t, speech.seconds)}
    following = _following(t, floor)
    if speech.paused:
        return (
            t.gettext("The speech of %(name)s is interrupted.") % figures,
            t.gettext("Let it go on, or end it. %(following)s") % {"following": following},
        )
    if floor.next_speech < speech.speech:
        following = t.gettext("When it has ended, the floor returns to who was interrupted.")
    if speech.seconds is not None and speech.used_ms >= speech.seconds * 1000:
        return (
            t.gettext("The time is up. Please come to an end."),
            t.gettext("%(name)s has spoken longer than allowed: end the speech, or let it be finished. %(following)s")
            % {**figures, "following": following},
        )
    said = (
        t.gettext("%(name)s has the floor: %(kind)s.")
        if speech.seconds is None
        else t.gettext("%(name)s has the floor: %(kind)s, up to %(limit)s.")
    )
    return said % figures, following


def _following(t: NullTranslations, floor: FloorView) -> str:
    if not floor.queue:
        return t.gettext("Nobody else has asked for the floor.")
    first = floor.queue[0]
    return t.gettext("Next: %(name)s, %(kind)s.") % {"name": first.name, "kind": floor_kind(t, first.floor)}


# --- the agenda -----------------------------------------------------------------------------------------------------


def _step(data: ChamberData, record: SittingRecord, floor: FloorView | None, t: NullTranslations) -> Prompt:
    """Between votes and speeches: this item's next motion, or the next item, or the end."""
    agenda = items_now(data)
    item = next((point for point in agenda if point.item == record.current_item), None)
    coming = next(
        (p for p in agenda if p.item not in record.withdrawn_items and not record.items[p.item].called_at), None
    )
    missing = -margin(record, data.profile, () if item is None else (item.item,))
    if missing > 0:
        return _no_quorum(record, missing, t)
    if item is not None and next_motion(data, item.item) is not None:
        return _item(item, floor, t)
    if item is None and not any(point.called_at for point in record.items.values()) and coming is not None:
        return (
            t.gettext("%(present)d of %(seats)d are registered, there is a quorum. I declare the sitting open.")
            % {"present": len(record.present), "seats": record.opened.seats},
            _call(coming, t),
        )
    if coming is not None:
        said = t.gettext("We pass on to item %(item)s: “%(title)s”.") % {"item": coming.item, "title": coming.title}
        return said, _call(coming, t)
    return (
        t.gettext("The agenda is exhausted. I declare the sitting closed."),
        t.gettext("The clerk closes the sitting."),
    )


def _no_quorum(record: SittingRecord, missing: int, t: NullTranslations) -> Prompt:
    quorum = record.opened.quorum
    said = t.gettext("There is no quorum: %(counted)d of the %(quorum)d needed. Please register.")
    done = t.ngettext(
        "%(count)d member is missing. Wait, or call a break; a vote would need a reason in the minutes.",
        "%(count)d members are missing. Wait, or call a break; a vote would need a reason in the minutes.",
        missing,
    )
    return said % {"counted": quorum - missing, "quorum": quorum}, done % {"count": missing}


def _item(item: PlannedItem, floor: FloorView | None, t: NullTranslations) -> Prompt:
    waiting = len(floor.queue) if floor is not None else 0
    said = t.gettext("Item %(item)s: “%(title)s”. Who wishes to speak?") % {"item": item.item, "title": item.title}
    if floor is None or not waiting:
        return said, t.gettext("Nobody waits for the floor. When the debate is over, the clerk opens the vote.")
    text = t.ngettext(
        "%(count)d waits for the floor (%(name)s). Give the floor, or end the debate by a vote.",
        "%(count)d wait for the floor (first %(name)s). Give the floor, or end the debate by a vote.",
        waiting,
    )
    return said, text % {"count": waiting, "name": floor.queue[0].name}


def _call(item: PlannedItem, t: NullTranslations) -> str:
    return t.gettext("The clerk calls item %(item)s.") % {"item": item.item}

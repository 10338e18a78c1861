"""A vote in the blocks that its sheet and the annex of the minutes share: its facts, its outcome, its roll.

Pure. Nothing is decided here; every figure is the record's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from council.papers.chronicle import Chronicle
from council.papers.paper import (
    Block,
    Fact,
    Figures,
    Heading,
    Listing,
    Motion,
    Paragraph,
    Roll,
    RollGroup,
    RollLine,
    Table,
    Verdict,
)
from council.papers.phrases import Phrases
from council.people import full_name, sort_key
from council.verdict import (
    channel_word,
    option_word,
    requirement_long,
    tally_of,
    tally_word,
    vote_verdict,
)
from council.vote_words import (
    casting_sentence,
    correction_sentence,
    ended,
    followed_sentence,
    method_sentence,
    override_sentence,
    recused_sentence,
    relation_sentence,
    subject_word,
    voided_sentence,
)
from voting.entries import CandidateCount, Clerk, Option, RollEntry, Seated, Tally
from voting.record import SittingRecord, VoteRecord
from voting.roll import in_quorum
from voting.values import Candidate

ALWAYS = (Option.FOR, Option.AGAINST, Option.ABSTAIN, Option.NOT_VOTING, Option.ABSENT)  # shown even when zero
ORDER = (*ALWAYS, Option.RECUSED, Option.NO_RECORD)
CHOSEN = (Option.FOR, Option.AGAINST, Option.ABSTAIN)


def name_of(record: SittingRecord, member: str) -> str:
    return next((full_name(seated) for seated in record.opened.members if seated.member == member), member)


def clerks(of: Sequence[Clerk]) -> str:
    return ", ".join(clerk.name for clerk in of)


def item_title(record: SittingRecord, item: str) -> str:
    """«3. Про бюджет»"""
    known = record.items.get(item)
    return f"{item}. {known.title.strip()}" if known else item


# --- what was asked, when and how ---------------------------------------------------------------------------------


def vote_facts(chronicle: Chronicle, vote: VoteRecord, p: Phrases) -> tuple[Fact, ...]:
    """Item, kind, way of taking it, times: in this order."""
    facts = []
    if vote.items:
        titles = "\n".join(item_title(chronicle.record, item) for item in vote.items)
        facts.append(Fact(p.count("Agenda item", "Agenda items", len(vote.items)), titles, quoted=True))
    kind = f"{subject_word(vote.opened.subject, p.locale)}; {p.say('open vote, by name')}"
    facts.append(Fact(p.say("Kind of vote"), kind))
    facts.append(Fact(p.say("How it was taken"), _method(vote, p)))
    times = _times(chronicle, vote, p)
    return (*facts, Fact(p.say("Times"), times)) if times else tuple(facts)


def _times(chronicle: Chronicle, vote: VoteRecord, p: Phrases) -> str:
    """«відкрито 10:04:15, призупинено 10:04:18–10:04:33, закрито 10:04:45, …»; "" where the source does not say."""
    day = chronicle.record.opened.held_on
    said = []
    if vote.opened_at:
        said.append(p.say("opened %(time)s", time=p.moment(vote.opened_at, day)))
    for start, end in chronicle.holds(vote.n):
        said.append(p.say("held %(time)s", time=p.time(start) + (f"–{p.time(end)}" if end else "")))
    if vote.closed_at and vote.cause == "time":
        said.append(p.say("closed %(time)s, when its time was over", time=p.moment(vote.closed_at, day)))
    elif vote.closed_at and vote.cause == "clerk":
        said.append(p.say("closed %(time)s by the clerk", time=p.moment(vote.closed_at, day)))
    if vote.announced_at:
        said.append(p.say("announced %(time)s", time=p.moment(vote.announced_at, day)))
    if vote.original_at:
        said.append(p.say("in the source %(time)s", time=p.moment(vote.original_at, day)))
    return "; ".join(said)


def _method(vote: VoteRecord, p: Phrases) -> str:
    words = [method_sentence(vote.opened.method, vote.opened.order, p.locale)]
    if vote.entered_by:
        words.append(ended(p.say("Entered by: %(name)s", name=clerks(vote.entered_by))))
    if vote.confirmed_by:
        words.append(ended(p.say("Confirmed by: %(name)s", name=vote.confirmed_by.name)))
    return " ".join(words)


def quorum(record: SittingRecord, vote: VoteRecord, p: Phrases) -> list[Block]:
    """Seats, members, present, entitled, and whether there was a quorum."""
    counted, needed = in_quorum(vote.opened), vote.requirement.quorum
    if counted >= needed:
        said = p.say("There was a quorum: %(count)d counted, %(needed)d needed.", count=counted, needed=needed)
    else:
        said = p.say("There was no quorum: %(count)d counted, %(needed)d needed.", count=counted, needed=needed)
    figures = (
        (p.say("seats by law"), record.opened.seats),
        (p.say("members"), len(record.opened.members)),
        (p.say("present"), len(vote.present)),
        (p.say("entitled to vote"), len(vote.entitled)),
        (p.say("needed for a quorum"), needed),
    )
    return [Figures(p.say("Presence"), figures), Paragraph(said)]


# --- what befell it ------------------------------------------------------------------------------------------------


def fate(record: SittingRecord, vote: VoteRecord, p: Phrases) -> list[Block]:
    """Void, repeat, reconsideration, override: what a reader must know before the figures."""
    blocks: list[Block] = []
    if vote.void_reason is not None:
        blocks.append(Paragraph(set_aside(record, vote.void_reason, vote.voided_at, p), "notice"))
    if vote.opened.relation is not None and vote.opened.refers_to is not None:
        earlier = record.all_votes.get(vote.opened.refers_to)
        said = relation_sentence(
            vote.opened.relation,
            vote.opened.refers_to,
            vote.opened.reason,
            p.locale,
            voided=earlier.void_reason if earlier else None,
        )
        blocks.append(Paragraph(said, "strong"))
    blocks += [Paragraph(line, "strong") for line in followers(record, vote, p)]
    if vote.opened.override is not None:
        blocks.append(Paragraph(override_sentence(vote.opened.override, p.locale), "notice"))
    return blocks


def set_aside(record: SittingRecord, reason: str, voided_at: str | None, p: Phrases) -> str:
    said = voided_sentence(reason, p.locale)
    if voided_at:
        at = p.moment(voided_at, record.opened.held_on)
        said += " " + p.say("Set aside at %(time)s; what was recorded remains and decides nothing.", time=at)
    return said


def followers(record: SittingRecord, vote: VoteRecord, p: Phrases) -> list[str]:
    """What later votes made of this one."""
    relations = ((record.vote(n).relation, n) for n in vote.followed_by)
    said = (followed_sentence(relation, n, p.locale) for relation, n in relations if relation is not None)
    return [sentence for sentence in said if sentence]


# --- the outcome ---------------------------------------------------------------------------------------------------


def outcome(record: SittingRecord, vote: VoteRecord, p: Phrases) -> list[Block]:
    """Requirement, tally, candidates, verdict, the chair's casting vote."""
    blocks: list[Block] = [Paragraph(requirement_long(vote.requirement, p.locale))]
    if vote.tally is None:
        return blocks
    blocks.append(Figures(p.say("Tally"), tally_words(vote.tally, p)))
    if vote.opened.candidates:
        blocks.append(candidates_table(vote.opened.candidates, vote.counts, p))
    blocks.append(Verdict(*vote_verdict(vote, p.locale)))
    if vote.tie is not None:
        blocks.append(
            Paragraph(casting_sentence(name_of(record, vote.tie.member), vote.tie.option, p.locale), "strong")
        )
        blocks.append(Paragraph(ended(p.say("Entered by: %(name)s", name=vote.tie.entered_by.name))))
    return blocks


def tally_words(tally: Tally, p: Phrases) -> tuple[tuple[str, int], ...]:
    """The options in their fixed order; recused and no record only when not zero."""
    counted = [(option, tally_of(tally, option)) for option in ORDER]
    return tuple((tally_word(option, count, p.locale), count) for option, count in counted if option in ALWAYS or count)


def candidates_table(candidates: Sequence[Candidate], counts: Sequence[CandidateCount], p: Phrases) -> Table:
    votes = {count.candidate: count.votes for count in counts}
    return Table(
        (p.say("No."), p.say("Candidate"), p.pgettext("received", "Votes")),
        tuple((str(one.candidate), one.name, str(votes.get(one.candidate, 0))) for one in candidates),
        (1, 8, 2),
    )


# --- who voted how -------------------------------------------------------------------------------------------------


def roll(record: SittingRecord, vote: VoteRecord, p: Phrases) -> Roll:
    """The roll by faction, the largest first, those of none last; within one in the sitting's order. A body without
    factions is one list."""
    by_faction: dict[str | None, list[Seated]] = {}
    for seated in record.opened.members:
        by_faction.setdefault(seated.faction, []).append(seated)
    order = sorted(by_faction, key=lambda name: (name is None, -len(by_faction[name]), sort_key(name or "", p.locale)))
    lines = {entry.member: entry for entry in vote.roll or ()}
    names = {one.candidate: one.name for one in vote.opened.candidates}
    groups, no = [], 0
    for faction in order:
        group = []
        for seated in by_faction[faction]:
            no += 1
            group.append(_line(no, seated, lines[seated.member], vote, names, p))
        counted = Counter(lines[seated.member].option for seated in by_faction[faction])
        name = faction or ("" if len(order) == 1 else p.say("No faction"))
        groups.append(RollGroup(name, _figures(counted, p), tuple(group)))
    return Roll((p.say("No."), p.say("Member"), p.say("Vote")), tuple(groups))


def _line(
    no: int, seated: Seated, entry: RollEntry, vote: VoteRecord, candidates: dict[int, str], p: Phrases
) -> RollLine:
    word = option_word(entry.option, seated.gender, p.locale)
    if entry.candidate is not None:
        word = f"{entry.candidate}. {candidates.get(entry.candidate, '')}".strip()
    marks = []
    if entry.channel is not None and entry.channel != vote.opened.method:
        marks.append(channel_word(entry.channel, p.locale))
    if vote.opened.exception and seated.member in vote.opened.recused:
        marks.append(p.say("conflict of interest declared"))
    return RollLine(no, full_name(seated), word, ", ".join(marks), entry.option in CHOSEN)


def _figures(counted: Counter[Option], p: Phrases) -> str:
    """«за 3, утрималися 2»"""
    words = [
        f"{tally_word(option, counted[option], p.locale)} {counted[option]}" for option in ORDER if counted[option]
    ]
    return ", ".join(words)


# --- beside the roll -----------------------------------------------------------------------------------------------


def recusals(chronicle: Chronicle, vote: VoteRecord, p: Phrases) -> list[Block]:
    """Who had declared a conflict of interest when the vote opened, and whether they voted all the same."""
    recused = vote.opened.recused
    if not recused:
        return []
    record = chronicle.record
    known = {one.member: one for one in chronicle.recusals(vote.items, vote.opened_seq) if one.withdrawn_at is None}
    items = []
    for member in recused:
        said = name_of(record, member)
        if member in known:
            said += ", " + p.say(
                "declared at %(time)s", time=p.moment(known[member].declared_at, record.opened.held_on)
            )
            said += f": {known[member].reason}" if known[member].reason else ""
        items.append(said)
    return [
        Heading(p.say("Conflict of interest")),
        Paragraph(recused_sentence(len(recused), p.locale, exception=vote.opened.exception)),
        Listing(tuple(items)),
    ]


def corrections(record: SittingRecord, vote: VoteRecord, p: Phrases) -> list[Block]:
    if not vote.corrections:
        return []
    items = []
    for fact in vote.corrections:
        said = correction_sentence(name_of(record, fact.member), vote, fact, p.locale)
        noted = p.say(
            "Stated at %(time)s: “%(statement)s”; noted by %(noted)s, confirmed by %(confirmed)s.",
            time=p.moment(fact.at, record.opened.held_on),
            statement=fact.statement,
            noted=fact.noted_by.name,
            confirmed=fact.confirmed_by.name,
        )
        items.append(f"{said} {noted}")
    return [Heading(p.say("Corrections")), Listing(tuple(items))]


def motion(vote: VoteRecord, p: Phrases) -> list[Block]:
    return [Motion(p.say("Text put to the vote"), vote.motion.strip())]

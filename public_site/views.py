"""What the templates loop over: a record turned into rows, seats, cells and words of one language.

Pure. Every figure is counted from the roll or taken from the record; no rule is decided here. A *sign* is what stands
for a member in a drawing or list: an option once the vote is closed, before that only voted, waiting or absent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from council.people import sort_key
from council.verdict import channel_word, option_word, tally_of, tally_word
from public_site import hemicycle
from public_site.vote_summaries import threshold
from public_site.wording import NO_BREAK, Wording, bind, short_faction
from voting.entries import Option, RollEntry, Seated, Tally
from voting.record import SittingRecord, VoteRecord

ALWAYS = (Option.FOR, Option.AGAINST, Option.ABSTAIN, Option.NOT_VOTING, Option.ABSENT)  # shown even when zero
ORDER = (*ALWAYS, Option.RECUSED, Option.NO_RECORD)
LIVE_ORDER = ("voted", "waiting", "absent")


@dataclass(frozen=True, slots=True)
class Figure:
    """One option's count under the hall, in a chip or beside a faction."""

    sign: str
    count: int
    word: str


@dataclass(frozen=True, slots=True)
class Row:
    """A member in a list. `note` explains a sign that may be misread."""

    member: str
    family_name: str
    given_name: str
    sign: str
    word: str
    woman: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A faction's rows. `name` is as the council writes it; `short` what fits beside a wedge, in lines."""

    name: str
    short: tuple[str, ...]
    rows: tuple[Row, ...]
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Seat:
    x: float
    y: float
    member: str
    sign: str
    title: str


@dataclass(frozen=True, slots=True)
class Ground:
    """A wedge with its caption."""

    wedge: hemicycle.Wedge
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """The seats in one order: by faction, or by option."""

    size: float
    seats: tuple[Seat, ...]
    grounds: tuple[Ground, ...]


@dataclass(frozen=True, slots=True)
class Hall:
    """The drawing with its gauge; `cells` are (path, kind). `sentence` says all of it to who cannot see it."""

    orders: tuple[Order, ...]
    cells: tuple[tuple[str, str], ...]
    threshold: tuple[float, float, float, float] | None
    needed: int
    count: int
    under: str
    sentence: str


# --- rows -------------------------------------------------------------------------------------------------------


def groups(
    record: SittingRecord, signs: Mapping[str, str], word: Callable[[str, Seated], str], note: str, w: Wording
) -> tuple[Group, ...]:
    """The sitting's members by faction, as `faction_order` has it; within one as the record orders them.

    `note` stands under the names of those whom the record does not mention."""
    by_faction: dict[str | None, list[Seated]] = {}
    for member in record.opened.members:
        by_faction.setdefault(member.faction, []).append(member)
    alike = Counter((m.family_name, m.given_name) for m in record.opened.members)
    result = []
    for faction in faction_order({name: len(members) for name, members in by_faction.items()}, w.locale):
        members = by_faction[faction]
        rows = tuple(
            Row(
                member=m.member,
                family_name=m.family_name,
                given_name=" ".join(
                    part
                    for part in (m.given_name, m.patronymic if alike[m.family_name, m.given_name] > 1 else "")
                    if part
                ),
                sign=signs[m.member],
                word=word(signs[m.member], m),
                woman=m.gender == "f",
                note=note if signs[m.member] == Option.NO_RECORD else "",
            )
            for m in members
        )
        name = faction or str(w.say("No faction"))
        counted = Counter(row.sign for row in rows)
        figures = tuple(
            Figure(option.value, counted[option], loose_word(option, counted[option], w.locale))
            for option in ORDER
            if counted[option]
        )
        result.append(Group(name, _caption(short_faction(name), len(rows)), rows, figures))
    return tuple(result)


def faction_order(sizes: Mapping[str | None, int], locale: str) -> list[str | None]:
    """The largest first, of equal ones the first in the reader's alphabet; members of no faction last."""
    return sorted(sizes, key=lambda name: (name is None, -sizes[name], sort_key(name or "", locale)))


def roll_groups(record: SittingRecord, vote: VoteRecord, w: Wording) -> tuple[Group, ...]:
    """A closed vote's roll; beside a name whom the member chose and how the answer came, where that is not plain."""
    lines = {entry.member: entry for entry in vote.roll or ()}
    drawn = groups(
        record,
        {entry.member: entry.option.value for entry in vote.roll or ()},
        lambda sign, member: bind(choice_word(vote, lines[member.member], member, w.locale)),
        str(w.say("The source of this vote does not mention the member; it does not add to “for”.")),
        w,
    )
    return tuple(
        replace(
            group,
            rows=tuple(replace(row, note=row.note or line_note(vote, lines[row.member], w)) for row in group.rows),
        )
        for group in drawn
    )


def choice_word(vote: VoteRecord, line: RollEntry, member: Seated, locale: str) -> str:
    """The option, or the candidate: «2. Нагідка Одарка»."""
    chosen = next((one for one in vote.opened.candidates if one.candidate == line.candidate), None)
    if chosen is None:
        return option_word(line.option, member.gender, locale)
    return f"{chosen.candidate}. {chosen.name}"


def line_note(vote: VoteRecord, line: RollEntry, w: Wording) -> str:
    """How the answer came, if not as the others' did; and that a conflict of interest was declared all the same."""
    notes = []
    if line.channel is not None and line.channel != vote.opened.method:
        notes.append(channel_word(line.channel, w.locale))
    if vote.opened.exception and line.member in vote.opened.recused:
        notes.append(str(w.say("conflict of interest declared")))
    return ", ".join(notes)


def live_groups(record: SittingRecord, present: set[str], voted: set[str], w: Wording) -> tuple[Group, ...]:
    """Who is in the hall and who has voted, never how."""
    words = {"voted": w.say("Cast"), "waiting": w.say("Not yet"), "absent": w.say("Not registered")}
    drawn = groups(record, live_signs(record, present, voted), lambda sign, _: str(words[sign]), "", w)
    return tuple(replace(group, figures=_cast(group, w)) for group in drawn)


def _cast(group: Group, w: Wording) -> tuple[Figure, ...]:
    """Beside a faction while a vote is open: «5 з 6» of those present."""
    cast = sum(1 for row in group.rows if row.sign == "voted")
    there = cast + sum(1 for row in group.rows if row.sign == "waiting")
    return (Figure("voted", cast, str(w.say("%(voted)s of %(present)s", voted=cast, present=there))),) if there else ()


def live_signs(record: SittingRecord, present: set[str], voted: set[str]) -> dict[str, str]:
    return {
        m.member: "voted" if m.member in voted else "waiting" if m.member in present else "absent"
        for m in record.opened.members
    }


def _caption(short: str, size: int) -> tuple[str, ...]:
    """The caption of a wedge in one line, or two of like length."""
    text = bind(short)
    if len(text) > 12 and " " in text:
        half = min((i for i, c in enumerate(text) if c == " "), key=lambda i: abs(i - len(text) / 2))
        return (text[:half], f"{text[half + 1 :]} · {size}")
    return (f"{text} · {size}",)


# --- figures ----------------------------------------------------------------------------------------------------


def figures(tally: Tally, w: Wording) -> tuple[Figure, ...]:
    """The tally in its fixed order; recused and no record only when not zero."""
    counted = [(option, tally_of(tally, option)) for option in ORDER]
    return tuple(
        Figure(option.value, count, loose_word(option, count, w.locale))
        for option, count in counted
        if option in ALWAYS or count
    )


def loose_word(option: Option, count: int, locale: str) -> str:
    """The word under a figure; in a narrow cell it may break at any blank."""
    return tally_word(option, count, locale).replace(NO_BREAK, " ")


# --- the hall ---------------------------------------------------------------------------------------------------


def needs(vote: VoteRecord, w: Wording) -> str:
    """«потрібно 19»; "" where no line is drawn."""
    line = threshold(vote)
    return str(w.say("needed %(needed)s", needed=line)) if line else ""


def vote_hall(record: SittingRecord, vote: VoteRecord, by_faction: Sequence[Group], w: Wording) -> Hall:
    """A closed vote: the seats by faction and by option, the gauge of its tally."""
    if vote.tally is None:
        raise ValueError(f"vote {vote.n} is open: its hall is live_hall")
    shown = figures(vote.tally, w)
    rows = [row for group in by_faction for row in group.rows]
    by_option = [(f, [row for row in rows if row.sign == f.sign]) for f in shown if f.count]
    orders = (
        _order([(group.short, group.rows) for group in by_faction]),
        _order([((f"{f.word} · {f.count}",), own) for f, own in by_option]),
    )
    kinds = [f.sign for f in shown for _ in range(f.count)]
    tally = ", ".join(f"{f.word} {f.count}" for f in shown if f.count)
    line = threshold(vote)
    if line:
        sentence = w.say("%(seats)s seats: %(tally)s; %(needed)s needed.", seats=len(rows), tally=tally, needed=line)
    else:
        sentence = w.say("%(seats)s seats: %(tally)s.", seats=len(rows), tally=tally)
    under = w.say("“for” of %(seats)s", seats=vote.requirement.seats)
    return _hall(vote.requirement.seats, line, orders, kinds, vote.tally.for_, str(under), str(sentence))


def live_hall(seats: int, needed: int, by_faction: Sequence[Group], w: Wording) -> Hall:
    """An open vote: who has voted, never how. needed: 0 before the first vote, then there is no line."""
    rows = [row for group in by_faction for row in group.rows]
    counted = Counter(row.sign for row in rows)
    orders = (_order([(group.short, group.rows) for group in by_faction]),)
    kinds = [sign for sign in LIVE_ORDER for _ in range(counted[sign])]
    sentence = w.say(
        "%(voted)s of %(present)s present have voted; how is shown after the vote is closed.",
        voted=counted["voted"],
        present=counted["voted"] + counted["waiting"],
    )
    return _hall(seats, needed, orders, kinds, counted["voted"], str(w.say("have voted")), str(sentence))


def _hall(
    seats: int, needed: int, orders: tuple[Order, ...], kinds: list[str], count: int, under: str, said: str
) -> Hall:
    drawn = hemicycle.gauge(max(seats, len(kinds)), needed)
    kinds += ["vacant"] * (len(drawn.cells) - len(kinds))
    return Hall(
        orders=orders,
        cells=tuple(zip(drawn.cells, kinds, strict=True)),
        threshold=drawn.threshold,
        needed=needed,
        count=count,
        under=under,
        sentence=said,
    )


def _order(parts: Sequence[tuple[tuple[str, ...], Sequence[Row]]]) -> Order:
    drawn = hemicycle.hall([len(rows) for _, rows in parts])
    seats = tuple(
        Seat(place.x, place.y, row.member, row.sign, f"{row.family_name} {row.given_name} — {row.word}")
        for (_, rows), places in zip(parts, drawn.places, strict=True)
        for row, place in zip(rows, places, strict=True)
    )
    grounds = tuple(Ground(wedge, lines) for wedge, (lines, _) in zip(drawn.wedges, parts, strict=True))
    return Order(drawn.size, seats, grounds)

"""What a desk knows, and what its lamp may therefore say.

Pure: messages in, state out; no socket, no clock. The lamp's rule: pressed is not recorded. `recorded` comes from the
hall alone (Recorded, Standing), and the latest press stays pending until the hall has answered exactly it.
Source: the table of the seat terminal in HALL.md.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from council.protocol import (
    Challenge,
    ChamberState,
    Pong,
    PressOption,
    Recorded,
    Refused,
    Standing,
    ToTerminal,
    Welcome,
)
from council.state_parts import ChosenOption, MemberView, SecretView, VoteView
from voting.entries import Option
from voting.signed import press_text

Choice = tuple[ChosenOption, int | None]  # an option, and whom `for` chooses where candidates stand
PLAIN: Final[tuple[Choice, ...]] = (("for", None), ("against", None), ("abstain", None))


class Lamp(StrEnum):
    """What the lamp shows; each has its sentence in `sentences.py`."""

    RECONNECTING = "reconnecting"
    EMPTY = "empty"  # nobody has signed in at this desk
    HELD = "held"
    TURN = "turn"  # this member is called to answer aloud
    CALLED = "called"  # another one is
    ENTERED = "entered"  # the clerk enters the vote by hand
    OPEN = "open"
    PENDING = "pending"
    RECORDED = "recorded"
    CHANGING = "changing"  # one press is recorded, a later one is pending
    RECUSED = "recused"
    ASIDE = "aside"  # a vote is open and this member is not entitled
    REFUSED = "refused"
    SECRET = "secret"  # the totals of a secret ballot # noqa: S105 - a state, no password
    VOIDED = "voided"
    TIED = "tied"
    ANNOUNCED = "announced"
    CLOSED = "closed"
    SPEAKING = "speaking"
    QUEUED = "queued"  # waits for the floor
    WAITING = "waiting"  # no vote is open


class DeskState:
    """One start of one terminal. Everything is None until the hall has said it. `sign`: the terminal's key."""

    def __init__(self, boot: str, sign: Callable[[str], str]) -> None:
        self.boot: Final = boot
        self.linked = False  # set by the owner of the connection
        self.welcome: Welcome | None = None
        self.chamber: ChamberState | None = None
        self.standing: Standing | None = None
        self.pending: PressOption | None = None  # the latest press, until it is answered
        self.refused: Refused | None = None  # until the next press or vote
        self.lost: PressOption | None = None  # the press that was refused
        self._stands: Recorded | None = None
        self._sign = sign
        self._n = 0

    # --- what is known ----------------------------------------------------------------------------------------------

    @property
    def vote(self) -> VoteView | None:
        """The current or last vote."""
        return self.chamber.vote if self.chamber else None

    @property
    def running(self) -> VoteView | None:
        """The vote that is open or held."""
        return self.vote if self.vote is not None and self.vote.state in ("open", "held") else None

    @property
    def secret(self) -> SecretView | None:
        """The item's last secret ballot, while no vote runs."""
        return self.chamber.secret if self.chamber is not None and self.running is None else None

    @property
    def member(self) -> MemberView | None:
        """Who sits here; None: nobody, or the hall has not said."""
        if self.standing is not None:
            return self.standing.member
        return self.welcome.member if self.welcome is not None else None

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What the keys 1, 2, 3… choose."""
        candidates = self.vote.candidates if self.vote is not None else ()
        if not candidates:
            return PLAIN
        return (*(("for", one.candidate) for one in candidates), ("abstain", None))

    @property
    def recorded(self) -> Recorded | None:
        """What is on disk for the current vote: a press of this start of the terminal or an earlier one, or what was
        said aloud (then `boot` is empty)."""
        if self.vote is None or self._stands is None or self._stands.vote_n != self.vote.n:
            return None
        return self._stands

    @property
    def undecided(self) -> PressOption | None:
        """The press in the current vote that the hall has not answered."""
        if self.vote is None or self.pending is None or self.pending.vote_n != self.vote.n:
            return None
        return self.pending

    @property
    def may_press(self) -> bool:
        """Whether the keys live. They do without a connection too: a press is sent when it is back."""
        vote, standing = self.running, self.standing
        if vote is None or standing is None or vote.state != "open" or vote.method != "terminal":
            return False
        return self.member is not None and standing.vote_n == vote.n and standing.entitled

    @property
    def lamp(self) -> Lamp:
        if not self.linked:
            return Lamp.RECONNECTING
        standing, signs_in = self.standing, self.welcome is not None and self.welcome.seat_by in ("card", "pin")
        if signs_in and standing is not None and standing.member is None:
            return Lamp.REFUSED if self.refused is not None else Lamp.EMPTY
        if self.running is not None:
            return self._lamp_of_vote(self.running)
        over = self._lamp_of_over()
        if self.refused is not None and over in (None, Lamp.CLOSED):
            return Lamp.REFUSED
        if over is not None:
            return over
        if standing is not None and standing.recused:
            return Lamp.RECUSED
        if standing is not None and standing.speaking:
            return Lamp.SPEAKING
        return Lamp.QUEUED if standing is not None and standing.request is not None else Lamp.WAITING

    def _lamp_of_vote(self, vote: VoteView) -> Lamp:
        standing = self.standing
        if self.refused is not None:
            return Lamp.REFUSED
        if standing is None or standing.vote_n != vote.n:  # the hall is about to say whether this member votes
            return Lamp.WAITING
        if not standing.entitled:
            return Lamp.RECUSED if standing.recused else Lamp.ASIDE
        if vote.state == "held":
            return Lamp.HELD
        if self.recorded is None and vote.method == "called":
            return Lamp.TURN if standing.called else Lamp.CALLED
        if self.recorded is None and vote.method == "entered":
            return Lamp.ENTERED
        if self.undecided is not None:
            return Lamp.PENDING if self.recorded is None else Lamp.CHANGING
        return Lamp.OPEN if self.recorded is None else Lamp.RECORDED

    def _lamp_of_over(self) -> Lamp | None:
        """The result that belongs on the lamp: of the last vote of the item that is called now."""
        vote, chamber = self.vote, self.chamber
        if self.secret is not None:
            return Lamp.SECRET
        called = chamber.item.item if chamber is not None and chamber.item is not None else None
        if vote is None or self.standing is None or vote.item not in (None, called):
            return None
        if vote.state in ("voided", "tied"):
            return Lamp(vote.state)
        return Lamp.CLOSED if vote.result is None else Lamp.ANNOUNCED

    # --- what happens -----------------------------------------------------------------------------------------------

    def press(self, option: ChosenOption, candidate: int | None = None) -> PressOption | None:
        """A key: the message to send, or None where the key is dead or says what is recorded or pending already."""
        if not self.may_press or self.vote is None or self.chamber is None or self.member is None:
            return None
        latest = self.undecided or self.recorded
        if latest is not None and (latest.option, latest.candidate) == (option, candidate):
            return None
        self._n += 1
        self.refused = self.lost = None
        sitting, n = self.chamber.sitting.sitting, self._n
        text = press_text(sitting, self.vote.n, self.member.member, Option(option), candidate, self.boot, n)
        self.pending = PressOption(
            boot=self.boot,
            n=n,
            vote_n=self.vote.n,
            option=option,
            candidate=candidate,
            signature=self._sign(text),
        )
        return self.pending

    def hear(self, message: ToTerminal) -> None:
        """Take in what the hall said."""
        match message:
            case Welcome():
                self.welcome = message
                if self.refused is not None and self.refused.n is None:
                    self.refused = None
            case ChamberState():
                if self.chamber is not None and self.chamber.sitting.sitting != message.sitting.sitting:
                    self.pending = self.lost = self.refused = self._stands = self.standing = None  # another ledger's
                before, now = self.vote, message.vote
                if (now and (now.n, now.state)) != (before and (before.n, before.state)):
                    self.refused = None
                if (now.n if now else None) != (before.n if before else None):
                    self.lost = None
                self.chamber = message
            case Standing():
                self._hear_standing(message)
            case Recorded():
                self._stands = message
                self._answered(message.boot, message.n)
            case Refused():
                self._hear_refusal(message)
            case Pong() | Challenge():
                pass

    def _hear_standing(self, standing: Standing) -> None:
        before, self.standing = self.standing, standing
        if before is not None and before.member != standing.member:  # nothing of the one before is sent for the next
            self.pending = self.lost = self.refused = self._stands = None
        if standing.vote_n is None or standing.option is None:
            self._stands = None
            return
        self._stands = Recorded(
            boot=standing.boot or "",
            n=standing.n or 0,
            vote_n=standing.vote_n,
            option=standing.option,
            recorded_at=standing.recorded_at or "",
            candidate=standing.candidate,
        )
        if standing.boot is not None and standing.n is not None:
            self._answered(standing.boot, standing.n)

    def _hear_refusal(self, refusal: Refused) -> None:
        if refusal.n is None:
            self.refused = refusal
        elif self.pending is not None and (refusal.boot, refusal.n) == (self.boot, self.pending.n):
            self.refused, self.lost, self.pending = refusal, self.pending, None

    def _answered(self, boot: str, n: int) -> None:
        """The hall answers with what stands: of this boot, that is the press asked about or a later one."""
        if self.pending is not None and boot == self.boot and n >= self.pending.n:
            self.pending, self.refused, self.lost = None, None, None

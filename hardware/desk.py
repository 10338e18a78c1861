"""What a desk knows, and what its lamp may therefore say.

Pure: messages in, state out; no socket, no clock. The lamp's rule: pressed is not recorded. `recorded` comes from the
hall alone (Recorded, Standing), and the latest press stays pending until the hall has answered exactly it.
Source: the table of the seat terminal in HALL.md.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from council.protocol import (
    ChamberState,
    Pong,
    PressOption,
    Recorded,
    Refused,
    Standing,
    ToTerminal,
    Welcome,
)
from council.state_parts import ChosenOption, VoteView


class Lamp(StrEnum):
    """What the lamp shows; each has its sentence in `sentences.py`."""

    WAITING = "waiting"  # no vote is open
    OPEN = "open"
    ASIDE = "aside"  # a vote is open and this member is not entitled
    PENDING = "pending"
    RECORDED = "recorded"
    CHANGING = "changing"  # one press is recorded, a later one is pending
    REFUSED = "refused"
    RECONNECTING = "reconnecting"
    CLOSED = "closed"
    ANNOUNCED = "announced"


class DeskState:
    """One start of one terminal. Everything is None until the hall has said it."""

    def __init__(self, boot: str) -> None:
        self.boot: Final = boot
        self.linked = False  # set by the owner of the connection
        self.welcome: Welcome | None = None
        self.chamber: ChamberState | None = None
        self.standing: Standing | None = None
        self.pending: PressOption | None = None  # the latest press, until it is answered
        self.refused: Refused | None = None  # until the next press or vote
        self.lost: PressOption | None = None  # the press that was refused
        self._stands: Recorded | None = None
        self._n = 0

    @property
    def vote(self) -> VoteView | None:
        """The current or last vote."""
        return self.chamber.vote if self.chamber else None

    @property
    def recorded(self) -> Recorded | None:
        """The press that is on disk for the current vote, from this start of the terminal or an earlier one."""
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
        standing = self.standing
        if self.vote is None or self.vote.state != "open" or standing is None:
            return False
        return standing.vote_n == self.vote.n and standing.entitled

    @property
    def lamp(self) -> Lamp:
        vote = self.vote
        if not self.linked:
            return Lamp.RECONNECTING
        if vote is not None and (vote.state == "announced" or vote.result is not None):
            return Lamp.ANNOUNCED
        if self.refused is not None:
            return Lamp.REFUSED
        if vote is None or self.standing is None:
            return Lamp.WAITING
        if vote.state == "closed":
            return Lamp.CLOSED
        if self.standing.vote_n != vote.n:  # the hall is about to say whether this member votes
            return Lamp.WAITING
        if not self.standing.entitled:
            return Lamp.ASIDE
        if self.undecided is not None:
            return Lamp.PENDING if self.recorded is None else Lamp.CHANGING
        return Lamp.OPEN if self.recorded is None else Lamp.RECORDED

    def press(self, option: ChosenOption) -> PressOption | None:
        """A key: the message to send, or None where the key is dead or says what is recorded or pending already."""
        if not self.may_press or self.vote is None:
            return None
        latest = self.undecided or self.recorded
        if latest is not None and latest.option == option:
            return None
        self._n += 1
        self.refused = self.lost = None
        self.pending = PressOption(boot=self.boot, n=self._n, vote_n=self.vote.n, option=option)
        return self.pending

    def hear(self, message: ToTerminal) -> None:
        """Take in what the hall said."""
        match message:
            case Welcome():
                self.welcome = message
                if self.refused is not None and self.refused.n is None:
                    self.refused = None
            case ChamberState():
                if (message.vote.n if message.vote else None) != (self.vote.n if self.vote else None):
                    self.refused = self.lost = None
                self.chamber = message
            case Standing():
                self._hear_standing(message)
            case Recorded():
                self._stands = message
                self._answered(message.boot, message.n)
            case Refused():
                self._hear_refusal(message)
            case Pong():
                pass

    def _hear_standing(self, standing: Standing) -> None:
        self.standing = standing
        if standing.vote_n is None or standing.option is None:
            self._stands = None
        elif standing.boot is not None and standing.n is not None and standing.recorded_at is not None:
            self._stands = Recorded(
                boot=standing.boot,
                n=standing.n,
                vote_n=standing.vote_n,
                option=standing.option,
                recorded_at=standing.recorded_at,
            )
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

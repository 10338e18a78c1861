"""All there is to say of one vote beside its result, in a fixed order: for page, vote sheet, minutes and console.

Pure but for the catalogues. The sentences are those of `vote_words.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from council import vote_words as say
from voting.record import AnyVote, SecretRecord, VoteRecord


def vote_notes(
    vote: VoteRecord, votes: Mapping[int, AnyVote], names: Mapping[str, str], locale: str
) -> tuple[str, ...]:
    """Sentences, each ended; none for a plain vote by terminals.

    votes: the sitting's by number, for those this one refers to or is referred to by. names: of its members, as the
    place has room for."""
    opened, notes = vote.opened, []
    if opened.subject != "motion":
        notes.append(say.ended(say.subject_word(opened.subject, locale)))
    if opened.relation is not None and opened.refers_to is not None:
        earlier = votes.get(opened.refers_to)
        voided = earlier.void_reason if earlier is not None else None
        notes.append(say.relation_sentence(opened.relation, opened.refers_to, opened.reason, locale, voided=voided))
    if opened.method != "terminal":
        notes.append(say.method_sentence(opened.method, opened.order, locale))
    elif aloud := sum(1 for line in vote.roll or () if line.channel == "called"):
        notes.append(say.aloud_sentence(aloud, locale))
    if opened.override is not None:
        notes.append(say.override_sentence(opened.override, locale))
    if opened.recused:
        notes.append(say.recused_sentence(len(opened.recused), locale, exception=opened.exception))
    if vote.tie is not None:
        notes.append(say.casting_sentence(names.get(vote.tie.member, vote.tie.member), vote.tie.option, locale))
    if vote.state == "voided":
        notes.append(say.voided_sentence(vote.void_reason or "", locale))
    for correction in vote.corrections:
        member = names.get(correction.member, correction.member)
        notes.append(say.correction_sentence(member, vote, correction, locale))
    return tuple(note for note in (*notes, *_followed(vote, votes, locale)) if note)


def secret_notes(vote: SecretRecord, votes: Mapping[int, AnyVote], locale: str) -> tuple[str, ...]:
    """Of a secret ballot: its legal source first, then what repeats what; why it is void its verdict says.

    votes: the sitting's by number."""
    notes = [say.secret_sentence(vote.fact.ground_source, locale)]
    if vote.fact.repeats is not None:
        reason = votes[vote.fact.repeats].void_reason
        notes.append(say.relation_sentence("repeat", vote.fact.repeats, None, locale, voided=reason))
    return (*notes, *_followed(vote, votes, locale))


def _followed(vote: AnyVote, votes: Mapping[int, AnyVote], locale: str) -> tuple[str, ...]:
    """What later votes made of this one."""
    later = (votes[n] for n in vote.followed_by if n in votes)
    said = (say.followed_sentence(one.relation, one.n, locale) for one in later if one.relation is not None)
    return tuple(sentence for sentence in said if sentence)

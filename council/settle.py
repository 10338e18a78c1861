"""What council.toml says of bodies, members, desks and sittings, put into the database. Safe to repeat at each start.

A sitting the ledger already knows is left as it was when it began; the note of that is answered, not raised.
"""

from __future__ import annotations

from typing import Any

from council import profile, store
from council.config import BodyConfig, Config, SittingConfig
from council.people import Faction, Member, Person, gender_of, slug, sort_key
from council.sitting import Body, PlannedItem, PlannedMotion, SittingPlan


async def settle(conn: Any, config: Config) -> list[str]:
    """Returns notes for the person at the keyboard. Raises ProfileError, and StoreError where the two cannot agree."""
    notes: list[str] = []
    for place, body in enumerate(config.file.body):
        rules = profile.load(body.profile)
        await store.add_body(conn, _body(body, config.file.municipality), sort_no=place)
        await _settle_members(conn, body)
        for sitting in config.file.sitting:
            if sitting.body == body.id:
                plan = _plan(sitting, body, config.file.municipality, rules.default_rule)
                if await store.is_prepared(conn, plan.id):
                    notes.append(f"sitting {plan.id} is prepared in the hall; its agenda is not read from council.toml")
                    continue
                try:
                    await store.save_sitting(conn, plan)
                except store.SittingBegun as begun:
                    notes.append(str(begun))
    for camera in config.file.camera:
        await store.add_camera(conn, camera.id, camera.body)
    return notes


def _body(body: BodyConfig, municipality: str) -> Body:
    return Body(
        id=body.id,
        municipality=municipality,
        name=body.name,
        seats=body.seats,
        profile=body.profile,
        locale=body.locale,
        timezone=body.timezone,
        training=body.training,
        seat_by=body.seat_by,
        video=body.video,
    )


async def _settle_members(conn: Any, body: BodyConfig) -> None:
    for member in body.member:
        person = Person(
            id=f"{body.id}-{member.id}",
            family_name=member.family_name,
            given_name=member.given_name,
            patronymic=member.patronymic,
            gender=gender_of(member.patronymic),
            sort_key=sort_key(
                " ".join(filter(None, (member.family_name, member.given_name, member.patronymic))), body.locale
            ),
        )
        await store.add_person(conn, person)
        await store.add_member(conn, Member(member.id, person.id, body.id, None, None, None))
        if member.faction is not None:
            faction = Faction(f"{body.id}-{slug(member.faction)}", body.id, member.faction)
            await store.add_faction(conn, faction)
            await store.add_faction_membership(conn, member.id, faction.id)
        if member.desk is not None:
            await store.add_desk(conn, body.id, member.desk, member.id)


def _plan(sitting: SittingConfig, body: BodyConfig, municipality: str, default_rule: str) -> SittingPlan:
    return SittingPlan(
        id=f"{body.id}-{sitting.date.isoformat()}",
        body=_body(body, municipality),
        session_label=sitting.session_label,
        kind=sitting.kind,
        held_on=sitting.date,
        mode="training" if body.training else "ordinary",
        source=None,
        members=(),
        items=tuple(
            PlannedItem(
                str(number),
                item.title,
                (
                    PlannedMotion(
                        item=str(number),
                        position=1,
                        text=item.motion or item.title,
                        rule=item.rule or default_rule,
                        seconds=item.seconds,
                        original_at=None,
                        no_record=(),
                    ),
                )
                if item.vote
                else (),
            )
            for number, item in enumerate(sitting.item, 1)
        ),
    )

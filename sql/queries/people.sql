-- Who sits: bodies, terms, persons, members, factions and their usual desks.
-- An `add_` may be repeated. It answers true where the row is new, false where it was changed, and with no row where it
-- stood already just so.

-- name: bodies()
select id, municipality, name, seats, profile, locale, timezone, training, seat_by, video
  from body
 order by sort_no, id;

-- name: body(id)^
select id, municipality, name, seats, profile, locale, timezone, training, seat_by, video
  from body
 where id = :id;

-- name: add_body(id, municipality, name, seats, profile, locale, timezone, training, seat_by, video, sort_no)$
insert into body (id, municipality, name, seats, profile, locale, timezone, training, seat_by, video, sort_no)
values (:id, :municipality, :name, :seats, :profile, :locale, :timezone, :training, :seat_by, :video, :sort_no)
on conflict (id) do update
   set (municipality, name, seats, profile, locale, timezone, training, seat_by, video, sort_no)
     = (excluded.municipality, excluded.name, excluded.seats, excluded.profile, excluded.locale, excluded.timezone,
        excluded.training, excluded.seat_by, excluded.video, excluded.sort_no)
 where (body.municipality, body.name, body.seats, body.profile, body.locale, body.timezone, body.training, body.seat_by,
        body.video, body.sort_no)
       is distinct from
       (excluded.municipality, excluded.name, excluded.seats, excluded.profile, excluded.locale, excluded.timezone,
        excluded.training, excluded.seat_by, excluded.video, excluded.sort_no)
returning xmax = 0;

-- name: add_camera(id, body_id)!
insert into camera (id, body_id)
values (:id, :body_id)
on conflict (id) do update set body_id = excluded.body_id;

-- name: add_term(id, body_id, label, from_on, until_on)$
insert into term (id, body_id, label, from_on, until_on)
values (:id, :body_id, :label, :from_on, :until_on)
on conflict (id) do update
   set (body_id, label, from_on, until_on)
     = (excluded.body_id, excluded.label, excluded.from_on, excluded.until_on)
 where (term.body_id, term.label, term.from_on, term.until_on)
       is distinct from (excluded.body_id, excluded.label, excluded.from_on, excluded.until_on)
returning xmax = 0;

-- name: add_person(id, family_name, given_name, patronymic, gender, sort_key)$
insert into person (id, family_name, given_name, patronymic, gender, sort_key)
values (:id, :family_name, :given_name, :patronymic, :gender, :sort_key)
on conflict (id) do update
   set (family_name, given_name, patronymic, gender, sort_key)
     = (excluded.family_name, excluded.given_name, excluded.patronymic, excluded.gender, excluded.sort_key)
 where (person.family_name, person.given_name, person.patronymic, person.gender, person.sort_key)
       is distinct from
       (excluded.family_name, excluded.given_name, excluded.patronymic, excluded.gender, excluded.sort_key)
returning xmax = 0;

-- name: add_member(id, person_id, body_id, term_id, from_on, until_on)$
insert into member (id, person_id, body_id, term_id, from_on, until_on)
values (:id, :person_id, :body_id, :term_id, :from_on, :until_on)
on conflict (id) do update
   set (person_id, body_id, term_id, from_on, until_on)
     = (excluded.person_id, excluded.body_id, excluded.term_id, excluded.from_on, excluded.until_on)
 where (member.person_id, member.body_id, member.term_id, member.from_on, member.until_on)
       is distinct from
       (excluded.person_id, excluded.body_id, excluded.term_id, excluded.from_on, excluded.until_on)
returning xmax = 0;

-- name: add_faction(id, body_id, name)$
insert into faction (id, body_id, name)
values (:id, :body_id, :name)
on conflict (id) do update
   set (body_id, name) = (excluded.body_id, excluded.name)
 where (faction.body_id, faction.name) is distinct from (excluded.body_id, excluded.name)
returning xmax = 0;

-- name: add_faction_membership(member_id, faction_id, from_on, until_on)$
insert into faction_membership (member_id, faction_id, from_on, until_on)
values (:member_id, :faction_id, coalesce(:from_on::date, '-infinity'), :until_on)
on conflict (member_id, faction_id, from_on) do update
   set until_on = excluded.until_on
 where faction_membership.until_on is distinct from excluded.until_on
returning xmax = 0;

-- name: add_desk(body_id, desk_no, member_id)$
insert into desk (body_id, desk_no, member_id)
values (:body_id, :desk_no, :member_id)
on conflict (body_id, desk_no) do update
   set member_id = excluded.member_id
 where desk.member_id is distinct from excluded.member_id
returning xmax = 0;

-- name: desks(body_id)
select desk_no, member_id
  from desk
 where body_id = :body_id
 order by desk_no;

-- name: factions_of_members(body_id)
-- Every faction a member was ever in.
select fm.member_id, f.name
  from faction_membership fm
  join faction f on f.id = fm.faction_id
 where f.body_id = :body_id
 order by fm.member_id, fm.from_on, f.name;

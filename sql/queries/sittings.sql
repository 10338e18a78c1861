-- Sittings as they are prepared: members at that date, seating, agenda, motions.

-- name: sitting(id)^
select id, body_id, session_label, kind, held_on, mode, source, source_sha256
  from sitting
 where id = :id;

-- name: current_sitting(body_id, lately, now)$
-- The open one; else one that was closed after `lately`, if that is given; else the next that is planned (not before the
-- last one held, but a replay whenever it was); else the last planned whose day has passed by `now`, if that is given:
-- a day lasts until four in the morning; else the last one held.
with held as (
    select s.id, s.held_on, s.mode, y.is_open, y.closed_at > :lately::timestamptz as is_fresh,
           s.held_on < ((:now::timestamptz at time zone b.timezone) - interval '4 hours')::date as has_passed
      from sitting s
      join body b on b.id = s.body_id
      left join sitting_summary y on y.sitting_id = s.id
     where s.body_id = :body_id
), ranked as (
    select id, held_on,
           case when is_open then 0
                when is_fresh then 1
                when is_open is null
                 and (mode = 'replay'
                      or held_on >= coalesce((select max(held_on) from held where is_open is not null), held_on))
                then case when has_passed and mode <> 'replay' then 3 else 2 end
                when is_open is not null then 4
                else 5
            end as place
      from held
)
select id
  from ranked
 order by place, case when place = 2 then held_on end, held_on desc, id
 limit 1;

-- name: members_at(sitting_id, body_id, held_on)
-- In office on the day, in alphabet order. A sitting's own seating wins over the usual desk; a usual desk that the
-- seating gives to another is not this member's. `until_on` is a day in office.
select m.id as member, p.family_name, p.given_name, p.patronymic, p.gender,
       (select f.name
          from faction_membership fm
          join faction f on f.id = fm.faction_id
         where fm.member_id = m.id
           and fm.from_on <= :held_on
           and (fm.until_on is null or fm.until_on >= :held_on)
         order by fm.from_on desc, f.id
         limit 1) as faction,
       coalesce(
           (select g.desk_no from seating g where g.sitting_id = :sitting_id and g.member_id = m.id),
           (select min(d.desk_no)
              from desk d
             where d.body_id = m.body_id
               and d.member_id = m.id
               and not exists (select from seating g where g.sitting_id = :sitting_id and g.desk_no = d.desk_no))
       ) as desk_no
  from member m
  join person p on p.id = m.person_id
 where m.body_id = :body_id
   and (m.from_on is null or m.from_on <= :held_on)
   and (m.until_on is null or m.until_on >= :held_on)
 order by p.sort_key, m.id;

-- name: agenda(id)
select item, title, consent
  from agenda_item
 where sitting_id = :id
 order by position;

-- name: drafts(id)
select item, name, sha256, bytes, attached_at, attached_by
  from draft
 where sitting_id = :id
 order by item, position;

-- name: motions(id)
select item, position, text, rule, seconds, original_at, no_record
  from motion
 where sitting_id = :id
 order by item, position;

-- name: save_sitting(id, body_id, session_label, kind, held_on, mode, source, source_sha256)!
insert into sitting (id, body_id, session_label, kind, held_on, mode, source, source_sha256)
values (:id, :body_id, :session_label, :kind, :held_on, :mode, :source, :source_sha256)
on conflict (id) do update
   set (body_id, session_label, kind, held_on, mode, source, source_sha256)
     = (excluded.body_id, excluded.session_label, excluded.kind, excluded.held_on, excluded.mode, excluded.source,
        excluded.source_sha256);

-- name: clear_seating(id)!
delete from seating where sitting_id = :id;

-- name: save_seating(id, desk_nos, member_ids, body_id)!
-- Only where it differs from the usual desk.
insert into seating (sitting_id, desk_no, member_id)
select :id, seat.desk_no, seat.member_id
  from unnest(:desk_nos::integer[], :member_ids::text[]) as seat (desk_no, member_id)
 where not exists (select
                     from desk d
                    where d.body_id = :body_id
                      and d.desk_no = seat.desk_no
                      and d.member_id = seat.member_id);

-- name: save_items(id, items, positions, titles, consents)!
insert into agenda_item (sitting_id, item, position, title, consent)
select :id, point.item, point.position, point.title, point.consent
  from unnest(:items::text[], :positions::integer[], :titles::text[], :consents::boolean[])
       as point (item, position, title, consent)
on conflict (sitting_id, item) do update
   set (position, title, consent) = (excluded.position, excluded.title, excluded.consent);

-- name: save_motions(id, item, position, text, rule, seconds, original_at, no_record)*!
insert into motion (sitting_id, item, position, text, rule, seconds, original_at, no_record)
values (:id, :item, :position, :text, :rule, :seconds, :original_at, :no_record)
on conflict (sitting_id, item, position) do update
   set (text, rule, seconds, original_at, no_record)
     = (excluded.text, excluded.rule, excluded.seconds, excluded.original_at, excluded.no_record);

-- name: has_begun(id)$
-- Whether the sitting was opened; its agenda may have been published before.
select exists (select from ledger where sitting_id = :id and kind = 'SittingOpened');

-- name: lock_sitting(id)^
-- One change of a sitting's preparation at a time.
select id, prepared_at
  from sitting
 where id = :id
   for update;

-- name: prepared_at(id)$
select prepared_at from sitting where id = :id;

-- name: set_prepared(id, at)!
update sitting set prepared_at = :at where id = :id;

-- name: add_sitting(id, body_id, session_label, kind, held_on, mode, at)!
insert into sitting (id, body_id, session_label, kind, held_on, mode, prepared_at)
values (:id, :body_id, :session_label, :kind, :held_on, :mode, :at);

-- name: sitting_ids(body_id, held_on)
-- Those of a body on one day.
select id from sitting where body_id = :body_id and held_on = :held_on;

-- name: change_sitting(id, session_label, kind, held_on)!
update sitting set (session_label, kind, held_on) = (:session_label, :kind, :held_on) where id = :id;

-- name: clear_drafts(id)!
delete from draft where sitting_id = :id;

-- name: clear_motions(id)!
delete from motion where sitting_id = :id;

-- name: clear_items(id)!
delete from agenda_item where sitting_id = :id;

-- name: save_drafts(id, item, position, name, sha256, bytes, at, by)*!
insert into draft (sitting_id, item, position, name, sha256, bytes, attached_at, attached_by)
values (:id, :item, :position, :name, :sha256, :bytes, :at, :by);

-- name: facts_of_kind(id, kind)
-- The bytes of a sitting's entries of one kind, in their order.
select body
  from ledger
 where sitting_id = :id
   and kind = :kind
 order by seq;

-- name: sittings_to_prepare(count)
-- Those that are not over first, the next at the top; then the rest, the last at the top.
select s.id, s.body_id, b.name as body_name, s.session_label, s.kind, s.held_on,
       case when y.is_open then 'open' when y.is_open is null then 'planned' else 'closed' end as state,
       (select count(*) from agenda_item i where i.sitting_id = s.id) as items,
       (select count(*) from ledger l where l.sitting_id = s.id and l.kind = 'AgendaPublished') as versions
  from sitting s
  join body b on b.id = s.body_id
  left join sitting_summary y on y.sitting_id = s.id
 where s.source is null
 order by y.is_open is false, case when y.is_open is false then null else s.held_on end, s.held_on desc, s.id
 limit :count;

-- name: bodies()
-- Councils proper before those for practice; the first is the one the site opens with.
select id, municipality, name, seats, locale, timezone, training
from body order by training, sort_no, id;

-- name: entries_after(sitting, after)
-- A sitting's entries from its own place on, in order, as they were hashed.
select seq, body, leaf_hash from ledger where sitting_id = :sitting and seq > :after order by seq;

-- name: ledger_after(after, until)
-- Hashes only, for the root of the tree.
select seq, leaf_hash from ledger where seq > :after and seq < :until order by seq limit 20000;

-- name: checkpoint()^
select tree_size, root_hash, note, signed_at from checkpoint order by tree_size desc limit 1;

-- name: live_sitting(body)^
-- The body's open sitting, else its last.
select sitting_id, is_open from sitting_summary where body_id = :body
order by is_open desc, held_on desc, opened_seq desc limit 1;

-- name: sittings(body)
-- All of a body, newest first, with those that have not begun yet.
select s.id, s.session_label, s.kind, s.held_on, s.mode, s.source is not null as sourced,
       v.opened_at, v.closed_at, coalesce(v.votes, 0) as votes, coalesce(v.adopted, 0) as adopted,
       coalesce(v.is_open, false) as is_open, v.sitting_id is null as planned
from sitting s left join sitting_summary v on v.sitting_id = s.id
where s.body_id = :body
order by s.held_on desc, v.opened_seq desc nulls first, s.id;

-- name: sitting(sitting)^
select s.id, s.body_id, s.session_label, s.kind, s.held_on, s.mode, v.sitting_id is null as planned
from sitting s left join sitting_summary v on v.sitting_id = s.id where s.id = :sitting;

-- name: neighbours(body, sitting)^
-- The sittings before and after in the order of the list, of the same body, once they have begun.
with o as (
    select sitting_id, held_on, lag(sitting_id) over w as before, lead(sitting_id) over w as after,
           lag(held_on) over w as before_on, lead(held_on) over w as after_on
    from sitting_summary where body_id = :body window w as (order by held_on, opened_seq))
select before, before_on, after, after_on from o where sitting_id = :sitting;

-- name: planned_agenda(sitting)
-- As council.toml has it. One that is prepared in the hall is nobody's to read before it is published (AgendaPublished).
select a.item, a.title from agenda_item a join sitting s on s.id = a.sitting_id
where a.sitting_id = :sitting and s.prepared_at is null order by a.position;

-- name: nearest_sittings(day)
-- Those nearest in date, for a page that was not found.
select sitting_id, session_label, held_on from sitting_summary
order by abs(held_on - cast(:day as date)), opened_seq desc limit 3;

-- name: vote_lines(sitting)
select n, item, motion, opened_at, closed_at, result, needed, seats, for_count, against_count, abstain_count,
       not_voting_count, absent_count, recused_count, no_record_count
from vote_event where sitting_id = :sitting order by n desc;

-- name: narrowest(body)^
-- The body's closed vote with the smallest distance to its threshold; of several the latest.
select e.sitting_id, e.n from vote_event e join sitting_summary s using (sitting_id)
where s.body_id = :body and e.result is not null and e.state <> 'voided' and e.subject <> 'candidates'
order by abs(e.for_count - e.needed), s.held_on desc, e.n desc limit 1;

-- name: live_state(sitting)^
select body from live_state where sitting_id = :sitting;

-- name: members(body)
-- A body's members with the faction they were last in, in alphabet order.
select m.id, p.family_name, p.given_name, p.patronymic, p.gender, p.sort_key, m.from_on, m.until_on,
       f.name as faction,
       count(v.option) as votes, count(v.option) filter (where v.option in ('for', 'against', 'abstain')) as chosen
from member m
join person p on p.id = m.person_id
left join lateral (
    select faction.name from faction_membership fm join faction on faction.id = fm.faction_id
    where fm.member_id = m.id order by fm.from_on desc limit 1) f on true
left join vote v on v.member_id = m.id and not v.voided
where m.body_id = :body
group by m.id, p.id, f.name
order by p.sort_key, m.id;

-- name: member(member)^
select m.id, m.body_id, p.family_name, p.given_name, p.patronymic, p.gender, m.from_on, m.until_on,
       t.label as term, f.name as faction
from member m
join person p on p.id = m.person_id
left join term t on t.id = m.term_id
left join lateral (
    select faction.name from faction_membership fm join faction on faction.id = fm.faction_id
    where fm.member_id = m.id order by fm.from_on desc limit 1) f on true
where m.id = :member;

-- name: member_votes(member)
-- Newest sitting first, within it newest vote first; none that was set aside.
select v.sitting_id, v.n, v.option, v.candidate, v.faction, e.motion, e.opened_at, e.closed_at, e.result, e.for_count,
       e.subject = 'candidates' as of_candidates,
       s.held_on, s.session_label, s.mode, s.seats
from vote v
join vote_event e using (sitting_id, n)
join sitting_summary s using (sitting_id)
where v.member_id = :member and not v.voided
order by s.held_on desc, s.opened_seq desc, v.n desc;

-- name: member_attendance(member)
select a.sitting_id, a.arrived, s.held_on, s.session_label
from attendance a join sitting_summary s using (sitting_id)
where a.member_id = :member
order by s.held_on desc, s.opened_seq desc;

-- name: faction_choices(member)
-- How often each option was chosen in the member's faction by its other members, vote by vote; of votes on candidates,
-- where one `for` is not another, nothing.
select v.sitting_id, v.n, o.option, count(*) as members
from vote v
join vote_event e on e.sitting_id = v.sitting_id and e.n = v.n and e.subject <> 'candidates'
join vote o on o.sitting_id = v.sitting_id and o.n = v.n and o.faction = v.faction and o.member_id <> v.member_id
where v.member_id = :member and not v.voided and o.option in ('for', 'against', 'abstain')
group by v.sitting_id, v.n, o.option;

-- name: poster(camera, at)^
-- The picture nearest before a moment, of the camera.
select s.run_id, s.n from segment s join run r on r.id = s.run_id
where r.camera_id = :camera and s.started_at <= :at and s.poster_path is not null and s.deleted_at is null
  and not exists (
      select from hidden('{closed,withheld}') h
       where h.since_at < s.started_at + s.duration_ms * interval '1 millisecond'
         and h.ended_at > s.started_at
         and h.body_id = coalesce((select body_id from camera where id = r.camera_id), h.body_id)
  )
order by s.started_at desc limit 1;

-- name: bodies_after(after, until)
-- For the export, in pieces.
select seq, body from ledger where seq > :after and seq < :until order by seq limit 500;

-- name: leaf_hash(seq)$
select leaf_hash from ledger where seq = :seq;

-- The tables pages and search read, made from entries alone: derive.py, which also says in which order.

-- name: lock_for_rows()!
-- Taken before the first row of an append, so that appends wait for a rebuild here and never deadlock with it.
lock table sitting_summary in row exclusive mode;

-- name: lock_for_rebuild()!
-- Appends wait, readers do not. Who writes any of the tables has taken lock_for_rows first.
lock table sitting_summary in share row exclusive mode;

-- name: empty_sitting_summary()!
delete from sitting_summary;

-- name: empty_vote_event()!
delete from vote_event;

-- name: empty_vote()!
delete from vote;

-- name: empty_attendance()!
delete from attendance;

-- name: empty_secret_vote()!
delete from secret_vote;

-- name: empty_correction()!
delete from correction;

-- name: empty_footage_seal()!
delete from footage_seal;

-- name: empty_closed_part()!
delete from closed_part;

-- name: sitting_opened*!
insert into sitting_summary (sitting_id, body_id, session_label, kind, held_on, mode, seats, opened_at, opened_seq, is_open)
values (:sitting_id, :body_id, :session_label, :kind, :held_on, :mode, :seats, :opened_at, :opened_seq, true);

-- name: members_expected(sitting_id, member_ids)*!
insert into attendance (sitting_id, member_id, arrived)
select :sitting_id, member_id, false
  from unnest(:member_ids::text[]) as member_id;

-- name: members_arrived(sitting_id, member_ids)*!
update attendance
   set arrived = true
 where sitting_id = :sitting_id
   and member_id = any(:member_ids::text[])
   and not arrived;

-- name: absence_justified(sitting_id, member_id, justified)*!
update attendance
   set justified = :justified
 where sitting_id = :sitting_id
   and member_id = :member_id;

-- name: vote_opened*!
insert into vote_event (sitting_id, n, item, motion, opened_at, needed, seats, opened_seq, state, method, subject, relation,
                        refers_to)
values (:sitting_id, :n, :item, :motion, :opened_at, :needed, :seats, :opened_seq, 'open', :method, :subject, :relation,
        :refers_to);

-- name: vote_held(sitting_id, n, state)*!
-- Held or resumed.
update vote_event
   set state = :state
 where sitting_id = :sitting_id
   and n = :n;

-- name: vote_closed*!
update vote_event
   set closed_at = :closed_at,
       closed_seq = :closed_seq,
       state = :state,
       result = :result,
       chosen = :chosen,
       for_count = :for_count,
       against_count = :against_count,
       abstain_count = :abstain_count,
       not_voting_count = :not_voting_count,
       absent_count = :absent_count,
       recused_count = :recused_count,
       no_record_count = :no_record_count
 where sitting_id = :sitting_id
   and n = :n;

-- name: roll(sitting_id, n, member_ids, options, candidates, factions)*!
insert into vote (sitting_id, n, member_id, option, candidate, faction)
select :sitting_id, :n, line.member_id, line.option, line.candidate, line.faction
  from unnest(:member_ids::text[], :options::text[], :candidates::integer[], :factions::text[])
    as line (member_id, option, candidate, faction);

-- name: tie_decided(sitting_id, n, result)*!
update vote_event
   set state = 'closed',
       result = :result
 where sitting_id = :sitting_id
   and n = :n;

-- name: announced(sitting_id, n)*!
update vote_event
   set state = 'announced'
 where sitting_id = :sitting_id
   and n = :n;

-- name: voided(sitting_id, n)*!
-- What it had stays; its lines count for nobody.
with event as (
    update vote_event
       set state = 'voided'
     where sitting_id = :sitting_id
       and n = :n
)
update vote
   set voided = true
 where sitting_id = :sitting_id
   and n = :n;

-- name: secret_vote*!
insert into secret_vote (sitting_id, n, item, motion, recorded_at, ground, result, needed, seats, in_quorum, issued, found,
                         invalid, for_count, against_count, abstain_count, chosen, repeats, seq)
values (:sitting_id, :n, :item, :motion, :recorded_at, :ground, :result, :needed, :seats, :in_quorum, :issued, :found,
        :invalid, :for_count, :against_count, :abstain_count, :chosen, :repeats, :seq);

-- name: secret_voided(sitting_id, n)*!
-- The totals stay.
update secret_vote
   set voided = true
 where sitting_id = :sitting_id
   and n = :n;

-- name: correction*!
insert into correction (sitting_id, seq, n, member_id, recorded, meant, statement, noted_at)
values (:sitting_id, :seq, :n, :member_id, :recorded, :meant, :statement, :noted_at);

-- name: footage_sealed*!
insert into footage_seal (seq, sitting_id, camera_id, run_id, first_n, segments, started_at, ended_at, init_sha256, root,
                          sealed_at)
values (:seq, :sitting_id, :camera_id, :run_id, :first_n, :segments, :started_at, :ended_at, :init_sha256, :root,
        :sealed_at);

-- name: footage_deleted(run_id, first_n, segments, deleted_at)*!
update segment
   set deleted_at = :deleted_at
 where run_id = :run_id
   and n >= :first_n
   and n < :first_n + :segments
   and deleted_at is null;

-- name: footage_shown(sitting_id, withheld)*!
update sitting_summary
   set footage_withheld = :withheld
 where sitting_id = :sitting_id;

-- name: filming_paused(seq, sitting_id, since_at, paused_at, reason, source)*!
insert into closed_part (seq, sitting_id, body_id, since_at, paused_at, reason, source)
select :seq, :sitting_id, body_id, :since_at, :paused_at, :reason, :source
  from sitting_summary
 where sitting_id = :sitting_id;

-- name: filming_resumed(sitting_id, seq, ended_at)*!
update closed_part
   set ended_at = :ended_at
 where seq = (select max(p.seq) from closed_part p where p.sitting_id = :sitting_id and p.seq < :seq);

-- name: filming_told()!
-- The recorders listen: they need not ask first.
select pg_notify('hlasno_filming', '');

-- name: closed_in_pause(sitting_id, closed_at)*!
-- After the resumings: the one that is left.
update closed_part
   set ended_at = :closed_at::timestamptz + interval '10 seconds',
       by_closing = true
 where sitting_id = :sitting_id
   and ended_at is null;

-- name: votes_counted(sitting_id)*!
-- Votes with a result that was not set aside, named and secret.
update sitting_summary y
   set votes = c.votes,
       adopted = c.adopted
  from (
        select count(*) as votes, count(*) filter (where e.result = 'adopted') as adopted
          from (
                select result from vote_event where sitting_id = :sitting_id and result is not null and state <> 'voided'
                union all
                select result from secret_vote where sitting_id = :sitting_id and not voided
               ) e
       ) c
 where y.sitting_id = :sitting_id;

-- name: sitting_closed(closed_at, sitting_id)*!
update sitting_summary
   set closed_at = :closed_at,
       is_open = false
 where sitting_id = :sitting_id;

-- name: opened_entry(sitting_id)$
-- The body of a sitting's SittingOpened entry.
select l.body
  from sitting_summary y
  join ledger l on l.seq = y.opened_seq
 where y.sitting_id = :sitting_id;

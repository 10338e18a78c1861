-- The tables pages and search read, made from entries alone: derive.py. Order within one call: sittings opened, votes
-- opened, arrivals, votes closed, sittings closed.

-- name: lock_for_rows()!
-- Taken before the first row of an append, so that appends wait for a rebuild here and never deadlock with it.
lock table sitting_summary in row exclusive mode;

-- name: lock_for_rebuild()!
-- Appends wait, readers do not. Who writes any of the four tables has taken lock_for_rows first.
lock table sitting_summary in share row exclusive mode;

-- name: empty_summaries()!
delete from sitting_summary;

-- name: empty_vote_events()!
delete from vote_event;

-- name: empty_votes()!
delete from vote;

-- name: empty_attendance()!
delete from attendance;

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

-- name: vote_opened(sitting_id, n, item, motion, opened_at, needed, seats, opened_seq)*!
insert into vote_event (sitting_id, n, item, motion, opened_at, needed, seats, opened_seq)
values (:sitting_id, :n, :item, :motion, :opened_at, :needed, :seats, :opened_seq);

-- name: vote_closed*!
update vote_event
   set closed_at = :closed_at,
       closed_seq = :closed_seq,
       result = :result,
       for_count = :for_count,
       against_count = :against_count,
       abstain_count = :abstain_count,
       not_voting_count = :not_voting_count,
       absent_count = :absent_count,
       recused_count = :recused_count,
       no_record_count = :no_record_count
 where sitting_id = :sitting_id
   and n = :n;

-- name: roll(sitting_id, n, member_ids, options, factions)*!
insert into vote (sitting_id, n, member_id, option, faction)
select :sitting_id, :n, line.member_id, line.option, line.faction
  from unnest(:member_ids::text[], :options::text[], :factions::text[]) as line (member_id, option, faction);

-- name: votes_counted(result, sitting_id)*!
-- Closed votes, whole and adopted.
update sitting_summary
   set votes = votes + 1,
       adopted = adopted + case when :result = 'adopted' then 1 else 0 end
 where sitting_id = :sitting_id;

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

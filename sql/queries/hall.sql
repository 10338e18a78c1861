-- name: mean_it()$
-- A commit on this session means "on disk", and the server notices within seconds that its client has vanished.
select set_config('synchronous_commit', 'on', false), set_config('tcp_keepalives_idle', '5', false),
    set_config('tcp_keepalives_interval', '2', false), set_config('tcp_keepalives_count', '3', false);

-- name: fence()$
-- One hall at a time writes presses: true if this session now holds the place, that of votes or that of rehearsals, by
-- the search path. It is freed when the session ends.
select pg_try_advisory_lock(case current_schema() when 'rehearsal' then 7283905514021189634 else 7283905514021189633 end)
    as held;

-- name: record_presses(sittings, votes, members, boots, ns, options, candidates, channels, terminals, signatures, staff, times)!
-- Many presses in one statement, so that they share one flush to disk. A press that is there already is left alone,
-- hence repeating after a lost answer is safe. `place` follows the order of the arrays.
insert into press (sitting_id, vote_n, member_id, boot, n, option, candidate, channel, terminal_id, signature, entered_by,
                   recorded_at)
select sitting_id, vote_n, member_id, boot, n, option, candidate, channel, terminal_id, signature, entered_by, recorded_at
from unnest(:sittings::text[], :votes::integer[], :members::text[], :boots::text[], :ns::bigint[], :options::text[],
            :candidates::integer[], :channels::text[], :terminals::text[], :signatures::text[], :staff::text[],
            :times::timestamptz[])
    with ordinality as row (sitting_id, vote_n, member_id, boot, n, option, candidate, channel, terminal_id, signature,
                            entered_by, recorded_at, row_no)
order by row_no
on conflict do nothing;

-- name: presses(sitting, vote_n)
-- All presses of one vote event in the order they were recorded; `staff_name` of who entered it, `public_key` of the
-- terminal that signed it.
select p.member_id, p.boot, p.n, p.option, p.candidate, p.channel, p.terminal_id, p.signature, p.entered_by,
    coalesce(s.name, p.entered_by) as staff_name, p.recorded_at, t.public_key
from press p left join public.staff s on s.id = p.entered_by left join public.terminal t on t.id = p.terminal_id
where p.sitting_id = :sitting and p.vote_n = :vote_n order by p.place;

-- name: rehearsal_running(body)^
-- The body's rehearsal that has not ended.
select sitting_id, n, started_at from rehearsal.rehearsal where body_id = :body and ended_at is null;

-- name: start_rehearsal(body, sitting, by, at)$
-- Its number. Refused by a unique index while another of the body has not ended.
insert into rehearsal.rehearsal (body_id, sitting_id, n, started_at, started_by)
select :body, :sitting, coalesce(max(n), 0) + 1, :at, :by from rehearsal.rehearsal where sitting_id = :sitting
returning n;

-- name: end_rehearsal(sitting, n, at)!
update rehearsal.rehearsal set ended_at = :at where sitting_id = :sitting and n = :n and ended_at is null;

-- name: last_rehearsal(sitting)^
select body_id, n, started_at, ended_at from rehearsal.rehearsal where sitting_id = :sitting order by n desc limit 1;

-- name: rehearsed_keys(sitting)
-- In one rehearsal: which options were pressed at each desk, by key.
select t.desk_no, array_agg(distinct p.option order by p.option) as options, max(p.recorded_at) as last_at
from rehearsal.press p join public.terminal t on t.id = p.terminal_id
where p.sitting_id = :sitting and p.channel = 'terminal'
group by t.desk_no order by t.desk_no;

-- name: checkpoint_covering(seq)^
-- The first checkpoint that holds the entry at :seq.
select tree_size, encode(root_hash, 'hex') as root, signed_at from checkpoint
where tree_size > :seq order by tree_size limit 1;

-- name: save_live_state(sitting, rev, body, at)!
insert into live_state (sitting_id, rev, body, updated_at) values (:sitting, :rev, :body, :at)
on conflict (sitting_id) do update set rev = excluded.rev, body = excluded.body, updated_at = excluded.updated_at;

-- name: notify_live(sitting)$
select pg_notify('live', :sitting);

-- name: camera_states(cameras)
select camera_id, state, since_at, updated_at, message, bitrate_bps, packets_lost, last_key_at from camera_state
where camera_id = any(:cameras::text[]);

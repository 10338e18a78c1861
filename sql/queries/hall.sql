-- name: mean_it()$
-- A commit on this session means "on disk", and the server notices within seconds that its client has vanished.
select set_config('synchronous_commit', 'on', false), set_config('tcp_keepalives_idle', '5', false),
    set_config('tcp_keepalives_interval', '2', false), set_config('tcp_keepalives_count', '3', false);

-- name: fence()$
-- One hall at a time writes presses: true if this session now holds the place. It is freed when the session ends.
select pg_try_advisory_lock(7283905514021189633) as held;

-- name: record_presses(sittings, votes, members, boots, ns, options, terminals, times)!
-- Many presses in one statement, so that they share one flush to disk. A press that is there already is left alone,
-- hence repeating after a lost answer is safe. `place` follows the order of the arrays.
insert into press (sitting_id, vote_n, member_id, boot, n, option, terminal_id, recorded_at)
select sitting_id, vote_n, member_id, boot, n, option, terminal_id, recorded_at
from unnest(:sittings::text[], :votes::integer[], :members::text[], :boots::text[], :ns::bigint[], :options::text[],
            :terminals::text[], :times::timestamptz[])
    with ordinality as row (sitting_id, vote_n, member_id, boot, n, option, terminal_id, recorded_at, row_no)
order by row_no
on conflict do nothing;

-- name: presses(sitting, vote_n)
-- All presses of one vote event in the order they were recorded.
select member_id, boot, n, option, recorded_at from press
where sitting_id = :sitting and vote_n = :vote_n order by place;

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
select camera_id, state, since_at, last_frame_at, disk_free_bytes, message, updated_at from camera_state
where camera_id = any(:cameras::text[]);

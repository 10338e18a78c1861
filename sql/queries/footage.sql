-- Footage: runs and segments in, the parts of a recording out. Times are when frames were taken.

-- name: insert_run(id, camera_id, started_at, clock, codec, width, height, timescale, init_path, init_bytes, init_sha256)!
insert into run (id, camera_id, started_at, clock, codec, width, height, timescale, init_path, init_bytes, init_sha256)
values (:id, :camera_id, :started_at, :clock, :codec, :width, :height, :timescale, :init_path, :init_bytes, :init_sha256)
on conflict (id) do nothing;

-- name: insert_segment(run_id, n, start_ticks, duration_ticks, started_at, duration_ms, path, bytes, sha256, frames, poster_path, packets_lost, frames_damaged)!
insert into segment (run_id, n, start_ticks, duration_ticks, started_at, duration_ms, path, bytes, sha256, frames,
                     poster_path, packets_lost, frames_damaged)
values (:run_id, :n, :start_ticks, :duration_ticks, :started_at, :duration_ms, :path, :bytes, :sha256, :frames,
        :poster_path, :packets_lost, :frames_damaged)
on conflict (run_id, n) do nothing;

-- name: end_run(run_id, ended_at, end_reason)!
update run set ended_at = :ended_at, end_reason = :end_reason where id = :run_id and ended_at is null;

-- name: ended_runs(camera_id)
-- Wholly in the index: the end is the last thing inserted of a run.
select id from run where camera_id = :camera_id and ended_at is not null;

-- name: upsert_camera_state(camera_id, state, since_at, last_frame_at, bitrate_bps, disk_free_bytes, message, packets_lost, last_key_at)!
insert into camera_state (camera_id, state, since_at, last_frame_at, bitrate_bps, disk_free_bytes, message,
                          packets_lost, last_key_at, updated_at)
values (:camera_id, :state, :since_at, :last_frame_at, :bitrate_bps, :disk_free_bytes, :message, :packets_lost,
        :last_key_at, now())
on conflict (camera_id) do update
   set state = excluded.state, since_at = excluded.since_at, last_frame_at = excluded.last_frame_at,
       bitrate_bps = excluded.bitrate_bps, disk_free_bytes = excluded.disk_free_bytes, message = excluded.message,
       packets_lost = excluded.packets_lost, last_key_at = excluded.last_key_at, updated_at = excluded.updated_at;

-- name: is_recording(camera_id)$
select exists (
    select from camera_state
     where camera_id = :camera_id and state = 'recording' and updated_at > now() - interval '10 seconds'
);

-- name: sitting_window(sitting_id)^
-- `withheld_until`, `withheld_from`: of the body's sittings before and behind it whose recordings are withheld.
select opened_at, closed_at, is_open, footage_withheld, now() as now,
       exists (select from closed_part p where p.sitting_id = s.sitting_id) as has_closed,
       (select max(y.closed_at) from sitting_summary y
         where y.body_id = s.body_id and y.footage_withheld and y.opened_at < s.opened_at) as withheld_until,
       (select min(y.opened_at) from sitting_summary y
         where y.body_id = s.body_id and y.footage_withheld and y.opened_at > s.opened_at) as withheld_from
  from sitting_summary s
 where sitting_id = :sitting_id;

-- name: sittings_lately(back)
-- By body: how many seconds ago its last sitting was closed, 0 while one is open. One that was closed in a closed part is
-- not filmed after it.
select body_id,
       case when bool_or(is_open) then 0
            else greatest(extract(epoch from now() - max(closed_at)), 0.001) end::double precision as closed_s
  from sitting_summary s
 where is_open
    or (closed_at > now() - :back::interval
        and not exists (select from closed_part p where p.sitting_id = s.sitting_id and p.by_closing))
 group by body_id;

-- name: foreign_cameras(sitting_id)
-- Those that film another body, whose sittings may be at the same time.
select c.id
  from camera c
  join sitting_summary y on y.body_id <> c.body_id
 where y.sitting_id = :sitting_id;

-- name: closed_parts(sitting_id)
select since_at, ended_at, reason, source from closed_part where sitting_id = :sitting_id order by seq;

-- name: closed_lately()
-- When the cameras of a body are not to film, or were not in the last days.
select body_id, paused_at, ended_at
  from closed_part
 where ended_at is null
    or ended_at > now() - interval '7 days'
 order by seq;

-- name: segments_between(camera_id, start_at, end_at, hide)
-- In the order of capture. No segment is longer than 10 minutes.
select s.run_id, s.n, s.start_ticks, s.duration_ticks, s.started_at, s.duration_ms, s.path, s.bytes, s.sha256,
       s.frames, s.poster_path, s.packets_lost, s.frames_damaged
  from segment s
  join run r on r.id = s.run_id
 where r.camera_id = :camera_id
   and s.started_at < :end_at
   and s.started_at > :start_at::timestamptz - interval '10 minutes'
   and s.started_at + s.duration_ms * interval '1 millisecond' > :start_at
   and s.deleted_at is null
   and not exists (
       select from hidden(:hide::text[]) h
        where h.since_at < s.started_at + s.duration_ms * interval '1 millisecond'
          and h.ended_at > s.started_at
          and h.body_id = coalesce((select body_id from camera where id = r.camera_id), h.body_id)
   )
 order by r.started_at, r.id, s.n;

-- name: runs_named(run_ids)
select id, camera_id, started_at, clock, codec, width, height, timescale, init_path, init_bytes, init_sha256,
       ended_at, end_reason
  from run
 where id = any (:run_ids)
 order by started_at, id;

-- name: init_file(run_id)^
select init_path as path, init_sha256 as sha256 from run where id = :run_id;

-- name: segment_file(run_id, n, margin)^
-- Only what the recording of a sitting of its body shows, and nothing that is hidden. `recent`: a closed part, which may
-- have begun up to ten minutes before its act, can still take it from the public.
with wanted as (
    select s.path, s.bytes, s.sha256, s.poster_path, s.started_at, c.body_id,
           s.duration_ms * interval '1 millisecond' as length,
           case when s.archived_at is not null then s.archive end as archive
      from segment s
      join run r on r.id = s.run_id
      left join camera c on c.id = r.camera_id
     where s.run_id = :run_id
       and s.n = :n
       and s.deleted_at is null
       and not exists (
           select from hidden('{closed,withheld}') h
            where h.since_at < s.started_at + s.duration_ms * interval '1 millisecond'
              and h.ended_at > s.started_at
              and h.body_id = coalesce((select body_id from camera where id = r.camera_id), h.body_id)
       )
)
select path, bytes, sha256, archive, poster_path, started_at > now() - interval '15 minutes' as recent
  from wanted s
 where exists (
       select from sitting_summary y
        where y.opened_at - :margin::interval < s.started_at + s.length
          and (y.is_open or y.closed_at + :margin > s.started_at)
          and y.body_id = coalesce(s.body_id, y.body_id)
 );

-- name: archived(paths)
-- Which of these segments lie in an archive, and in which.
select path, archive from segment where path = any (:paths::text[]) and archived_at is not null;

-- name: archived_numbers(run_id)
-- Of a run: what is in an archive or on its way there (`arrived` false), deleted or not.
select n, archive, archived_at is not null as arrived from segment where run_id = :run_id and archive is not null;

-- name: cameras()
select distinct camera_id from run order by camera_id;

-- name: camera_runs(camera_id)
select id, camera_id, started_at, clock, codec, width, height, timescale, init_path, init_bytes, init_sha256,
       ended_at, end_reason
  from run
 where camera_id = :camera_id
 order by started_at, id;

-- name: run_segments(run_id)
select run_id, n, start_ticks, duration_ticks, started_at, duration_ms, path, bytes, sha256, frames, poster_path,
       packets_lost, frames_damaged
  from segment
 where run_id = :run_id
 order by n;

-- name: deleted_numbers(run_id)
select n from segment where run_id = :run_id and deleted_at is not null;

-- name: vote_moments(back, settled)
-- When votes were opened and closed lately.
select distinct at
  from sitting_summary s
  join vote_event e on e.sitting_id = s.sitting_id
 cross join lateral (values (e.opened_at), (e.closed_at)) moment (at)
 where (s.is_open or s.closed_at > now() - :back::interval)
   and at > now() - :back::interval and at < now() - :settled::interval
 order by at;

-- name: clock_readings(run_id)
select run_id, tree_size, root, shown_at, before_at, first_at from clock_reading where run_id = :run_id order by shown_at;

-- name: in_ledger(tree_size, root)$
-- Whether the ledger has a checkpoint of that size whose root begins so.
select exists (
    select from checkpoint where tree_size = :tree_size and encode(root_hash, 'hex') like :root || '%'
);

-- name: insert_clock_reading(run_id, tree_size, root, shown_at, before_at, first_at)!
insert into clock_reading (run_id, tree_size, root, shown_at, before_at, first_at)
values (:run_id, :tree_size, :root, :shown_at, :before_at, :first_at)
on conflict (run_id, tree_size) do nothing;

-- name: set_measured(run_id, moved_us, within_us)!
update run set moved_us = :moved_us::bigint, within_us = :within_us::bigint where id = :run_id;

-- name: measured(run_ids)
select id, moved_us, within_us from run where id = any (:run_ids) and moved_us is not null;

-- What was filmed, and where in it a moment is, without reading a recording's segments: by `stretch` and filmed(), of
-- migration 0007. Times are when frames were taken.

-- name: cameras_between(start_at, end_at, hide)
select distinct camera_id from filmed(:start_at, :end_at, :hide::text[]) order by camera_id;

-- name: stretches_between(start_at, end_at)
-- What every camera filmed, in pieces without a hole: each camera's in the order of capture, and why its run ended.
select f.camera_id, f.run_id, r.clock, r.end_reason,
       f.started_at + coalesce(r.moved_us, 0) * interval '1 microsecond' as started_at,
       f.ended_at + coalesce(r.moved_us, 0) * interval '1 microsecond' as ended_at, r.moved_us, r.within_us
  from filmed(:start_at, :end_at) f
  join run r on r.id = f.run_id
 order by f.camera_id, f.run_started_at, f.run_id, f.first_n;

-- name: marred_between(start_at, end_at)
-- Segments whose pictures lack something, and such as were deleted by an act of the ledger; by camera and time.
select r.camera_id, s.started_at, s.started_at + s.duration_ms * interval '1 millisecond' as ended_at,
       s.packets_lost, s.frames_damaged, s.deleted_at is not null as deleted
  from segment s
  join run r on r.id = s.run_id
 where s.started_at < :end_at
   and s.started_at > :start_at::timestamptz - interval '10 minutes'
   and s.started_at + s.duration_ms * interval '1 millisecond' > :start_at
   and (s.frames_damaged > 0 or s.packets_lost > 0 or s.deleted_at is not null)
   and not exists (
       select from hidden('{closed,withheld}') h
        where h.since_at < s.started_at + s.duration_ms * interval '1 millisecond'
          and h.ended_at > s.started_at
          and h.body_id = coalesce((select body_id from camera where id = r.camera_id), h.body_id)
   )
 order by r.camera_id, s.started_at;

-- name: around(camera_id, start_at, end_at, at)
-- The segment that was being filmed at the moment, or the last one before it, and the next; `start_ms` is its place
-- in the recording with the gaps closed up.
with piece as (
    select f.*, r.timescale,
           coalesce(sum((2000 * f.end_ticks + r.timescale) / (2 * r.timescale)
                        - (2000 * f.start_ticks + r.timescale) / (2 * r.timescale)) over before, 0)::bigint as start_ms
      from filmed(:start_at, :end_at) f
      join run r on r.id = f.run_id
     where f.camera_id = :camera_id
    window before as (order by f.run_started_at, f.run_id, f.first_n rows between unbounded preceding and 1 preceding)
), near as (
    select p.start_ms as piece_ms, p.start_ticks as piece_ticks, p.timescale, s.*
      from (select * from piece where started_at <= :at order by started_at desc limit 1) p
     cross join lateral (
         select * from segment s
          where s.run_id = p.run_id and s.started_at >= p.started_at and s.started_at < p.ended_at and s.started_at <= :at
          order by s.started_at desc
          limit 1
     ) s
    union all
    (select p.start_ms, p.start_ticks, p.timescale, s.*
       from (select * from piece where ended_at > :at order by started_at limit 2) p
      cross join lateral (
          select * from segment s
           where s.run_id = p.run_id and s.started_at >= p.started_at and s.started_at < p.ended_at and s.started_at > :at
           order by s.started_at
           limit 1
      ) s
      order by s.started_at
      limit 1)
)
select run_id, n, start_ticks, duration_ticks, started_at, duration_ms, path, bytes, sha256, frames, poster_path,
       packets_lost, frames_damaged,
       piece_ms + (2000 * start_ticks + timescale) / (2 * timescale)
                - (2000 * piece_ticks + timescale) / (2 * timescale) as start_ms
  from near
 order by started_at;

-- name: spans(camera_id, start_at, end_at)
-- One camera's, in the order of capture, by number of segment.
select f.run_id, f.first_n, f.last_n, coalesce(r.moved_us, 0) as moved_us, r.timescale
  from filmed(:start_at, :end_at) f
  join run r on r.id = f.run_id
 where f.camera_id = :camera_id
 order by f.run_started_at, f.run_id, f.first_n;

-- name: cuts(run_ids, first_ns, last_ns)
-- Segments of each of these pieces of runs, for a playlist; null where there are none. Packed, as `CUT` of
-- streaming/playlist.py reads them, and from the index alone: eight hours are 14,400, which as rows take five times as
-- long.
select (select string_agg(int4send(n) || int8send(start_ticks) || int8send(duration_ticks) || timestamptz_send(started_at),
                          '' order by n)
          from segment s
         where s.run_id = wanted.run_id
           and s.n between wanted.first_n and wanted.last_n) as cuts
  from unnest(:run_ids::text[], :first_ns::integer[], :last_ns::integer[])
       with ordinality wanted(run_id, first_n, last_n, piece)
 order by piece;

-- name: numbered(run_ids, first_ns, last_ns)
-- Segments of pieces of runs, for a manifest.
select piece::integer - 1 as piece, n, start_ticks, started_at, duration_ms, sha256, poster_path is not null as has_poster,
       packets_lost, frames_damaged
  from unnest(:run_ids::text[], :first_ns::integer[], :last_ns::integer[])
       with ordinality wanted(run_id, first_n, last_n, piece)
  join segment s on s.run_id = wanted.run_id and s.n between wanted.first_n and wanted.last_n
 order by piece, n;

-- name: posters(run_ids, first_ns, last_ns)
select poster_path
  from unnest(:run_ids::text[], :first_ns::integer[], :last_ns::integer[])
       with ordinality wanted(run_id, first_n, last_n, piece)
  join segment s on s.run_id = wanted.run_id and s.n between wanted.first_n and wanted.last_n
 order by piece, n;

-- Footage bound to the ledger: what is to be sealed next, and the seals of a sitting.

-- name: unsealed(cameras, bodies, since, margin, every, most)
-- Segments that a sitting's recording shows and no seal covers, in order; of two sittings that both show one, the first.
-- Not `every`: only those after the last one sealed of their run. `last_at`: when the run's last segment began.
with recording as (
    select y.sitting_id, y.opened_at, c.camera_id, y.opened_at - :margin::interval as start_at,
           coalesce(y.closed_at + :margin, 'infinity') as end_at
      from sitting_summary y
      join unnest(:cameras::text[], :bodies::text[]) as c (camera_id, body_id) on c.body_id = y.body_id
     where y.opened_at is not null
       and (y.is_open or y.closed_at > :since::timestamptz)
), covered as (
    select f.run_id, n
      from footage_seal f
     cross join lateral generate_series(f.first_n, f.first_n + f.segments - 1) n
     where :every
       and f.run_id in (select r.id
                          from recording w
                          join run r on r.camera_id = w.camera_id
                           and r.started_at < w.end_at
                           and coalesce(r.ended_at, 'infinity') > w.start_at)
)
select distinct on (s.run_id, s.n) w.sitting_id, w.camera_id, s.run_id, s.n, s.started_at, s.duration_ms, s.sha256,
       r.init_sha256, r.ended_at is not null as ended, last.started_at as last_at
  from recording w
  join run r on r.camera_id = w.camera_id and r.started_at < w.end_at and coalesce(r.ended_at, 'infinity') > w.start_at
 cross join lateral (select started_at from segment where run_id = r.id order by n desc limit 1) last
 cross join lateral (
    select coalesce(max(first_n + segments), 0) as next_n from footage_seal where run_id = r.id
 ) sealed
  join segment s on s.run_id = r.id
   and s.started_at < w.end_at
   and s.started_at + s.duration_ms * interval '1 millisecond' > w.start_at
   and (:every or s.n >= sealed.next_n)
  left join covered on covered.run_id = s.run_id and covered.n = s.n
 where covered.n is null
 order by s.run_id, s.n, w.opened_at
 limit :most;

-- name: seals_of(run_ids)
-- In the order of the segments.
select seq, sitting_id, camera_id, run_id, first_n, segments, started_at, ended_at, init_sha256, root, sealed_at
  from footage_seal
 where run_id = any (:run_ids)
 order by run_id, first_n;

-- name: seals_shown(camera, start_at, end_at)
-- Those over footage of a time, by one camera or all, with the entries' exact bytes.
select f.seq, l.body, l.leaf_hash
  from footage_seal f
  join ledger l on l.seq = f.seq
 where f.started_at < :end_at
   and f.ended_at > :start_at
   and (:camera::text is null or f.camera_id = :camera)
 order by f.started_at, f.seq;

-- name: seal(seq)^
select f.seq, l.body, l.leaf_hash
  from footage_seal f
  join ledger l on l.seq = f.seq
 where f.seq = :seq::bigint;

-- name: sealed_segments(run_id, start, stop)
-- Numbers from `start` on, below `stop`.
select n, sha256
  from segment
 where run_id = :run_id
   and n >= :start::integer
   and n < :stop::integer
 order by n;

-- name: recordings()
-- What says how long the recording of a sitting must be kept.
select y.sitting_id as sitting, y.kind, y.mode, b.profile, b.locale, b.timezone, y.opened_at, y.closed_at, y.is_open
  from sitting_summary y
  join body b on b.id = y.body_id
 where y.opened_at is not null
 order by y.opened_at, y.sitting_id;

-- name: filmed(start_at, end_at)
-- All that is left of a time, by every camera, in the order of runs and numbers.
select r.camera_id, s.run_id, s.n, s.started_at, s.duration_ms, s.bytes
  from segment s
  join run r on r.id = s.run_id
 where s.started_at < :end_at
   and s.started_at > :start_at::timestamptz - interval '10 minutes'
   and s.started_at + s.duration_ms * interval '1 millisecond' > :start_at
   and s.deleted_at is null
 order by s.run_id, s.n;

-- name: oldest(starts, ends, before, most)
-- The oldest footage on the disk outside all of these times; to delete what lies in an archive makes no room.
select r.camera_id, s.run_id, s.n, s.started_at, s.duration_ms, s.bytes
  from segment s
  join run r on r.id = s.run_id
 where s.deleted_at is null
   and s.archived_at is null
   and s.started_at < :before::timestamptz
   and not exists (select
                     from unnest(:starts::timestamptz[], :ends::timestamptz[]) as held (start_at, end_at)
                    where s.started_at < held.end_at
                      and s.started_at + s.duration_ms * interval '1 millisecond' > held.start_at)
 order by s.started_at, s.run_id, s.n
 limit :most;

-- name: deleted_parts()
-- Segments marked as deleted, those that follow each other put together.
select init_path, min(n) as first_n, max(n) as last_n
  from (
        select r.init_path, s.run_id, s.n, s.n - row_number() over (partition by s.run_id order by s.n) as part
          from segment s
          join run r on r.id = s.run_id
         where s.deleted_at is not null
       ) marked
 group by init_path, part
 order by init_path, first_n;

-- name: marked()
-- Segments marked as deleted, by run.
select run_id, array_agg(n order by n) as numbers
  from segment
 where deleted_at is not null
 group by run_id
 order by run_id;

-- name: unknown()
-- Seals of which the index has no segment, by run; `seq`: of the first.
select run_id, min(seq) as seq, sum(segments)::bigint as segments, min(started_at) as started_at, max(ended_at) as ended_at
  from footage_seal f
 where not exists (select from segment s
                    where s.run_id = f.run_id and s.n >= f.first_n and s.n < f.first_n + f.segments)
 group by run_id
 order by run_id;

-- name: deletions()
select body from ledger where kind = 'FootageDeleted' order by seq;

-- name: footage_by_sitting(margin)
-- What is left of the recordings of each sitting, by all cameras but another hall's; a row for each place where it lies,
-- null: the disk. `deleted`: segments that are no more.
select y.sitting_id, y.footage_withheld,
       coalesce(sum(s.bytes) filter (where s.deleted_at is null), 0)::bigint as bytes,
       count(s.deleted_at) as deleted,
       case when s.archived_at is not null and s.deleted_at is null then s.archive end as place
  from sitting_summary y
  left join segment s
    on s.started_at < coalesce(y.closed_at, now()) + :margin::interval
   and s.started_at + s.duration_ms * interval '1 millisecond' > y.opened_at - :margin
   and s.started_at > y.opened_at - interval '20 minutes'
   and not exists (select from run r join camera c on c.id = r.camera_id
                    where r.id = s.run_id and c.body_id <> y.body_id)
 where y.opened_at is not null
 group by y.sitting_id, place
 order by y.sitting_id, place nulls first;

-- name: withheld(sitting)^
select footage_withheld, is_open from sitting_summary where sitting_id = :sitting;

-- name: ask(sitting, act, reason, by, name, at)!
insert into footage_request (sitting_id, act, reason, asked_by, asked_name, asked_at)
values (:sitting, :act, :reason, :by, :name, :at)
on conflict (sitting_id, act) do nothing;

-- name: is_asked(sitting, act)$
select exists (select from footage_request where sitting_id = :sitting and act = :act);

-- name: asked(act)
select sitting_id, reason, asked_by, asked_name from footage_request where act = :act order by asked_at, sitting_id;

-- name: forget_asked(sitting, act)!
delete from footage_request where sitting_id = :sitting and act = :act;

-- Segments moved to an archive: what is to be moved, each step of a move, and what it left to be done.

-- name: begin()$
-- One move at a time, held until the connection ends. False: another is at work.
select pg_try_advisory_lock(hashtext('footage move'));

-- name: movable(start_at, end_at)
-- What lies on the disk alone of a time, by every camera, in the order of capture; also what is already on its way.
select r.camera_id, r.init_path, r.init_bytes, r.init_sha256, s.run_id, s.n, s.started_at, s.path, s.bytes, s.sha256,
       s.archive
  from segment s
  join run r on r.id = s.run_id
 where s.started_at < :end_at
   and s.started_at > :start_at::timestamptz - interval '10 minutes'
   and s.started_at + s.duration_ms * interval '1 millisecond' > :start_at
   and s.deleted_at is null
   and s.archived_at is null
 order by r.started_at, r.id, s.n;

-- name: under_way()
-- What an earlier move began with and did not finish.
select r.camera_id, r.init_path, r.init_bytes, r.init_sha256, s.run_id, s.n, s.started_at, s.path, s.bytes, s.sha256,
       s.archive
  from segment s
  join run r on r.id = s.run_id
 where s.archive is not null
   and s.archived_at is null
   and s.deleted_at is null
 order by r.started_at, r.id, s.n;

-- name: archived_between(start_at, end_at)
-- What of a time lies in an archive or is on its way, by every camera, in the order of capture.
select r.camera_id, r.init_path, r.init_bytes, r.init_sha256, s.run_id, s.n, s.started_at, s.path, s.bytes, s.sha256,
       s.archive
  from segment s
  join run r on r.id = s.run_id
 where s.started_at < :end_at
   and s.started_at > :start_at::timestamptz - interval '10 minutes'
   and s.started_at + s.duration_ms * interval '1 millisecond' > :start_at
   and s.deleted_at is null
   and s.archive is not null
 order by s.archive, r.started_at, r.id, s.n;

-- name: back(run_id, n)$
-- It lies on the disk again. Nothing: it was deleted meanwhile.
update segment
   set archived_at = null
 where run_id = :run_id
   and n = :n
   and deleted_at is null
returning n;

-- name: left(run_id, numbers)!
-- Its object has gone from the archive.
update segment
   set archive = null
 where run_id = :run_id
   and n = any (:numbers::integer[])
   and archived_at is null
   and deleted_at is null;

-- name: send(run_id, numbers, archive)!
update segment
   set archive = :archive
 where run_id = :run_id
   and n = any (:numbers::integer[])
   and archive is null
   and deleted_at is null;

-- name: arrive(run_id, n, archive)$
-- Nothing: it was deleted meanwhile.
update segment
   set archived_at = now()
 where run_id = :run_id
   and n = :n
   and archive = :archive
   and deleted_at is null
returning n;

-- name: find(run_id, numbers, archive)!
-- Into an index that was lost: what an archive was seen to have.
update segment
   set archive = :archive, archived_at = now()
 where run_id = :run_id
   and n = any (:numbers::integer[])
   and archived_at is null
   and deleted_at is null;

-- name: settled()
-- What lies in an archive, by run.
select r.init_path, s.run_id, array_agg(s.n order by s.n) as numbers
  from segment s
  join run r on r.id = s.run_id
 where s.archived_at is not null
   and s.deleted_at is null
 group by r.init_path, s.run_id
 order by s.run_id;

-- name: doomed()
-- Deleted footage of which there may still be an object.
select archive, run_id, n, path, sha256 from segment where archive is not null and deleted_at is not null
 order by archive, run_id, n;

-- name: gone(run_id, numbers)!
update segment
   set archive = null, archived_at = null
 where run_id = :run_id
   and n = any (:numbers::integer[])
   and deleted_at is not null;

-- name: used()
-- The archives that the index names, and how much lies in each.
select archive, count(*) as segments, sum(bytes)::bigint as bytes
  from segment
 where archived_at is not null
 group by archive
 order by archive;

-- name: run_files(run_id)
-- Every segment of a run that was not deleted.
select n, path, bytes, sha256, archive, archived_at is not null as arrived
  from segment
 where run_id = :run_id
   and deleted_at is null
 order by n;

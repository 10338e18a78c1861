-- Captions as staff make them: versions, and what they change of what is shown.

-- name: versions(sitting)
-- Newest first, without their text.
select language, version, made_at, made_by, made_name, how, detail, machine, cues
  from caption_version where sitting_id = :sitting order by language, version desc;

-- name: version_body(sitting, language, version)$
select body from caption_version where sitting_id = :sitting and language = :language and version = :version;

-- name: add_version(sitting, language, version, at, by, by_name, how, detail, machine, cues, body)!
insert into caption_version (sitting_id, language, version, made_at, made_by, made_name, how, detail, machine, cues, body)
values (:sitting, :language, :version, :at, :by, :by_name, :how, :detail, :machine, :cues, :body);

-- name: clear(sitting, language)!
delete from caption where sitting_id = :sitting and language = :language;

-- name: show(sitting, language, version, at, machine, cues)!
insert into caption_track (sitting_id, language, version, changed_at, machine, cues)
values (:sitting, :language, :version, :at, :machine, :cues)
on conflict (sitting_id, language) do update
   set version = excluded.version, changed_at = excluded.changed_at, machine = excluded.machine, cues = excluded.cues;

-- name: hide(sitting, language)!
delete from caption_track where sitting_id = :sitting and language = :language;

-- name: add_captions(sitting, language, numbers, starts, ends, speakers, texts, folded)!
insert into caption (sitting_id, language, n, starts_at, ends_at, speaker, text, folded)
select :sitting, :language, * from unnest(cast(:numbers as integer[]), cast(:starts as timestamptz[]),
       cast(:ends as timestamptz[]), cast(:speakers as text[]), cast(:texts as text[]), cast(:folded as text[]));

-- name: cameras(body, start_at, end_at)
-- That filmed in a time, but no other body's hall.
select distinct r.camera_id
  from segment s
  join run r on r.id = s.run_id
  left join camera c on c.id = r.camera_id
 where s.started_at < :end_at and s.started_at >= :start_at and s.deleted_at is null
   and (c.body_id is null or c.body_id = :body)
 order by r.camera_id;

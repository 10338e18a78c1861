-- Captions as they are shown now.

-- name: tracks(sitting)
select language, version, changed_at, machine, cues from caption_track where sitting_id = :sitting order by language;

-- name: captions(sitting, language, start_at, end_at)
-- Those that begin in [start_at, end_at), and none of which anything was said in a closed part, in order.
select n, starts_at, ends_at, speaker, text from caption c
 where sitting_id = :sitting and language = :language and starts_at >= :start_at and starts_at < :end_at
   and not exists (select from closed_part p
                    where p.sitting_id = c.sitting_id
                      and c.ends_at > p.since_at and c.starts_at < coalesce(p.ended_at, 'infinity'))
 order by n;

-- name: found(sitting, language, start_at, end_at, words, most)
-- Where a phrase begins, and may go on in the next caption; none that reaches into a closed part. `words` as `folded` is.
with joined as (
    select n, starts_at, speaker, text, folded, lead(folded, 1, '') over (order by n) as next_folded
      from caption c
     where sitting_id = :sitting and language = :language and starts_at >= :start_at and starts_at < :end_at
       and not exists (select from closed_part p
                        where p.sitting_id = c.sitting_id
                          and c.ends_at > p.since_at and c.starts_at < coalesce(p.ended_at, 'infinity'))
)
select n, starts_at, speaker, text from joined
 where position(cast(:words as text) in folded || ' ' || next_folded) between 1 and length(folded)
 order by n limit :most;

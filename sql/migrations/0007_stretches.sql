-- What was filmed without a hole: segments of a run that follow each other and are not deleted, from `first_n` to
-- `last_n`. Kept in step with `segment` by the database itself, so that a moment is found in a long recording, and a
-- recording's gaps are known, without reading its segments. No segment is longer than 10 minutes.

create table stretch (
    run_id       text not null references run,
    first_n      integer not null,
    last_n       integer not null check (last_n >= first_n),
    start_ticks  bigint not null,             -- of the first, and the end of the last; media time of the run
    end_ticks    bigint not null,
    started_at   timestamptz not null,        -- the same by the run's clock
    ended_at     timestamptz not null,
    primary key (run_id, first_n)
);
create index on stretch (started_at);
create index on segment (run_id, started_at);
create index on segment (started_at) where frames_damaged > 0 or packets_lost > 0 or deleted_at is not null;
grant select on stretch to hlasno_hall, hlasno_record, hlasno_public;

-- A segment is there, and was not: alone, or joined to the stretch before it and the one behind it.
create function stretch_grows() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
    behind   stretch;
    ticks    bigint := new.start_ticks + new.duration_ticks;
    until    timestamptz := new.started_at + new.duration_ms * interval '1 millisecond';
begin
    delete from stretch where run_id = new.run_id and first_n = new.n + 1 and start_ticks = ticks returning * into behind;
    update stretch
       set last_n = coalesce(behind.last_n, new.n), end_ticks = coalesce(behind.end_ticks, ticks),
           ended_at = coalesce(behind.ended_at, until)
     where run_id = new.run_id and last_n = new.n - 1 and end_ticks = new.start_ticks;
    if not found then
        insert into stretch
        values (new.run_id, new.n, coalesce(behind.last_n, new.n), new.start_ticks, coalesce(behind.end_ticks, ticks),
                new.started_at, coalesce(behind.ended_at, until));
    end if;
    return null;
end $$;

-- A segment is gone: what is left of its stretch before it, and behind it.
create function stretch_shrinks() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
    whole  stretch;
begin
    delete from stretch where run_id = old.run_id and first_n <= old.n and last_n >= old.n returning * into whole;
    insert into stretch
    (select run_id, whole.first_n, n, whole.start_ticks, start_ticks + duration_ticks, whole.started_at,
            started_at + duration_ms * interval '1 millisecond'
       from segment
      where run_id = old.run_id and n < old.n and n >= whole.first_n
      order by n desc
      limit 1)
     union all
    (select run_id, n, whole.last_n, start_ticks, whole.end_ticks, started_at, whole.ended_at
       from segment
      where run_id = old.run_id and n > old.n and n <= whole.last_n
      order by n
      limit 1);
    return null;
end $$;

-- They run with the owner's rights, so no role may hang them on a table of its own, a temporary one.
revoke execute on function stretch_grows(), stretch_shrinks() from public;

create trigger stretch_grows after insert on segment
    for each row when (new.deleted_at is null) execute function stretch_grows();
create trigger stretch_grows_again after update of deleted_at on segment
    for each row when (old.deleted_at is not null and new.deleted_at is null) execute function stretch_grows();
create trigger stretch_shrinks after update of deleted_at on segment
    for each row when (old.deleted_at is null and new.deleted_at is not null) execute function stretch_shrinks();
create trigger stretch_ends after delete on segment
    for each row when (old.deleted_at is null) execute function stretch_shrinks();

insert into stretch
select run_id, min(n), max(n), min(start_ticks), max(start_ticks + duration_ticks), min(started_at),
       max(started_at + duration_ms * interval '1 millisecond')
  from (select s.*, sum(begins) over (partition by run_id order by n) as k
          from (select *, case when lag(n) over by_n = n - 1 and lag(start_ticks + duration_ticks) over by_n = start_ticks
                               then 0 else 1 end as begins
                  from segment
                 where deleted_at is null
                window by_n as (partition by run_id order by n)) s) numbered
 group by run_id, k;

create index on sitting_summary (body_id) where footage_withheld;  -- few: asked of each segment that is shown

-- When the cameras of a body filmed what nobody is shown: closed parts ('closed'), and the recordings of sittings that
-- are not released yet ('withheld'), each with its margin of 10 s. kinds: which of both are wanted.
create function hidden(kinds text[]) returns table (body_id text, since_at timestamptz, ended_at timestamptz)
language sql stable as $$
select p.body_id, p.since_at, coalesce(p.ended_at, 'infinity')
  from public.closed_part p
 where 'closed' = any (kinds)
union all
select y.body_id, y.opened_at - interval '10 seconds', coalesce(y.closed_at + interval '10 seconds', 'infinity')
  from public.sitting_summary y
 where y.footage_withheld
   and 'withheld' = any (kinds)
$$;

-- What of a time every camera filmed and may be shown, in pieces without a hole: whole segments with any frame in
-- [since, until), none that is hidden.
create function filmed(since timestamptz, until timestamptz, hide text[] default '{closed,withheld}')
returns table (camera_id text, run_id text, run_started_at timestamptz, first_n integer, last_n integer, start_ticks bigint,
               end_ticks bigint, started_at timestamptz, ended_at timestamptz)
language sql stable set search_path = public, pg_temp as $$
with near as (
    select r.camera_id, t.run_id, r.started_at as run_started_at,
           coalesce(a.n, t.first_n) as first_n, coalesce(b.n, t.last_n) as last_n,
           coalesce(a.start_ticks, t.start_ticks) as start_ticks, coalesce(b.end_ticks, t.end_ticks) as end_ticks,
           coalesce(a.started_at, t.started_at) as started_at, coalesce(b.ended_at, t.ended_at) as ended_at, c.body_id
      from stretch t
      join run r on r.id = t.run_id
      left join camera c on c.id = r.camera_id
      left join lateral (
          select s.n, s.start_ticks, s.started_at
            from segment s
           where t.started_at < since and s.run_id = t.run_id and s.started_at >= t.started_at
             and s.started_at > since - interval '10 minutes'
             and s.started_at + s.duration_ms * interval '1 millisecond' > since
           order by s.started_at
           limit 1
      ) a on true
      left join lateral (
          select s.n, s.start_ticks + s.duration_ticks as end_ticks,
                 s.started_at + s.duration_ms * interval '1 millisecond' as ended_at
            from segment s
           where t.ended_at > until and s.run_id = t.run_id and s.started_at >= t.started_at and s.started_at < until
           order by s.started_at desc
           limit 1
      ) b on true
     where t.started_at < until and t.ended_at > since
), told as (
    select near.*, exists (
               select from hidden(hide) h
                where h.since_at < near.ended_at and h.ended_at > near.started_at
                  and h.body_id = coalesce(near.body_id, h.body_id)
           ) as touched
      from near
), shown as (  -- of a stretch in which something is hidden, the times between
    select told.*, ended_at - interval '1 millisecond' as ends, -- the next may begin a few us before this one ends
           unnest('{(,)}'::tstzmultirange - (
               select range_agg(tstzrange(h.since_at, greatest(h.since_at, h.ended_at)))
                 from hidden(hide) h
                where h.since_at < told.ended_at and h.ended_at > told.started_at
                  and h.body_id = coalesce(told.body_id, h.body_id)
           )) as times
      from told
     where touched
)
select camera_id, run_id, run_started_at, first_n, last_n, start_ticks, end_ticks, started_at, ended_at
  from told
 where not touched
union all
select t.camera_id, t.run_id, t.run_started_at, a.n, b.n, a.start_ticks, b.end_ticks, a.started_at, b.ended_at
  from shown t
 cross join lateral (
     select s.n, s.start_ticks, s.started_at
       from segment s
      where s.run_id = t.run_id and s.started_at >= greatest(t.started_at, lower(t.times)) and s.started_at < t.ends
      order by s.started_at
      limit 1
 ) a
 cross join lateral (
     select s.n, s.start_ticks + s.duration_ticks as end_ticks,
            s.started_at + s.duration_ms * interval '1 millisecond' as ended_at
       from segment s
      where s.run_id = t.run_id and s.started_at >= a.started_at and s.started_at < least(t.ends, upper(t.times))
        and s.started_at + s.duration_ms * interval '1 millisecond' <= coalesce(upper(t.times), 'infinity')
      order by s.started_at desc
      limit 1
 ) b
$$;

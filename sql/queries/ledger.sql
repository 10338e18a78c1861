-- The ledger: append and read. Seqs count from 0; `start` is included, `stop` is not.

-- name: take_lock$
-- The writer's lock, held until the session ends: (class, 0).
select pg_try_advisory_lock(:class::integer, 0);

-- name: mark_session!
-- Says whose session this is, for `holder_is`: (class, token), token > 0.
select pg_advisory_lock(:class::integer, :token::integer);

-- name: holder_is$
-- Whether the session that holds the writer's lock is marked with this token. Null when nobody holds it.
select exists (
    select from pg_locks mark
    where mark.locktype = 'advisory' and mark.database = held.database and mark.objsubid = 2 and mark.granted
        and mark.classid = held.classid and mark.objid = :token::bigint::oid and mark.pid = held.pid
)
from pg_locks held
where held.locktype = 'advisory' and held.objsubid = 2 and held.granted
    and held.classid = :class::bigint::oid and held.objid = 0::oid
    and held.database = (select oid from pg_database where datname = current_database());

-- name: leaf_hashes
select seq, leaf_hash from ledger where seq >= :start::bigint order by seq;

-- name: last_checkpoint^
select tree_size, root_hash, note from checkpoint order by tree_size desc limit 1;

-- name: append!
insert into ledger (seq, sitting_id, kind, recorded_at, body, leaf_hash)
select seq, sitting_id, kind, :recorded_at::timestamptz, body, leaf_hash
from unnest(:seqs::bigint[], :sittings::text[], :kinds::text[], :bodies::text[], :leaf_hashes::bytea[])
    as new (seq, sitting_id, kind, body, leaf_hash);

-- name: add_checkpoint!
insert into checkpoint (tree_size, root_hash, note, signed_at)
values (:tree_size::bigint, :root_hash::bytea, :note::text, :signed_at::timestamptz);

-- name: tell!
-- Heard by `follow` when the transaction has committed; a lost one delays, never loses.
select pg_notify('ledger', :seq::text);

-- name: read
select seq, body, leaf_hash from ledger
where seq >= :start::bigint and (:stop::bigint is null or seq < :stop)
order by seq limit :most::bigint;

-- name: read_sitting
select seq, body, leaf_hash from ledger
where sitting_id = :sitting::text and seq >= :start::bigint and (:stop::bigint is null or seq < :stop)
order by seq;

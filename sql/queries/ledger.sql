-- The ledger: append and read. Seqs count from 0; `start` is included, `stop` is not.

-- name: enter(space, token)!
-- Marks this session with a writer's token, for `holder_is`; lets the server notice a client that vanished; and makes
-- sure that a commit means "on disk".
select pg_advisory_lock(:space::integer, :token::integer),
    set_config('tcp_keepalives_idle', '5', false),
    set_config('tcp_keepalives_interval', '2', false),
    set_config('tcp_keepalives_count', '3', false),
    case current_setting('synchronous_commit')
        when 'off' then set_config('synchronous_commit', 'on', false)
    end;

-- name: take_lock(space)$
-- The writer's lock, held until the session ends.
select pg_try_advisory_lock(:space::integer, 0);

-- name: holder_is(space, token)$
-- Whether the session that holds the writer's lock is marked with this token. Null when nobody holds it.
select exists (
    select from pg_locks mark
    where mark.locktype = 'advisory' and mark.objsubid = 2 and mark.granted and mark.database = held.database
        and mark.classid = held.classid and mark.objid = :token::integer::oid and mark.pid = held.pid
)
from pg_locks held
where held.locktype = 'advisory' and held.objsubid = 2 and held.granted
    and held.database = (select oid from pg_database where datname = current_database())
    and held.classid = :space::integer::oid and held.objid = 0::oid;

-- name: leaf_hashes(start)
select seq, leaf_hash from ledger where seq >= :start::bigint order by seq;

-- name: last_checkpoint()^
select tree_size, root_hash, note from checkpoint order by tree_size desc limit 1;

-- name: append(recorded_at, seqs, sittings, kinds, bodies, leaf_hashes)!
insert into ledger (seq, sitting_id, kind, recorded_at, body, leaf_hash)
select seq, sitting_id, kind, :recorded_at::timestamptz, body, leaf_hash
from unnest(:seqs::bigint[], :sittings::text[], :kinds::text[], :bodies::text[], :leaf_hashes::bytea[])
    as new (seq, sitting_id, kind, body, leaf_hash);

-- name: add_checkpoint(tree_size, root_hash, note, signed_at)!
insert into checkpoint (tree_size, root_hash, note, signed_at)
values (:tree_size::bigint, :root_hash::bytea, :note::text, :signed_at::timestamptz);

-- name: tell(channel, seq)!
-- Heard by `follow` when the transaction has committed; a lost one delays, never loses.
select pg_notify(:channel::text, :seq::text);

-- name: read(start, stop, most)
select seq, body, leaf_hash from ledger
where seq >= :start::bigint and (:stop::bigint is null or seq < :stop)
order by seq limit :most::bigint;

-- name: read_sitting(sitting, start, stop)
select seq, body, leaf_hash from ledger
where sitting_id = :sitting::text and seq >= :start::bigint and (:stop::bigint is null or seq < :stop)
order by seq;

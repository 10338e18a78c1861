-- The house: people, sittings, the ledger, presses, terminals, staff, footage, and the tables pages read.
-- Times are timestamptz; lengths and limits carry their unit in the name. Ids are text that people can read.

-- who sits -------------------------------------------------------------------------------------------------------

create table body (
    id            text primary key check (id ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    municipality  text not null check (municipality <> ''),
    name          text not null check (name <> ''),
    seats         integer not null check (seats between 1 and 10000),  -- by law, not those in office
    profile       text not null,                                       -- the rules of procedure: 'ua'
    locale        text not null,                                       -- the council's language: 'uk'
    timezone      text not null,                                       -- IANA: 'Europe/Kyiv'
    training      boolean not null default false,                      -- an invented council for practice
    sort_no       integer not null default 0
);

create table term (
    id        text primary key,
    body_id   text not null references body,
    label     text not null,
    from_on   date,
    until_on  date,
    check (until_on is null or from_on is null or until_on >= from_on)
);

create table person (
    id           text primary key,
    family_name  text not null check (family_name <> ''),
    given_name   text not null,
    patronymic   text,
    gender       text check (gender in ('f', 'm')),  -- only for the agreement of words; null: not known
    sort_key     text not null                        -- alphabet order of the council's language, made by people.py
);

create table member (
    id         text primary key check (id ~ '^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$'),
    person_id  text not null references person,
    body_id    text not null references body,
    term_id    text references term,
    from_on    date,
    until_on   date,
    check (until_on is null or from_on is null or until_on >= from_on)
);
create index on member (body_id);

create table faction (
    id       text primary key,
    body_id  text not null references body,
    name     text not null check (name <> ''),
    unique (body_id, name)
);

create table faction_membership (
    member_id   text not null references member,
    faction_id  text not null references faction,
    from_on     date not null default '-infinity',
    until_on    date,
    primary key (member_id, faction_id, from_on)
);

-- the hall -------------------------------------------------------------------------------------------------------

create table desk (
    body_id    text not null references body,
    desk_no    integer not null check (desk_no > 0),
    member_id  text references member,   -- who usually sits here; a sitting's own seating wins
    primary key (body_id, desk_no)
);

create table sitting (
    id              text primary key check (id ~ '^[a-z0-9][a-z0-9-]{0,126}$'),
    body_id         text not null references body,
    session_label   text not null,
    kind            text not null check (kind in ('plenary', 'committee', 'briefing', 'hearing')),
    held_on         date not null,
    mode            text not null default 'ordinary' check (mode in ('ordinary', 'replay', 'training')),
    source          text,                                       -- imports and replays: where the facts come from
    source_sha256   text check (source_sha256 ~ '^[0-9a-f]{64}$'),
    check ((source is null) = (source_sha256 is null))
);
create index on sitting (body_id, held_on);

create table seating (
    sitting_id  text not null references sitting,
    desk_no     integer not null,
    member_id   text not null references member,
    primary key (sitting_id, desk_no),
    unique (sitting_id, member_id)
);

create table agenda_item (
    sitting_id  text not null references sitting,
    item        text not null,            -- as printed: '1', '7a'
    position    integer not null,
    title       text not null check (title <> ''),
    primary key (sitting_id, item)
);

create table motion (
    sitting_id   text not null,
    item         text not null,
    position     integer not null,        -- within the item
    text         text not null check (text <> ''),
    rule         text not null,           -- the requirement's name in the profile
    seconds      integer check (seconds between 1 and 86400),
    original_at  timestamptz,             -- replays only: the vote's time in the source
    no_record    text[] not null default '{}',  -- replays only: members the source does not mention
    primary key (sitting_id, item, position),
    foreign key (sitting_id, item) references agenda_item
);

create table terminal (
    id           text primary key,
    body_id      text not null,
    desk_no      integer not null,
    secret_hash  bytea not null unique check (length(secret_hash) = 32),  -- SHA-256 of 32 random bytes
    enrolled_at  timestamptz not null,
    enrolled_by  text not null,
    revoked_at   timestamptz,
    foreign key (body_id, desk_no) references desk
);

create table enrolment (
    code_hash   bytea primary key check (length(code_hash) = 32),
    body_id     text not null,
    desk_no     integer not null,
    made_by     text not null,
    expires_at  timestamptz not null,
    used_at     timestamptz,
    foreign key (body_id, desk_no) references desk
);

create table staff (
    id             text primary key check (id ~ '^[a-z0-9][a-z0-9._-]{0,62}$'),
    name           text not null,
    role           text not null check (role in ('clerk')),
    password_hash  text not null,          -- argon2id, with its parameters
    created_at     timestamptz not null
);

create table login (
    token_hash  bytea primary key check (length(token_hash) = 32),
    staff_id    text not null references staff,
    started_at  timestamptz not null,
    expires_at  timestamptz not null,
    ended_at    timestamptz
);

-- the ledger -----------------------------------------------------------------------------------------------------

create table ledger (
    seq          bigint primary key check (seq >= 0),          -- place in the Merkle tree, without gaps
    sitting_id   text,                                          -- null: a fact about the whole installation
    kind         text not null,
    recorded_at  timestamptz not null,                          -- testimony; order is seq
    body         text not null,                                 -- canonical JSON, exactly the bytes hashed
    leaf_hash    bytea not null check (length(leaf_hash) = 32)  -- RFC 6962: SHA-256(0x00 || body)
);
create index on ledger (sitting_id, seq);

create table checkpoint (
    tree_size  bigint primary key check (tree_size > 0),
    root_hash  bytea not null check (length(root_hash) = 32),
    note       text not null,                                   -- C2SP signed note
    signed_at  timestamptz not null
);

-- Kept from the public until VoteClosed; how a member votes stands here and nowhere else before that.
create table press (
    sitting_id   text not null,
    vote_n       integer not null check (vote_n > 0),
    member_id    text not null,
    boot         text not null check (boot ~ '^[0-9a-f]{16}$'),  -- random, new at each start of the terminal
    n            bigint not null check (n > 0),                  -- counts up within a boot
    option       text not null check (option in ('for', 'against', 'abstain')),
    terminal_id  text not null,
    recorded_at  timestamptz not null,
    place        bigint generated always as identity,           -- order of recording: the last one counts
    primary key (sitting_id, vote_n, member_id, boot, n)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'restrict_violation';
end $$;

create trigger append_only before update or delete or truncate on ledger for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on checkpoint for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on press for each statement execute function refuse_change();

-- what the hall shows live; rewritten several times a second, lost without harm ------------------------------------

create table live_state (
    sitting_id  text primary key,
    rev         bigint not null,
    body        text not null,           -- JSON: LiveState of council/state_parts.py
    updated_at  timestamptz not null
);

-- footage --------------------------------------------------------------------------------------------------------

-- A row's files are those of its own name, so that none can show another's, a hidden one or one of no recording.
create table run (
    id            text primary key check (id ~ '^[a-z0-9][a-z0-9-]{0,62}-[0-9]{8}T[0-9]{9}Z$'),  -- '{camera}-{UTC start}'
    camera_id     text not null check (camera_id = left(id, -20)),
    started_at    timestamptz not null,              -- wall time of media time 0
    clock         text not null check (clock in ('sender_report', 'arrival')),
    codec         text not null check (codec ~ '^[A-Za-z0-9.]+(,[A-Za-z0-9.]+)?$'),  -- RFC 6381: 'avc1.64001f'
    width         integer not null check (width > 0),
    height        integer not null check (height > 0),
    timescale     integer not null check (timescale between 1 and 1000000000),
    init_path     text not null check (init_path = camera_id || '/' || id || '/init.mp4'),  -- below the recordings folder
    init_bytes    integer not null check (init_bytes > 0),
    init_sha256   text not null check (init_sha256 ~ '^[0-9a-f]{64}$'),
    ended_at      timestamptz,
    end_reason    text check (end_reason ~ '^[a-z_]{1,40}$'),
    moved_us      bigint check (abs(moved_us) <= 500000),  -- by the hall display's codes: true times are so much later
    within_us     bigint check (within_us between 0 and 500000),  -- give or take
    -- As below: times that programs can count with, no infinite ones
    check (least(started_at, ended_at) >= '1970-01-01Z' and greatest(started_at, ended_at) < '2200-01-01Z'),
    check ((moved_us is null) = (within_us is null)),
    check ((ended_at is null) = (end_reason is null))
);
create index on run (camera_id, started_at);

create function refuse_another_end() returns trigger language plpgsql as $$
begin
    raise exception 'run % has ended', old.id using errcode = 'restrict_violation';
end $$;

create trigger ends_once before update of ended_at, end_reason on run
    for each row when (old.ended_at is not null
                       and (new.ended_at, new.end_reason) is distinct from (old.ended_at, old.end_reason))
    execute function refuse_another_end();

-- A checkpoint that the hall display showed as a code, read back from the pictures of a camera.
create table clock_reading (
    run_id     text not null references run,
    tree_size  bigint not null check (tree_size > 0),
    root       text not null check (root ~ '^[0-9a-f]{16}$'),  -- its first digits
    shown_at   timestamptz not null,                 -- when the code was made, by the server's clock
    before_at  timestamptz not null,                 -- the last picture without it, by the run's clock
    first_at   timestamptz not null,                 -- the first with it
    check (least(shown_at, before_at, first_at) >= '1970-01-01Z'
           and greatest(shown_at, before_at, first_at) < '2200-01-01Z'),
    primary key (run_id, tree_size)
);

create table segment (
    run_id          text not null references run,
    n               integer not null check (n >= 0),
    start_ticks     bigint not null check (abs(start_ticks) <= 1e15),  -- in the run's timescale, media time
    duration_ticks  bigint not null check (duration_ticks between 1 and 600000000000),
    started_at      timestamptz not null,            -- wall time of the first frame
    duration_ms     integer not null check (duration_ms between 1 and 600000),  -- who looks for a moment looks so far back
    path            text not null unique,            -- below the recordings folder
    bytes           bigint not null check (bytes > 0),
    sha256          text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    frames          integer not null,
    poster_path     text,                            -- JPEG of its first key frame
    packets_lost    integer not null default 0 check (packets_lost >= 0),    -- of the network packets it was sent in
    frames_damaged  integer not null default 0 check (frames_damaged >= 0),  -- those that lack something
    check (started_at >= '1970-01-01Z' and started_at < '2200-01-01Z'),
    constraint own_file check (path = left(run_id, -20) || '/' || run_id || '/'
                                      || lpad(n::text, greatest(6, length(n::text)), '0') || '.m4s'),
    constraint own_poster check (poster_path = left(path, -4) || '.jpg'),
    primary key (run_id, n) include (start_ticks, duration_ticks, started_at, duration_ms)  -- a playlist reads no rows
) with (autovacuum_vacuum_insert_threshold = 10000, autovacuum_vacuum_insert_scale_factor = 0);  -- while it is vacuumed
create index on segment (started_at);

create table camera_state (
    camera_id        text primary key check (camera_id ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    state            text not null check (state in ('recording', 'waiting', 'paused', 'connecting', 'lost', 'disk_full', 'stopped')),
    since_at         timestamptz not null,
    last_frame_at    timestamptz,
    bitrate_bps      bigint,
    disk_free_bytes  bigint,
    message          text not null check (message ~ '^[a-z0-9_]{0,40}$'),  -- a code the console has words for, or ''
    packets_lost     bigint not null default 0,      -- since the recorder began
    last_key_at      timestamptz,
    updated_at       timestamptz not null,
    check (least(since_at, last_frame_at, last_key_at, updated_at) >= '1970-01-01Z'
           and greatest(since_at, last_frame_at, last_key_at, updated_at) < '2200-01-01Z')
);

-- derived from the ledger in the same transaction as the entry; `council rebuild` makes them again ------------------

create table sitting_summary (
    sitting_id     text primary key,
    body_id        text not null,
    session_label  text not null,
    kind           text not null,
    held_on        date not null,
    mode           text not null,
    seats          integer not null,
    opened_at      timestamptz,
    closed_at      timestamptz,
    votes          integer not null default 0,
    adopted        integer not null default 0,
    opened_seq     bigint not null,
    is_open        boolean not null
);
create index on sitting_summary (held_on desc);

create table vote_event (
    sitting_id  text not null,
    n           integer not null,
    item        text,
    motion      text not null,
    opened_at   timestamptz,
    closed_at   timestamptz,
    result      text check (result in ('adopted', 'rejected', 'no_quorum')),  -- null until closed
    needed      integer not null,
    seats       integer not null,
    for_count         integer not null default 0,
    against_count     integer not null default 0,
    abstain_count     integer not null default 0,
    not_voting_count  integer not null default 0,
    absent_count      integer not null default 0,
    recused_count     integer not null default 0,
    no_record_count   integer not null default 0,
    opened_seq  bigint not null,
    closed_seq  bigint,
    primary key (sitting_id, n)
);

create table vote (
    sitting_id  text not null,
    n           integer not null,
    member_id   text not null,
    option      text not null,
    faction     text,                    -- the member's at that sitting
    primary key (sitting_id, n, member_id)
);
create index on vote (member_id);

create table attendance (
    sitting_id  text not null,
    member_id   text not null,
    arrived     boolean not null,        -- ever present in this sitting
    primary key (sitting_id, member_id)
);
create index on attendance (member_id);

-- least privilege --------------------------------------------------------------------------------------------------
-- The three roles are made by migrate.py, since roles belong to the whole server.

revoke all on all tables in schema public from public;
revoke create on schema public from public;
grant usage on schema public to hlasno_hall, hlasno_record, hlasno_public;

grant select on body, term, person, member, faction, faction_membership, desk, sitting, seating, agenda_item, motion,
    ledger, checkpoint, live_state, run, segment, camera_state, sitting_summary, vote_event, vote, attendance
    to hlasno_public, hlasno_hall;
grant insert on ledger, checkpoint to hlasno_hall;
grant select, insert on press to hlasno_hall;
grant select, insert, update on body, term, person, member, faction, faction_membership, desk, sitting, agenda_item,
    motion, terminal, enrolment, staff, login, live_state to hlasno_hall;
grant select, insert, update, delete on seating, sitting_summary, vote_event, vote, attendance to hlasno_hall;

grant select, insert, update on camera_state to hlasno_record;
grant select on run, segment to hlasno_record;
grant insert (id, camera_id, started_at, clock, codec, width, height, timescale, init_path, init_bytes, init_sha256)
    on run to hlasno_record;
grant insert (run_id, n, start_ticks, duration_ticks, started_at, duration_ms, path, bytes, sha256, frames, poster_path,
              packets_lost, frames_damaged) on segment to hlasno_record;
grant update (ended_at, end_reason, moved_us, within_us) on run to hlasno_record;  -- not what seals hold, nor times
grant select on sitting_summary, vote_event, checkpoint to hlasno_record;
grant select on clock_reading to hlasno_public, hlasno_hall;
grant select, insert on clock_reading to hlasno_record;

-- The derived tables know every kind of vote: how it was taken, what became of it, secret ones, corrections.
-- Made from the ledger by council/derive.py; `council rebuild` makes them again.

alter table vote_event
    add column state text check (state in ('open', 'held', 'closed', 'tied', 'announced', 'voided')),
    add column method text check (method in ('terminal', 'called', 'entered')),
    add column subject text check (subject in ('motion', 'procedural', 'amendment', 'as_amended', 'block', 'alternative',
                                               'candidates')),
    add column relation text check (relation in ('repeat', 'reconsideration', 'as_amended', 'alternative')),
    add column refers_to integer check (refers_to < n),       -- the vote it repeats, reconsiders or follows
    add column chosen integer check (chosen > 0),             -- the candidate's number; null: nobody, or no candidates
    add check ((relation is null) = (refers_to is null)),
    drop constraint vote_event_result_check,
    add constraint vote_event_result_check check (result in ('adopted', 'rejected', 'no_quorum', 'tied'));
update vote_event
   set state = case when result is null then 'open' else 'announced' end,
       method = 'terminal',
       subject = 'motion';
alter table vote_event
    alter column state set not null,
    alter column method set not null,
    alter column subject set not null;

-- The lines of a vote that was set aside stay, and count for nobody: whoever counts asks for `not voided`.
alter table vote
    add column voided boolean not null default false,
    add column candidate integer check (candidate > 0);       -- whom the option `for` chose, in a vote on candidates

alter table attendance add column justified boolean not null default false;  -- the absence is excused

-- Secret ballots: totals of papers. There is no column for a member, here or in the fact it is made from, so that no
-- program and no mistake can put down who voted, how, or whose paper was whose.
create table secret_vote (
    sitting_id     text not null,
    n              integer not null check (n > 0),           -- one sequence with vote_event
    item           text,
    motion         text not null,
    recorded_at    timestamptz not null,
    ground         text not null,                            -- why it may be secret: the name in the profile
    result         text not null check (result in ('adopted', 'rejected', 'no_quorum')),
    needed         integer not null,
    seats          integer not null,
    in_quorum      integer not null check (in_quorum >= 0),
    issued         integer not null check (issued >= 0),     -- papers
    found          integer not null check (found >= 0),
    invalid        integer not null check (invalid >= 0),
    for_count      integer not null check (for_count >= 0),
    against_count  integer not null check (against_count >= 0),
    abstain_count  integer not null check (abstain_count >= 0),
    chosen         integer check (chosen > 0),               -- the candidate's number
    repeats        integer check (repeats < n),              -- the void one in whose place it stands
    voided         boolean not null default false,           -- set aside: its totals stay and decide nothing
    seq            bigint not null,
    primary key (sitting_id, n)
);

-- What members stated after the announcement; the roll in `vote` stays as it was announced.
create table correction (
    sitting_id  text not null,
    seq         bigint not null,
    n           integer not null,
    member_id   text not null,
    recorded    text not null,
    meant       text not null,
    statement   text not null,
    noted_at    timestamptz not null,
    primary key (sitting_id, seq)
);
create index on correction (member_id);

-- Rows of deleted footage stay, marked by the hall as the ledger says.
alter table segment add column deleted_at timestamptz;
create index on segment (run_id, n) where deleted_at is not null;
grant update (deleted_at) on segment to hlasno_hall;

-- A segment lies on the recordings' disk, or in an archive of council.toml. `archive` alone: it is on its way there, and
-- the file on the disk counts. With `archived_at`: read back from there and found whole then; the disk's may be gone.
-- Of deleted footage: there is an object still to be removed.
alter table segment
    add column archive text check (archive ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    add column archived_at timestamptz,
    add check (archive is not null or archived_at is null);
create index on segment (archive, run_id, n) where archive is not null;
grant update (archive, archived_at) on segment to hlasno_hall;

-- Which segments of footage are bound to the ledger, and by what root (voting/footage.py).
create table footage_seal (
    seq          bigint primary key,
    sitting_id   text not null,
    camera_id    text not null,
    run_id       text not null,
    first_n      integer not null check (first_n >= 0),
    segments     integer not null check (segments > 0),
    started_at   timestamptz not null,
    ended_at     timestamptz not null,
    init_sha256  text not null,
    root         text not null,
    sealed_at    timestamptz not null,
    unique (run_id, first_n)
);
create index on footage_seal (started_at);

-- Closed parts of sittings: when no camera of the body films.
create table closed_part (
    seq         bigint primary key,
    sitting_id  text not null,
    body_id     text not null,
    since_at    timestamptz not null,            -- nobody is shown what was filmed from here on
    paused_at   timestamptz not null,
    ended_at    timestamptz,                     -- null: it lasts
    by_closing  boolean not null default false,  -- the sitting was closed in it: it ends with what would be shown after that
    reason      text not null,
    source      text
);
create index on closed_part (sitting_id);
grant select on closed_part to hlasno_record;

grant select on secret_vote, correction, footage_seal, closed_part to hlasno_public, hlasno_hall;
grant insert, update, delete on secret_vote, correction, footage_seal, closed_part to hlasno_hall;

-- Recordings that are withheld until an act of the ledger releases them.
alter table body add column video text not null default 'live' check (video in ('live', 'record_then_publish'));
alter table sitting_summary add column footage_withheld boolean not null default false;

create table camera (
    id       text primary key,
    body_id  text not null references body   -- whose hall it films
);
grant select on camera to hlasno_public, hlasno_record;
grant select, insert, update on camera to hlasno_hall;

-- What a command asks the running hall to do with a recording; gone once it is done.
create table footage_request (
    sitting_id  text not null,
    act         text not null check (act in ('release', 'delete')),
    reason      text not null,           -- of a deletion
    asked_by    text not null,           -- staff id
    asked_name  text not null,
    asked_at    timestamptz not null,
    primary key (sitting_id, act)
);
grant select, insert, delete on footage_request to hlasno_hall;

-- Preparing a sitting in the hall: consent items, drafts, and who has the last word on an agenda.
-- What was published stands in the ledger (AgendaPublished), not here.

-- Since when the agenda is prepared in the hall; null: council.toml has the last word at each start.
alter table sitting add column prepared_at timestamptz;

alter table agenda_item add column consent boolean not null default false;  -- put to the vote in one block with others

-- Files considered under an item. The bytes lie in the data folder, drafts/, under their SHA-256.
create table draft (
    sitting_id   text not null,
    item         text not null,
    position     integer not null,        -- within the item
    name         text not null check (name <> ''),
    sha256       text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    bytes        bigint not null check (bytes > 0),
    attached_at  timestamptz not null,
    attached_by  text not null,           -- staff id; 'machine': a command of this installation
    primary key (sitting_id, item, position),
    unique (sitting_id, item, sha256),
    foreign key (sitting_id, item) references agenda_item
);

-- An agenda that is not published yet is written anew as a whole.
grant delete on agenda_item, motion to hlasno_hall;
grant select, insert, delete on draft to hlasno_hall;

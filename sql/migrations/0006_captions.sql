-- Captions of recordings: every version that was made, and what is shown now. No fact: they help to read a recording,
-- and what was said is in the recording.

create table caption_version (
    sitting_id  text not null references sitting,
    language    text not null check (language ~ '^[a-z]{2,3}$'),
    version     integer not null check (version > 0),
    made_at     timestamptz not null,
    made_by     text not null,           -- staff id
    made_name   text not null,
    how         text not null check (how in ('uploaded', 'drafted', 'edited', 'restored', 'withdrawn')),
    detail      text not null,           -- the file's name, or the number of the version restored
    machine     boolean not null,        -- a machine's words, which nobody has read through
    cues        integer not null check (cues >= 0),
    body        text not null,           -- JSON: [[start, end, speaker, text]], in ms since 1970
    primary key (sitting_id, language, version),
    check ((how = 'withdrawn') = (cues = 0))
);
create trigger append_only before update or delete or truncate on caption_version
    for each statement execute function refuse_change();

-- The newest version, unless it is withdrawn; made anew with each.
create table caption_track (
    sitting_id  text not null,
    language    text not null,
    version     integer not null,
    changed_at  timestamptz not null,
    machine     boolean not null,
    cues        integer not null,
    primary key (sitting_id, language),
    foreign key (sitting_id, language, version) references caption_version
);
create table caption (
    sitting_id  text not null,
    language    text not null,
    n           integer not null check (n > 0),
    starts_at   timestamptz not null,
    ends_at     timestamptz not null check (ends_at > starts_at),
    speaker     text not null,
    text        text not null check (text <> ''),
    folded      text not null,           -- as it is searched: streaming/captions.py
    primary key (sitting_id, language, n),
    foreign key (sitting_id, language) references caption_track
);

grant select on caption_track, caption to hlasno_hall, hlasno_public;
grant select, insert on caption_version to hlasno_hall;
grant insert, update, delete on caption_track to hlasno_hall;
grant insert, delete on caption to hlasno_hall;

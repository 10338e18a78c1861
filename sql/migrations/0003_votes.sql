-- Votes of every kind: candidates, answers said aloud or entered by hand, signed presses; and rehearsals.

-- presses --------------------------------------------------------------------------------------------------------

-- What a clerk enters for a member is a press too: its boot is the act's id, not_voting takes back what was entered.
alter table press
    alter column terminal_id drop not null,
    add column candidate   integer check (candidate > 0),     -- whom `for` chose, in a vote on candidates
    add column channel     text not null default 'terminal' check (channel in ('terminal', 'called', 'entered')),
    -- Of the terminal's key, base64. A count in the pattern ({86}) would take as long as all the rest of writing a press.
    add column signature   text check (length(signature) = 88 and signature ~ '^[A-Za-z0-9+/]*==$'),
    add column entered_by  text,                              -- staff id
    drop constraint press_option_check,
    add constraint press_option_check
        check (option in ('for', 'against', 'abstain') or option = 'not_voting' and channel <> 'terminal'),
    add constraint press_candidate_is_for check (candidate is null or option = 'for'),
    add constraint press_by_terminal check ((channel = 'terminal') = (terminal_id is not null)),
    add constraint press_by_staff check ((channel = 'terminal') = (entered_by is null)),
    -- Presses from before keys existed have none.
    add constraint press_signed check ((channel = 'terminal') = (signature is not null)) not valid;

-- rehearsals -----------------------------------------------------------------------------------------------------
-- The same tables, for a ledger that is its own: signed under another name, derived from by nothing, read by no page.

create schema rehearsal;

create table rehearsal.ledger (like public.ledger including all);
create table rehearsal.checkpoint (like public.checkpoint including all);
create table rehearsal.press (like public.press including all);

create trigger append_only before update or delete or truncate on rehearsal.ledger
    for each statement execute function public.refuse_change();
create trigger append_only before update or delete or truncate on rehearsal.checkpoint
    for each statement execute function public.refuse_change();
create trigger append_only before update or delete or truncate on rehearsal.press
    for each statement execute function public.refuse_change();

-- The n-th rehearsal of a sitting has the sitting's id with '-rehearsal-{n}' behind it. One at a time for each body.
create table rehearsal.rehearsal (
    body_id     text not null references public.body,
    sitting_id  text not null references public.sitting,   -- what is rehearsed
    n           integer not null check (n > 0),
    started_at  timestamptz not null,
    started_by  text not null,                             -- staff id
    ended_at    timestamptz,
    primary key (sitting_id, n),
    check (ended_at is null or ended_at >= started_at)
);
create unique index rehearsal_running on rehearsal.rehearsal (body_id) where ended_at is null;

revoke all on all tables in schema rehearsal from public;
grant usage on schema rehearsal to hlasno_hall;
grant select, insert on rehearsal.ledger, rehearsal.checkpoint, rehearsal.press to hlasno_hall;
grant select, insert, update on rehearsal.rehearsal to hlasno_hall;

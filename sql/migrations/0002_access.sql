-- Who may do what: roles, second factors, keys of terminals, cards and PINs of members, and what staff did.

-- staff ----------------------------------------------------------------------------------------------------------

alter table staff drop constraint staff_role_check;
alter table staff
    add constraint staff_role_check
        check (role in ('clerk', 'second_clerk', 'chair', 'technician', 'auditor', 'administrator')),
    add column totp_secret  bytea,         -- AES-GCM with a key that is not in the database; null: no one-time codes
    add column totp_step    bigint,        -- the last 30 s step whose code was taken: each code works once
    add column removed_at   timestamptz;   -- may not sign in any more; the row stays, since acts name it

create table passkey (
    credential_id  bytea primary key,
    staff_id       text not null references staff,
    public_key     bytea not null,               -- COSE
    sign_count     bigint not null check (sign_count >= 0),  -- only ever grows, or the authenticator has none and it is 0
    added_at       timestamptz not null,
    used_at        timestamptz,
    removed_at     timestamptz
);
create index on passkey (staff_id);

alter table login
    add column end_reason  text check (end_reason in ('sitting', 'account', 'signed_out'));  -- null: none but its time

-- What staff did and what was refused, for the audit view. Never how somebody voted, never a secret.
create table staff_act (
    id          bigint generated always as identity primary key,
    at          timestamptz not null,
    staff       text not null,        -- '': nobody who is known; 'machine': a command of this installation
    role        text not null,
    sitting_id  text,
    act         text not null,        -- 'OpenVote' as the console names it, or 'signed_in', 'factor_reset', …
    detail      text not null,
    outcome     text not null         -- 'done', or the code of the refusal
);
create index on staff_act (staff, id);
create index on staff_act (sitting_id, id);
create trigger append_only before update or delete or truncate on staff_act
    for each statement execute function refuse_change();

-- terminals and members ------------------------------------------------------------------------------------------

-- Whoever was enrolled before keys existed has to be enrolled anew.
update terminal set revoked_at = now() where revoked_at is null;
alter table terminal
    add column public_key text check (public_key ~ '^[0-9a-f]{64}$'),  -- Ed25519
    add constraint terminal_has_key check (public_key is not null or revoked_at is not null);

alter table body
    add column seat_by text not null default 'seating'  -- how a desk knows its member
        check (seat_by in ('seating', 'card', 'pin'));

create table member_credential (
    member_id  text primary key references member,
    body_id    text not null references body,                 -- the member's: one person may carry one card in several
    card_hash  bytea check (length(card_hash) = 32),          -- HMAC-SHA256: card numbers can be guessed, the key cannot
    pin_hash   text,                                          -- argon2id of the PIN's HMAC
    set_at     timestamptz not null,
    set_by     text not null,
    unique (body_id, card_hash)
);

grant select, insert, update on passkey, member_credential to hlasno_hall;
grant select, insert on staff_act to hlasno_hall;

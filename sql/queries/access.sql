-- Staff, logins, second factors, terminals, members' credentials, and what staff did.

-- name: add_staff(id, name, role, password_hash, at)!
insert into staff (id, name, role, password_hash, created_at) values (:id, :name, :role, :password_hash, :at)
on conflict (id) do update
    set name = excluded.name, role = excluded.role, password_hash = excluded.password_hash, removed_at = null;

-- name: staff_exists(id)$
select exists (select from staff where id = :id and removed_at is null);

-- name: staff_member(id)^
select id, name, role, password_hash, totp_secret, totp_step from staff where id = :id and removed_at is null;

-- name: staff_list()
select s.id, s.name, s.role, s.totp_secret is not null as totp,
    (select count(*) from passkey p where p.staff_id = s.id and p.removed_at is null) as passkeys
from staff s where s.removed_at is null order by s.id;

-- name: set_password(id, password_hash)$
update staff set password_hash = :password_hash where id = :id and removed_at is null returning id;

-- name: set_role(id, role)$
update staff set role = :role where id = :id and removed_at is null returning id;

-- name: remove_staff(id, at)$
update staff set removed_at = :at where id = :id and removed_at is null returning id;

-- second factors -------------------------------------------------------------------------------------------------

-- name: set_totp(id, password_hash, totp_secret, step)$
-- password_hash, here and below: what the password was held against; nothing is done where it has been changed since.
update staff set totp_secret = :totp_secret, totp_step = :step
where id = :id and password_hash = :password_hash and removed_at is null returning id;

-- name: use_totp(id, step)$
-- Each code once: whoever is second finds the step taken.
update staff set totp_step = :step
where id = :id and totp_secret is not null and (totp_step is null or totp_step < :step) returning id;

-- name: forget_totp(id)$
update staff set totp_secret = null, totp_step = null where id = :id returning id;

-- name: passkeys(staff)
select credential_id, public_key, sign_count from passkey where staff_id = :staff and removed_at is null order by added_at;

-- name: add_passkey(credential_id, staff, password_hash, public_key, sign_count, at)$
insert into passkey (credential_id, staff_id, public_key, sign_count, added_at)
select :credential_id, id, :public_key, :sign_count, :at from staff
where id = :staff and password_hash = :password_hash and removed_at is null
on conflict do nothing returning staff_id;

-- name: use_passkey(credential_id, sign_count, at)$
-- A counter grows with each use; 0 is an authenticator that has none.
update passkey set sign_count = :sign_count, used_at = :at
where credential_id = :credential_id and removed_at is null
    and (sign_count < :sign_count or (sign_count = 0 and :sign_count = 0)) returning staff_id;

-- name: remove_passkeys(staff, at)!
update passkey set removed_at = :at where staff_id = :staff and removed_at is null;

-- logins ---------------------------------------------------------------------------------------------------------

-- name: start_login(token_hash, staff, role, password_hash, at, expires_at)$
-- No row where the person was removed, or got another role or password, while signing in; who changes one of these
-- waits for it, and then ends it.
insert into login (token_hash, staff_id, started_at, expires_at)
select :token_hash, id, :at, :expires_at from staff
where id = :staff and role = :role and password_hash = :password_hash and removed_at is null
for share returning staff_id;

-- name: end_logins(token_hashes, ats, reasons)!
-- Each at its time; those that are over stay so whatever a clock says later, but for those that end with a sitting.
update login l
set expires_at = least(l.expires_at, e.at),
    ended_at = case when e.reason <> 'sitting' then coalesce(l.ended_at, e.at) else l.ended_at end,
    end_reason = case when l.ended_at is null and l.expires_at > e.at then e.reason else l.end_reason end
from unnest(:token_hashes::bytea[], :ats::timestamptz[], :reasons::text[]) as e (token_hash, at, reason)
where l.token_hash = e.token_hash;

-- name: prolong_logins(token_hashes, expires_ats)!
update login l set expires_at = e.expires_at, end_reason = null
from unnest(:token_hashes::bytea[], :expires_ats::timestamptz[]) as e (token_hash, expires_at)
where l.token_hash = e.token_hash and l.ended_at is null;

-- name: end_logins_of(at, staff)!
-- A new password ends every login made with the old one.
update login set ended_at = :at, end_reason = case when expires_at > :at then 'account' else end_reason end
where staff_id = :staff and ended_at is null;

-- name: why_ended(token_hash, at)$
select coalesce(end_reason, 'expired') from login
where token_hash = :token_hash and (ended_at is not null or expires_at <= :at);

-- name: logins(at)
select l.token_hash, l.staff_id, s.name, s.role, l.started_at, l.expires_at
from login l join staff s on s.id = l.staff_id
where l.ended_at is null and l.expires_at > :at and s.removed_at is null;

-- terminals ------------------------------------------------------------------------------------------------------

-- name: terminals()
select id, body_id, desk_no, public_key, secret_hash from terminal where revoked_at is null;

-- name: terminal_keys()
-- Every key there ever was, for the ledger's account of them.
select id, body_id, desk_no, public_key, enrolled_at, revoked_at from terminal
where public_key is not null order by enrolled_at, id;

-- name: terminal_entries()
-- Which keys the ledger has an account of.
select kind, body::jsonb ->> 'terminal' as terminal from ledger
where sitting_id is null and kind in ('TerminalEnrolled', 'TerminalRevoked');

-- name: desk_exists(body, desk_no)$
select exists (select from desk where body_id = :body and desk_no = :desk_no);

-- name: make_enrolment(code_hash, body, desk_no, made_by, expires_at)!
insert into enrolment (code_hash, body_id, desk_no, made_by, expires_at)
values (:code_hash, :body, :desk_no, :made_by, :expires_at);

-- name: use_enrolment(at, code_hash)^
-- One code, one terminal: whoever is second finds it used.
update enrolment set used_at = :at where code_hash = :code_hash and used_at is null and expires_at > :at
returning body_id, desk_no, made_by;

-- name: unused_enrolment(code_hash)$
select exists (select from enrolment where code_hash = :code_hash and used_at is null);

-- name: add_terminal(id, body, desk_no, secret_hash, public_key, at, enrolled_by)!
insert into terminal (id, body_id, desk_no, secret_hash, public_key, enrolled_at, enrolled_by)
values (:id, :body, :desk_no, :secret_hash, :public_key, :at, :enrolled_by);

-- name: revoke_terminals(at, body, desk_no)
update terminal set revoked_at = :at where body_id = :body and desk_no = :desk_no and revoked_at is null returning id;

-- name: revoke_enrolments(at, body, desk_no)!
-- A desk whose terminals are revoked has no code lying about either.
update enrolment set expires_at = :at
where body_id = :body and desk_no = :desk_no and used_at is null and expires_at > :at;

-- members' cards and PINs ------------------------------------------------------------------------------------------

-- name: member_exists(member)$
select exists (select from member where id = :member);

-- name: member_by_card(body, card_hash)$
select member_id from member_credential where body_id = :body and card_hash = :card_hash;

-- name: card_owner(member, card_hash)$
-- Another member of the same body who has this card, or somebody of another name in another body: one person may sit in
-- several and carries one card.
select c.member_id
from member own join person me on me.id = own.person_id,
    member_credential c join member m on m.id = c.member_id join person p on p.id = m.person_id
where own.id = :member and c.card_hash = :card_hash and c.member_id <> own.id
    and (m.body_id = own.body_id
        or (p.family_name, p.given_name, p.patronymic) is distinct from (me.family_name, me.given_name, me.patronymic))
limit 1;

-- name: pin_hash(member)$
select pin_hash from member_credential where member_id = :member;

-- name: set_card(member, card_hash, at, by)!
insert into member_credential (member_id, body_id, card_hash, set_at, set_by)
select id, body_id, :card_hash::bytea, :at::timestamptz, :by::text from member where id = :member
on conflict (member_id) do update
    set card_hash = excluded.card_hash, set_at = excluded.set_at, set_by = excluded.set_by;

-- name: set_pin(member, pin_hash, at, by)!
insert into member_credential (member_id, body_id, pin_hash, set_at, set_by)
select id, body_id, :pin_hash::text, :at::timestamptz, :by::text from member where id = :member
on conflict (member_id) do update
    set pin_hash = excluded.pin_hash, set_at = excluded.set_at, set_by = excluded.set_by;

-- name: members_with_credentials(body)
select m.id, concat_ws(' ', p.family_name, nullif(p.given_name, ''), p.patronymic) as name,
    c.card_hash is not null as has_card, c.pin_hash is not null as has_pin
from member m join person p on p.id = m.person_id left join member_credential c on c.member_id = m.id
where m.body_id = :body order by p.sort_key, m.id;

-- what staff did -------------------------------------------------------------------------------------------------

-- name: add_staff_acts(ats, staffs, roles, sittings, acts, details, outcomes)!
insert into staff_act (at, staff, role, sitting_id, act, detail, outcome)
select at, staff, role, sitting, act, detail, outcome
from unnest(:ats::timestamptz[], :staffs::text[], :roles::text[], :sittings::text[], :acts::text[], :details::text[],
    :outcomes::text[]) with ordinality as new (at, staff, role, sitting, act, detail, outcome, place)
order by place;

-- name: staff_acts(staff, sitting, before, most)
-- The newest first.
select id, at, staff, role, sitting_id, act, detail, outcome from staff_act
where (:staff::text is null or staff = :staff) and (:sitting::text is null or sitting_id = :sitting)
    and (:before::bigint is null or id < :before)
order by id desc limit :most;

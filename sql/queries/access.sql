-- name: add_staff(id, name, password_hash, at)!
insert into staff (id, name, role, password_hash, created_at) values (:id, :name, 'clerk', :password_hash, :at)
on conflict (id) do update set name = excluded.name, password_hash = excluded.password_hash;

-- name: staff_member(id)^
select id, name, role, password_hash from staff where id = :id;

-- name: start_login(token_hash, staff, at, expires_at)!
insert into login (token_hash, staff_id, started_at, expires_at) values (:token_hash, :staff, :at, :expires_at);

-- name: end_login(at, token_hash)!
update login set ended_at = :at where token_hash = :token_hash and ended_at is null;

-- name: end_logins_of(at, staff)!
-- A new password ends every login made with the old one.
update login set ended_at = :at where staff_id = :staff and ended_at is null;

-- name: logins(at)
select l.token_hash, l.staff_id, s.name, l.expires_at from login l join staff s on s.id = l.staff_id
where l.ended_at is null and l.expires_at > :at;

-- name: terminals()
select id, body_id, desk_no, secret_hash from terminal where revoked_at is null;

-- name: desk_exists(body, desk_no)$
select exists (select from desk where body_id = :body and desk_no = :desk_no);

-- name: make_enrolment(code_hash, body, desk_no, made_by, expires_at)!
insert into enrolment (code_hash, body_id, desk_no, made_by, expires_at)
values (:code_hash, :body, :desk_no, :made_by, :expires_at);

-- name: use_enrolment(at, code_hash)^
-- One code, one terminal: whoever is second finds it used.
update enrolment set used_at = :at where code_hash = :code_hash and used_at is null and expires_at > :at
returning body_id, desk_no, made_by;

-- name: add_terminal(id, body, desk_no, secret_hash, at, enrolled_by)!
insert into terminal (id, body_id, desk_no, secret_hash, enrolled_at, enrolled_by)
values (:id, :body, :desk_no, :secret_hash, :at, :enrolled_by);

-- name: revoke_terminals(at, body, desk_no)
update terminal set revoked_at = :at where body_id = :body and desk_no = :desk_no and revoked_at is null returning id;

-- name: revoke_enrolments(at, body, desk_no)!
-- A desk whose terminals are revoked has no code lying about either.
update enrolment set expires_at = :at
where body_id = :body and desk_no = :desk_no and used_at is null and expires_at > :at;

-- name: checkpoint_covering(seq)^
-- The first checkpoint that holds the entry at :seq.
select tree_size, root_hash, note, signed_at from checkpoint where tree_size > :seq order by tree_size limit 1;

-- name: body_locale(body)$
-- The council's own language, in which titles and names are written.
select locale from body where id = :body;

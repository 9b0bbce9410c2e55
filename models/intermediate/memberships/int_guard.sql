-- No row; or an error, if this run has found a list that breaks a limit (X6). What the run has done is undone then, but
-- that the list is held is kept (list_effects): the next build, which `muster` begins at once, goes on with that.
-- depends_on: {{ ref('list_effects') }}
with

held as (
    select * from {{ ref('int_list_effects') }}
    where code is not null and not is_known
)

select
    cast(
        error(
            'the list of ' || string_agg(segment_name || ' (' || feed || ', ' || code || ')', ', the list of ')
            || ' is held, and nothing is changed: build again, and what came behind it is decided too'
        ) as varchar
    ) as message
from held
having count(*) > 0

-- X3: by which owners it is decided whom a row is about: of an identifier that only one contact can have (1) before one
-- that several can have (0). Of a row with the first kind of which nobody is known, by those who may take it on.
with

examples (type_bit, row_bits, strong_owner_id, may_take, expected) as (
    values
    (1, 1, 7, false, true),
    (0, 1, 7, true, false),
    (0, 1, null, true, true),
    (0, 1, null, false, false),
    (1, 1, null, false, false),
    (0, 0, null, false, true)
)

select
    *,
    decides(type_bit, row_bits, strong_owner_id, may_take) as actual
from examples
where decides(type_bit, row_bits, strong_owner_id, may_take) is distinct from expected

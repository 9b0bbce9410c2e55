-- X3: of two types that are one per contact, the first in `one_per_contact` counts more; none counts nothing.
with

examples (type_bit, other_type_bit, expected) as (
    values
    (1, 2, true),
    (2, 1, false),
    (2, 2, false),
    (null, 2, false),
    (1, null, false)
)

select
    *,
    outweighs(type_bit, other_type_bit) as actual
from examples
where outweighs(type_bit, other_type_bit) is distinct from expected

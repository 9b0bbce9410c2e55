-- X3, B7: who takes on an identifier that only one contact can have: the one who may; of several nobody, so the row
-- creates a contact, if it may.
with

examples (least_owner_id, greatest_owner_id, creates_contacts, expected) as (
    values
    (7, 7, true, 7),
    (7, 7, false, 7),
    (7, 8, true, 99),
    (7, 8, false, null),
    (null, null, true, 99),
    (null, null, false, null)
)

select
    *,
    contact_taking(least_owner_id, greatest_owner_id, creates_contacts, 99) as actual
from examples
where contact_taking(least_owner_id, greatest_owner_id, creates_contacts, 99) is distinct from expected

-- Whom a row is about, by the owners of its identifiers as known from everything before it (X3; docs/semantics.md, 4).

-- Identifiers of two contacts: nothing is guessed.
create or replace macro owners_conflict(least_owner_id, greatest_owner_id) as
coalesce(least_owner_id < greatest_owner_id, false);

-- The one owner; without any, the contact that the row creates, if it may: it is named by its row. Else nobody.
create or replace macro contact_found(least_owner_id, greatest_owner_id, creates_contacts, row_id) as
case
    when least_owner_id = greatest_owner_id then least_owner_id
    when least_owner_id is null and creates_contacts then row_id
end;

-- Whether the owner of an identifier decides whom a row is about: those of identifiers that only one contact can have
-- before all others. If nobody has these, whoever may take them on (`may_take`).
create or replace macro decides(type_bit, row_bits, strong_owner_id, may_take) as
case
    when strong_owner_id is not null then type_bit > 0
    else row_bits = 0 or may_take
end;

-- Who takes on an identifier that only one contact can have, and that is new: the one who may; of several nobody, so it
-- is a new contact's.
create or replace macro contact_taking(least_owner_id, greatest_owner_id, creates_contacts, row_id) as
case
    when least_owner_id = greatest_owner_id then least_owner_id
    when creates_contacts then row_id
end;

-- Whether one type of identifier counts more than another: it stands before it in `one_per_contact`. False if either is
-- none.
create or replace macro outweighs(type_bit, other_type_bit) as
coalesce(type_bit < other_type_bit, false);

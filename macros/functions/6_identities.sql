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

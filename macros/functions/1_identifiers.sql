-- What identifies somebody has one normal form for each way to write it, in every feed (docs/semantics.md, 3; field
-- cases C13 to C18). Two people never get one: what cannot be brought to a form for certain has none: null.
-- The engine plans a macro's text wherever its parameter stands: here only cells stand in several places.

-- A cell without what nobody sees at its ends (C13); null if nothing is left. Hardly any cell has such.
create or replace macro filled_text(sent) as
case
    when strlen(sent) = length(sent) and sent >= '!' and substr(sent, -1) between '!' and '~' then sent
    else regexp_extract_all(
        sent, '(?s)^[' || invisible() || ']*([^' || invisible() || '].*?)[' || invisible() || ']*$', 1
    )[1]
end;

-- The normal form of an identifier of any kind (C13): NFC, nothing invisible at its ends, and none inside; 12.0 is 12.
-- A number that a spreadsheet has rounded (1.23457E+12) may be anybody's: it has none. Nearly every cell has only
-- letters, digits and -_.~, which are not encoded in a URL.
create or replace macro identifier_normal_form(sent) as
case
    when url_encode(sent) = sent then nullif(without_zero_fraction(sent), '')
    when regexp_matches(sent, '^[' || invisible() || ']*[0-9]([.,][0-9]+)?[eE][+][0-9]+[' || invisible() || ']*$')
        then null
    else without_zero_fraction(nfc_normalize(
        regexp_extract_all(sent, '^[' || invisible() || ']*([^' || invisible() || ']+)[' || invisible() || ']*$', 1)[1]
    ))
end;

-- An address out of `<ann@x.org>`, `Ann <ann@x.org>` and `mailto:ann@x.org` (C14), with nothing invisible at its ends;
-- null if nothing is left. A name in which there is an @ may be another address: then all of it stays, and is none.
create or replace macro bare_address(sent) as
regexp_extract_all(
    regexp_replace(sent, '^[^<>@]*<([^<>]*)>[' || invisible() || ']*$', '\1'),
    '(?s)^(?:(?i:mailto:)|[' || invisible() || '])*([^' || invisible() || '].*?)[' || invisible() || ']*$',
    1
)[1];

-- An address in its letters (C15): small ones, NFC. For what makes it none, inside (something invisible, a lookalike of
-- ASCII), U+FFFD stands.
create or replace macro address_letters(address) as
lower(nfc_normalize(regexp_replace(address, '[' || invisible() || ascii_lookalikes() || ']', chr(65533), 'g')));

-- Whether a cell is an address of letters, digits and -_.~ alone: nearly every one.
create or replace macro is_plain_address(sent) as (
    sent like '_%@_%._%' and strlen(url_encode(sent)) = strlen(sent) + 2
);

-- The normal form of an e-mail address: one @, something before it, a dot inside what follows, no angle bracket,
-- nothing invisible and no lookalike of ASCII.
create or replace macro email_normal_form(sent) as
case
    when is_plain_address(sent) then lower(sent)
    else regexp_extract_all(
        address_letters(bare_address(sent)), '^[^<>@\x{FFFD}]+@[^<>@\x{FFFD}]+[.][^<>@\x{FFFD}]+$'
    )[1]
end;

-- What identifies somebody has one normal form for each way to write it, in every feed (docs/semantics.md, 3; field cases
-- C13 to C18). Two people never get one: what cannot be brought to a form for certain is invalid.

-- The normal form of an identifier of any kind (C13): nothing invisible at its ends. Null if there is such inside, or if
-- nothing is left. Nearly every cell has only letters, digits and -_.~, which are not encoded in a URL.
create or replace macro identifier_normal_form(sent) as
case
    when url_encode(sent) = sent then nullif(sent, '')
    else regexp_extract_all(sent, '^[' || invisible() || ']*([^' || invisible() || ']+)[' || invisible() || ']*$', 1)[1]
end;

-- An address out of `<ann@x.org>`, `Ann <ann@x.org>` and `mailto:ann@x.org` (C14), with nothing invisible at its ends;
-- null if nothing is left. A name in which there is an @ may be another address: then all of it stays, and is none.
create or replace macro bare_address(sent) as
regexp_extract_all(
    regexp_replace(sent, '^[^<>@]*<([^<>]*)>[' || invisible() || ']*$', '\1'),
    '(?s)^(?:(?i:mailto:)|[' || invisible() || '])*([^' || invisible() || '].*?)[' || invisible() || ']*$',
    1
)[1];

-- Small letters: of ASCII before the @, of all kinds behind it.
create or replace macro small_letters(address) as
lower_ascii(split_part(address, '@', 1)) || lower(substr(address, length(split_part(address, '@', 1)) + 1));

-- An address in its letters (C15): small ones of ASCII and, in its domain, of all kinds; NFC. For what makes it none,
-- inside (something invisible, a lookalike of ASCII), U+FFFD stands.
create or replace macro address_letters(address) as
small_letters(nfc_normalize(regexp_replace(address, '[' || invisible() || ascii_lookalikes() || ']', chr(65533), 'g')));

-- Whether a cell is of ASCII, with nothing at its ends or around an address to be taken off: nearly every one. What asks
-- least comes first, and half of all addresses end with m.
create or replace macro is_plain_address(sent) as (
    strlen(sent) = length(sent)
    and sent >= '!'
    and (suffix(sent, 'm') or substr(sent, strlen(sent)) between '0' and 'z')
    and not contains(sent, '<')
    and not contains(sent, ':')
);

-- The normal form of an e-mail address; null if the cell is empty. Whether it is an address then, is_email says.
create or replace macro email_normal_form(sent) as
case
    when is_plain_address(sent) then lower(sent)
    when sent <> '' then address_letters(bare_address(sent))
end;

-- Whether a normal form has the shape of an e-mail address: one @, something before it, a dot inside what follows,
-- nothing invisible, no lookalike of ASCII and nothing that stands for such.
create or replace macro is_email(normal_form) as
case
    when normal_form not like '_%@_%._%' then false
    when strlen(url_encode(normal_form)) = strlen(normal_form) + 2 then true
    else not regexp_matches(normal_form, '@[^@]*@|[\x{FFFD}' || invisible() || ascii_lookalikes() || ']')
end;

-- The normal form of an e-mail address, null if the text is none.
create or replace macro valid_email(sent) as
case when is_email(email_normal_form(sent)) then email_normal_form(sent) end;

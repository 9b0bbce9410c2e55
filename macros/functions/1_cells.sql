-- What a cell is worth: text as partners write it, in the forms that Muster keeps (docs/semantics.md, 3).
-- A cell is text; '' is an empty one, null a column that was not sent.

-- Whether all of a text matches a regular expression. Write [0-9], not backslashes: engines differ in them.
create or replace macro matches(sent, pattern) as regexp_matches(sent, '^(' || pattern || ')$');

-- A cell without the spaces, tabs and line ends around it (A1). Hardly any has something to trim, and looking at its
-- ends costs a fifth of trimming.
create or replace macro trimmed(sent) as
case when sent < '!' or substr(sent, -1) < '!' then trim(sent, ' ' || chr(9) || chr(10) || chr(13)) else sent end;

-- A cell as it counts: trimmed, and empty if nobody sees anything in it (C13).
create or replace macro cell(sent) as
case when (sent < '!' or sent > '~') and matches(sent, '[' || invisible() || ']*') then '' else trimmed(sent) end;

-- The same, without empty cells.
create or replace macro filled_cell(sent) as nullif(cell(sent), '');

-- Whether what stands where an identifier should says that there is none (X3): zeros and dashes, a word for nothing, or
-- the hash of nothing (MD5, SHA-1, SHA-256, SHA-512). Most identifiers are told apart by their first character or their
-- length. The words are no list: the engine would join it with every row.
create or replace macro is_placeholder(sent) as
case
    when sent >= '1' and sent < '<' then false
    when sent < '1' and translate(sent, '0#-+., ', '') = '' then true
    when sent > 'z' and translate(sent, '{}0-０‐‑‒–—―−﹣－', '') = '' then true
    when length(sent) in (32, 40, 64, 128)
        then matches(
            lower(sent),
            'd41d8cd98f00b204e9800998ecf8427e'
            || '|da39a3ee5e6b4b0d3255bfef95601890afd80709'
            || '|e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
            || '|cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce'
            || '47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e'
        )
    when length(sent) < 14
        then matches(
            lower(sent),
            '[(<{[]?(null|nil|none|n[./]?a[.]?|nan|unknown|anonymous|undefined)[])>}]?|<nat>|[-−]1([.,]0*)?|[\\]n'
            || '|true|false|wahr|falsch|vrai|faux|verdadero|falso|vero'
            || '|#(n/[abd]|nv|i/t|н/д|yok|hiányzik|getting_data)|#[¡¿]?[\p{L}_/0]+[!?]'
        )
    else false
end;

-- A whole number as written, without a fraction of zero (`1798000000.0`: how some programs write every number).
create or replace macro without_zero_fraction(sent) as
if(sent like '%.%0', regexp_replace(sent, '^([+]?[0-9]+)[.]0+$', '\1'), sent);

-- A name as it counts: null where it is how programs write that there is none.
create or replace macro said_name(sent) as
if(
    length(sent) < 14
    and matches(
        lower(sent),
        '[‐‑‒–—―−﹣－-]+|null|[(<]null[)>]|nil|none|n/a|n[.]a[.]|nan|undefined|[\\]n|#n/a|#nv|#[\p{L}_/0]+[!?]|#+'
    ),
    null,
    sent
);

-- Whether a text is JSON. DuckDB's parser takes a comma before a closing bracket, NaN and Infinity as well: where there
-- could be one, what is outside of the strings is looked at.
create or replace macro is_json(sent) as
case
    when not json_valid(sent) then false
    when regexp_matches(sent, '(?i),\s*[\]}]|nan|inf')
        then not regexp_matches(
            regexp_replace(sent, '"(\\.|[^"\\])*"', '""', 'g'), '(?i),\s*[\]}]|nan|inf'
        )
    else true
end;

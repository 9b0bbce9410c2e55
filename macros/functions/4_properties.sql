-- The merge rules (B8): what a cell makes of a property's value (docs/semantics.md, 5). All values are text, null is no
-- value. Properties are a struct: one field per declared property, and the map `other` with all the rest.

-- A list of values is kept in one text, its values separated by the character that is made for it (ASCII 31, "unit
-- separator"): a single value is a list of one.
create or replace macro value_separator() as chr(31);

-- A value for people to read: the values of a list with semicolons between them.
create or replace macro shown_value(stored) as replace(stored, value_separator(), '; ');

create or replace macro no_values() as cast(map([], []) as map (varchar, varchar));

-- A map of the entries that have a value, sorted by key; null if there are none.
create or replace macro map_of(entries) as
map_from_entries(nullif(list_sort(list_filter(entries, lambda entry: entry.value is not null)), []));

-- The same for all values of a map.
create or replace macro shown_map(stored) as
map_from_entries(list_transform(
    map_entries(stored), lambda entry: struct_pack(key := entry.key, value := shown_value(entry.value))
));

-- The entries of a map that are not empty cells; null if there are none.
create or replace macro filled(cells) as
map_from_entries(nullif(list_filter(map_entries(cells), lambda entry: entry.value <> ''), []));

-- The entries of a map without those in which nobody sees anything. Only where there are such (C13): the engine
-- compiles the expressions of a lambda for every two thousand rows.
create or replace macro visible_cells(cells) as
case
    when regexp_matches(array_to_string(map_values(cells), 'x'), '(^|x)[' || invisible() || ']+(x|$)')
        then map_from_entries(list_transform(
            map_entries(cells), lambda entry: struct_pack(key := entry.key, value := cell(entry.value))
        ))
    else cells
end;

-- Undeclared columns as cells: trimmed, without those that are named in `but`; one that only spaces tell from those
-- keeps them, for it is another. Null if there are none.
create or replace macro other_columns(extra, but) as
case
    when extra is not null then map_from_entries(nullif(
        list_filter(
            list_transform(
                map_entries(visible_cells(extra)),
                lambda entry: struct_pack(
                    key := if(list_contains(but, trimmed(entry.key)), entry.key, trimmed(entry.key)),
                    value := trimmed(entry.value)
                )
            ),
            lambda entry: entry.value is not null and entry.key <> '' and not list_contains(but, entry.key)
        ),
        []
    ))
end;

-- A map of undeclared columns with more cells, each under its name.
create or replace macro with_cells(others, names, cells) as
map_of(map_entries(map_concat(coalesce(cast(others as map (varchar, varchar)), no_values()), map(names, cells))));

-- A list without repetitions, in its order.
create or replace macro each_once(texts) as
list_transform(
    list_sort(list_transform(
        list_distinct(texts), lambda one: struct_pack(place := list_position(texts, one), text := one)
    )),
    lambda placed: placed.text
);

-- Entries of a map, of those with one key the first.
create or replace macro first_of_each_key(entries) as
list_transform(
    list_distinct(list_transform(entries, lambda entry: entry.key)),
    lambda name: entries[list_position(list_transform(entries, lambda entry: entry.key), name)]
);

-- A cell with several values as a list: trimmed, each once, in their order. Without a separator it is one value, unless
-- it has the character that separates them here: an empty value would come of it.
create or replace macro list_of_values(cell, separator) as
case
    when left(cell, 1) in ('[', '{') and json_valid(cell) then null
    when not coalesce(contains(cell, separator), false) and not contains(cell, value_separator()) then cell
    else array_to_string(
        each_once(list_filter(
            list_transform(
                string_split(
                    replace(cell, coalesce(separator, value_separator()), value_separator()), value_separator()
                ),
                lambda part: trim(part, ' ' || chr(9))
            ),
            lambda part: part <> ''
        )),
        value_separator()
    )
end;

-- Rule Add: the values of `new` that `old` lacks, behind it.
create or replace macro added_values(old, new) as
case
    when old is null then new
    when old = new then old
    else array_to_string(
        each_once(list_concat(string_split(old, value_separator()), string_split(new, value_separator()))),
        value_separator()
    )
end;

-- Whether a text is a sum of such: up to 27 digits.
create or replace macro is_sum(stored) as matches(stored, '[+-]?[0-9]{1,27}([.][0-9]{1,9})?');

-- A decimal without the zeros behind it.
create or replace macro number_text(number) as regexp_replace(cast(number as varchar), '[.]?0+$', '');

-- Rule Sum: exact decimal addition; no value counts as 0. What is no number is not imported, and where the value is
-- none there is nothing to add to.
create or replace macro summed(old, new) as
case
    when not is_number(new) or not coalesce(is_sum(old), true) then old
    else number_text(cast(coalesce(old, '0') as decimal(38, 9)) + cast(new as decimal(38, 9)))
end;

-- What a cell makes of a value that is never gathered. `new` is null where the file has no such column, '' where the
-- cell is empty. `is_late`: a file of a later time has spoken of it (X12). That the cell says what is there already is
-- looked at first: hardly any is another.
create or replace macro replaced_value(old, new, rule, is_late) as
case
    when new is null or new = old or rule = 'ignore' or is_late then old
    when new = '' then case when rule <> 'set_or_clear' then old end
    when rule = 'set_if_empty' then coalesce(old, new)
    else new
end;

-- What a cell makes of any value: what is only added does not mind being late.
create or replace macro merged_value(old, new, rule, is_late) as
case
    when rule = 'add' and new <> '' then added_values(old, new)
    when rule = 'sum' and new <> '' then summed(old, new)
    else replaced_value(old, new, rule, is_late and rule not in ('add', 'sum'))
end;

-- Whether a cell as read says something of its property, by this rule: an empty one only if it clears.
create or replace macro speaks(cell, rule) as (
    rule <> 'ignore' and (cell <> '' or (cell = '' and rule = 'set_or_clear'))
);

-- When it was last spoken of each property, after a row of the time `moment` that speaks of those named (X12).
create or replace macro said_after(said, spoken, moment) as
map_from_entries(list_transform(
    list_distinct(list_concat(coalesce(map_keys(said), []), spoken)),
    lambda name: struct_pack(
        key := name, value := greatest(said[name], case when list_contains(spoken, name) then moment end)
    )
));

-- The same for all values of a map: `rules` says those of single names, `rule` that of all others; `said`: when it was
-- last spoken of each, null where nothing can be late. Null if there are none.
create or replace macro merged_map(old, new, rules, rule, said, moment) as
case
    when new is null then old
    else map_of(list_transform(
        list_distinct(list_concat(coalesce(map_keys(old), []), map_keys(new))),
        lambda name: struct_pack(
            key := name,
            value := merged_value(
                old[name],
                new[name],
                coalesce(rules[name], rule),
                case when said is not null then said[name] > moment end
            )
        )
    ))
end;

-- Whether some feed adds up this property: by its name, or by the prefix of all its undeclared columns.
create or replace macro is_summed(name, names, prefixes) as (
    list_contains(names, name) or len(list_filter(prefixes, lambda prefix: starts_with(name, prefix))) > 0
);

-- A cell as its rule reads it (B4): a number to be added, null if it is none; a list of values; a number where other
-- feeds add to the property (C21); else text. Nothing is read of what is not imported.
create or replace macro read_cell(cell, rule, adds_up, dialect) as
case
    when coalesce(cell, '') = '' or rule = 'ignore' then cell
    when rule = 'add' then list_of_values(cell, dialect.multi_value_separator)
    when rule = 'sum' or adds_up
        then coalesce(
            read_number(cell, dialect.decimal_separator, dialect.thousands_separator),
            case when rule <> 'sum' then cell end
        )
    else cell
end;

-- Undeclared columns under the names of their properties: that of their line in the seed, or the prefix and their own
-- (B9). Of two of one name the first that is filled counts.
create or replace macro renamed_columns(other, names, prefix) as
case
    when other is null or (names is null and prefix = '') then other
    when names is null or not list_has_any(map_keys(names), map_keys(other))
        then map_from_entries(list_transform(
            map_entries(other), lambda entry: struct_pack(key := prefix || entry.key, value := entry.value)
        ))
    else map_from_entries(first_of_each_key(list_transform(
        list_concat(
            list_filter(map_entries(other), lambda entry: entry.value <> ''),
            list_filter(map_entries(other), lambda entry: not coalesce(entry.value <> '', false))
        ),
        lambda entry: struct_pack(key := coalesce(names[entry.key], prefix || entry.key), value := entry.value)
    )))
end;

-- The renamed columns that are no declared property, as they stand.
create or replace macro undeclared_cells(renamed, declared) as
map_of(list_filter(map_entries(renamed), lambda entry: not list_contains(declared, entry.key)));

-- The same as their rules read them: `rules` says those of single names, `rule` that of all others.
create or replace macro other_values(renamed, declared, rules, rule, summed_names, summed_prefixes, dialect) as
map_of(list_transform(
    list_filter(map_entries(renamed), lambda entry: not list_contains(declared, entry.key)),
    lambda entry: struct_pack(
        key := entry.key,
        value := read_cell(
            entry.value, coalesce(rules[entry.key], rule), is_summed(entry.key, summed_names, summed_prefixes), dialect
        )
    )
));

-- Those of them that are to be added and are no numbers (X10); null if there are none.
create or replace macro unread_others(renamed, declared, rules, rule, dialect) as
nullif(
    list_transform(
        list_filter(
            map_entries(renamed),
            lambda entry: coalesce(rules[entry.key], rule) = 'sum'
            and entry.value <> ''
            and not list_contains(declared, entry.key)
            and read_number(entry.value, dialect.decimal_separator, dialect.thousands_separator) is null
        ),
        lambda entry: struct_pack(column_name := entry.key, code := 'invalid_number', text := entry.value)
    ),
    []
);

-- The entries of a map that differ from those of another (B6).
create or replace macro differing_entries(cells, last_cells) as
map_from_entries(list_filter(
    map_entries(cells), lambda entry: last_cells[entry.key] is distinct from entry.value
));

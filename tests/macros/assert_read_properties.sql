-- X10, B4, B9: cells as values of their properties. A feed that only sets, in the dialect that needs no declaration, is
-- read as sent, but for what is none of its kind. Under rules, undeclared columns have other names, one may become a
-- declared property, and numbers, dates, moments and lists are as the feed writes them. What cannot be read is told of,
-- behind what staging dropped.
with

rules as (
    select
        kinds.*,
        {%- for property in var('contact_properties') %}
        if(kinds.reads_as_sent, 'set', '{{ 'sum' if property == 'loyalty_points' else 'set' }}') as {{ property }},
        {%- endfor %}
        'set' as other,
        if(kinds.reads_as_sent, '', 'crm_') as other_prefix,
        cast(if(
            kinds.reads_as_sent,
            null,
            '{visits=visits, hobbies=interests, topics=topics, Geburtstag=birthdate}'
        ) as map (varchar, varchar)) as other_columns,
        cast(if(kinds.reads_as_sent, null, '{visits=sum, topics=add}') as map (varchar, varchar)) as other_rules,
        ['balance'] as summed_names,
        cast([] as varchar[]) as summed_prefixes,
        not kinds.reads_as_sent as sums,
        true as reads_others,
        case
            when kinds.reads_as_sent then {{ dialect_literal({}) }}
            else {{ dialect_literal({'dialect': {'decimal_separator': ',', 'multi_value_separator': ';'}}) }}
        end as dialect,
        if(kinds.feed = 'groups', [], [{{ quoted(var('contact_properties')) }}]) as declared,
        false as rejects_invalid_cells
    from (values ('plain', true), ('ruled', false), ('groups', false)) as kinds (feed, reads_as_sent)
),

examples (scenario, feed, properties, dropped_cells, expected, unread) as (
    values
    (
        'plain', 'plain',
        '{first_name: Ann, created_at: "2026-01-02T03:04:05Z", opt_in_status: 1, gender: "", loyalty_points: "1.5"}',
        null,
        '{first_name: Ann, created_at: "2026-01-02T03:04:05Z", opt_in_status: 1, gender: "", loyalty_points: "1.5"}',
        null
    ),
    (
        'plain, in other forms', 'plain', '{created_at: "2026-01-02 03:04:05+02", first_name: "1,5"}', null,
        '{created_at: "2026-01-02T03:04:05+02:00", first_name: "1,5"}', null
    ),
    (
        'plain, none of its kind', 'plain',
        '{first_name: Ann, created_at: x, opt_in_status: true, gender: f, birthdate: 0000-00-00, other: {size=S}}',
        null,
        '{first_name: Ann, other: {size=S}}',
        'created_at=x, opt_in_status=true, gender=f, birthdate=0000-00-00'
    ),
    (
        'a number that is none', 'plain', '{loyalty_points: "1,5"}', 'email=x', '{}', 'email=x, loyalty_points=1,5'
    ),
    (
        'dropped before', 'plain', '{first_name: Ann}', 'email=x', '{first_name: Ann}', 'email=x'
    ),
    (
        'ruled', 'ruled',
        '{first_name: "a;b", loyalty_points: "1,5", other: {visits="3,5", hobbies=" tea ;; tea; ale", topics="x;y"}}',
        null,
        '{first_name: "a;b", loyalty_points: "1.5", interests: "tea|ale", other: {topics="x|y", visits="3.5"}}',
        null
    ),
    (
        'ruled, none of its kind', 'ruled', '{loyalty_points: "1.5", other: {visits="1.000", Geburtstag=28.02.1990}}',
        null,
        '{}', 'birthdate=28.02.1990, loyalty_points=1.5, visits=1.000'
    ),
    (
        'a column that is a property', 'ruled', '{other: {Geburtstag="1990-02-28"}}', null,
        '{birthdate: "1990-02-28"}', null
    ),
    (
        'of a group: no property of contacts', 'groups', '{other: {Geburtstag="28.02.1990", visits="1,5"}}', null,
        '{other: {birthdate="28.02.1990", visits="1.5"}}', null
    )
),

sent as (
    select
        scenario,
        feed,
        {%- for name in ['properties', 'expected'] %}
        cast(replace({{ name }}, '|', value_separator()) as {{ properties_type() }}) as {{ name }},
        {%- endfor %}
        unread,
        case
            when dropped_cells is not null
                then [struct_pack(column_name := 'email', code := 'invalid_email', text := 'x')]
        end as dropped_cells
    from examples
),

{{ read_rows_of('sent') }}

select * from read_rows
where
    properties is distinct from expected
    or unread is distinct from array_to_string(
        list_transform(dropped_cells, lambda cell: cell.column_name || '=' || cell.text), ', '
    )
    or len(list_filter(
        dropped_cells, lambda cell: cell.code not in ('invalid_number', 'invalid_' || cell.column_name)
    )) > 0

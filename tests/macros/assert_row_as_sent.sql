-- What people get to read of a rejected row: the cells as sent, without the place, and without columns that the file
-- lacks.
with

examples as (
    select
        cast(1 as bigint) as _file_id,
        cast(2 as bigint) as _line_number,
        ' Ann "A" ' as first_name,
        '' as last_name,
        cast(null as varchar) as gender,
        map_from_entries([('favourite', 'red')]) as _extra
),

shown as (
    select row_as_sent(examples) as actual
    from examples
)

select * from shown
where actual <> '{"first_name":" Ann \"A\" ","last_name":"","_extra":{"favourite":"red"}}'

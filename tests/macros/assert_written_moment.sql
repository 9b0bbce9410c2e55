-- A moment as a format writes it, with marks for what can be written in several ways (here `o` for its offset and `f`
-- for the digits of its fraction), and the texts that are so written.
with

examples (sent, offsets, minutes, expected) as (
    values
    ('02.01.2026 10:00:00.5 +0530', ['+0530'], 330, true),
    ('02.01.2026 10:00:00.500000 +05', ['+05'], 300, true),
    ('02.01.2026 10:00:00.5 -14:00', ['-14:00'], -840, true),
    ('02.01.2026 10:00:00.5 -00:30', ['-00:30'], -30, true),
    ('02.01.2026 10:00:00.5 +1400', ['+1400'], 840, true),
    ('02.01.2026 10:00:00.5 +1401', ['+14'], 840, false),
    ('02.01.2026 10:00:00.5 +15', [], null, false),
    ('02.01.2026 10:00:00.5 +0260', ['+02'], 120, false),
    ('02.01.2026 10:00:00. +02', ['+02'], 120, false),
    ('02.01.2026 10:00:00.5000000 +02', ['+02'], 120, false),
    ('2.01.2026 10:00:00.5 +02', ['+02'], 120, false),
    ('02.01.2026-10:00:00.5 +02', ['-10:00', '+02'], -600, false)
),

judged as (
    select
        *,
        written_moment(timestamp '2026-01-02 10:00:00.5', '%d.%m.%Y %H:%M:%S.%f %z') as written,
        offsets_in(sent) as actual_offsets,
        offset_minutes(offsets_in(sent)[1]) as actual_minutes,
        coalesce(is_written_as(sent, replace(written, chr(1), offsets_in(sent)[1])), false) as actual,
        moment_with_offset(sent, '%d.%m.%Y %H:%M:%S.%f %z') is not null as is_moment
    from examples
)

select * from judged
where
    translate(written, chr(1) || chr(2), 'of') <> '02.01.2026 10:00:00.f o'
    or (actual_offsets is distinct from offsets)
    or (actual_minutes is distinct from minutes)
    or (actual is distinct from expected)
    or (is_moment is distinct from expected)
    or written_moment(timestamp '0001-01-01' - interval '1 second', '%Y') is not null
    or not is_written_as('1 JAN', '1 Jan')

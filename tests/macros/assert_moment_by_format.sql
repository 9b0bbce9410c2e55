-- B4: a moment in the feed's format; one without an offset is of the feed's timezone. Null where a filled cell is none.
with

examples (sent, iso, local, with_offset) as (
    values
    ('2026-10-01T10:00:00+02:00', '2026-10-01T10:00:00+02:00', null, null),
    ('01.07.2026 10:00', null, '2026-07-01T08:00:00Z', null),
    ('01.12.2026 10:00', null, '2026-12-01T09:00:00Z', null),
    ('01.07.2026 10:00 -0500', null, null, '2026-07-01T15:00:00Z'),
    ('31.06.2026 10:00', null, null, null),
    ('31.12.9999 23:59', null, '9999-12-31T22:59:00Z', null),
    ('01.01.0001 00:00', null, null, null),
    ('01.07.2026', null, null, null),
    ('x', null, null, null),
    ('', '', '', ''),
    (null, null, null, null)
),

read as (
    select
        *,
        iso_moment(sent) as actual_iso,
        moment_by_format(sent, '%d.%m.%Y %H:%M', 'Europe/Berlin') as actual_local,
        moment_by_format(sent, '%d.%m.%Y %H:%M %z', 'Europe/Berlin') as actual_with_offset
    from examples
)

select * from read
where
    (actual_iso is distinct from iso)
    or (actual_local is distinct from local)
    or (actual_with_offset is distinct from with_offset)

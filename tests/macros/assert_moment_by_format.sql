-- B4: a moment in the feed's format; one without an offset is of the feed's timezone. Null where a filled cell is none,
-- or is written otherwise (C88): two digits of a year, an offset that no place has, another day of the week.
with

examples (sent, iso, local, with_offset, with_fraction, offset_first) as (
    values
    ('2026-10-01T10:00:00+02:00', '2026-10-01T10:00:00+02:00', null, null, null, null),
    ('01.07.2026 10:00', null, '2026-07-01T08:00:00Z', null, null, null),
    ('01.12.2026 10:00', null, '2026-12-01T09:00:00Z', null, null, null),
    ('01.07.2026 10:00 -0500', null, null, '2026-07-01T15:00:00Z', null, null),
    ('01.07.2026 10:00 -05:30', null, null, '2026-07-01T15:30:00Z', null, null),
    ('01.07.2026 10:00 +14', null, null, '2026-06-30T20:00:00Z', null, null),
    ('01.07.2026 10:00 -1400', null, null, '2026-07-02T00:00:00Z', null, null),
    ('01.07.2026 10:00 -1401', null, null, null, null, null),
    ('01.07.2026 10:00 +15', null, null, null, null, null),
    ('01.07.2026 10:00 +02:60', null, null, null, null, null),
    ('01.07.2026 10:00 +99:99', null, null, null, null, null),
    ('01.07.2026 10:00 +02:00:30', null, null, null, null, null),
    ('02.11.26 10:00 +00:00', null, null, null, null, null),
    ('02.11.26 10:00', null, null, null, null, null),
    ('2.11.2026 10:00', null, null, null, null, null),
    ('02.11.2026 9:00', null, null, null, null, null),
    ('31.06.2026 10:00', null, null, null, null, null),
    ('31.12.9999 23:59', null, '9999-12-31T22:59:00Z', null, null, null),
    ('31.12.9999 23:59 -0001', null, null, null, null, null),
    ('01.01.0001 00:00', null, null, null, null, null),
    ('01.01.0001 00:00 +0000', null, null, '0001-01-01T00:00:00Z', null, null),
    ('31.12.0000 23:00 -1400', null, null, null, null, null),
    ('01.07.2026', null, null, null, null, null),
    ('2026-07-01 10:00:00.5+02', '2026-07-01T10:00:00.5+02:00', null, null, '2026-07-01T08:00:00.500000Z', null),
    ('2026-07-01 10:00:00.050+02', '2026-07-01T10:00:00.050+02:00', null, null, '2026-07-01T08:00:00.050000Z', null),
    ('2026-07-01 10:00:00.+02', null, null, null, null, null),
    ('26-07-01 10:00:00.5+02', null, null, null, null, null),
    ('Wed +0200 jul 01 2026 10:00 pm', null, null, null, null, '2026-07-01T20:00:00Z'),
    ('Thu +0200 jul 01 2026 10:00 pm', null, null, null, null, null),
    ('x', null, null, null, null, null),
    ('', '', '', '', '', ''),
    (null, null, null, null, null, null)
),

read as (
    select
        *,
        iso_moment(sent) as actual_iso,
        moment_by_format(sent, '%d.%m.%Y %H:%M', 'Europe/Berlin') as actual_local,
        moment_by_format(sent, '%d.%m.%Y %H:%M %z', 'Europe/Berlin') as actual_with_offset,
        moment_by_format(sent, '%Y-%m-%d %H:%M:%S.%f%z', 'UTC') as actual_with_fraction,
        moment_by_format(sent, '%a %z %b %d %Y %I:%M %p', 'UTC') as actual_offset_first
    from examples
)

select * from read
where
    (actual_iso is distinct from iso)
    or (actual_local is distinct from local)
    or (actual_with_offset is distinct from with_offset)
    or (actual_with_fraction is distinct from with_fraction)
    or (actual_offset_first is distinct from offset_first)

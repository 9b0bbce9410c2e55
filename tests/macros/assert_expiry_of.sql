-- M6: an expiry that is not after the file's time counts as that time; none is none.
with

examples (sent_at, expires_at, expected) as (
    values
    (timestamp '2026-01-02', timestamp '2026-01-03', timestamp '2026-01-03'),
    (timestamp '2026-01-02', timestamp '2026-01-02', timestamp '2026-01-02'),
    (timestamp '2026-01-02', timestamp '2026-01-01', timestamp '2026-01-02'),
    (timestamp '2026-01-02', null, null)
),

judged as (
    select
        *,
        expiry_of(struct_pack(sent_at := sent_at, expires_at := expires_at)) as actual
    from examples
)

select * from judged
where (actual is distinct from expected)

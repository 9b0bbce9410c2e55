-- X10: the code of the first cell that is invalid; a placeholder is none.
with

examples (codes, expected) as (
    values
    (['placeholder', 'invalid_email', 'invalid_gender'], 'invalid_email'),
    (['invalid_gender'], 'invalid_gender'),
    (['placeholder'], null),
    (cast([] as varchar[]), null),
    (null, null)
),

judged as (
    select
        *,
        first_invalid(list_transform(codes, lambda code: struct_pack(code := code))) as actual
    from examples
)

select * from judged
where (actual is distinct from expected)

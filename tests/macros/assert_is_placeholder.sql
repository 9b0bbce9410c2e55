-- X3, C10: what stands where an identifier should and says that there is none.
with

examples (sent, expected) as (
    values
    ('0', true),
    ('000', true),
    ('0000-00-00', true),
    ('00000000-0000-0000-0000-000000000000', true),
    ('-', true),
    ('--', true),
    ('.', true),
    ('-1', true),
    ('null', true),
    ('NULL', true),
    ('(null)', true),
    ('None', true),
    ('nil', true),
    ('N/A', true),
    ('na', true),
    ('#N/A', true),
    ('NaN', true),
    ('#REF!', true),
    ('#VALUE!', true),
    ('#DIV/0!', true),
    ('#NAME?', true),
    ('#NV', true),
    ('#BEZUG!', true),
    ('#####', true),
    ('#7', false),
    ('—', true),
    ('–', true),
    ('−', true),
    ('0,0', true),
    ('+0', true),
    ('０', true),
    ('<null>', true),
    ('n.a.', true),
    ('false', true),
    ('TRUE', true),
    ('falsehood', false),
    ('Unknown', true),
    ('anonymous', true),
    ('undefined', true),
    ('\n', true),
    (md5(''), true),
    (upper(md5('')), true),
    (sha1(''), true),
    (sha256(''), true),
    (
        'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce'
        || '47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e',
        true
    ),
    (md5('a'), false),
    ('1', false),
    ('10', false),
    ('01', false),
    ('-12', false),
    ('0a', false),
    ('ann', false),
    ('nullius', false),
    ('none@x.org', false),
    ('unknown@x.org', false),
    ('+12125550101', false),
    ('ß', false),
    (null, false)
),

judged as (
    select
        *,
        is_placeholder(sent) as actual
    from examples
)

select * from judged
where (actual is distinct from expected)

-- C13, C15: characters that nobody sees, characters that are ASCII to those who fold cases or widths, ASCII's capitals.
with

examples (sent, is_invisible, is_lookalike) as (
    values
    ('a', false, false),
    ('ä', false, false),
    ('ß', false, false),
    ('ı', false, false),
    ('日', false, false),
    ('-', false, false),
    (' ', true, false),
    (chr(160), true, true),
    (chr(8203), true, false),
    (chr(65279), true, false),
    (chr(173), true, false),
    (chr(65039), true, false),
    (chr(8490), false, true),
    ('İ', false, true),
    ('ſ', false, true),
    ('ﬁ', false, true),
    ('＠', false, true),
    ('．', false, true),
    ('。', false, true),
    (chr(119808), false, true),
    (chr(7838), false, true)
),

seen as (
    select
        *,
        regexp_matches(sent, '[' || invisible() || ']') as actual_is_invisible,
        regexp_matches(sent, '[' || ascii_lookalikes() || ']') as actual_is_lookalike,
        filled_text(sent || 'x y' || sent) as without_ends,
        filled_text(sent) as as_filled
    from examples
)

select * from seen
where
    actual_is_invisible <> is_invisible
    or actual_is_lookalike <> is_lookalike
    or (without_ends is distinct from if(is_invisible, 'x y', sent || 'x y' || sent))
    or (as_filled is distinct from if(is_invisible, null, sent))
    or lower_ascii('ABZ' || sent) <> 'abz' || sent

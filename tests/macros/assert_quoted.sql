-- Texts as literals are what they were, whatever is in them.
with

texts as (
    select
        {{ text_literal("it's") }} as with_quote,
        {{ text_literal("'") }} as only_quote,
        {{ text_literal('a"b\\c') }} as with_others,
        {{ text_literal('') }} as empty_text,
        {{ text_literal(5) }} as number,
        [{{ quoted(["it's", "'", '', 'x']) }}] as all_texts
)

select * from texts
where
    with_quote <> 'it' || chr(39) || 's'
    or only_quote <> chr(39)
    or with_others <> 'a' || chr(34) || 'b' || chr(92) || 'c'
    or empty_text <> ''
    or number <> '5'
    or all_texts <> [with_quote, only_quote, '', 'x']

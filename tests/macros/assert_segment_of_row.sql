-- X9: the segment of a row is that of its file, else the one that it names, else none.
with

examples (segment_of_file, segment_name, expected) as (
    values
    (hash_key('acme', 'file'), 'row', hash_key('acme', 'file')),
    (null, 'row', hash_key('acme', 'row')),
    (null, null, null)
)

select * from examples
where segment_of_row(segment_of_file, 'acme', segment_name) is distinct from expected

-- X13: outside of a search for a file on which the models fail, no entry of the log is too late.
select last_entry() as actual
where last_entry() <> 9223372036854775807

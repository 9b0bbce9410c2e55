{{ config(unique_key=['tenant_id', 'identifier_type', 'identifier_value']) }}

select
    tenant_id,
    identifier_type,
    identifier_value,
    contact_id,
    log_id,
    {{ file_of_row('row_id') }} as _file_id,
    {{ line_of_row('row_id') }} as _line_number
from {{ ref('int_identifiers__attached') }}

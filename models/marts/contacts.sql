{{ config(materialized='view') }}

select * exclude (valid_to_log_id)
from {{ ref('contact_history') }}
where valid_to_log_id is null

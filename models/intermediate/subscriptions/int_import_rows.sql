-- One row per accepted row of an import, with the subscription that it is about, and what it says of it (O3, O7, O12).
with

outcomes as (
    select resolved.*
    from {{ ref('int_rows__resolved') }} as resolved
    anti join {{ ref('int_rows__repeated') }} as repeated
        on resolved.log_id = repeated.log_id and resolved.row_id = repeated.row_id and not repeated.counts
    where resolved.contact_id is not null
),

requests as (
    select * from {{ ref('stg_muster__requests') }}
),

deliveries as (
    select * from {{ ref('deliveries') }}
),

-- The number of the SMS add-on (O7) and the row's own status (O12), of imports that ask for them.
said as (
    {{ rows_of_run(['import']) }}
),

final as (
    select
        outcomes.log_id,
        outcomes.row_id,
        outcomes.tenant_id,
        outcomes.contact_id,
        deliveries.sent_at,
        deliveries.is_overtaken,
        said.sms_phone,
        requests.publication_id,
        requests.may_create,
        requests.may_update,
        requests.is_about_subscriber,
        coalesce(
            said.status,
            case requests.active_status when true then 'active' when false then 'inactive' else 'lead' end
        ) as status
    from outcomes
    inner join requests on outcomes.log_id = requests.file_id
    inner join deliveries on outcomes.log_id = deliveries.log_id
    left join said on outcomes.row_id = said.row_id
)

select * from final

-- Built after all other marts: what is behind this is decided for good, and the next run begins there. A build that
-- died before it has decided nothing.
-- depends_on: {{ ref('contact_identifiers') }}
-- depends_on: {{ ref('contact_versions') }}
-- depends_on: {{ ref('deliveries') }}
-- depends_on: {{ ref('dropped_cells') }}
-- depends_on: {{ ref('held_lists') }}
-- depends_on: {{ ref('import_jobs') }}
-- depends_on: {{ ref('list_effects') }}
-- depends_on: {{ ref('imported_rows') }}
-- depends_on: {{ ref('membership_commands') }}
-- depends_on: {{ ref('membership_spells') }}
-- depends_on: {{ ref('rejected_rows') }}
-- depends_on: {{ ref('segment_lists') }}
-- depends_on: {{ ref('segment_ids') }}
-- depends_on: {{ ref('segments') }}
-- depends_on: {{ ref('shared_identifiers') }}
-- depends_on: {{ ref('subscriber_tags') }}
-- depends_on: {{ ref('subscription_tags') }}
-- depends_on: {{ ref('subscription_versions') }}
-- depends_on: {{ ref('timeline_events') }}
-- depends_on: {{ ref('untold_rows') }}
{{ config(materialized='table') }}

select last_log_id as decided_log_id
from {{ ref('int_run') }}

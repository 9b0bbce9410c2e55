-- What a list says of a subscription (O12; docs/semantics.md, 9).

-- The status that a row's own words mean, in any case; null where they mean none that is known.
create or replace macro subscription_status(sent) as
case
    when lower(sent) in ('active', 'subscribed') then 'active'
    when lower(sent) in (
        'inactive', 'unsubscribed', 'cancelled', 'canceled', 'bounced', 'complained', 'spam', 'suppressed', 'expired'
    ) then 'inactive'
    when lower(sent) in ('lead', 'pending', 'unconfirmed') then 'lead'
end;

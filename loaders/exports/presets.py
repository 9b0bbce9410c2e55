"""Exports that people need every day: the columns and settings that `muster exports new --preset` writes."""

from __future__ import annotations

from dataclasses import dataclass

_PARTS = '"{segment}_{timestamp:%Y%m%d%H%M%S}_{number}.csv"'
_GONE = '"{segment}_gone_{timestamp:%Y%m%d%H%M%S}_{number}.csv"'
_UPLOADS = f"""\
        file_name: {_PARTS}
        rows_per_file: 10000
        leavers: file                # to be uploaded as those to remove
        leavers_file_name: {_GONE}
"""


@dataclass(frozen=True)
class Preset:
    """What a kind of export has in place of everything that is known."""

    said: str
    columns: tuple[str, ...]
    settings: str
    """Lines of `config.meta`."""
    condition: str
    """Who can be exported at all."""


PRESETS = {
    "customer_match": Preset(
        said="What Google's Customer Match takes: hashes of normal forms (B16).",
        columns=(
            """hashed(address_for_customer_match({{ identifier_of('email') }})) as "Email"  -- noqa: RF06""",
            """hashed({{ identifier_of('phone') }}) as "Phone"  -- noqa: RF06""",
        ),
        settings=_UPLOADS,
        condition="coalesce(email, phone) is not null",
    ),
    "custom_audience": Preset(
        said="What Meta's Custom Audiences take: hashes of normal forms (B16).",
        columns=(
            "hashed({{ identifier_of('email') }}) as email",
            "hashed(ltrim({{ identifier_of('phone') }}, '+')) as phone",
            "hashed(name_for_custom_audience({{ property_of('first_name') }})) as fn",
            "hashed(name_for_custom_audience({{ property_of('last_name') }})) as ln",
            "hashed(left({{ property_of('gender') }}, 1)) as gen",
            "hashed(replace(cast({{ property_of('birthdate') }} as varchar), '-', '')) as dob",
        ),
        settings=_UPLOADS,
        condition="coalesce(email, phone) is not null",
    ),
    "mail": Preset(
        said="The list of a mail tool: who has unsubscribed is on it as such, and who has left is to be deleted.",
        columns=(
            "{{ identifier_of('email') }} as email",
            "{{ property_of('first_name') }} as first_name",
            "{{ property_of('last_name') }} as last_name",
            "if(try_cast({{ property_of('opt_in_status') }} as boolean), 'subscribed', 'unsubscribed') as status",
        ),
        settings="""\
        file_name: "{segment}_{timestamp:%Y%m%d%H%M%S}.csv"
        leavers: column              # `operation`: UPDATE, or DELETE
""",
        condition="email is not null",
    ),
}

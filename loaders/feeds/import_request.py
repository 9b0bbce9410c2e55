"""Import requests (O): what an import is to do, from a feed's configuration or from `muster import` (O11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from loaders.feeds.names import visible


def _checked_tag(tag: str) -> str:
    if tag != visible(tag):
        raise ValueError(
            f"the tag {tag!r} has accents apart from their letters, or something invisible at its ends: write"
            f" {visible(tag)!r}"
        )
    return tag


Tag = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_checked_tag)]


def _naive_utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment and moment.tzinfo else moment


Moment = Annotated[datetime | None, AfterValidator(_naive_utc)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TagsRequest(_Strict):
    """What happens to a set of tags (O9)."""

    add: list[Tag] = Field(default=[], description="tags to add; with `replace` the whole set")
    remove: list[Tag] = Field(default=[], description="tags to remove")
    replace: bool = Field(default=False, description="`add` is the whole set from now on")

    @model_validator(mode="after")
    def _is_clear(self) -> TagsRequest:
        if both := sorted(set(self.add) & set(self.remove)):
            raise ValueError(f"the tags {', '.join(both)} are to be added and removed: choose one (O9)")
        if self.replace and self.remove:
            raise ValueError("`replace` says the whole set: there is nothing to remove (O9)")
        return self


class SmsRequest(_Strict):
    """SMS add-ons for the subscriptions that the import creates or updates (O7)."""

    phone: str = Field(min_length=1, description="the column that holds the phone number")
    confirm: bool = Field(default=False, description="queue a confirmation message for each new number")


class OptionsRequest(_Strict):
    """What a subscription is given (O10); what is left out stays as it is."""

    started_at: Moment = None
    ended_at: Moment = None
    auto_renews: bool | None = None

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> OptionsRequest:
        if self.started_at and self.ended_at and self.ended_at < self.started_at:
            raise ValueError("ended_at is before started_at")
        return self


class ImportRequest(_Strict):
    """The parameters of an import (O2-O10)."""

    clear: bool = Field(description="true: the file replaces the segment; false: it adds to it (O2)")
    active_status: bool | None = Field(None, description="true: active, false: inactive, null: lead (O3)")
    subscription_action: Literal["none", "create_only", "update_only", "create_or_update"] = Field(
        "none", description="which subscriptions the import may touch; none: leads only (O4)"
    )
    publication: str | None = Field(
        None, min_length=1, description="what is subscribed to; without it the segment's name"
    )
    source_campaign: str | None = Field(None, min_length=1, description="the campaign of the import's effort (O6)")
    source_partner: str | None = Field(None, min_length=1, description="the partner of the import's effort (O6)")
    sms: SmsRequest | None = None
    suppress_funnel_events: bool = Field(default=False, description="record no funnel events (O8)")
    subscription_tags: TagsRequest = TagsRequest()
    subscriber_tags: TagsRequest = TagsRequest()
    subscription_options: OptionsRequest = OptionsRequest()
    status_column: str | None = Field(
        None, min_length=1, description="the column that says the status of each row (O12); active_status where empty"
    )
    resubscribe: bool = Field(
        default=False, description="who has unsubscribed may become active again: only by hand (O12)"
    )

    @model_validator(mode="after")
    def _status_needs_an_action(self) -> ImportRequest:
        for name in ("active_status", "status_column"):
            if getattr(self, name) is not None and self.subscription_action == "none":
                raise ValueError(f"{name} is set while subscription_action is none (leads only): choose one (O5)")
        idle = {
            "sms": self.sms is not None,
            "subscription_tags": self.subscription_tags != TagsRequest(),
            "subscription_options": self.subscription_options != OptionsRequest(),
        }
        if self.subscription_action == "none" and (found := [name for name, is_set in idle.items() if is_set]):
            raise ValueError(f"{found[0]} does nothing while subscription_action is none (leads only): choose one (O5)")
        if self.resubscribe and self.subscription_action not in ("update_only", "create_or_update"):
            raise ValueError("resubscribe does nothing where no subscription is updated (subscription_action)")
        if self.resubscribe and not self.active_status and self.status_column is None:
            raise ValueError("resubscribe does nothing where nobody is made active (active_status, status_column)")
        return self

    @property
    def needed_columns(self) -> Sequence[str]:
        """The columns without which the file cannot be imported as requested."""
        return [name for name in (self.sms and self.sms.phone, self.status_column) if name]

    def row(self) -> dict[str, Any]:
        """The request as a row of `landing.import_requests`, without its file_id."""
        sms, options = self.sms, self.subscription_options
        return {
            "clear": self.clear,
            "active_status": self.active_status,
            "subscription_action": self.subscription_action,
            "publication": self.publication,
            "source_campaign": self.source_campaign,
            "source_partner": self.source_partner,
            "sms_phone_column": sms.phone if sms else None,
            "sms_confirm": bool(sms and sms.confirm),
            "suppress_funnel_events": self.suppress_funnel_events,
            "subscription_tags_to_add": sorted(set(self.subscription_tags.add)),
            "subscription_tags_to_remove": sorted(set(self.subscription_tags.remove)),
            "replace_subscription_tags": self.subscription_tags.replace,
            "subscriber_tags_to_add": sorted(set(self.subscriber_tags.add)),
            "subscriber_tags_to_remove": sorted(set(self.subscriber_tags.remove)),
            "replace_subscriber_tags": self.subscriber_tags.replace,
            "started_at": options.started_at,
            "ended_at": options.ended_at,
            "auto_renews": options.auto_renews,
            "status_column": self.status_column,
            "resubscribe": self.resubscribe,
        }


def request_of(row: Mapping[str, Any]) -> ImportRequest:
    """The request of which `row` is the row."""
    phone = row["sms_phone_column"]
    return ImportRequest(
        **{name: row[name] for name in row.keys() & ImportRequest.model_fields.keys()},
        sms=SmsRequest(phone=phone, confirm=row["sms_confirm"]) if phone else None,
        subscription_tags=_tags(row, "subscription"),
        subscriber_tags=_tags(row, "subscriber"),
        subscription_options=OptionsRequest(**{name: row[name] for name in OptionsRequest.model_fields}),
    )


def _tags(row: Mapping[str, Any], of: str) -> TagsRequest:
    add, remove = row[f"{of}_tags_to_add"], row[f"{of}_tags_to_remove"]
    return TagsRequest(add=add, remove=remove, replace=row[f"replace_{of}_tags"])


IMPORT_REQUESTS = """
create table if not exists landing.import_requests (
    file_id bigint not null, clear boolean not null, active_status boolean, subscription_action varchar not null,
    publication varchar, source_campaign varchar, source_partner varchar,
    sms_phone_column varchar, sms_confirm boolean not null, suppress_funnel_events boolean not null,
    subscription_tags_to_add varchar[] not null, subscription_tags_to_remove varchar[] not null,
    replace_subscription_tags boolean not null,
    subscriber_tags_to_add varchar[] not null, subscriber_tags_to_remove varchar[] not null,
    replace_subscriber_tags boolean not null,
    started_at timestamp, ended_at timestamp, auto_renews boolean
);
alter table landing.import_requests add column if not exists status_column varchar;
alter table landing.import_requests add column if not exists resubscribe boolean default false;
"""

"""Field cases of verdicts and of what a job did (C86, C87, C92)."""

from __future__ import annotations

from pathlib import Path

from .installation import Installation, Tenant, copy_project, drops, lines
from .test_a import ANN, BOB, CLEO, DAN, MARKER, OPTED_IN, PART1, PART2, SUBSCRIBERS, phones

LIST1, LIST2, LIST3 = ("{t}_subscriber_segment_2026010%d.csv" % day for day in (1, 2, 3))  # noqa: UP031  # {t} stays


@drops(
    OPTED_IN | {LIST1: lines(f"{ANN},vip", f"{BOB},vip", "123,newz", "12,newz")},
    {LIST2: lines(f"{CLEO},vip", f"{DAN},newz", "123,newz")},
    {LIST3: lines("123,other")},
)
def test_c87_a_row_with_a_bad_identifier_names_no_new_segment(tenant: Tenant) -> None:
    assert tenant.deliveries("attentive__segments") == [
        ("applied", None), ("applied", None), ("held", "no_valid_row"),
    ]  # fmt: skip
    assert tenant.job(LIST1)["code"] is None
    assert tenant.counts(LIST1) == {"line": 4, "accepted": 2, "rejected": 2, "added": 2}
    assert tenant.segments() == {"vip", "newz"}
    assert (tenant.members("vip"), tenant.members("newz")) == (phones(CLEO), phones(DAN))


@drops(
    OPTED_IN | {LIST1: lines(f"{ANN},vip", f"{BOB},newz")},
    {LIST2: lines(f"{CLEO},vip", "123,newz", "12,newz", "1,unknown")},
    {LIST3: lines(f"{CLEO},vip", f"{DAN},newz")},
)
def test_c87_of_a_segment_that_is_known_only_its_own_list_is_held(tenant: Tenant) -> None:
    job = tenant.job(LIST2)
    assert (job["status"], job["code"]) == ("applied", "held_segment")
    held = "select segment_name, file_id, line_number from marts.held_lists where tenant_id = $t"
    assert tenant.rows(held) == [{"segment_name": "newz", "file_id": job["file_id"], "line_number": 2}]
    assert tenant.spells("vip", "+1" + ANN) == [("01-01 00:00", "01-02 00:00", "removed")]
    assert tenant.spells("newz", "+1" + BOB) == [("01-01 00:00", "01-03 00:00", "removed")], "it was held on the 2nd"
    assert tenant.members("newz") == phones(DAN)
    assert tenant.job(LIST3)["code"] is None


def test_c87_the_run_names_the_held_segment_and_its_line(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home")
    for name, content in OPTED_IN.items():
        muster.drop(name.format(t="acme"), content)
    muster.drop(LIST1.format(t="acme"), lines(f"{ANN},vip", f"{BOB},newz"))
    assert muster.muster("run").returncode == 0
    muster.drop(LIST2.format(t="acme"), lines(f"{CLEO},vip", "123,newz"))
    ran = muster.muster("run")
    assert ran.returncode == 3
    assert (
        f"segments/{LIST2.format(t='acme')}: the list of segment newz is held: none of its lines is valid"
        " (the first is line 2)"
    ) in " ".join(ran.stderr.split())
    assert muster.muster("run").returncode == 0, "it is said once"


def test_c86_created_is_counted_alike_in_steps_and_anew(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project", {"remarkety__lists": {"on_duplicate": "reject_all"}})
    muster = Installation(tmp_path / "home", root)
    jobs = "select created_count, duplicate_count, accepted_count from marts.import_jobs order by file_id"
    for day, rows in ((1, ("a@x.org", "a@x.org", "b@x.org")), (2, ("a@x.org", "b@x.org"))):
        muster.drop(f"shop_vip_2026010{day}080000.csv", lines("email", *rows))
        muster.land()
        muster.build()
    in_steps = muster.rows(jobs)
    assert [tuple(row.values()) for row in in_steps] == [(1, 2, 1), (1, 0, 2)], "each where it got its first version"
    muster.build(full_refresh=True)
    assert muster.rows(jobs) == in_steps


OPTED_OUT = lines("phone,opt_in_status", f"{ANN},1", f"{BOB},1", f"{CLEO},1", f"{DAN},0")


@drops(
    {SUBSCRIBERS: OPTED_OUT, PART1: lines(f"{ANN},s", f"{BOB},s", f"{DAN},s", "12,s"), MARKER: ""},
    {LIST3: lines(f"{CLEO},s")},
    {PART2: lines(f"{CLEO},s", f"{DAN},s")},
)
def test_c92_what_a_job_did_stays_when_a_part_comes_too_late(tenant: Tenant) -> None:
    assert tenant.deliveries("attentive__segments")[-1] == ("superseded", None)
    assert [tenant.job(part)["status"] for part in (PART1, PART2)] == ["applied", "superseded"]
    assert tenant.counts(PART1) == {"line": 4, "accepted": 2, "rejected": 1, "ignored": 1, "added": 2}
    assert tenant.codes(PART1) == {4: "invalid_phone"}
    assert tenant.counts(PART2) == {"line": 2, "accepted": 2}
    assert tenant.members("s") == phones(CLEO)


@drops(
    {SUBSCRIBERS: OPTED_OUT, PART1: lines(f"{ANN},s", f"{DAN},s"), MARKER: ""},
    {PART2: lines(f"{CLEO},s", "ann@x.org,s")},
)
def test_c92_what_a_job_did_stays_when_a_later_part_is_rejected(tenant: Tenant) -> None:
    assert (tenant.job(PART1)["status"], tenant.job(PART1)["code"]) == ("applied", None)
    assert tenant.counts(PART1) == {"line": 2, "accepted": 1, "ignored": 1, "added": 1}
    assert (tenant.job(PART2)["status"], tenant.job(PART2)["code"]) == ("held", "mixed_identifiers")
    assert tenant.members("s") == phones(ANN)


def test_c89_the_part_that_holds_its_delivery_is_named_with_its_own_code(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home")
    files = OPTED_IN | {PART1: lines(f"{ANN},vip"), PART2: lines(f"{BOB},vip", "ann@x.org,vip"), MARKER: ""}
    for name, content in files.items():
        muster.drop(name.format(t="acme"), content)
    ran = muster.muster("run")
    assert ran.returncode == 3
    part1, part2 = (name.format(t="acme") for name in (PART1, PART2))
    said = " ".join(ran.stderr.split())
    why = f"nothing was changed; of its delivery cannot be used: segments/{part2} (mixed_identifiers): send that again"
    assert f"segments/{part1}: held: rejected_part: {why}" in said
    assert f"segments/{part2}: held: mixed_identifiers: {why}" in said
    assert muster.rows("from marts.memberships") == []


def test_c82_the_error_file_of_a_list_says_to_send_the_whole_list(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home")
    muster.drop("shop_vip_20260101080000.csv", lines("email", "ann@x.org", "nobody"))
    muster.drop("shop_profiles_20260101080000.csv", lines("customer_id;email", "\u00a71 2;x"))
    muster.muster("run")
    ids = {Path(row["path"]).name: str(row["file_id"]) for row in muster.rows("from landing.files")}
    of_list = muster.muster("errors", ids["shop_vip_20260101080000.csv"])
    assert (of_list.returncode, of_list.stdout) == (0, "email\nnobody\n")
    assert "Correct them in the whole list, and send that" in of_list.stderr
    of_profiles = muster.muster("errors", ids["shop_profiles_20260101080000.csv"])
    assert (of_profiles.returncode, of_profiles.stderr) == (0, "")

"""Field cases of identity (C02, C10 to C12, C19): who somebody is, and whose an identifier."""

from __future__ import annotations

from pathlib import Path

from .installation import Installation, Tenant, drops, lines

LIST1, LIST2, LIST3 = ("{t}_vip_2026010%d080000.csv" % day for day in (1, 2, 3))  # noqa: UP031  # {t} stays
SUBSCRIBERS = "{t}_subscribers_20260101.csv"


def shared(tenant: Tenant) -> dict[tuple[str, int | None], tuple[int | None, int]]:
    """By identifier and the contact that was said to have it: whose it is, and the line that said so."""
    found = tenant.rows("select * from marts.shared_identifiers where tenant_id = $t")
    return {(row["identifier_value"], row["contact_id"]): (row["owner_id"], row["_line_number"]) for row in found}


@drops({LIST1: lines("id,email,first_name", "1,fam@x.org,Ann", "2,fam@x.org,Bob")})
def test_c11_r13_two_customers_may_share_an_address(tenant: Tenant) -> None:
    ann, bob = tenant.contact("1"), tenant.contact("2")
    assert ann == tenant.contact("fam@x.org") != bob
    assert (tenant.properties("1"), tenant.properties("2")) == ({"first_name": "Ann"}, {"first_name": "Bob"})
    assert tenant.members("vip") == {"1 fam@x.org", "2"}
    assert shared(tenant) == {("fam@x.org", bob): (ann, 3)}
    assert tenant.counts(LIST1) == {"line": 2, "accepted": 2, "added": 2, "created": 2, "shared_identifier": 1}


@drops(
    {LIST1: lines("id,pos_id,email", ",,fam@x.org", "9,p9,nine@x.org")},
    {LIST2: lines("id,pos_id,email", "1,,fam@x.org", "2,,fam@x.org", "9,p10,", "10,p9x,nine@x.org")},
    {LIST3: lines("id,pos_id,email", ",p10,", "2,,fam@x.org", "9,p10,nine@x.org")},
)
def test_c11_an_address_takes_on_one_id_and_an_id_one_of_each_kind(tenant: Tenant) -> None:
    one, two, nine, ten = (tenant.contact(number) for number in ("1", "2", "9", "10"))
    assert one == tenant.contact("fam@x.org") != two
    assert nine == tenant.contact("p9") == tenant.contact("nine@x.org") != ten == tenant.contact("p9x")
    assert tenant.contact("p10") not in (nine, ten), "9 has a pos_id already, so it did not get this one"
    assert tenant.codes(LIST3) == {4: "identity_conflict"}, "which now is somebody's"
    assert shared(tenant) == {
        ("fam@x.org", two): (one, 3),
        ("p10", nine): (None, 4),
        ("nine@x.org", ten): (nine, 5),
    }
    assert tenant.job(LIST3)["shared_identifier_count"] == 0, "it is told of once"


@drops(
    {LIST1: lines("id,pos_id,first_name", "3,p3,Cat", "4,p3,Dan", ",p5,Eve", "5,p5,Eve", "6,p5,Fay")},
    {LIST2: lines("id,pos_id,first_name", "3,p3x,Cat", "4,p3,Dan", "4,,Dan", "5,p5,Eve", "6,p5,Fay")},
    {LIST3: lines("id,pos_id,first_name", "3,p3,Cat", "4,p3,Dan", "5,,Eve", "7,p5,Gil")},
)
def test_c11_a_new_id_is_not_taken_for_the_owner_of_a_card_who_has_another(tenant: Tenant) -> None:
    three, four = tenant.contact("3"), tenant.contact("4")
    assert tenant.contact("5") == tenant.contact("p5"), "who had no id took it on"
    assert tenant.codes(LIST1) == {3: "identity_conflict", 6: "identity_conflict"}
    assert tenant.codes(LIST2) == {3: "identity_conflict", 6: "identity_conflict"}
    assert tenant.codes(LIST3) == {3: "identity_conflict", 5: "identity_conflict"}
    assert (tenant.contact("6"), tenant.contact("7")) == (None, None)
    assert three == tenant.contact("p3") != four
    assert [tenant.properties(one) for one in "345"] == [{"first_name": name} for name in ("Cat", "Dan", "Eve")]
    assert shared(tenant) == {("p3x", three): (None, 2)}


@drops(
    {LIST1: lines("id,email", "1,bob@x.org", ",bob.private@x.org")},
    {LIST2: lines("id,email", "1,bob.private@x.org")},
    {LIST3: lines("id,email", "1,bob.private@x.org")},
)
def test_c12_a_customer_who_changes_to_an_address_of_somebody_else_stays(tenant: Tenant) -> None:
    assert tenant.codes(LIST2) == tenant.codes(LIST3) == {}
    assert tenant.spells("vip", "1") == [("01-01 08:00", None, None)]
    assert tenant.members("vip") == {"1 bob@x.org"}
    assert shared(tenant) == {("bob.private@x.org", tenant.contact("1")): (tenant.contact("bob.private@x.org"), 2)}


@drops(
    {LIST1: lines("id,email", *(f"{n},m{n}@x.org" for n in range(1, 6)))},
    {LIST2: lines("id,email", *(f"{n},m{n % 5 + 1}@x.org" for n in range(1, 6)))},
)
def test_c02_a_column_that_is_one_row_off_removes_nobody_who_has_an_id(tenant: Tenant) -> None:
    assert tenant.counts(LIST2) == {"line": 5, "accepted": 5, "unchanged": 5, "shared_identifier": 5}
    assert tenant.members("vip") == {f"{n} m{n}@x.org" for n in range(1, 6)}


CHAIN = 1500


@drops(
    {
        LIST1: lines("id,email", *(f"x{(n + 1) // 2},y{n // 2}@x.org" for n in range(CHAIN))),
        SUBSCRIBERS: lines(
            "phone,email,opt_in_status",
            *(f"2{(n + 1) // 2:09},z{n // 2}@x.org,1" for n in range(CHAIN)),
        ),
    }
)
def test_c19_chains_of_rows_that_share_identifiers(tenant: Tenant) -> None:
    # Each has an address of the one before. Customers stay apart; who has no id hangs together.
    ids = {tenant.contact(f"x{n}") for n in range(CHAIN // 2 + 1)}
    assert len(ids) == CHAIN // 2 + 1
    assert all(tenant.contact(f"y{n}@x.org") == tenant.contact(f"x{n}") for n in range(CHAIN // 2))
    assert {tenant.contact(f"z{n}@x.org") for n in range(CHAIN // 2)} == {tenant.contact("+12000000000")}
    assert tenant.contact_count == len(ids) + 1
    assert tenant.counts(LIST1)["shared_identifier"] == CHAIN // 2


def test_c10_an_identifier_of_many_is_named(tmp_path: Path) -> None:
    muster = Installation.ready(tmp_path / "home")
    people = range(1, 103)
    muster.drop("shop_vip_20260101080000.csv", lines("id,email", *(f"{n},shop@x.org" for n in people)))
    muster.drop(
        "shop_subscribers_20260101.csv",
        lines("phone,email,opt_in_status", *(f"2125550{n:03},form@x.org,1" for n in people)),
    )
    ran = muster.muster("run")
    assert ran.returncode == 3
    said = " ".join(ran.stderr.split())
    assert "shop_vip_20260101080000.csv: email shop@x.org stands in the rows of 101 others" in said
    assert "shop_subscribers_20260101.csv: email form@x.org stands in the rows of 102 others" in said
    assert muster.muster("run").returncode == 0, "it is said once"


@drops(
    {"{t}_profiles_20260101080000.csv": lines("customer_id;first_name", "5;Ann")},
    {"{t}_profiles_20260102080000.csv": lines("customer_id;email;first_name", "5;ann@x.org;Ann")},
    variant="fixed",
)
def test_x03_a_row_that_changes_nothing_attaches_its_identifiers(tenant: Tenant) -> None:
    assert tenant.contact("ann@x.org") == tenant.contact("5") is not None


NOBODY = (
    "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#N/A", "#####", "\u2014", "\u2013", "0,0", "<null>", "n.a.", "false",
    "\uff10",
)  # fmt: skip
ADDRESSES = [f"p{number}@x.org" for number in range(len(NOBODY))]


@drops({LIST1: lines("id,email", *(f'"{word}",{address}' for word, address in zip(NOBODY, ADDRESSES, strict=True)))})
def test_c10_x03_what_excel_writes_for_an_error_identifies_nobody(tenant: Tenant) -> None:
    assert tenant.members("vip") == set(ADDRESSES), "each is somebody else"
    assert tenant.counts(LIST1)["dropped_cell"] == len(NOBODY)
    assert set(tenant.dropped(LIST1).values()) == {"placeholder"}

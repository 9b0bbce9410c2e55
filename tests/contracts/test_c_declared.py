"""Field cases of declared data: rules that never fire (C29), seeds that contradict themselves (C91)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from loaders.building.dbt_runs import dbt_build
from loaders.errors import BuildError
from loaders.feeds.declared_feeds import declared_feeds_file

from .installation import Installation, Tenant, copy_project, lines

REMARKETY = "shop1_vip_2026010{}080000.csv"


def dbt(muster: Installation, *arguments: str) -> subprocess.CompletedProcess[str]:
    """dbt by itself, in the project of this installation."""
    root, home = muster.settings.root, muster.settings.home
    folders = ["--target-path", str(home / "dbt"), "--log-path", str(home / "dbt")]
    command = [str(Path(sys.executable).parent / "dbt"), *arguments, *folders]
    env = muster.environment | {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)


@pytest.mark.proof
def test_c29_a_rule_for_a_column_that_no_file_has_had_is_named_by_every_build(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project")
    seed = root / "seeds" / "merge_rules.csv"
    rules = ("remarkety__lists,shoesize,,sum", "remarkety__lists,shoe,,sum", "optipub__imports,shoe,,sum", "*,hat,,add")
    seed.write_text(seed.read_text() + lines(*rules))
    muster = Installation(tmp_path / "home", root)
    never = "no file of remarkety__lists has ever had the column 'shoesize', so this rule has never fired"
    no_hat = "no file of remarkety__lists has ever had the column 'hat'"
    for day in (1, 2, 3):  # the third is built by compiled statements
        hat = ",hat" if day == 3 else ""
        muster.drop(REMARKETY.format(day), lines(f"email, shoe{hat}", f"ann@x.org,{day}{',top' if hat else ''}"))
        ran = muster.muster("run")
        assert ran.returncode == 0, ran.stderr
        warnings = [line for line in ran.stderr.splitlines() if line.startswith("muster: warning: ")]
        assert warnings[0].startswith(f"muster: warning: {seed}:3: {never}")
        assert [no_hat in line for line in warnings[1:]] == ([] if hat else [True])
    assert muster.rows("select other_properties['shoe'] as shoe from marts.contacts") == [{"shoe": "6"}]
    assert f"{seed}:3: {never}" in muster.muster("build").stderr
    assert "warning" not in muster.muster("run").stderr, "nothing was built"


@pytest.mark.proof
def test_c29_x6_limits_of_a_segment_that_is_not_there_are_named(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project")
    seed = root / "seeds" / "segment_limits.csv"
    seed.write_text(seed.read_text() + lines("shop1,Vip,0.1,,,,", "shop1,vip,0.9,,,,"))
    registry = root / "seeds" / "segment_registry.csv"
    registry.write_text(registry.read_text() + lines("shop1,,vop,feed", "shop1,7,later,"))
    muster = Installation(tmp_path / "home", root)
    muster.drop(REMARKETY.format(1), lines("email", "ann@x.org"))
    ran = muster.muster("run")
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr.count("warning") == 2
    assert f"{registry}:2: there is no segment 'vop' of tenant 'shop1' yet: `owned_by` does nothing" in ran.stderr
    assert f"{seed}:2: there is no segment 'Vip' of tenant 'shop1' yet; there is 'vip' of 'shop1'" in ran.stderr


@pytest.mark.proof
def test_c91_two_lines_for_one_key_stop_every_build_before_it_changes_anything(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project")
    muster = Installation(tmp_path / "home", root)
    registry = root / "seeds" / "segment_registry.csv"
    good = registry.read_text()
    command = '{{"operation":"UPDATE","user_agent_id":"{}","segment_id":"7","expiration_duration":60}}\n'
    muster.drop("acme_user_segments_20260101080000.ndjson", command.format("u1"))
    assert muster.muster("run").returncode == 0
    registry.write_text(good + lines("acme,7,vip,", "acme,8,new,", "acme,7,gold,"))
    muster.drop("acme_user_segments_20260102080000.ndjson", command.format("u2"))
    wrong = f"{registry}:4: line 2 is about the id '7' of tenant 'acme' already"
    before = muster.rows("select * from landing.built_by")
    for arguments in (["run"], ["build"], ["build", "--full-refresh"]):
        ran = muster.muster(*arguments)
        assert ran.returncode == 2, ran.stderr
        assert wrong in ran.stderr
    ran = dbt(muster, "build")
    assert ran.returncode != 0
    assert wrong in " ".join(ran.stdout.split())
    assert muster.rows("select * from landing.built_by") == before
    assert [row["status"] for row in muster.rows("from marts.import_jobs")] == ["applied"]
    registry.write_text(good + lines("acme,7,vip,"))
    assert muster.muster("run").returncode == 0
    assert [row["segment_name"] for row in muster.rows("select segment_name from marts.segments order by all")] == [
        "7",
        "vip",
    ]


def test_c91_dbt_alone_does_not_build_without_rules_that_it_was_not_told_of(tmp_path: Path) -> None:
    root = copy_project(tmp_path / "project")
    muster = Installation(tmp_path / "home", root)
    seed = root / "seeds" / "remarkety__merge_rules.csv"
    seed.write_text(lines("feed,column_name,property,rule", "remarkety__lists,shoe,,sum"))
    ran = dbt(muster, "build")
    assert ran.returncode != 0
    assert f"{seed}: macros/feeds/declared_feeds.sql does not list it: run `muster feeds sync`" in " ".join(
        ran.stdout.split()
    )


@pytest.mark.proof
def test_c121_a_feed_that_the_list_for_dbt_lacks_stops_every_build(tmp_path: Path) -> None:
    """By `muster` the list is written anew; by dbt alone, the build says what to do, and empties no segment."""
    root = copy_project(tmp_path / "project")
    muster = Installation(tmp_path / "home", root)
    muster.drop("shop_vip_20260101080000.csv", lines("id", "1"))
    assert muster.muster("run").returncode == 0
    path = declared_feeds_file(root)
    path.write_text("\n".join(line for line in path.read_text().splitlines() if "remarkety__lists" not in line))
    muster.drop("shop_vip_20260102080000.csv", lines("id", "1", "2"))
    muster.land()
    with pytest.raises(BuildError, match="run `muster feeds sync`"):
        dbt_build(muster.settings)
    assert muster.muster("run").returncode == 0
    assert "remarkety__lists" in path.read_text()
    assert Tenant(muster, "shop").members("vip") == {"1", "2"}

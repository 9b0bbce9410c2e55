"""The installations that the tests of the contracts share: one per way to set up the feeds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.made_once import made_once

from .installation import ADDED, VARIANTS, Installation, Scenario, Tenant, copy_project, play

Play = Callable[[Scenario], Tenant]


@pytest.fixture(scope="session")
def played(request: pytest.FixtureRequest) -> Play:
    """Where a scenario was played: together with those of all tests of this run that share its variant."""
    all_scenarios: dict[str, Scenario] = {}
    for item in request.session.items:
        declared = getattr(getattr(item, "function", None), "scenario", None)
        case = getattr(getattr(item, "callspec", None), "params", {}).get("case")
        for scenario in (declared, getattr(case, "scenario", None)):
            if scenario:
                assert all_scenarios.setdefault(scenario.tenant, scenario) is scenario, scenario.tenant

    def build_world(home: Path, variant: str) -> None:
        if edits := VARIANTS[variant]:
            world = Installation(home, copy_project(home / "project", edits))
            for add in ADDED.get(variant, ()):
                add(world.settings.root)
        else:
            world = Installation.ready(home)
        play(world, [one for one in all_scenarios.values() if one.variant == variant])

    def find(scenario: Scenario) -> Tenant:
        home = made_once(scenario.variant or "main", partial(build_world, variant=scenario.variant))
        project = home / "project"
        return Tenant(Installation(home, project if project.exists() else None), scenario.tenant)

    return find


@pytest.fixture
def tenant(request: pytest.FixtureRequest, played: Play) -> Tenant:
    """The tenant of the test, after all its days."""
    return played(request.function.scenario)

"""The installations that the tests of the contracts share: one per way to set up the feeds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .installation import ADDED, VARIANTS, Installation, Scenario, Tenant, copy_project, play

Play = Callable[[Scenario], Tenant]


@pytest.fixture(scope="session")
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Play:
    """Where a scenario was played: together with those of all tests of this session that share its variant."""
    all_scenarios: dict[str, Scenario] = {}
    for item in request.session.items:
        declared = getattr(getattr(item, "function", None), "scenario", None)
        case = getattr(getattr(item, "callspec", None), "params", {}).get("case")
        for scenario in (declared, getattr(case, "scenario", None)):
            if scenario:
                assert all_scenarios.setdefault(scenario.tenant, scenario) is scenario, scenario.tenant
    worlds: dict[str, Installation] = {}

    def find(scenario: Scenario) -> Tenant:
        variant = scenario.variant
        if variant not in worlds:
            home = tmp_path_factory.mktemp(variant or "main")
            edits = VARIANTS[variant]
            root = copy_project(home / "project", edits) if edits else None
            if root and variant in ADDED:
                ADDED[variant](root)
            world = Installation(home, root)
            play(world, [one for one in all_scenarios.values() if one.variant == variant])
            worlds[variant] = world
        return Tenant(worlds[variant], scenario.tenant)

    return find


@pytest.fixture
def tenant(request: pytest.FixtureRequest, played: Play) -> Tenant:
    """The tenant of the test, after all its days."""
    return played(request.function.scenario)

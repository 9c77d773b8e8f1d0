"""D6: providers and hooks, by their own tests; the guide's snippets as they are printed; development on port 3002."""

import json
import re

import pytest

from conftest import PROJECT as ROOT

pytestmark = pytest.mark.timeout(300)


def test_d6_a_tick_renders_only_what_shows_it(vitest):
    vitest("packages/react/test/market_data.test.tsx", "packages/react/test/trading.test.tsx")


def test_d6_the_guides_snippets_compile_and_run_as_printed(vitest, served, shared_data):
    if not (shared_data.parent / "contracts").is_dir():
        pytest.skip("the guide is not at hand")
    said = vitest("packages/react/test/guide.e2e.test.tsx", OPENBELL_SHARED_DATA=str(shared_data), **served)
    assert "skipped" not in said


def test_d6_npm_run_dev_serves_port_3002():
    root = json.loads((ROOT / "web/package.json").read_text("utf-8"))
    dashboard = json.loads((ROOT / "web/apps/dashboard/package.json").read_text("utf-8"))
    assert "apps/dashboard" in root["scripts"]["dev"]
    assert re.search(r"--port 3002\b", dashboard["scripts"]["dev"])

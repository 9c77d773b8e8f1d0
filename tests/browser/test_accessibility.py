"""Every page passes axe's checks, dark and light, on a desk and on a phone."""

from pathlib import Path

import pytest

from started_server import EMAIL, PASSWORD

AXE = Path(__file__).resolve().parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = (
    *("/", "/market/BTC-USD", "/orders", "/orders?tab=positions", "/orders?tab=fills", "/strategies", "/research"),
    *("/research?new=1", "/catalog/GOOG-1d", "/risk", "/alerts", "/telemetry", "/system", "/settings"),
)
RUN = "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"


@pytest.fixture(scope="module")
def axe() -> str:
    """The text of the checks."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: run `make setup`")
    return AXE.read_text("utf-8")


def violations(page, axe: str) -> set[str]:
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(axe)
    return {f"{one['id']} {node['target']}" for one in page.evaluate(RUN) for node in one["nodes"]}


@pytest.mark.timeout(400)
def test_every_page_is_accessible_dark_and_light_on_a_desk_and_on_a_phone(market, visit, axe):
    desk = visit(market)
    desk.sign_in(EMAIL, PASSWORD)
    desk.arrive()
    wrong = []
    for width in (1440, 390):
        desk.page.set_viewport_size({"width": width, "height": 900})
        for theme in ("dark", "light"):
            desk.page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
            for path in PAGES:
                desk.go(path)
                wrong += [f"{path} {theme} {width}: {one}" for one in sorted(violations(desk.page, axe))]
    assert not wrong, "\n".join(wrong)


def test_the_sign_in_is_accessible(market, visit, axe):
    desk = visit(market)
    desk.page.goto("/")
    desk.sees("Sign in to Openbell")
    assert violations(desk.page, axe) == set()

"""What people do all day, in a real browser against a started server."""

import time

import httpx2
import pyotp
import pytest

from started_server import EMAIL, PASSWORD

WORD = "quiet-Meadow-88"


def add_user(server, name, role="user"):
    answer = server.client().post("/v1/users", json={"email": f"{name}@example.com", "password": WORD, "role": role})
    assert answer.status_code == 201, answer.text
    return f"{name}@example.com"


@pytest.fixture
def trader(market, visit, request):
    """Somebody new, with an account of their own, signed in."""
    email = add_user(market, request.node.name[:40].replace("_", "-"))
    desk = visit(market)
    desk.sign_in(email, WORD)
    desk.arrive()
    return desk


def test_a_second_factor_is_set_up_and_then_asked_for(trader):
    page = trader.page
    trader.open("/settings")
    trader.press("Set up")
    code = pyotp.TOTP(page.get_by_test_id("mfa-secret").inner_text())
    begun = time.time()
    page.get_by_label("Code from the app").fill(code.at(begun))
    trader.press("Switch on")
    trader.sees("The second factor is on")
    trader.press("Sign out here")
    trader.sees("Sign in to Openbell")
    trader.sign_in("test-a-second-factor-is-set-up-and-then-@example.com", WORD)
    # No code is good twice. The next one is good now, in its own time, and for half a minute after that.
    page.get_by_label("Code").fill(code.at(begun + 30))
    trader.press("Verify")
    trader.arrive()


def test_a_reload_stays_signed_in_and_signing_out_does_not(trader):
    trader.page.reload()
    trader.arrive()
    assert trader.page.evaluate("document.cookie") == ""
    assert trader.page.evaluate("JSON.stringify(localStorage)") == "{}"
    trader.open("/settings")
    trader.press("Sign out here")
    trader.sees("Sign in to Openbell")
    trader.page.reload()
    trader.sees("Sign in to Openbell")


def test_a_session_elsewhere_is_listed_and_revoked(market, trader):
    elsewhere = market.client("test-a-session-elsewhere-is-listed-and-r@example.com", WORD)
    assert elsewhere.get("/v1/portfolio").status_code == 200
    trader.open("/settings")
    rows = trader.table("Sessions").locator("tbody tr")
    rows.filter(has_text="This one").wait_for()
    rows.filter(has_text="httpx2").get_by_role("button", name="Revoke").click()
    assert elsewhere.get("/v1/portfolio").status_code == 200
    trader.press("Revoke it")
    trader.sees("The session is over")
    assert elsewhere.get("/v1/portfolio").status_code == 401
    rows.filter(has_text="httpx2").wait_for(state="detached")
    assert rows.count() == 1


def test_an_order_fills_becomes_a_position_and_is_closed(trader):
    page = trader.page
    trader.open("/market/ETH-USD")
    page.get_by_label("Quantity").fill("0.5")
    page.get_by_text("Estimated price").wait_for()
    trader.press("Buy ETH/USD")
    page.get_by_role("button", name="Close", exact=True).wait_for()
    trader.open("/orders")
    trader.table("Orders").get_by_role("cell", name="Filled", exact=True).wait_for()
    trader.press("Positions")
    trader.table("Positions").get_by_text("ETH/USD").wait_for()
    trader.press("Close")
    trader.press("Close at the market")
    trader.sees("Nothing is held")
    trader.press("Fills")
    trader.table("Fills").get_by_role("row").nth(2).wait_for()


def test_a_limit_order_is_modified_and_cancelled(trader):
    page = trader.page
    trader.open("/market/BTC-USD")
    page.get_by_label("Type").select_option("LIMIT")
    page.get_by_label("Quantity").fill("0.01")
    page.get_by_label("Limit price").fill("60000")
    trader.press("Buy BTC/USD")
    page.get_by_role("button", name="Cancel the order for 0.01").wait_for()
    trader.open("/orders")
    trader.press("Modify")
    page.get_by_role("dialog").get_by_label("Limit price").fill("61000")
    page.get_by_role("dialog").get_by_role("button", name="Modify").click()
    page.get_by_role("dialog").wait_for(state="detached")
    trader.table("Orders").get_by_text("61,000.00").wait_for()
    trader.press("Cancel")
    trader.table("Orders").get_by_text("Canceled").wait_for()


def test_a_strategy_is_added_started_paused_and_stopped(trader):
    page = trader.page
    trader.open("/strategies")
    trader.press("New strategy")
    page.get_by_label("Name").fill("Trend")
    page.get_by_label("Bars").select_option("1s")
    trader.press("Add strategy")
    page.get_by_role("heading", name="Trend").wait_for()
    trader.press("Pause")
    trader.sees("Paused")
    trader.press("Stop")
    trader.sees("Stopped")
    trader.press("Start")
    trader.sees("Running")


@pytest.mark.timeout(240)
def test_a_backtest_is_run_and_its_tear_sheet_opened(trader):
    page = trader.page
    trader.open("/research?new=1")
    page.get_by_label("From").fill("2006-01-01")
    page.get_by_label("Until").fill("2008-01-01")
    trader.press("Launch")
    page.get_by_role("heading", name="Returns by month").wait_for(timeout=90_000)
    page.get_by_label("Equity of the run").wait_for()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Printable tear sheet").click()
    opened.value.wait_for_load_state()
    assert "GOOG" in opened.value.content()


@pytest.mark.timeout(240)
def test_a_sweep_draws_a_heat_map(trader):
    page = trader.page
    trader.open("/research?new=1")
    trader.press("Sweep")
    page.get_by_label("From").fill("2008-01-01")
    page.get_by_label("Until").fill("2010-01-01")
    trader.press("Launch")
    page.get_by_role("heading", name="Best set of parameters").wait_for(timeout=90_000)
    assert page.get_by_label("Heat map").get_by_role("cell").count() == 16


def test_the_kill_switch_is_tripped_by_a_word_and_released_by_another(admin):
    page = admin.page
    admin.open("/risk")
    admin.press("Latch a kill switch")
    stop = page.get_by_role("dialog").get_by_role("button", name="Stop trading")
    assert stop.is_disabled()
    admin.confirm("STOP", "Stop trading")
    page.get_by_text("Kill switch is on").wait_for()
    admin.press("Release")
    admin.confirm("RELEASE", "Allow trading")
    page.get_by_test_id("trading-allowed").wait_for()
    page.get_by_text("Kill switch is on").wait_for(state="detached")


def test_an_api_key_is_shown_once_and_ended(market, trader):
    page = trader.page
    trader.open("/settings")
    trader.press("New key")
    page.get_by_role("dialog").get_by_label("Name").fill("Reports")
    trader.press("Make the key")
    key = page.locator("pre.secret").inner_text()
    trader.press("I have it")
    row = trader.table("API keys").get_by_role("row").filter(has_text="Reports")
    row.wait_for()
    asked = {"url": f"{market.url}/v1/portfolio", "headers": {"authorization": f"Bearer {key}"}, "timeout": 20}
    assert key not in page.content() and httpx2.get(**asked).status_code == 200
    row.get_by_role("button", name="End").click()
    trader.press("End it")
    row.get_by_text("Ended").wait_for()
    assert httpx2.get(**asked).status_code == 401


def test_the_dead_mans_switch_stays_armed_on_every_page_until_it_is_switched_off(trader):
    trader.open("/risk")
    trader.press("Arm")
    trader.sees("Armed, ")
    trader.go("/orders")
    trader.go("/risk")
    trader.sees("Armed, ")
    trader.press("Switch off")
    trader.page.get_by_role("button", name="Arm", exact=True).wait_for()


def test_who_may_only_read_sees_no_controls(market, visit):
    email = add_user(market, "reader", role="read-only")
    desk = visit(market)
    desk.sign_in(email, WORD)
    desk.arrive()
    forbidden = {
        "/market/BTC-USD": ["Buy BTC/USD", "Close"],
        "/orders": ["Cancel 0 shown"],
        "/strategies": ["New strategy"],
        "/research": ["New run"],
        "/risk": ["Emergency stop", "Latch a kill switch", "Change limits", "Arm"],
        "/alerts": ["Send a test", "Acknowledge 0 shown"],
        "/catalog": ["Bring data"],
        "/settings": ["Add user"],
    }
    for path, names in forbidden.items():
        desk.open(path)
        desk.page.locator("main section, main nav").first.wait_for()
        assert [name for name in names if desk.page.get_by_role("button", name=name).count()] == []


def test_the_keyboard_goes_everywhere(admin):
    page = admin.page
    admin.arrive()
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keyboard shortcuts").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    page.keyboard.press("g")
    page.keyboard.press("k")
    page.get_by_role("heading", name="Risk", exact=True).wait_for()
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("ETH")
    page.get_by_role("option", name="ETH/USD").and_(page.locator("[aria-selected=true]")).wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/market/ETH-USD")


def test_a_wrong_password_is_told_and_nothing_more(market, visit):
    desk = visit(market)
    desk.sign_in(EMAIL, f"not {PASSWORD}")
    desk.sees("Invalid credentials")

"""The dashboard as a person sees it: words and buttons, no selectors in tests."""

import re
import time
from typing import Any

LOAD_MS_MAX = 30_000
BACK_SECONDS_MAX = 90.0
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
IS_LIVE_OR_TRIES = """() => {
  const offer = [...document.querySelectorAll("button")].find((one) => one.textContent === "Try now");
  offer?.click();
  return document.querySelector("[data-testid=line]")?.dataset.line === "live";
}"""


class Desk:
    """One page of the dashboard."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.problems: list[str] = []
        page.set_default_timeout(LOAD_MS_MAX)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._heard)

    def _heard(self, message: Any) -> None:
        # A request that fails is shown by the page itself; what breaks a policy or a rule of React is not.
        if message.type == "error" and not message.text.startswith(("Failed to load resource", "WebSocket connection")):
            self.problems.append(message.text)

    def sign_in(self, email: str, password: str) -> None:
        """Give a password; a second factor is up to the test."""
        self.page.goto("/")
        self.page.get_by_label("Email or username").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()

    def arrive(self) -> None:
        """Wait until signed in and connected."""
        self.page.wait_for_selector('[data-testid="line"][data-line="live"]')

    def come_back(self) -> None:
        """Wait until the connection is back, pressing for it whenever the page offers that."""
        deadline = time.monotonic() + BACK_SECONDS_MAX
        # Found and pressed within the page: the offer may be gone at any moment, since the page tries by itself too.
        while not self.page.evaluate(IS_LIVE_OR_TRIES):
            assert time.monotonic() < deadline, "the connection does not come back"
            self.page.evaluate(TWO_FRAMES)

    def open(self, path: str) -> None:
        """Go to an address, as with a bookmark, and wait until it is live."""
        self.page.goto(path)
        self.arrive()

    def go(self, path: str) -> None:
        """Move to an address as links do, and wait until what it shows has come."""
        self.page.evaluate(f"history.pushState(null, '', '{path}'); dispatchEvent(new Event('popstate'))")
        self.page.evaluate(TWO_FRAMES)
        bones = self.page.locator("main .bones")
        # What has loaded may show what loads next.
        while bones.count():
            bones.first.wait_for(state="detached")
            self.page.evaluate(TWO_FRAMES)

    def press(self, name: str, *, exact: bool = True) -> None:
        """Press a button by its words."""
        self.page.get_by_role("button", name=name, exact=exact).first.click()

    def confirm(self, word: str, button: str) -> None:
        """Type the word a dialog asks for, and go on."""
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_label(re.compile("^Type ")).fill(word)
        dialog.get_by_role("button", name=button, exact=True).click()

    def sees(self, text: str) -> Any:
        """Wait for words and give what holds them."""
        found = self.page.get_by_text(text).first
        found.wait_for()
        return found

    def table(self, name: str) -> Any:
        """Give a table by its name."""
        return self.page.get_by_role("table", name=name)

    def line(self) -> dict[str, str]:
        """Say how the connection is: line, reconnects, gaps, seq."""
        found = self.page.get_by_test_id("line")
        return {name: found.get_attribute(f"data-{name}") for name in ("line", "reconnects", "gaps", "seq")}

/** The bar over every page: what the account is worth, how the line is, and the way out. */
import { useState } from "react";
import { leave } from "../api/client.ts";
import { useUser } from "../api/may.ts";
import { usePortfolio } from "../api/queries.ts";
import { money, signedMoney, tone } from "../format/amounts.ts";
import { sentence } from "../format/words.ts";
import { type LineStatus, useJourney, useLine } from "../live/stream.ts";
import { Icon } from "../ui/icons.tsx";
import { Link } from "../ui/router.tsx";
import { toggleTheme, useTheme } from "../ui/theme.ts";
import type { Overlay } from "./overlay.ts";

interface TopBarProps {
  readonly title: string;
  readonly onOverlay: (overlay: Overlay) => void;
}

export function TopBar({ title, onOverlay }: TopBarProps) {
  const theme = useTheme();
  return (
    <header className="top">
      <h1>{title}</h1>
      <Worth />
      <Line />
      <button
        type="button"
        className="button quiet hide-phone"
        onClick={() => onOverlay("palette")}
        title="Search and commands"
      >
        <Icon name="research" size={16} />
        <span className="visually-hidden">Search and commands</span> <kbd>Ctrl K</kbd>
      </button>
      <button
        type="button"
        className="button quiet icon-only"
        onClick={toggleTheme}
        aria-label={theme === "dark" ? "Use light colours" : "Use dark colours"}
        title="Light or dark"
      >
        <Icon name={theme === "dark" ? "sun" : "moon"} />
      </button>
      <UserMenu />
    </header>
  );
}

function Worth() {
  const { data } = usePortfolio();
  if (!data) return null;
  return (
    <div className="worth" title="What the account is worth, and what it made today">
      <span>{money(data.total_value, data.currency)}</span>
      <span className={`hide-phone ${tone(data.day_pnl)}`}>{signedMoney(data.day_pnl, data.currency)}</span>
      <span className={`badge ${data.mode === "LIVE" ? "bad" : "info"} hide-phone`}>
        {sentence(data.mode)}
      </span>
    </div>
  );
}

const LINES: Readonly<Record<LineStatus, { text: string; className: string }>> = {
  live: { text: "Live", className: "good" },
  connecting: { text: "Connecting", className: "warned" },
  lost: { text: "Offline", className: "bad" },
};

function Line() {
  const line = useLine();
  const { reconnects, gaps, lastSeq } = useJourney();
  const { text, className } = LINES[line];
  return (
    <Link
      href="/system"
      className={`badge ${className}`}
      data-testid="line"
      data-line={line}
      data-reconnects={reconnects}
      data-gaps={gaps}
      data-seq={lastSeq ?? ""}
      title={`${reconnects} reconnects, ${gaps} events missed`}
    >
      <span className="dot" />
      {text}
    </Link>
  );
}

function UserMenu() {
  const user = useUser();
  const [isOpen, setOpen] = useState(false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only hears that the focus has left the menu
    <div
      className="menu-anchor"
      onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && setOpen(false)}
    >
      <button
        type="button"
        className="button quiet icon-only"
        aria-label={`Account of ${user.username}`}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
        onKeyDown={(event) => event.key === "Escape" && setOpen(false)}
      >
        <Icon name="user" />
      </button>
      {isOpen ? (
        <div className="menu">
          <div className="menu-head">
            <strong>{user.username}</strong>
            <span className="faint">{user.email}</span>
            <span className="badge">{sentence(user.role)}</span>
          </div>
          <Link href="/settings" className="button quiet wide" onClick={() => setOpen(false)}>
            <Icon name="settings" size={16} /> Settings
          </Link>
          <button type="button" className="button quiet wide" onClick={leave}>
            <Icon name="leave" size={16} /> Sign out
          </button>
        </div>
      ) : null}
    </div>
  );
}

/** One box to reach everything: pages, instruments, strategies, commands. */
import { type KeyboardEvent, useMemo, useState } from "react";
import { useInstruments, useStrategies } from "../api/queries.ts";
import { Dialog } from "../ui/dialog.tsx";
import { navigate, slugOf } from "../ui/router.tsx";
import { toggleTheme } from "../ui/theme.ts";
import { PAGES } from "./pages.ts";

interface Entry {
  readonly text: string;
  readonly kind: string;
  readonly run: () => void;
}

const SHOWN_MAX = 9;

function useEntries(): readonly Entry[] {
  const { data: instruments = [] } = useInstruments();
  const { data: strategies = [] } = useStrategies();
  return useMemo(
    () => [
      ...PAGES.map((page) => ({ text: page.title, kind: "Page", run: () => navigate(page.path) })),
      ...instruments.map(({ symbol, name }) => ({
        text: `${symbol}  ${name}`,
        kind: "Instrument",
        run: () => navigate(`/market/${slugOf(symbol)}`),
      })),
      ...strategies.map(({ strategy_id, name }) => ({
        text: name || strategy_id,
        kind: "Strategy",
        run: () => navigate(`/strategies/${encodeURIComponent(strategy_id)}`),
      })),
      { text: "Switch between light and dark", kind: "Command", run: toggleTheme },
      { text: "Launch a backtest", kind: "Command", run: () => navigate("/research?new=1") },
      { text: "Emergency stop", kind: "Command", run: () => navigate("/risk") },
    ],
    [instruments, strategies],
  );
}

export function Palette({ onClose }: { onClose: () => void }) {
  const entries = useEntries();
  const [asked, setAsked] = useState("");
  const [chosen, setChosen] = useState(0);
  const words = asked.toLowerCase().split(/\s+/).filter(Boolean);
  const found = entries
    .filter(({ text, kind }) => words.every((word) => `${text} ${kind}`.toLowerCase().includes(word)))
    .slice(0, SHOWN_MAX);
  const run = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    entry.run();
  };
  const keys = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) {
      event.preventDefault();
      setChosen((now) => (now + step + found.length) % Math.max(1, found.length));
    }
    if (event.key === "Enter") {
      event.preventDefault();
      run(found[chosen]);
    }
  };
  return (
    <Dialog title="Go to" onClose={onClose}>
      <div className="dialog-body palette">
        <input
          className="input"
          role="combobox"
          aria-label="Search pages, instruments and commands"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={found[chosen] ? `palette-${chosen}` : undefined}
          placeholder="Type a page, an instrument or a command"
          autoFocus
          value={asked}
          onChange={(event) => {
            setAsked(event.target.value);
            setChosen(0);
          }}
          onKeyDown={keys}
        />
        <div id="palette-list" role="listbox" aria-label="Found">
          {found.map((entry, index) => (
            <div
              key={entry.kind + entry.text}
              id={`palette-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === chosen}
              onMouseEnter={() => setChosen(index)}
              onClick={() => run(entry)}
              onKeyDown={keys}
            >
              <span>{entry.text}</span>
              <span className="faint">{entry.kind}</span>
            </div>
          ))}
        </div>
        {found.length === 0 ? <p className="dim">Nothing goes by that name.</p> : null}
      </div>
    </Dialog>
  );
}

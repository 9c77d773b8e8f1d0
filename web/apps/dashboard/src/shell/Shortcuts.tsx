/** What the keys do. */
import { Dialog } from "../ui/dialog.tsx";
import { PAGES } from "./pages.ts";

const OTHERS: readonly (readonly [readonly string[], string])[] = [
  [["Ctrl", "K"], "Search pages, instruments and commands"],
  [["?"], "Show this help"],
  [["D"], "Light or dark"],
  [["B"], "Market: buy ticket"],
  [["S"], "Market: sell ticket"],
  [["J"], "Market: next instrument"],
  [["K"], "Market: previous instrument"],
  [["Esc"], "Close what is open"],
];

export function Shortcuts({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose} size="wide">
      <div className="dialog-body cols two">
        <dl className="pairs">
          {PAGES.map((page) => (
            <div key={page.path}>
              <dt>{page.title}</dt>
              <dd>
                <kbd>G</kbd> <kbd>{page.key.toUpperCase()}</kbd>
              </dd>
            </div>
          ))}
        </dl>
        <dl className="pairs">
          {OTHERS.map(([keys, text]) => (
            <div key={text}>
              <dt>{text}</dt>
              <dd>
                {keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dd>
            </div>
          ))}
        </dl>
      </div>
    </Dialog>
  );
}

/** Keys that work on every page: `g` and a letter to go, `?` for help, Ctrl K for commands. */
import { useEffect } from "react";
import { navigate } from "../ui/router.tsx";
import { toggleTheme } from "../ui/theme.ts";
import type { Overlay } from "./overlay.ts";
import { PAGES } from "./pages.ts";

/** How long `g` waits for its letter. */
const CHORD_MS = 1_200;

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input, textarea, select, dialog") !== null;
}

export function useKeys(onOverlay: (overlay: Overlay) => void): void {
  useEffect(() => {
    let pressedG = 0;
    const hear = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        onOverlay("palette");
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (Date.now() - pressedG < CHORD_MS) {
        pressedG = 0;
        const page = PAGES.find(({ key }) => key === event.key);
        if (page) {
          event.preventDefault();
          navigate(page.path);
        }
        return;
      }
      if (event.key === "g") pressedG = Date.now();
      if (event.key === "?") onOverlay("shortcuts");
      if (event.key === "/") {
        event.preventDefault();
        onOverlay("palette");
      }
      if (event.key === "d") toggleTheme();
    };
    addEventListener("keydown", hear);
    return () => removeEventListener("keydown", hear);
  }, [onOverlay]);
}

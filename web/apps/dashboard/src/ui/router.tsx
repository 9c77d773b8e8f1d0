/** Addresses: the path is the page, and links move without loading it anew. */
import { type AnchorHTMLAttributes, type MouseEvent, useSyncExternalStore } from "react";

const MOVED = "openbell:moved";

/** Go somewhere in the dashboard. */
export function navigate(to: string): void {
  if (to === location.pathname + location.search) return;
  history.pushState(null, "", to);
  dispatchEvent(new Event(MOVED));
  scrollTo(0, 0);
}

/** Change what stands after the question mark without a step in the history. */
export function replaceSearch(values: Record<string, string | undefined>): void {
  const search = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(values)) {
    if (value) search.set(name, value);
    else search.delete(name);
  }
  const text = search.toString();
  history.replaceState(null, "", location.pathname + (text ? `?${text}` : ""));
  dispatchEvent(new Event(MOVED));
}

function watch(listener: () => void): () => void {
  addEventListener("popstate", listener);
  addEventListener(MOVED, listener);
  return () => {
    removeEventListener("popstate", listener);
    removeEventListener(MOVED, listener);
  };
}

/** The path of the page. */
export const usePath = (): string => useSyncExternalStore(watch, () => location.pathname);

/** One value after the question mark. */
export function useSearch(name: string): string | undefined {
  const search = useSyncExternalStore(watch, () => location.search);
  return new URLSearchParams(search).get(name) ?? undefined;
}

/** A link inside the dashboard; with a modifier key it does what the browser does. */
export function Link({ href, onClick, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  const go = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || rest.target) return;
    event.preventDefault();
    navigate(href);
  };
  return <a href={href} onClick={go} {...rest} />;
}

/** The path segment of a symbol: "BTC/USD" is "BTC-USD" in an address. */
export const slugOf = (symbol: string): string => encodeURIComponent(symbol.replaceAll("/", "-"));

/** Our own icons: strokes on a grid of 20. */
import type { ReactElement } from "react";

const PATHS = {
  overview: "M3 10.5 10 4l7 6.5M5 9v7h10V9",
  market:
    "M4 16V9m0-2V5m4 9V7m0-2V3m4 13v-4m0-4V6m4 8V8m0-3V4M2.8 9h2.4v3H2.8zM6.8 7h2.4v5H6.8zM10.8 8h2.4v4h-2.4zM14.8 6h2.4v4h-2.4z",
  orders: "M5 3h10v14H5zM8 7h4M8 10h4M8 13h2",
  strategies: "M6 4v3m0 3v6M10 4v7m0 3v2M14 4v1m0 3v8M4.5 8.5h3M8.5 12.5h3M12.5 6.5h3",
  research: "M8.5 3a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM12.6 12.6 17 17",
  risk: "M10 2.8 16 5v4.6c0 3.6-2.4 6.3-6 7.6-3.6-1.3-6-4-6-7.6V5zM10 7v3.4M10 13v.1",
  alerts: "M5 13.5V9a5 5 0 0 1 10 0v4.5l1.3 1.5H3.7zM8.3 17a1.8 1.8 0 0 0 3.4 0M10 2.5V4",
  catalog:
    "M4 5.2C4 4 6.7 3 10 3s6 1 6 2.2-2.7 2.2-6 2.2-6-1-6-2.2zM4 5.2v9.6C4 16 6.7 17 10 17s6-1 6-2.2V5.2M4 10c0 1.2 2.7 2.2 6 2.2s6-1 6-2.2",
  telemetry: "M2.5 10.5h3l2-6 4 11 2.3-5h3.7",
  settings:
    "M10 7.3a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4zM10 2.5v2M10 15.5v2M2.5 10h2M15.5 10h2M4.7 4.7l1.4 1.4M13.9 13.9l1.4 1.4M4.7 15.3l1.4-1.4M13.9 6.1l1.4-1.4",
  system: "M3 4h14v5H3zM3 11h14v5H3zM6 6.5h.1M6 13.5h.1M9 6.5h5M9 13.5h5",
  more: "M4 6h12M4 10h12M4 14h12",
  close: "M5 5l10 10M15 5 5 15",
  plus: "M10 4v12M4 10h12",
  play: "M6.5 4.5v11l9-5.5z",
  pause: "M7 4.5v11M13 4.5v11",
  stop: "M5.5 5.5h9v9h-9z",
  sun: "M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM10 2v1.8M10 16.2V18M2 10h1.8M16.2 10H18M4.4 4.4l1.2 1.2M14.4 14.4l1.2 1.2M4.4 15.6l1.2-1.2M14.4 5.6l1.2-1.2",
  moon: "M16.5 11.8A6.8 6.8 0 0 1 8.2 3.5a6.8 6.8 0 1 0 8.3 8.3z",
  keyboard: "M2.5 5.5h15v9h-15zM5.5 8.5h.1M8.5 8.5h.1M11.5 8.5h.1M14.5 8.5h.1M6.5 11.5h7",
  user: "M10 10a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4zM3.8 17a6.2 6.2 0 0 1 12.4 0",
  leave: "M8 4H4v12h4M12 6.5 15.5 10 12 13.5M7.5 10h8",
  check: "M4 10.5 8 14.5 16 6",
  warning: "M10 3.2 17.5 16.5h-15zM10 8v4M10 14.2v.1",
  down: "M5 7.5l5 5 5-5",
  open: "M11 4h5v5M16 4l-7 7M14 11v5H4V6h5",
  edit: "M4 16l.8-3.6L13 4.2l2.8 2.8-8.2 8.2zM11.5 5.7l2.8 2.8",
  copy: "M7 7h9v9H7zM4 13V4h9",
  refresh: "M16 10a6 6 0 1 1-1.8-4.3L16 7.5M16 3.5v4h-4",
} as const;

export type IconName = keyof typeof PATHS;

/** Draw an icon; it is decoration, so the text beside it or the label round it speaks. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }): ReactElement {
  return (
    <svg
      className="icon"
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The mark: a bell whose clapper is a price bar. */
export function Mark({ size = 24 }: { size?: number }): ReactElement {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" aria-hidden="true">
      <rect width="24" height="24" rx="6.5" fill="#2d63e0" />
      <path
        d="M7 15.6V11a5 5 0 0 1 10 0v4.6l1.2 1.4H5.8z"
        stroke="#fff"
        strokeWidth="1.7"
        strokeLinejoin="round"
      />
      <path d="M12 4.2V6M12 9.6v4M10.4 19h3.2" stroke="#fff" strokeWidth="1.7" strokeLinecap="round" />
    </svg>
  );
}

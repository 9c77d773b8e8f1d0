/** What opens over a page. */
export type Overlay = "palette" | "shortcuts" | "more";

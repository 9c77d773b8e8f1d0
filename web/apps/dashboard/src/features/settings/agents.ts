/** What a client calls itself, in words for people. */

const BROWSERS: readonly (readonly [RegExp, string])[] = [
  // Those that also call themselves by the name of another come first.
  [/\bEdgA?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/\b(HeadlessChrome|Chrome|CriOS)\//, "Chrome"],
  [/\bVersion\/\S+.* Safari\//, "Safari"],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\bAndroid\b/, "Android"],
  [/\b(iPhone|iPad)\b/, "iOS"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "macOS"],
  [/\bLinux\b/, "Linux"],
];

const named = (agent: string, known: readonly (readonly [RegExp, string])[]) =>
  known.find(([pattern]) => pattern.test(agent))?.[1];

/** Give the browser and its system, or of a program its own first word. */
export function deviceOf(agent: string): string {
  const browser = named(agent, BROWSERS);
  const system = named(agent, SYSTEMS);
  if (browser) return system ? `${browser} on ${system}` : browser;
  return agent.trim().split(/[\s/]/)[0] || "Unknown";
}

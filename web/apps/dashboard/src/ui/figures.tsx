/** Single figures, badges, bars and small lines. */
import type { ReactNode } from "react";
import { badgeOf, sentence } from "../format/words.ts";

interface FigureProps {
  readonly label: string;
  readonly value: ReactNode;
  readonly more?: ReactNode;
  readonly tone?: string;
  readonly size?: "normal" | "big";
}

export function Figure({ label, value, more, tone = "", size = "normal" }: FigureProps) {
  return (
    <div>
      <div className="figure-label">{label}</div>
      <div className={`figure-value ${size === "big" ? "big" : ""} ${tone}`}>{value}</div>
      {more ? <div className="figure-more">{more}</div> : null}
    </div>
  );
}

export function Status({ status, text }: { status: string; text?: string }) {
  return <span className={`badge ${badgeOf(status)}`}>{text ?? sentence(status)}</span>;
}

/** A bar that turns amber near its end and red at it. `part` is 0 to 1. */
export function Bar({ part, label }: { part: number; label: string }) {
  const shown = Math.max(0, Math.min(1, Number.isFinite(part) ? part : 0));
  const state = part >= 1 ? "over" : part >= 0.8 ? "near" : "";
  return (
    // biome-ignore lint/a11y/useSemanticElements: a meter element cannot be drawn alike everywhere
    <div
      className={`bar ${state}`}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(shown * 100)}
    >
      <span style={{ width: `${shown * 100}%` }} />
    </div>
  );
}

/** A line without axes, for the shape of things. */
export function Sparkline({ values, label }: { values: readonly number[]; label: string }) {
  if (values.length < 2)
    return <svg className="sparkline" viewBox="0 0 120 32" role="img" aria-label={label} />;
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  const x = (index: number) => ((index / (values.length - 1)) * 120).toFixed(1);
  const y = (value: number) => (29 - ((value - low) / span) * 26).toFixed(1);
  const line = values.map((value, index) => `${index ? "L" : "M"}${x(index)} ${y(value)}`).join("");
  const isUp = (values.at(-1) ?? 0) >= (values[0] ?? 0);
  return (
    <svg
      className={`sparkline ${isUp ? "gain" : "loss"}`}
      viewBox="0 0 120 32"
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <path d={`${line}L120 32L0 32Z`} fill="currentColor" opacity="0.1" />
      <path d={line} fill="none" stroke="currentColor" strokeWidth="1.5" vectorEffect="non-scaling-stroke" />
    </svg>
  );
}

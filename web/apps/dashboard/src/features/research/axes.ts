/** Values to try, as they are typed: "5, 10, 15" or "5..20 step 5". */

export type Axis = (number | string)[] | { from: number; to: number; step: number };

const RANGE = /^\s*(-?[\d.]+)\s*\.\.\s*(-?[\d.]+)(?:\s*(?:step|by)\s*([\d.]+))?\s*$/i;

/** Read values to try; null where they cannot be read. */
export function axisOf(text: string): Axis | null {
  const range = RANGE.exec(text);
  if (range) {
    const [from, to, step] = [Number(range[1]), Number(range[2]), Number(range[3] ?? 1)];
    return [from, to, step].every(Number.isFinite) && step > 0 && to >= from ? { from, to, step } : null;
  }
  const values = text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
  if (values.length === 0) return null;
  const numbers = values.map(Number);
  return numbers.every(Number.isFinite) ? numbers : null;
}

/** How many sets a grid of axes has. */
export function gridSize(axes: readonly Axis[]): number {
  return axes.reduce((size, axis) => size * countOf(axis), 1);
}

function countOf(axis: Axis): number {
  return Array.isArray(axis) ? axis.length : Math.floor((axis.to - axis.from) / axis.step + 1e-9) + 1;
}

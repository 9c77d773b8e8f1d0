/** Dark or light: as chosen, or as the system has it. */
import { useReadable } from "@openbell/react";
import { Cell } from "@openbell/sdk";

export type Theme = "dark" | "light";

const root = document.documentElement;
const cell = new Cell<Theme>(root.dataset["theme"] === "light" ? "light" : "dark");

export function setTheme(theme: Theme): void {
  localStorage.setItem("openbell.theme", theme);
  root.dataset["theme"] = theme;
  cell.set(theme);
}

export const toggleTheme = (): void => setTheme(cell.get() === "dark" ? "light" : "dark");
export const useTheme = (): Theme => useReadable(cell);

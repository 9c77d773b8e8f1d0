/** The one bridge from values outside React to components. */
import type { Readable } from "@openbell/sdk";
import { useRef, useSyncExternalStore } from "react";

/** Give a value, and render again when it changes. */
export function useReadable<T>(readable: Readable<T>): T {
  return useSyncExternalStore(readable.subscribe, readable.get, readable.get);
}

/** Give a part of a value, and render again when that part changes. `select` gives the same part for the same value. */
export function useSelected<T, Part>(readable: Readable<T>, select: (value: T) => Part): Part {
  const last = useRef<{ value: T; part: Part } | null>(null);
  const get = () => {
    const value = readable.get();
    if (last.current === null || !Object.is(last.current.value, value)) {
      const part = select(value);
      const isSame = last.current !== null && Object.is(last.current.part, part);
      last.current = { value, part: isSame && last.current !== null ? last.current.part : part };
    }
    return last.current.part;
  };
  return useSyncExternalStore(readable.subscribe, get, get);
}

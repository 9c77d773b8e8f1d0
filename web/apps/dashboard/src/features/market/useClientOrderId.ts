/** The name of an order, made before it is sent and kept until its outcome is known: sent again, it is the same order. */
import { newClientOrderId } from "@openbell/sdk";
import { useRef } from "react";
import type { OrderRequest } from "../../api/types.ts";

export function useClientOrderId(request: OrderRequest | null): { keep: () => string; forget: () => void } {
  const kept = useRef<{ text: string; id: string }>(null);
  return {
    keep: () => {
      const text = JSON.stringify(request);
      if (kept.current?.text !== text) kept.current = { text, id: newClientOrderId() };
      return kept.current.id;
    },
    forget: () => {
      kept.current = null;
    },
  };
}

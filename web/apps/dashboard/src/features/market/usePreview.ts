/** What would become of an order, asked a moment after the last change. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { platform } from "../../api/client.ts";
import type { OrderRequest, Preview } from "../../api/types.ts";

const QUIET_MS = 450;

export interface Previewed {
  readonly data: Preview | undefined;
  readonly error: unknown;
  readonly isWaiting: boolean;
}

export function usePreview(request: OrderRequest | null): Previewed {
  const text = request ? JSON.stringify(request) : "";
  const [asked, setAsked] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text), text ? QUIET_MS : 0);
    return () => clearTimeout(timer);
  }, [text]);
  const query = useQuery({
    queryKey: ["preview", asked],
    queryFn: async ({ signal }) => {
      const body = JSON.parse(asked) as OrderRequest;
      return (await platform.post("/v1/orders/preview", { body, signal })).data;
    },
    enabled: asked !== "",
    staleTime: 5_000,
    gcTime: 10_000,
  });
  const isCurrent = asked === text && text !== "";
  return {
    data: isCurrent ? query.data : undefined,
    error: isCurrent ? query.error : null,
    isWaiting: text !== "" && (!isCurrent || query.isFetching),
  };
}

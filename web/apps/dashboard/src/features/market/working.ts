/** The orders of an instrument that can still trade. */
import { useQuery } from "@tanstack/react-query";
import { platform } from "../../api/client.ts";
import { KEYS } from "../../api/keys.ts";

export const useWorking = (symbol: string) =>
  useQuery({
    queryKey: [...KEYS.orders, "working", symbol],
    queryFn: ({ signal }) =>
      platform.get("/v1/orders", { query: { symbol, status: "SUBMITTED", per_page: 50 }, signal }),
  });

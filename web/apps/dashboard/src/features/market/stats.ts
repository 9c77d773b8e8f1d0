/** A day of an instrument in figures. */
import { useQuery } from "@tanstack/react-query";
import { terminal } from "../../api/terminal.ts";

export const useStats = (symbol: string) =>
  useQuery({
    queryKey: ["stats", symbol],
    queryFn: () => terminal.stats(symbol),
    staleTime: 15_000,
    refetchInterval: 30_000,
  });

/** The change since a price, in percent: for colours and small figures, not for money. */
export function changeSince(
  open: string | number | null | undefined,
  now: string | number | undefined,
): string | null {
  const from = Number(open);
  const to = Number(now);
  if (!(from > 0) || !Number.isFinite(to)) return null;
  return (((to - from) / from) * 100).toFixed(4);
}

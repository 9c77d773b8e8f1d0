/** One run, asked again while it is under way. */
import { useQueries, useQuery } from "@tanstack/react-query";
import { platform } from "../../api/client.ts";
import { KEYS } from "../../api/keys.ts";
import type { Run } from "../../api/types.ts";

const UNDER_WAY = new Set(["QUEUED", "RUNNING"]);
export const isUnderWay = (run: { status_detail: string }): boolean => UNDER_WAY.has(run.status_detail);

function asked(runId: string) {
  return {
    queryKey: [...KEYS.runs, runId],
    queryFn: async ({ signal }: { signal: AbortSignal }): Promise<Run> =>
      (await platform.get("/v1/runs/{run_id}", { path: { run_id: runId }, signal })).data,
    refetchInterval: (query: { state: { data: Run | undefined } }) =>
      query.state.data && isUnderWay(query.state.data) ? 1_500 : (false as const),
  };
}

export const useRun = (runId: string) => useQuery(asked(runId));
export const useRuns = (ids: readonly string[]) => useQueries({ queries: ids.map(asked) });

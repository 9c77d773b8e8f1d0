/** Recorded data as the server describes it. */
import { useQuery } from "@tanstack/react-query";
import { platform, session } from "../../api/client.ts";
import { KEYS } from "../../api/keys.ts";

export interface Dataset {
  readonly dataset_id: string;
  readonly symbol: string;
  readonly kind: string;
  readonly timeframe: string | null;
  readonly rows: number;
  readonly start: string;
  readonly end: string;
  readonly source: string;
  readonly licence: string;
  readonly is_packaged: boolean;
  readonly digest: string;
}

export interface Finding {
  readonly line: number;
  readonly field: string;
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly message: string;
}

export interface DatasetDetail extends Dataset {
  readonly coverage: {
    readonly calendar: string | null;
    readonly missing: number;
    readonly gap_count: number;
    readonly gaps: readonly { after: string; before: string; missing: number }[];
  };
  readonly quality: {
    readonly status: "clean" | "warnings" | "rejected";
    readonly warnings: number;
    readonly counts: Readonly<Record<string, number>>;
    readonly findings: readonly Finding[];
  };
}

export interface Bar {
  readonly timestamp: string;
  readonly close: string;
}

type Loose = (path: string, options?: object) => Promise<unknown>;
const get = platform.get.bind(platform) as Loose;
const remove = platform.delete.bind(platform) as Loose;

export const useDatasets = () =>
  useQuery({
    queryKey: KEYS.catalog,
    queryFn: async () =>
      ((await get("/v1/catalog", { query: { per_page: 100 } })) as { data: Dataset[] }).data,
    staleTime: 60_000,
  });

export const useDataset = (id: string) =>
  useQuery({
    queryKey: [...KEYS.catalog, id],
    queryFn: async () =>
      ((await get("/v1/catalog/datasets/{id}", { path: { id } })) as { data: DatasetDetail }).data,
    staleTime: 60_000,
  });

export const useBars = (id: string, kind: string) =>
  useQuery({
    queryKey: [...KEYS.catalog, id, "bars"],
    queryFn: async () => {
      const answer = await get("/v1/catalog/datasets/{id}/bars", { path: { id }, query: { limit: 1000 } });
      return (answer as { data: { bars: Bar[] } }).data.bars;
    },
    enabled: kind === "bars",
    staleTime: 60_000,
  });

export const removeDataset = (id: string) => remove("/v1/catalog/datasets/{id}", { path: { id } });

export interface Upload {
  readonly file: File;
  readonly symbol: string;
  readonly timeframe: string;
}

/** Send a file as it is; a refusal names the first lines that are wrong. */
export async function upload({ file, symbol, timeframe }: Upload): Promise<DatasetDetail> {
  const query = new URLSearchParams({ symbol, timeframe, kind: "bars" });
  const answer = await fetch(`/v1/catalog/datasets?${query}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${(await session.token()) ?? ""}`,
      "content-type": file.name.endsWith(".gz") ? "application/gzip" : "application/octet-stream",
    },
    body: file,
  });
  const body = (await answer.json()) as {
    data: DatasetDetail;
    error?: { message: string; details: { field: string; message: string }[] };
  };
  if (!body.error) return body.data;
  const lines = body.error.details.slice(0, 4).map(({ field, message }) => `${field}: ${message}`);
  throw new Error([body.error.message, ...lines].join("\n"));
}

/** Recorded data as the server describes it. */
import type { PlatformComponents } from "@openbell/sdk";
import { useQuery } from "@tanstack/react-query";
import { platform, session } from "../../api/client.ts";
import { KEYS } from "../../api/keys.ts";

export type Dataset = PlatformComponents["schemas"]["DatasetRow"];
export type DatasetDetail = PlatformComponents["schemas"]["DatasetDetail"];
export type Bar = PlatformComponents["schemas"]["BarRow"];

const DATASET = "/v1/catalog/datasets/{dataset_id}";

export const useDatasets = () =>
  useQuery({
    queryKey: KEYS.catalog,
    queryFn: async ({ signal }) =>
      (await platform.get("/v1/catalog", { query: { per_page: 100 }, signal })).data,
    staleTime: 60_000,
  });

export const useDataset = (id: string) =>
  useQuery({
    queryKey: [...KEYS.catalog, id],
    queryFn: async ({ signal }) => (await platform.get(DATASET, { path: { dataset_id: id }, signal })).data,
    staleTime: 60_000,
  });

export const useBars = (id: string, kind: string) =>
  useQuery({
    queryKey: [...KEYS.catalog, id, "bars"],
    queryFn: async ({ signal }) => {
      const asked = { path: { dataset_id: id }, query: { limit: 1000 }, signal };
      return (await platform.get(`${DATASET}/bars`, asked)).data.bars;
    },
    enabled: kind === "bars",
    staleTime: 60_000,
  });

export const removeDataset = (id: string) => platform.delete(DATASET, { path: { dataset_id: id } });

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

/** Bringing data: checked whole, kept whole, or refused with the lines that are wrong. */
import { useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { KEYS } from "../../api/keys.ts";
import { Confirm } from "../../ui/dialog.tsx";
import { Input, Select } from "../../ui/form.tsx";
import { navigate } from "../../ui/router.tsx";
import { say } from "../../ui/toasts.tsx";
import { upload } from "./datasets.ts";

export function UploadDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const id = useId();
  const [file, setFile] = useState<File>();
  const [symbol, setSymbol] = useState("");
  const [timeframe, setTimeframe] = useState("1d");
  const run = async () => {
    if (!file || !symbol.trim()) throw new Error("Choose a file and name its symbol.");
    const made = await upload({ file, symbol: symbol.trim(), timeframe });
    say(`${made.dataset_id}: ${made.rows.toLocaleString("en")} rows`);
    void client.invalidateQueries({ queryKey: KEYS.catalog });
    navigate(`/catalog/${encodeURIComponent(made.dataset_id)}`);
  };
  return (
    <Confirm title="Bring data" action="Check and keep" tone="primary" run={run} onClose={onClose}>
      <p>A CSV or Parquet file of bars, with time, open, high, low, close and volume.</p>
      <div className="field">
        <label className="label" htmlFor={id}>
          File
        </label>
        <input
          id={id}
          className="input file"
          type="file"
          accept=".csv,.gz,.parquet"
          onChange={(event) => {
            const chosen = event.target.files?.[0];
            setFile(chosen);
            if (chosen && !symbol) setSymbol((chosen.name.split(/[-_.]/)[0] ?? "").toUpperCase());
          }}
        />
      </div>
      <div className="fields">
        <Input label="Symbol" value={symbol} onChange={(event) => setSymbol(event.target.value)} />
        <Select
          label="Bars"
          value={timeframe}
          options={["1s", "5s", "1m", "5m", "15m", "1h", "1d"]}
          onChange={(event) => setTimeframe(event.target.value)}
        />
      </div>
    </Confirm>
  );
}

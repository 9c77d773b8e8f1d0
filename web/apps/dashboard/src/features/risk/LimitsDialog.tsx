/** Changing limits: what is left empty is no limit. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { KEYS } from "../../api/keys.ts";
import { terminal } from "../../api/terminal.ts";
import type { LimitsChange, PortfolioRisk } from "../../api/types.ts";
import { isPositive } from "../../format/decimal.ts";
import { Confirm } from "../../ui/dialog.tsx";
import { Input } from "../../ui/form.tsx";
import { say } from "../../ui/toasts.tsx";
import { LIMITS } from "./limits.ts";

const WHOLE = new Set(["max_open_orders", "max_orders_per_second"]);

export function LimitsDialog({ risk, onClose }: { risk: PortfolioRisk; onClose: () => void }) {
  const client = useQueryClient();
  const before = Object.fromEntries(LIMITS.map(({ name }) => [name, risk.limits[name]?.toString() ?? ""]));
  const [values, setValues] = useState<Readonly<Record<string, string>>>(before);
  const run = async () => {
    const wrong = LIMITS.find(({ name }) => values[name] && !isPositive(values[name]));
    if (wrong) throw new Error(`${wrong.label}: give a positive number, or nothing.`);
    const changed = LIMITS.filter(({ name }) => values[name] !== before[name]).map(({ name }) => {
      const text = values[name]?.trim();
      return [name, text ? (WHOLE.has(name) ? Number(text) : text) : null];
    });
    await terminal.setLimits(Object.fromEntries(changed) as LimitsChange);
    say("Limits changed");
    void client.invalidateQueries({ queryKey: KEYS.risk });
  };
  return (
    <Confirm title="Change limits" action="Change limits" tone="primary" run={run} onClose={onClose}>
      <p>They hold from the next order on. Empty is no limit.</p>
      <div className="fields">
        {LIMITS.map(({ name, label, form }) => (
          <Input
            key={name}
            label={label}
            numeric
            side={form === "money" ? risk.currency : form === "percent" ? "%" : undefined}
            placeholder="None"
            value={values[name] ?? ""}
            onChange={(event) => setValues({ ...values, [name]: event.target.value })}
          />
        ))}
      </div>
    </Confirm>
  );
}

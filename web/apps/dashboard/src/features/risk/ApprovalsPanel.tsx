/** Changing what money a strategy trades takes two admins: one asks, another approves, the first uses the code. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { platform } from "../../api/client.ts";
import { KEYS } from "../../api/keys.ts";
import { useUser } from "../../api/may.ts";
import { useStrategies } from "../../api/queries.ts";
import type { Approval } from "../../api/types.ts";
import { moment } from "../../format/moments.ts";
import { sentence } from "../../format/words.ts";
import { Confirm } from "../../ui/dialog.tsx";
import { Input, Select } from "../../ui/form.tsx";
import { Empty, Loaded, Panel } from "../../ui/panel.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { say } from "../../ui/toasts.tsx";

type Asking = { what: "request" } | { what: "approve"; one: Approval } | { what: "use"; one: Approval };

function stateOf(one: Approval): string {
  if (one.used_at) return "Used";
  if (Date.parse(one.expires_at) < Date.now()) return "Expired";
  return one.approved_at ? "Approved" : "Waiting";
}

export function ApprovalsPanel() {
  const user = useUser();
  const [asking, setAsking] = useState<Asking>();
  const approvals = useQuery({
    queryKey: KEYS.approvals,
    queryFn: async ({ signal }) => (await platform.get("/v1/controls/approvals", { signal })).data,
  });
  const columns: Column<Approval>[] = [
    { name: "Strategy", cell: (row) => row.strategy_id },
    { name: "Change", cell: (row) => `${sentence(row.from_mode)} → ${sentence(row.to_mode)}` },
    { name: "Reason", cell: (row) => <span className="dim">{row.reason || "–"}</span> },
    { name: "Asked by", cell: (row) => row.requested_by },
    { name: "Expires", cell: (row) => moment(row.expires_at) },
    { name: "State", cell: (row) => <span className="badge">{stateOf(row)}</span> },
    {
      name: "#Actions",
      align: "right",
      className: "actions",
      cell: (row) =>
        stateOf(row) === "Waiting" && row.requested_by !== user.user_id ? (
          <button
            type="button"
            className="button small"
            onClick={() => setAsking({ what: "approve", one: row })}
          >
            Approve
          </button>
        ) : stateOf(row) === "Approved" ? (
          <button type="button" className="button small" onClick={() => setAsking({ what: "use", one: row })}>
            Use the code
          </button>
        ) : null,
    },
  ];
  const close = () => setAsking(undefined);
  return (
    <Panel
      title="Approvals"
      layout="flush"
      note="Two admins for every change of mode"
      actions={
        <button type="button" className="button small" onClick={() => setAsking({ what: "request" })}>
          Ask for a change
        </button>
      }
    >
      <Loaded query={approvals}>
        {(rows) => (
          <Table
            label="Approvals"
            columns={columns}
            rows={rows}
            keyOf={(row) => row.approval_id}
            empty={<Empty icon="risk" title="Nobody has asked" />}
          />
        )}
      </Loaded>
      {asking?.what === "request" ? <RequestDialog onClose={close} /> : null}
      {asking?.what === "approve" ? <ApproveDialog one={asking.one} onClose={close} /> : null}
      {asking?.what === "use" ? <UseDialog one={asking.one} onClose={close} /> : null}
    </Panel>
  );
}

const MODES = ["BACKTEST", "PAPER", "LIVE"] as const;
type ModeName = (typeof MODES)[number];
const modeOf = (text: string): ModeName => MODES.find((mode) => mode === text) ?? "PAPER";

function RequestDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const { data: strategies = [] } = useStrategies();
  const [strategyId, setStrategyId] = useState(strategies[0]?.strategy_id ?? "");
  const [toMode, setToMode] = useState<ModeName>("LIVE");
  const [reason, setReason] = useState("");
  const run = async () => {
    const chosen = strategies.find(({ strategy_id }) => strategy_id === strategyId);
    if (!chosen) throw new Error("Choose a strategy.");
    await platform.post("/v1/controls/approvals", {
      body: { strategy_id: strategyId, from_mode: chosen.mode, to_mode: toMode, reason },
    });
    say("Asked; another admin has to approve");
    void client.invalidateQueries({ queryKey: KEYS.approvals });
  };
  return (
    <Confirm title="Ask for a change of mode" action="Ask" tone="primary" run={run} onClose={onClose}>
      <Select
        label="Strategy"
        value={strategyId}
        options={strategies.map(({ strategy_id, name }) => ({
          value: strategy_id,
          label: name || strategy_id,
        }))}
        onChange={(event) => setStrategyId(event.target.value)}
      />
      <Select
        label="To"
        value={toMode}
        options={MODES.map((value) => ({ value, label: sentence(value) }))}
        onChange={(event) => setToMode(modeOf(event.target.value))}
      />
      <Input label="Reason" value={reason} onChange={(event) => setReason(event.target.value)} />
    </Confirm>
  );
}

function ApproveDialog({ one, onClose }: { one: Approval; onClose: () => void }) {
  const client = useQueryClient();
  const [token, setToken] = useState("");
  const run = async () => {
    const { data } = await platform.post("/v1/controls/approvals/{approval_id}/approve", {
      path: { approval_id: one.approval_id },
      body: token ? { mfa_token: token } : {},
    });
    say(`Approved. The code is ${data.approval_code}: give it to whoever asked.`);
    void client.invalidateQueries({ queryKey: KEYS.approvals });
  };
  return (
    <Confirm
      title={`Approve ${one.strategy_id}?`}
      action="Approve"
      tone="primary"
      run={run}
      onClose={onClose}
    >
      <p>
        {sentence(one.from_mode)} to {sentence(one.to_mode)}: {one.reason || "no reason given"}.
      </p>
      <Input
        label="Code of your second factor, if you have one"
        value={token}
        onChange={(e) => setToken(e.target.value)}
      />
    </Confirm>
  );
}

function UseDialog({ one, onClose }: { one: Approval; onClose: () => void }) {
  const client = useQueryClient();
  const [code, setCode] = useState("");
  const { strategy_id, from_mode, to_mode } = one;
  const run = async () => {
    const { message } = await platform.post("/v1/controls/mode-transition", {
      body: { strategy_id, from_mode, to_mode, approval_code: code },
    });
    say(message);
    for (const queryKey of [KEYS.approvals, KEYS.strategies]) void client.invalidateQueries({ queryKey });
  };
  return (
    <Confirm
      title={`Change ${strategy_id} to ${sentence(to_mode)}?`}
      action="Change mode"
      typed={to_mode}
      run={run}
      onClose={onClose}
    >
      <Input label="Approval code" value={code} onChange={(event) => setCode(event.target.value)} />
    </Confirm>
  );
}

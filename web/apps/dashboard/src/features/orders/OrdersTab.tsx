/** Orders, newest first, with what can still be done about them. */
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { platform } from "../../api/client.ts";
import { KEYS, TRADING } from "../../api/keys.ts";
import { useMay } from "../../api/may.ts";
import { useInstruments } from "../../api/queries.ts";
import type { Order } from "../../api/types.ts";
import { Confirm } from "../../ui/dialog.tsx";
import { Segments } from "../../ui/form.tsx";
import { Empty, Loaded, Panel } from "../../ui/panel.tsx";
import { Link } from "../../ui/router.tsx";
import { Pager, Table } from "../../ui/table.tsx";
import { say, tell } from "../../ui/toasts.tsx";
import { StrategyFilter, SymbolFilter } from "./filters.tsx";
import { ModifyDialog } from "./ModifyDialog.tsx";
import { isOpen, orderColumns } from "./orderColumns.tsx";

const STATES = [
  { value: "" as const, label: "All" },
  { value: "SUBMITTED" as const, label: "Working" },
  { value: "FILLED" as const, label: "Filled" },
  { value: "CANCELLED" as const, label: "Cancelled" },
  { value: "REJECTED" as const, label: "Refused" },
];
const PER_PAGE = 25;

export function OrdersTab() {
  const client = useQueryClient();
  const mayTrade = useMay("trade");
  const { data: instruments = [] } = useInstruments();
  const [status, setStatus] = useState<(typeof STATES)[number]["value"]>("");
  const [symbol, setSymbol] = useState("");
  const [strategyId, setStrategyId] = useState("");
  const [page, setPage] = useState(1);
  const [changing, setChanging] = useState<Order>();
  const [isClearing, setClearing] = useState(false);
  const asked = {
    page,
    per_page: PER_PAGE,
    ...(status ? { status } : {}),
    ...(symbol ? { symbol } : {}),
    ...(strategyId ? { strategy_id: strategyId } : {}),
  };
  const orders = useQuery({
    queryKey: [...KEYS.orders, "list", asked],
    queryFn: ({ signal }) => platform.get("/v1/orders", { query: asked, signal }),
    placeholderData: keepPreviousData,
  });
  const columns = useMemo(() => {
    const cancel = async (order: Order) => {
      const path = { order_id: order.order_id };
      const answer = await tell(platform.delete("/v1/orders/{order_id}", { path }));
      if (answer) say(answer.message);
      for (const queryKey of TRADING) void client.invalidateQueries({ queryKey });
    };
    return orderColumns({ instruments, mayTrade, cancel, change: setChanging });
  }, [instruments, mayTrade, client]);
  const working = (orders.data?.data ?? []).filter(isOpen);
  const narrow =
    <T,>(set: (value: T) => void) =>
    (value: T) => {
      setPage(1);
      set(value);
    };

  return (
    <Panel
      title="Orders"
      layout="flush"
      actions={
        <>
          <Segments label="State" value={status} options={STATES} onChange={narrow(setStatus)} />
          <SymbolFilter value={symbol} onChange={narrow(setSymbol)} />
          <StrategyFilter value={strategyId} onChange={narrow(setStrategyId)} />
          {mayTrade ? (
            <button
              type="button"
              className="button small"
              disabled={working.length === 0}
              onClick={() => setClearing(true)}
            >
              Cancel {working.length} shown
            </button>
          ) : null}
        </>
      }
    >
      <Loaded query={orders} lines={10}>
        {({ data, meta }) => (
          <>
            <Table
              label="Orders"
              columns={columns}
              rows={data}
              keyOf={(order) => order.order_id}
              empty={
                <Empty icon="orders" title="No orders here">
                  <Link href="/market">Place one on the market page</Link>, or choose other filters.
                </Empty>
              }
            />
            <Pager page={page} perPage={PER_PAGE} total={meta.total_count} onPage={setPage} />
          </>
        )}
      </Loaded>
      {changing ? <ModifyDialog order={changing} onClose={() => setChanging(undefined)} /> : null}
      {isClearing ? (
        <Confirm
          title={`Cancel ${working.length} orders?`}
          action="Cancel them"
          run={async () => {
            const path = (order: Order) => ({ path: { order_id: order.order_id } });
            await Promise.all(working.map((order) => platform.delete("/v1/orders/{order_id}", path(order))));
            say(`${working.length} orders cancelled`);
            for (const queryKey of TRADING) void client.invalidateQueries({ queryKey });
          }}
          onClose={() => setClearing(false)}
        >
          <p>
            All working orders in this list are cancelled. Orders of running strategies may be placed again by
            them.
          </p>
        </Confirm>
      ) : null}
    </Panel>
  );
}

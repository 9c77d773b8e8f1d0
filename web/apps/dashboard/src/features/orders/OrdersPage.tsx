/** Orders, positions and fills: what was asked, what is held, what happened. */
import { Segments } from "../../ui/form.tsx";
import { replaceSearch, useSearch } from "../../ui/router.tsx";
import { FillsTab } from "./FillsTab.tsx";
import { OrdersTab } from "./OrdersTab.tsx";
import { PositionsTab } from "./PositionsTab.tsx";

const TABS = [
  { value: "orders" as const, label: "Orders" },
  { value: "positions" as const, label: "Positions" },
  { value: "fills" as const, label: "Fills" },
];

export default function OrdersPage() {
  const tab = useSearch("tab") ?? "orders";
  const chosen = TABS.find(({ value }) => value === tab)?.value ?? "orders";
  return (
    <div className="page">
      <div className="row">
        <Segments
          label="Show"
          value={chosen}
          options={TABS}
          onChange={(value) => replaceSearch({ tab: value })}
        />
      </div>
      {chosen === "orders" ? <OrdersTab /> : chosen === "positions" ? <PositionsTab /> : <FillsTab />}
    </div>
  );
}

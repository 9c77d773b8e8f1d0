/** All strategies, or the one that the address names. */
import { usePath } from "../../ui/router.tsx";
import { StrategyDetail } from "./StrategyDetail.tsx";
import { StrategyList } from "./StrategyList.tsx";

export default function StrategiesPage() {
  const id = usePath().split("/")[2];
  return id ? <StrategyDetail key={id} strategyId={decodeURIComponent(id)} /> : <StrategyList />;
}

/** Backtests and studies: launch, follow, read, compare. */
import { usePath, useSearch } from "../../ui/router.tsx";
import { ComparePage } from "./ComparePage.tsx";
import { RunDetail } from "./RunDetail.tsx";
import { RunList } from "./RunList.tsx";

export default function ResearchPage() {
  const id = usePath().split("/")[2];
  const compared = useSearch("compare");
  if (id) return <RunDetail key={id} runId={decodeURIComponent(id)} />;
  if (compared) return <ComparePage ids={compared.split(",")} />;
  return <RunList />;
}

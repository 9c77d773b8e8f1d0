/** What nobody may overlook: a stop of trading, and a connection that is lost. */
import { useMarketDataConnection } from "@openbell/react";
import { useEffect, useState } from "react";
import { useSwitches } from "../api/queries.ts";
import { useLine } from "../live/stream.ts";
import { Icon } from "../ui/icons.tsx";
import { Link } from "../ui/router.tsx";

/** A blink of the line is not worth a banner. */
const PATIENCE_MS = 1_500;

export function Banners() {
  const { data: switches = [] } = useSwitches();
  const isLost = useLost();
  const { retryNow } = useMarketDataConnection();
  const all = switches.find((one) => one.scope !== "STRATEGY");
  return (
    <div role="alert">
      {all ? (
        <div className="banner bad">
          <Icon name="warning" size={16} />
          <span>
            Kill switch is on{all.reason ? `: ${all.reason}` : ""}. Only orders that reduce positions pass.
          </span>
          <Link href="/risk">Open risk</Link>
        </div>
      ) : null}
      {isLost ? (
        <div className="banner warned">
          <Icon name="warning" size={16} />
          <span className="grow">Connection lost. What you see may be out of date; trying to reconnect.</span>
          <button type="button" className="button small" onClick={retryNow}>
            Try now
          </button>
        </div>
      ) : null}
    </div>
  );
}

function useLost(): boolean {
  const line = useLine();
  const [isLost, setLost] = useState(false);
  useEffect(() => {
    if (line === "live") {
      setLost(false);
      return;
    }
    const timer = setTimeout(() => setLost(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [line]);
  return isLost;
}

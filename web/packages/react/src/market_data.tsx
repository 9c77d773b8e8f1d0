/** Gives market data to the components below. */
import type { ConnectionState } from "@openbell/sdk";
import { createContext, type ReactElement, type ReactNode, useContext, useEffect, useState } from "react";
import { type MarketStore, marketStore } from "./market_store.ts";
import { useReadable } from "./use_readable.ts";

const Context = createContext<MarketStore | null>(null);

export interface MarketDataProviderProps {
  /** Address of `/ws/market-data`; by default the page's own origin. */
  wsUrl?: string;
  /** Address of `/api/v1`. The market is told on the socket alone; taken for symmetry with `TradingProvider`. */
  apiUrl?: string;
  /** Whether to connect at once. Otherwise `useMarketDataConnection().connect` does. */
  autoConnect?: boolean;
  /** A store made elsewhere, for tests and for sharing. Without `autoConnect` its connection is left to who made it. */
  store?: MarketStore;
  children?: ReactNode;
}

export function MarketDataProvider({
  wsUrl,
  autoConnect = true,
  store,
  children,
}: MarketDataProviderProps): ReactElement {
  const [own] = useState(() => store ?? marketStore(wsUrl));
  useEffect(() => {
    if (autoConnect) void own.socket.connect().catch(() => undefined); // the state tells why
    if (!autoConnect && store !== undefined) return;
    return () => own.socket.disconnect();
  }, [own, autoConnect, store]);
  return <Context.Provider value={own}>{children}</Context.Provider>;
}

/** Give the store of the provider above. Throws where there is none. */
export function useMarketStore(): MarketStore {
  const store = useContext(Context);
  if (store === null) throw new Error("Put <MarketDataProvider> above the components that use market data.");
  return store;
}

export interface MarketDataConnection {
  isConnected: boolean;
  connectionState: ConnectionState["status"];
  /** The same with attempt, wait and reason. */
  state: ConnectionState;
  connect: () => Promise<void>;
  disconnect: () => void;
  /** Do not wait any longer before the next attempt. */
  retryNow: () => void;
}

/** How the connection to the market is. */
export function useMarketDataConnection(): MarketDataConnection {
  const { socket } = useMarketStore();
  const state = useReadable(socket.state);
  return {
    isConnected: state.status === "open",
    connectionState: state.status,
    state,
    connect: () => socket.connect(),
    disconnect: () => socket.disconnect(),
    retryNow: () => socket.retryNow(),
  };
}

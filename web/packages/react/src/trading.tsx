/** Gives an account to the components below. */
import { type ConnectionState, type TradingAPI, tradingAPI } from "@openbell/sdk";
import { createContext, type ReactElement, type ReactNode, useContext, useEffect, useState } from "react";
import { type TradingStore, tradingStore } from "./trading_store.ts";
import { useReadable } from "./use_readable.ts";

const Context = createContext<TradingStore | null>(null);

export interface TradingProviderProps {
  /** Address of `/ws/trading`; by default the page's own origin. */
  wsUrl?: string;
  /** Address of `/api/v1`; by default the page's own origin. */
  apiUrl?: string;
  /** Who trades; by default `tradingAPI`, as soon as it has credentials. */
  api?: TradingAPI;
  /** A store made elsewhere, for tests and for sharing between roots. */
  store?: TradingStore;
  children?: ReactNode;
}

export function TradingProvider({
  wsUrl,
  apiUrl,
  api = tradingAPI,
  store,
  children,
}: TradingProviderProps): ReactElement {
  const [own] = useState(() => {
    if (apiUrl !== undefined && store === undefined) api.configure({ baseUrl: apiUrl });
    return store ?? tradingStore(api, wsUrl);
  });
  useEffect(() => {
    own.open();
    return () => own.close();
  }, [own]);
  return <Context.Provider value={own}>{children}</Context.Provider>;
}

/** Give the store of the provider above. Throws where there is none. */
export function useTradingStore(): TradingStore {
  const store = useContext(Context);
  if (store === null) throw new Error("Put <TradingProvider> above the components that trade.");
  return store;
}

export interface TradingConnection {
  isConnected: boolean;
  connectionState: ConnectionState["status"];
  state: ConnectionState;
  retryNow: () => void;
}

/** How the connection to the account is. */
export function useTradingConnection(): TradingConnection {
  const { socket } = useTradingStore();
  const state = useReadable(socket.state);
  const isConnected = state.status === "open";
  return { isConnected, connectionState: state.status, state, retryNow: () => socket.retryNow() };
}

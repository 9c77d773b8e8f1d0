/** React providers and hooks for an Openbell server. */

export type { MarketDataConnection, MarketDataProviderProps } from "./market_data.tsx";
export { MarketDataProvider, useMarketDataConnection, useMarketStore } from "./market_data.tsx";
export { MarketStore, marketStore } from "./market_store.ts";
export type { TradingConnection, TradingProviderProps } from "./trading.tsx";
export { TradingProvider, useTradingConnection, useTradingStore } from "./trading.tsx";
export type { Loaded, Positions } from "./trading_store.ts";
export { TradingStore, tradingStore } from "./trading_store.ts";
export type { OrderBookData, SymbolData, TradesData } from "./use_market_data.ts";
export { useOrderBook, useSymbol, useTrades } from "./use_market_data.ts";
export { useReadable, useSelected } from "./use_readable.ts";
export type { CreateOrder, ModifyOrder, OrdersData, PositionsData } from "./use_trading.ts";
export {
  useBalances,
  useCancelOrder,
  useCreateOrder,
  useModifyOrder,
  useOrder,
  useOrders,
  usePortfolio,
  usePositions,
} from "./use_trading.ts";

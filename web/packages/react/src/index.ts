/** React providers and hooks for an Openbell server. */

export { FrameCell, withNextFrame } from "./frames.ts";
export type { Pace } from "./live.ts";
export type { MarketDataConnection, MarketDataProviderProps } from "./market_data.tsx";
export { MarketDataProvider, useMarketDataConnection, useMarketStore } from "./market_data.tsx";
export type { LastTrade } from "./market_store.ts";
export { MarketStore, marketStore } from "./market_store.ts";
export type { TradingConnection, TradingProviderProps } from "./trading.tsx";
export { TradingProvider, useTradingConnection, useTradingStore } from "./trading.tsx";
export type { Loaded, Positions } from "./trading_store.ts";
export { TradingStore, tradingStore } from "./trading_store.ts";
export type { LastTradeData, OrderBookData, SymbolData, TradesData } from "./use_market_data.ts";
export { useLastTrade, useOrderBook, useSymbol, useTrades } from "./use_market_data.ts";
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

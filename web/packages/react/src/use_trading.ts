/** Orders, positions and money of the account, and what can be done with them. */
import {
  type Balance,
  OpenbellError,
  type Order,
  type OrderChange,
  type OrderRequest,
  type Portfolio,
  Unreachable,
} from "@openbell/sdk";
import { useCallback, useMemo, useRef, useState } from "react";
import { useTradingStore } from "./trading.tsx";
import type { Positions } from "./trading_store.ts";
import { useReadable, useSelected } from "./use_readable.ts";

interface Loading {
  loading: boolean;
  error: OpenbellError | null;
}

export interface OrdersData extends Loading {
  /** Newest first. */
  orders: readonly Order[];
  openOrders: readonly Order[];
  filledOrders: readonly Order[];
  refresh: () => Promise<void>;
}

/** All orders of late, and what is open. */
export function useOrders(): OrdersData {
  const store = useTradingStore();
  const { value: orders, loading, error } = useReadable(store.orders);
  return useMemo(
    () => ({
      orders,
      openOrders: orders.filter((order) => order.status === "open"),
      filledOrders: orders.filter((order) => order.status === "filled"),
      loading,
      error,
      refresh: () => store.refresh(),
    }),
    [store, orders, loading, error],
  );
}

/** One order; renders again only when that order changes. */
export function useOrder(orderId: string): Order | null {
  const store = useTradingStore();
  return useSelected(store.orders, ({ value }) => value.find((order) => order.order_id === orderId) ?? null);
}

export interface PositionsData extends Positions, Loading {}

/** Open positions at the mark. */
export function usePositions(): PositionsData {
  const { value, loading, error } = useReadable(useTradingStore().positions);
  return useMemo(() => ({ ...value, loading, error }), [value, loading, error]);
}

/** The account in one line. */
export function usePortfolio(): Loading & { portfolio: Portfolio | null } {
  const { value: portfolio, loading, error } = useReadable(useTradingStore().portfolio);
  return useMemo(() => ({ portfolio, loading, error }), [portfolio, loading, error]);
}

/** Money by currency. */
export function useBalances(): Loading & { balances: readonly Balance[] } {
  const { value: balances, loading, error } = useReadable(useTradingStore().balances);
  return useMemo(() => ({ balances, loading, error }), [balances, loading, error]);
}

interface Doing<Arguments extends unknown[]> extends Loading {
  run: (...given: Arguments) => Promise<Order>;
  /** How the order stood when it was answered last. */
  order: Order | null;
  reset: () => void;
}

const RESTING = { loading: false, error: null, order: null };

/** Track something that is done to an order: under way, refused, or done. */
function useDoing<Arguments extends unknown[]>(
  how: (...given: Arguments) => Promise<Order>,
): Doing<Arguments> {
  const [state, setState] = useState<Loading & { order: Order | null }>(RESTING);
  const latest = useRef(0);
  const run = useCallback(
    async (...given: Arguments) => {
      latest.current += 1;
      const own = latest.current;
      const show = (next: typeof state) => own === latest.current && setState(next);
      show({ loading: true, error: null, order: null });
      try {
        const order = await how(...given);
        show({ loading: false, error: null, order });
        return order;
      } catch (error) {
        show({ loading: false, error: known(error), order: null });
        throw error;
      }
    },
    [how],
  );
  const reset = useCallback(() => setState(RESTING), []);
  return { ...state, run, reset };
}

function known(error: unknown): OpenbellError {
  return error instanceof OpenbellError ? error : new Unreachable("The request failed.", error);
}

export interface CreateOrder extends Loading {
  /** Place an order. Throws what `error` then shows. */
  submitOrder: (request: OrderRequest) => Promise<Order>;
  order: Order | null;
  reset: () => void;
}

/** Place orders. */
export function useCreateOrder(): CreateOrder {
  const store = useTradingStore();
  const how = useCallback((request: OrderRequest) => store.create(request), [store]);
  const { run, ...rest } = useDoing(how);
  return { submitOrder: run, ...rest };
}

/** Cancel orders. */
export function useCancelOrder(): Loading & {
  cancelOrder: (orderId: string) => Promise<Order>;
  order: Order | null;
} {
  const store = useTradingStore();
  const how = useCallback((orderId: string) => store.cancel(orderId), [store]);
  const { run, ...rest } = useDoing(how);
  return { cancelOrder: run, ...rest };
}

export interface ModifyOrder extends Loading {
  modifyOrder: (orderId: string, change: OrderChange) => Promise<Order>;
  order: Order | null;
}

/** Change working orders. */
export function useModifyOrder(): ModifyOrder {
  const store = useTradingStore();
  const how = useCallback((orderId: string, change: OrderChange) => store.modify(orderId, change), [store]);
  const { run, ...rest } = useDoing(how);
  return { modifyOrder: run, ...rest };
}

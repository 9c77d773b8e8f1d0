/** Orders on their way: written exactly, named before they are sent, and remembered until their outcome is known. */
import { type DecimalInput, decimalText } from "./decimal.ts";
import { newClientOrderId } from "./ids.ts";
import type { OrderChange, OrderRequest, SentOrder } from "./models.ts";

const AMOUNTS = ["quantity", "price", "stop_price"] as const;

function exact(amounts: Partial<Record<(typeof AMOUNTS)[number], DecimalInput>>): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const field of AMOUNTS) {
    const value = amounts[field];
    if (value !== undefined) texts[field] = decimalText(value, field);
  }
  return texts;
}

/** Write an order as it is sent. Throws InvalidInput for an amount that is none. */
export function sentOrder(request: OrderRequest): SentOrder {
  const named = { ...request, client_order_id: request.client_order_id ?? newClientOrderId() };
  return { ...named, ...exact(request) } as SentOrder;
}

/** Write a change as it is sent. Throws InvalidInput for an amount that is none. */
export function sentChange(change: OrderChange): Record<string, unknown> {
  return { ...change, ...exact(change) };
}

/** Remembers orders that were sent and whose outcome is not known yet. */
export interface OrderKeeper {
  keep(order: SentOrder): void;
  settle(clientOrderId: string): void;
  /** Orders in doubt, oldest first. */
  pending(): SentOrder[];
}

/** Remembers until the program ends. */
export class MemoryKeeper implements OrderKeeper {
  private readonly orders = new Map<string, SentOrder>();

  keep(order: SentOrder): void {
    this.orders.set(order.client_order_id, order);
  }

  settle(clientOrderId: string): void {
    this.orders.delete(clientOrderId);
  }

  pending(): SentOrder[] {
    return [...this.orders.values()];
  }
}

/** Remembers over reloads, in `localStorage` or anything like it. */
export class StorageKeeper implements OrderKeeper {
  private readonly storage: Pick<Storage, "getItem" | "setItem">;
  private readonly key: string;

  constructor(storage: Pick<Storage, "getItem" | "setItem">, key = "openbell.orders") {
    this.storage = storage;
    this.key = key;
  }

  keep(order: SentOrder): void {
    const others = this.pending().filter((one) => one.client_order_id !== order.client_order_id);
    this.storage.setItem(this.key, JSON.stringify([...others, order]));
  }

  settle(clientOrderId: string): void {
    const others = this.pending().filter((one) => one.client_order_id !== clientOrderId);
    this.storage.setItem(this.key, JSON.stringify(others));
  }

  pending(): SentOrder[] {
    return JSON.parse(this.storage.getItem(this.key) ?? "[]") as SentOrder[];
  }
}

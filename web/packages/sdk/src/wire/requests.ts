/**
 * What was asked on the trading socket and not answered yet, over lost connections. No socket, no clock.
 *
 * An order is sent again under its own client order id, so that it can be placed once at most; a cancel is harmless
 * twice; a change is not sent again, because another may have come between.
 */
import { type ErrorBody, errorOfBody, type OpenbellError, OutcomeUnknown } from "../errors.ts";
import type { Order, SentOrder } from "../models.ts";
import type { OrderKeeper } from "../orders.ts";
import type { Message } from "./message.ts";

export type Outgoing = Record<string, unknown> & { id: string };
export type Outcome = { order: Order; replayed: boolean };

interface Pending {
  kind: "order" | "modify" | "cancel";
  message: Outgoing;
  clientOrderId?: string;
  firstSentMs: number;
  settle: (outcome: Outcome | OpenbellError) => void;
}

/** Refusals that say nothing about the order itself: it may go again. */
const LATER = new Set(["REQUEST_IN_PROGRESS", "RATE_LIMITED"]);

export class Requests {
  private readonly keeper: OrderKeeper;
  private readonly resendWithinMs: number;
  private readonly pending = new Map<string, Pending>();

  constructor(keeper: OrderKeeper, resendWithinMs: number) {
    this.keeper = keeper;
    this.resendWithinMs = resendWithinMs;
  }

  /** Note an order that is about to be sent, and give the message. */
  order(id: string, order: SentOrder, nowMs: number, settle: Pending["settle"]): Outgoing {
    this.keeper.keep(order);
    const message = { type: "order", id, order };
    const clientOrderId = order.client_order_id;
    this.pending.set(id, { kind: "order", message, clientOrderId, firstSentMs: nowMs, settle });
    return message;
  }

  /** Note a change or a cancel that is about to be sent. */
  other(kind: "modify" | "cancel", message: Outgoing, nowMs: number, settle: Pending["settle"]): Outgoing {
    this.pending.set(message.id, { kind, message, firstSentMs: nowMs, settle });
    return message;
  }

  /** Take an answer, or an event that tells how an order stands. Gives how many ms later to `again`, where that helps. */
  heard(message: Message): number | null {
    if (message.type === "error") return this.wrong(message);
    if (message.type === "order_ack") {
      const { replayed = false } = message as { replayed?: boolean };
      this.end(message.id ?? "", { order: message.data as Order, replayed });
    } else if (message.type === "order_update") this.seen(message.data as Order);
    else if (message.type === "snapshot") {
      for (const order of (message.data as { orders?: Order[] }).orders ?? []) this.seen(order);
    }
    return null;
  }

  /** The connection is gone. A change whose answer is lost is not tried again. */
  lost(): void {
    for (const [id, { kind }] of [...this.pending]) {
      if (kind === "modify")
        this.end(id, new OutcomeUnknown("The connection was lost before the change was answered."));
    }
  }

  /** Give what to send again, now that everything that was missed has been told. */
  again(nowMs: number): Outgoing[] {
    const messages: Outgoing[] = [];
    for (const [id, one] of [...this.pending]) {
      if (one.kind === "modify") continue;
      if (one.kind === "cancel" || nowMs - one.firstSentMs <= this.resendWithinMs) messages.push(one.message);
      else
        this.end(
          id,
          new OutcomeUnknown("The answer to an order was lost, and it is too old now.", one.clientOrderId),
        );
    }
    return messages;
  }

  /** Nothing will be answered any more. Orders stay with the keeper. */
  close(): void {
    for (const [id, { clientOrderId }] of [...this.pending]) {
      this.end(id, new OutcomeUnknown("The connection was closed before the answer came.", clientOrderId));
    }
  }

  /** An order is known to the server, whoever told us. */
  private seen(order: Order): void {
    for (const [id, one] of this.pending) {
      if (one.kind === "order" && one.clientOrderId === order.client_order_id)
        this.end(id, { order, replayed: true });
    }
  }

  private wrong(message: Message): number | null {
    const error = errorOfBody({ error: message.error } as ErrorBody);
    if (LATER.has(error.code)) return (error.retryAfter ?? 1) * 1_000;
    this.end(message.id ?? "", error);
    return null;
  }

  private end(id: string, outcome: Outcome | OpenbellError): void {
    const one = this.pending.get(id);
    if (one === undefined) return;
    this.pending.delete(id);
    if (one.clientOrderId !== undefined && !(outcome instanceof OutcomeUnknown))
      this.keeper.settle(one.clientOrderId);
    one.settle(outcome);
  }
}

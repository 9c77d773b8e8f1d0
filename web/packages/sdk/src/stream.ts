/** The stream of an account at `/ws`: private events without a gap, and the market for whoever asks. */
import type { Backoff, Draw } from "./backoff.ts";
import type { Readable, Unsubscribe } from "./readable.ts";
import type {
  AccountChannels,
  ConnectionState,
  MarketChannels,
  MarketParameters,
  PrivateType,
  Stream,
  StreamMessage,
} from "./stream_types.ts";
import { Connection, type SocketFactory } from "./wire/connection.ts";
import { Depths } from "./wire/depths.ts";
import { STREAM } from "./wire/dialect.ts";
import { Fan, guarded, type Listener } from "./wire/fan.ts";
import { Line } from "./wire/line.ts";
import type { Message, Topic } from "./wire/message.ts";

export interface StreamOptions {
  /** Address of the socket, such as `ws://localhost:8000/ws`; by default the page's own origin. */
  url?: string;
  /** Gives a ticket for one connection, such as `() => platform.ticket()`. */
  ticket(): Promise<string>;
  /** Where to go on from: an earlier `lastSeq`. */
  fromSeq?: number;
  /** A subscription was refused, and is not tried again. */
  onRefused?: (topic: Topic, error: Message["error"]) => void;
  WebSocket?: SocketFactory;
  backoff?: Backoff;
  draw?: Draw;
}

const DEPTH_DEFAULT = 10;

export class AccountStream implements Stream {
  private readonly line: Line;
  private readonly connection: Connection;
  private readonly fan: Fan;
  private readonly depths: Depths;
  private readonly private = new Map<string, Set<Listener>>();
  private readonly refusals = new Set<(topic: Topic, error: Message["error"]) => void>();

  constructor(options: StreamOptions) {
    const { fromSeq, backoff, draw } = options;
    this.line = new Line(STREAM, {
      ...(fromSeq === undefined ? {} : { fromSeq }),
      ...(backoff ? { backoff } : {}),
      ...(draw ? { draw } : {}),
    });
    this.connection = new Connection({
      line: this.line,
      address: (how) => address(options, how.fromSeq),
      WebSocket: options.WebSocket,
      onMessage: (message) => this.hear(message),
      onRefused: (topic, error) => {
        this.fan.forget(topic);
        for (const listener of this.refusals) listener(topic, error);
      },
    });
    if (options.onRefused) this.refusals.add(options.onRefused);
    this.fan = new Fan(this.connection);
    this.depths = new Depths(this.connection, { delta: true });
  }

  get state(): Readable<ConnectionState> {
    return this.connection.state;
  }

  get lastSeq(): number | null {
    return this.line.lastSeq;
  }

  connect(): Promise<void> {
    return this.connection.connect();
  }

  close(): void {
    this.connection.close();
  }

  /** Do not wait any longer before the next attempt. */
  retryNow(): void {
    this.connection.retryNow();
  }

  on<T extends PrivateType>(type: T, listener: (message: StreamMessage<T>) => void): Unsubscribe {
    const listeners = this.private.get(type) ?? new Set<Listener>();
    this.private.set(type, listeners);
    const own: Listener = (message) => listener(message);
    listeners.add(own);
    return () => listeners.delete(own);
  }

  /** Hear of subscriptions that were refused, and are not tried again. */
  onRefused(listener: (topic: Topic, error: Message["error"]) => void): Unsubscribe {
    this.refusals.add(listener);
    return () => this.refusals.delete(listener);
  }

  market<C extends keyof MarketChannels>(
    channel: C,
    instrument: string,
    parameters: MarketParameters,
    listener: (message: MarketChannels[C]) => void,
  ): Unsubscribe {
    if (channel === "orderbook")
      return this.depths.add(instrument, parameters.depth ?? DEPTH_DEFAULT, listener as Listener);
    const timeframe = channel === "candles" ? (parameters.timeframe ?? "1m") : undefined;
    const form = timeframe === undefined ? {} : { parameters: { timeframe } };
    return this.fan.add({ channel, instrument, ...form }, listener as Listener);
  }

  account<C extends keyof AccountChannels>(
    channel: C,
    listener: (message: AccountChannels[C]) => void,
  ): Unsubscribe {
    return this.fan.add({ channel }, listener as Listener);
  }

  private hear(message: Message): void {
    const data = message.data as { instrument?: string; timeframe?: string } | undefined;
    const { channel = "" } = message;
    if (channel === "orderbook" && data?.instrument !== undefined) {
      this.depths.tell(data.instrument, message as never);
    } else if (channel !== "" && channel !== "private") {
      this.fan.tell(topicOf(channel, data), message);
    }
    for (const listener of this.private.get(message.type) ?? []) {
      if (channel === "private" || channel === "") guarded(listener, message);
    }
  }
}

function topicOf(channel: string, data: { instrument?: string; timeframe?: string } | undefined): Topic {
  return {
    channel,
    ...(data?.instrument !== undefined && channel !== "runs" ? { instrument: data.instrument } : {}),
    ...(channel === "candles" && data?.timeframe !== undefined
      ? { parameters: { timeframe: data.timeframe } }
      : {}),
  };
}

async function address(options: StreamOptions, fromSeq: number | null): Promise<string> {
  const url = new URL(options.url ?? ownOrigin("/ws"));
  url.searchParams.set("ticket", await options.ticket());
  if (fromSeq !== null) url.searchParams.set("from_seq", String(fromSeq));
  return url.href;
}

/** Give a socket's address on the origin of the page. */
export function ownOrigin(path: string): string {
  const base = globalThis.location?.origin ?? "http://localhost:8000";
  return base.replace(/^http/, "ws") + path;
}

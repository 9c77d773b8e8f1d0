/** Which topics are wanted and which are joined on the present socket; changes are put into as few messages as will do. */
import type { Dialect } from "./dialect.ts";
import { type Message, type Topic, topicKey } from "./message.ts";

/** No message names more instruments: it stays far below the server's 64 KiB. */
const TOPICS_A_MESSAGE_MAX = 50;

export interface Refused {
  topic: Topic;
  error: Message["error"];
}

export class Subscriptions {
  private readonly dialect: Dialect;
  private readonly nextId: () => string;
  private readonly wanted = new Map<string, Topic>();
  private readonly joined = new Map<string, Topic>();
  private readonly asked = new Map<string, readonly Topic[]>();
  /** Last number told on each channel of the account. */
  private readonly seen = new Map<string, number>();

  constructor(dialect: Dialect, nextId: () => string) {
    this.dialect = dialect;
    this.nextId = nextId;
  }

  want(topic: Topic): void {
    this.wanted.set(topicKey(topic), topic);
  }

  drop(topic: Topic): void {
    this.wanted.delete(topicKey(topic));
    if (this.dialect.accountChannels.has(topic.channel)) this.seen.delete(topic.channel);
  }

  /** Forget what was joined: the socket is another one. */
  reset(): void {
    this.joined.clear();
    this.asked.clear();
  }

  /** Say what has changed since the last time. Old topics are left first: nothing of them comes after the new ones. */
  changes(): Record<string, unknown>[] {
    const fresh = [...this.wanted].filter(([key]) => !this.joined.has(key)).map(([, topic]) => topic);
    const stale = [...this.joined].filter(([key]) => !this.wanted.has(key)).map(([, topic]) => topic);
    for (const topic of stale) this.joined.delete(topicKey(topic));
    return [
      ...grouped(stale).map((topics) => this.leave(topics)),
      ...grouped(fresh).map((topics) => this.join(topics)),
    ];
  }

  /** Leave and join again what is joined of an instrument, so that the server tells it from the beginning. */
  rejoin(channel: string, instrument: string): Record<string, unknown>[] {
    const topics = [...this.joined.values()].filter(
      (topic) => topic.channel === channel && topic.instrument === instrument,
    );
    return topics.flatMap((topic) => [this.leave([topic]), this.join([topic])]);
  }

  /** Note `subscribed`: what was missed on an account's channel has been told before it. */
  acknowledged(message: Message): void {
    this.asked.delete(message.id ?? "");
    const { channel = "", seq } = message;
    if (this.dialect.accountChannels.has(channel) && seq !== undefined) this.seen.set(channel, seq);
  }

  /** Whether a numbered message of an account's channel is new; it is then noted. */
  isNew(channel: string, seq: number): boolean {
    if (seq <= (this.seen.get(channel) ?? 0)) return false;
    this.seen.set(channel, seq);
    return true;
  }

  /** Go on from another number on an account's channel: what lies between is gone. */
  jump(channel: string, seq: number): void {
    this.seen.set(channel, seq);
  }

  /**
   * Note a refusal: null where it is not of a subscription. All topics of a message are refused together, so that those
   * of several are asked for again in two halves until the one that is wrong stands alone; it is wanted no longer.
   */
  refused(message: Message): { again: Record<string, unknown>[]; refused: Refused[] } | null {
    const topics = this.asked.get(message.id ?? "");
    if (topics === undefined) return null;
    this.asked.delete(message.id ?? "");
    for (const topic of topics) this.joined.delete(topicKey(topic));
    const still = topics.filter((topic) => this.wanted.has(topicKey(topic)));
    if (still.length > 1) {
      const middle = Math.ceil(still.length / 2);
      return { again: [this.join(still.slice(0, middle)), this.join(still.slice(middle))], refused: [] };
    }
    for (const topic of still) this.wanted.delete(topicKey(topic));
    return { again: [], refused: still.map((topic) => ({ topic, error: message.error })) };
  }

  private leave(topics: readonly Topic[]): Record<string, unknown> {
    return { ...this.dialect.subscription("unsubscribe", topics), id: this.nextId() };
  }

  private join(topics: readonly Topic[]): Record<string, unknown> {
    const id = this.nextId();
    this.asked.set(id, topics);
    for (const topic of topics) this.joined.set(topicKey(topic), topic);
    const fromSeq = this.seen.get(topics[0]?.channel ?? "");
    const resumed = fromSeq === undefined ? {} : { from_seq: fromSeq };
    return { ...this.dialect.subscription("subscribe", topics), ...resumed, id };
  }
}

function grouped(topics: readonly Topic[]): Topic[][] {
  const groups = new Map<string, Topic[]>();
  for (const topic of topics) {
    const form = topicKey({ ...topic, instrument: "" });
    const group = groups.get(form) ?? [];
    groups.set(form, [...group, topic]);
  }
  return [...groups.values()].flatMap((group) => {
    const parts: Topic[][] = [];
    for (let at = 0; at < group.length; at += TOPICS_A_MESSAGE_MAX)
      parts.push(group.slice(at, at + TOPICS_A_MESSAGE_MAX));
    return parts;
  });
}

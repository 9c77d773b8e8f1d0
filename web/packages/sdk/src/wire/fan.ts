/** Hands messages to whoever listens; listeners of the same thing share one subscription. */
import type { Unsubscribe } from "../readable.ts";
import { type Topic, topicKey } from "./message.ts";

export type Listener = (message: never) => void;

export interface Joins {
  want(topic: Topic): void;
  drop(topic: Topic): void;
}

interface Group {
  topic: Topic;
  listeners: Set<Listener>;
}

export class Fan {
  private readonly joins: Joins;
  private readonly groups = new Map<string, Group>();

  constructor(joins: Joins) {
    this.joins = joins;
  }

  /** Join a topic for one more listener. */
  add(topic: Topic, listener: Listener): Unsubscribe {
    const key = topicKey(topic);
    const group = this.groups.get(key) ?? { topic, listeners: new Set() };
    if (group.listeners.size === 0) {
      this.groups.set(key, group);
      this.joins.want(topic);
    }
    const own: Listener = (message) => listener(message);
    group.listeners.add(own);
    return () => {
      if (!group.listeners.delete(own) || group.listeners.size > 0 || this.groups.get(key) !== group) return;
      this.groups.delete(key);
      this.joins.drop(topic);
    };
  }

  /** Hand out a message of a topic. A listener that throws does not keep it from the others. */
  tell(topic: Topic, message: unknown): void {
    const group = this.groups.get(topicKey(topic));
    if (group === undefined) return;
    for (const listener of [...group.listeners]) guarded(listener, message);
  }

  /** Forget a topic that the server refused. */
  forget(topic: Topic): void {
    this.groups.delete(topicKey(topic));
  }
}

/** Call a listener; what it throws is reported as uncaught, later, and stops nobody. */
export function guarded(listener: Listener, message: unknown): void {
  try {
    listener(message as never);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/** What is said on a socket, as far as a connection needs to understand it. */
import type { ErrorBody } from "../errors.ts";
import { parseExact } from "../exact_json.ts";

export interface Message {
  type: string;
  id?: string | null;
  channel?: string;
  symbol?: string;
  instruments?: string[];
  seq?: number;
  prev_seq?: number;
  part?: number;
  parts?: number;
  data?: unknown;
  error?: ErrorBody["error"];
  messages?: Message[];
}

/** Something to listen to: a channel, of one instrument where it has instruments, in one form. */
export interface Topic {
  channel: string;
  instrument?: string;
  parameters?: Readonly<Record<string, string | number | boolean>>;
}

/** Give the text under which a topic is known; topics that are alike have the same. */
export function topicKey({ channel, instrument = "", parameters = {} }: Topic): string {
  return `${channel}|${instrument}|${JSON.stringify(Object.entries(parameters).sort())}`;
}

/** Read a frame. Throws SyntaxError where it is none of ours. */
export function readMessage(text: string): Message {
  const message = parseExact(text) as Message;
  if (typeof message?.type !== "string") throw new SyntaxError("a message without a type");
  return message;
}

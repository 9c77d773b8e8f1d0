/** Which private events have come: they are numbered without holes, and the messages of one share its number. */

export class Sequence {
  /** Number of the last event of which everything came; null before anything is known. */
  last: number | null;
  /** Parts of the event after it that have come. */
  private part = 0;

  constructor(last: number | null) {
    this.last = last;
  }

  /**
   * Take a part of an event: `told` where it came before, perhaps on an earlier socket, `missing` where something
   * before it did not come, `part` where more of it follows, `whole` where it was the last.
   */
  take(seq: number, part: number, parts: number): "told" | "missing" | "part" | "whole" {
    const last = this.last ?? seq - 1;
    if (seq <= last || (seq === last + 1 && part <= this.part)) return "told";
    if (seq > last + 1 || part > this.part + 1) return "missing";
    this.part = part;
    if (part < parts) return "part";
    this.jump(seq);
    return "whole";
  }

  /** Go on after this event, whatever came before. */
  jump(seq: number): void {
    this.last = seq;
    this.part = 0;
  }

  /** Whether everything up to an event has come. */
  reaches(seq: number): boolean {
    return (this.last ?? 0) >= seq;
  }
}

// Volumes that can still be attached to a node, by the driver that counts them (the scheduler's NodeVolumeLimits).
import type { Attachments } from "../../model.ts";

/** What is attached to one node, against what it takes; a driver without a limit takes any number. */
export class Attached {
  private readonly counts = new Map<string, number>();
  private readonly limits: Attachments;

  constructor(limits: Attachments) {
    this.limits = limits;
  }

  /** @param times -1 takes it off again */
  add(volumes: Attachments, times: 1 | -1): void {
    for (const [driver, count] of volumes) {
      this.counts.set(driver, (this.counts.get(driver) ?? 0) + count * times);
    }
  }

  hasRoomFor(volumes: Attachments): boolean {
    for (const [driver, count] of volumes) {
      const limit = this.limits.get(driver);
      if (limit !== undefined && (this.counts.get(driver) ?? 0) + count > limit) return false;
    }
    return true;
  }
}

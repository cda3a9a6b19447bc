// What a node says before its machine goes, as AKS's node problem detector says it.
import assert from "node:assert/strict";
import { type Notice, conditionOf } from "./notice.ts";

const notice: Notice = {
  ...{ event: "Preempt", form: "VMEventScheduled" },
  ...{
    at: Date.parse("2025-02-26T10:12:43Z"),
    notBefore: Date.parse("2025-02-26T10:13:13Z"),
    eventId: "ABC",
  },
};

describe("notices of Azure on a node", () => {
  const cases: [what: string, changes: Partial<Notice>, type: string, reason: string, message: string][] = [
    [
      "a preemption, in the older form",
      {},
      "VMEventScheduled",
      "VMEventScheduled",
      "Preempt Scheduled: Wed, 26 Feb 2025 10:13:13 GMT. DurationInSeconds: -1",
    ],
    [
      "a short freeze, of which nothing comes, in the same condition",
      { event: "Freeze" },
      "VMEventScheduled",
      "VMEventScheduled",
      "Freeze Scheduled: Wed, 26 Feb 2025 10:13:13 GMT. DurationInSeconds: 5",
    ],
    [
      "a preemption, in the newer form",
      { form: "PreemptionScheduled" },
      "PreemptionScheduled",
      "SpotEvictionIncoming",
      "Preempt Scheduled: Wed, 26 Feb 2025 10:13:13 GMT. For more information, see https://aka.ms/azure/scheduled-events. EventId: ABC",
    ],
  ];
  for (const [what, changes, ...expected] of cases) {
    it(what, () => {
      const { type, status, reason, message } = conditionOf({ ...notice, ...changes });
      assert.deepEqual([type, reason, message], expected);
      assert.equal(status, "True");
    });
  }
});

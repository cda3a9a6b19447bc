import assert from "node:assert/strict";
import type { NamespaceRule } from "../policy.ts";
import { isOpen } from "./timeWindows.ts";

type TimeWindow = NamespaceRule["windows"][number];
const everyDay: TimeWindow["days"] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const night: TimeWindow = { days: everyDay, from: "22:00", to: "06:00", timeZone: "Europe/Vienna" };

const cases: [string, TimeWindow, string, boolean][] = [
  ["the first minute", night, "2026-11-18T21:00:00Z", true],
  ["the minute before", night, "2026-11-18T20:59:59Z", false],
  ["after midnight", night, "2026-11-18T23:30:00Z", true],
  ["the last minute", night, "2026-11-19T04:59:59Z", true],
  ["the end, exclusive", night, "2026-11-19T05:00:00Z", false],
  ["an hour earlier in summer", night, "2026-07-01T20:00:00Z", true],
  ["the night that began on an allowed day", { ...night, days: ["Fri"] }, "2026-11-21T02:00:00Z", true],
  ["the night that began the day before", { ...night, days: ["Sat"] }, "2026-11-21T02:00:00Z", false],
  ["all day when both ends agree", { ...night, from: "08:00", to: "08:00" }, "2026-11-18T12:00:00Z", true],
  ["at its first minute within an hour", { ...night, from: "22:30" }, "2026-11-18T21:30:00Z", true],
  ["a minute before it, within an hour", { ...night, from: "22:30" }, "2026-11-18T21:29:00Z", false],
  ["at its last minute within an hour", { ...night, to: "06:30" }, "2026-11-19T05:29:00Z", true],
  ["at its end within an hour", { ...night, to: "06:30" }, "2026-11-19T05:30:00Z", false],
  ["within a day", { ...night, from: "08:00", to: "17:00", timeZone: "UTC" }, "2026-11-18T16:59:00Z", true],
  ["outside of it", { ...night, from: "08:00", to: "17:00", timeZone: "UTC" }, "2026-11-18T17:00:00Z", false],
];

describe("time windows", () => {
  for (const [title, window, at, expected] of cases) {
    it(`${title}: ${expected ? "open" : "closed"}`, () =>
      assert.equal(isOpen([window], Date.parse(at)), expected));
  }

  it("are no restriction when there are none", () => assert.ok(isOpen([], 0)));
});

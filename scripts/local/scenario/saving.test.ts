// The saving, and what is said where it cannot be known.
import assert from "node:assert/strict";
import type { Prices } from "../../../stacks/cost/prices.ts";
import { savingSentence } from "./saving.ts";

const amounts: Record<string, number> = {
  "vmHour Standard_D4as_v5 eastus": 0.2,
  "spotHour Standard_D4as_v5 eastus": 0.05,
  "vmHour Standard_D2as_v5 eastus": 0.1,
};
const prices: Prices = {
  asOf: "2026-10-09",
  find: (meter, key, region) => {
    const amount = amounts[`${meter} ${key} ${region ?? ""}`];
    return amount === undefined ? undefined : { amount, source: "test" };
  },
};
const pod = { cpuShare: 0.5, vmSize: "Standard_D4as_v5", region: "eastus" };

describe("the saving of the scenario", () => {
  it("is the pods' share of their nodes, for a month of 730 hours", () => {
    // 2 pods × half a node × USD 0.15 × 730 h
    assert.match(savingSentence([pod, pod], prices), /2 pods on spot save USD 109\.50 a month/);
  });

  it("is not guessed where a spot price is unknown", () => {
    const text = savingSentence([pod, { ...pod, vmSize: "Standard_D2as_v5" }], prices);
    assert.match(text, /not known: no spot price for Standard_D2as_v5 in eastus/);
  });

  it("is nothing when nothing runs on spot", () => {
    assert.match(savingSentence([], prices), /nothing is saved/);
  });
});

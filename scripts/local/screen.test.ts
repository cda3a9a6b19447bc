import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { openScreen } from "./screen.ts";

function buildOutput(isTTY: boolean) {
  const written: string[] = [];
  const output = { isTTY, columns: 60, rows: 24, write: (text: string) => written.push(text) > 0 };
  return { output, text: () => stripVTControlCharacters(written.join("")), written };
}

describe("the screen", () => {
  it("says plain lines where it is no terminal: the start and the end of a step, not each change", () => {
    const { output, text } = buildOutput(false);
    const screen = openScreen(output);
    const step = screen.step("Building");
    step.update("one of two");
    screen.say("a line");
    step.done("two of two");
    assert.match(text(), /^Building …\na line\nBuilding: two of two \(\d+ s\)\n$/);
  });

  it("updates one line per step in place on a terminal, and keeps what is said above them", () => {
    const { output, text, written } = buildOutput(true);
    const screen = openScreen(output);
    const first = screen.step("Building");
    const second = screen.step("Playing");
    first.update("one of two");
    screen.say("a line");
    first.done("two of two");
    second.failed();
    assert.match(text(), /⠋ Building {2}\d+ s/);
    assert.match(text(), /a line\n\S Building: one of two {2}\d+ s\n\S Playing {2}\d+ s/);
    assert.match(text(), /✔ Building: two of two \(\d+ s\)\n\S Playing/);
    assert.match(text(), /✖ Playing \(\d+ s\)\n$/);
    assert.ok(written.join("").includes("\u001B["), "lines are taken back");
  });

  it("keeps a step on one line, however much it says", () => {
    const { output, text } = buildOutput(true);
    const step = openScreen(output).step("x".repeat(200));
    step.failed();
    for (const line of text().split("\n").slice(0, 1)) assert.ok(line.length < 60, line);
  });
});

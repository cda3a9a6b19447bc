import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { logTail } from "./logFile.ts";
import { buildEnvironment } from "./testing/programs.ts";

describe("the end of a log", () => {
  const environment = buildEnvironment();
  after(() => environment.remove());
  const tail = (text: string, lines: number): string => {
    const file = join(environment.paths.state, "a.log");
    writeFileSync(file, text);
    return logTail(file, lines);
  };

  it("is its last lines", () => assert.equal(tail("1\n2\n3\n4\n\n", 2), "3\n4"));

  it("begins at a panic, whose dump of goroutines says nothing", () => {
    const dump = Array.from({ length: 50 }, (_, index) => `goroutine ${index} [running]:`).join("\n");
    assert.equal(
      tail(`start\npanic: no such flag\n\n${dump}`, 3),
      "panic: no such flag\n\ngoroutine 0 [running]:",
    );
  });

  it("of a long log is read without the rest", () => {
    assert.equal(tail("x".repeat(1_000_000) + "\nlast", 1), "last");
  });

  it("of a log that is not there is empty", () => assert.equal(logTail("/nowhere/a.log"), ""));
});

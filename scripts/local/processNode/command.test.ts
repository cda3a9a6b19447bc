import assert from "node:assert/strict";
import { imageProblem, imageRepository, resolveCommand } from "./command.ts";

const executables = { node: "/bin/node24", "prom/prometheus": "/opt/prometheus" };

describe("image repository", () => {
  const table: [image: string, repository: string][] = [
    ["node", "node"],
    ["node:24-alpine", "node"],
    ["docker.io/library/node:24@sha256:abc", "node"],
    ["docker.io/prom/prometheus:v3", "prom/prometheus"],
    ["localhost:5000/team/app:1", "localhost:5000/team/app"],
  ];
  for (const [image, repository] of table)
    it(`${image} → ${repository}`, () => assert.equal(imageRepository(image), repository));

  it("names the programs there are when an image has none", () => {
    assert.match(
      imageProblem("nginx:1", executables) ?? "",
      /no local program plays nginx; .* node, prom\/prometheus/,
    );
    assert.equal(imageProblem("node:24", executables), undefined);
  });
});

describe("command", () => {
  const resolve = (image: string, command: string[], args: string[] = []) =>
    resolveCommand({ image }, command, args, executables, ["/vol/app"]);

  it("runs the image's program when there is no command", () => {
    assert.deepEqual(resolve("prom/prometheus:v3", [], ["--x"]), {
      program: "/opt/prometheus",
      args: ["--x"],
    });
  });
  it("drops the program's name from args, as entrypoints do", () => {
    assert.deepEqual(resolve("node", [], ["node", "main.js"]), { program: "/bin/node24", args: ["main.js"] });
  });
  it("finds a command by its last path component", () => {
    assert.deepEqual(resolve("node", ["/usr/local/bin/node", "-e", "1"], ["a"]), {
      program: "/bin/node24",
      args: ["-e", "1", "a"],
    });
  });
  it("runs a file in a volume", () => {
    assert.deepEqual(resolve("node", ["/vol/app/run.js"], ["a"]), {
      program: "/vol/app/run.js",
      args: ["a"],
    });
  });
  it("refuses any other program of the machine, naming what there is", () => {
    for (const command of ["sh", "/bin/rm", "/vol/apple/x"])
      assert.throws(() => resolve("node", [command]), /neither a file .* nor one of .* \(node, prometheus\)/);
  });
});

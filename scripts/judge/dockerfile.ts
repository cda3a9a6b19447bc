// The build stage of a Dockerfile without containers: its steps in an empty folder, with the Node of this machine.
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { promisify } from "node:util";

export interface Step {
  /** FROM, COPY, RUN, … */
  instruction: string;
  rest: string;
}

/** Pure. Knows continued lines, comments and where a stage runs, and no more of the language than our files use. */
export function parseDockerfile(text: string): Step[] {
  return text
    .replaceAll(/\\\n\s*/g, "")
    .replaceAll(/^FROM --platform=\S+ /gm, "FROM ")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [instruction = "", ...rest] = line.split(" ");
      return { instruction, rest: rest.join(" ") };
    });
}

/** What the build stage sees of the project: nothing installed, made or tried. As .dockerignore says. */
const ignored = /(^|\/)(node_modules|dist|testdata|testing)(\/|$)|\.test\.ts$/;

/**
 * Plays the stage "build" of `file`, and returns what later stages copy of it and is not there.
 * @param folder empty; stands for the root folder of the image
 * @throws Error with what a step printed when it fails
 */
export async function playBuild(file: string, project: string, folder: string): Promise<string[]> {
  const inFolder = (path: string) => join(folder, path);
  const missing: string[] = [];
  let stage = "";
  let workdir = "/";
  for (const { instruction, rest } of parseDockerfile(readFileSync(join(project, file), "utf8"))) {
    const words = rest.split(" ");
    if (instruction === "FROM") stage = words[2] ?? "";
    const [from, source] = words;
    if (instruction === "COPY" && from === "--from=build" && !existsSync(inFolder(source!)))
      missing.push(source!);
    if (stage !== "build") continue;
    if (instruction === "WORKDIR")
      mkdirSync(inFolder((workdir = resolve(workdir, rest))), { recursive: true });
    if (instruction === "COPY") copy(words, project, inFolder(workdir));
    if (instruction === "RUN") {
      const command = rest.replaceAll(/(?<= )\/(?=out)/g, `${folder}/`);
      await promisify(execFile)("sh", ["-euc", command], { cwd: inFolder(workdir) });
    }
  }
  return missing;
}

function copy(words: readonly string[], project: string, workdir: string): void {
  const target = words.at(-1)!;
  for (const source of words.slice(0, -1)) {
    const to = target.endsWith("/") ? join(workdir, target, basename(source)) : join(workdir, target);
    cpSync(join(project, source), to, {
      recursive: true,
      filter: (path) => !ignored.test(path.slice(project.length)),
    });
  }
}

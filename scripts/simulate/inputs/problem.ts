// What is wrong with the input files, gathered over all of them, so that a person corrects them at once.
import { InputError } from "../../../balancer/failures.ts";
import { type FileProblem, problemLines } from "../../../balancer/yamlFile.ts";

/** One input file: its name as the person gave it, and its text. */
export interface InputFile {
  name: string;
  text: string;
}

export class Problems {
  private readonly byFile = new Map<string, FileProblem[]>();

  add(file: string, ...problems: FileProblem[]): void {
    if (problems.length > 0) this.byFile.set(file, [...(this.byFile.get(file) ?? []), ...problems]);
  }

  /** @throws InputError with all problems, by file and line, when there is one */
  throwIfAny(): void {
    const files = [...this.byFile];
    const count = files.reduce((sum, [, problems]) => sum + problems.length, 0);
    if (count === 0) return;
    const parts = files.map(
      ([name, problems]) => `${name}\n${problemLines(problems.toSorted((a, b) => a.line - b.line))}`,
    );
    throw new InputError(
      `The simulation's input has ${count} problem${count === 1 ? "" : "s"}:\n${parts.join("\n")}`,
    );
  }
}

// Stacks of the Pulumi CLI, in the backend that it is logged in to.
import { spawn } from "node:child_process";
import { projectRoot } from "../local/index.ts";
import type { Backend, RecordedState } from "./backend.ts";
import { shortName, standingStack } from "./backend.ts";

interface Export {
  deployment?: { resources?: RecordedState[] };
}

/**
 * Runs `pulumi` in the project's folder.
 * @param output "shown": on this terminal; "returned": what it prints
 */
function pulumi(args: string[], output: "shown" | "returned"): Promise<string> {
  const child = spawn("pulumi", [...args, "--non-interactive"], {
    cwd: projectRoot,
    stdio: ["ignore", output === "shown" ? "inherit" : "pipe", "inherit"],
  });
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (part: string) => (text += part));
  return new Promise((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      const missing =
        "the Pulumi CLI is not on PATH, and only it knows stacks in Azure: https://www.pulumi.com/docs/install";
      reject(error.code === "ENOENT" ? new Error(missing) : error);
    });
    child.once("close", (code) =>
      code === 0
        ? resolve(text)
        : reject(new Error(`pulumi ${args.join(" ")} ended with exit code ${code ?? "none"}`)),
    );
  });
}

async function names(): Promise<string[]> {
  const stacks = JSON.parse(await pulumi(["stack", "ls", "--json"], "returned")) as { name: string }[];
  return stacks.map(({ name }) => name);
}

export const pulumiCli: Backend = {
  async known() {
    return (await names()).map(shortName);
  },
  async standing() {
    const found = [];
    for (const name of await names()) {
      const text = await pulumi(["stack", "export", "--stack", name], "returned");
      const { deployment } = JSON.parse(text) as Export;
      found.push(standingStack(shortName(name), deployment?.resources ?? []));
    }
    return found.filter((stack) => stack !== undefined);
  },
  async destroy({ stack, protected: kept }) {
    await pulumi(
      ["destroy", "--stack", stack, "--yes", ...(kept.length > 0 ? ["--exclude-protected"] : [])],
      "shown",
    );
  },
};

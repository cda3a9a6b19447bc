// Stacks of the Pulumi CLI, in the backend that it is logged in to.
import { pulumiSays } from "../pulumi.ts";
import type { Backend, RecordedState } from "./backend.ts";
import { shortName, standingStack } from "./backend.ts";

interface Export {
  deployment?: { resources?: RecordedState[] };
}

async function names(): Promise<string[]> {
  const stacks = JSON.parse(await pulumiSays(["stack", "ls", "--json"])) as { name: string }[];
  return stacks.map(({ name }) => name);
}

export const pulumiCli: Backend = {
  async known() {
    return (await names()).map(shortName);
  },
  async standing() {
    const found = [];
    for (const name of await names()) {
      const text = await pulumiSays(["stack", "export", "--stack", name]);
      const { deployment } = JSON.parse(text) as Export;
      found.push(standingStack(shortName(name), deployment?.resources ?? []));
    }
    return found.filter((stack) => stack !== undefined);
  },
  async destroy({ stack, protected: kept }) {
    await pulumiSays(
      ["destroy", "--stack", stack, "--yes", ...(kept.length > 0 ? ["--exclude-protected"] : [])],
      { stdout: "inherit" },
    );
  },
};

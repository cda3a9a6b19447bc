// `npm run cost -- <stack|env>`: what a month costs at the smallest and the largest scale, from the programs themselves.
import { Command, Option } from "commander";
import { outliveReader } from "../balancer/outliveReader.ts";
import { estimateCost } from "../stacks/cost/estimate.ts";
import { loadPrices } from "../stacks/cost/prices.ts";
import { layers, stackName } from "../stacks/stackName.ts";
import { failWith } from "./failWith.ts";
import { costAsText } from "./cost/report.ts";
import { recordStack } from "./cost/record.ts";

interface Options {
  output: "text" | "json";
  prices?: string;
}

const isStack = (target: string) => layers.some((layer) => target.startsWith(`${layer}-`));

async function cost(target: string, { output, prices }: Options): Promise<void> {
  const stacks = isStack(target) ? [target] : layers.map((layer) => stackName({ layer, env: target }));
  const known = loadPrices(prices);
  const recorded = [];
  for (const stack of stacks) recorded.push({ stack, resources: await recordStack(stack) });
  const all = recorded.flatMap(({ resources }) => resources);
  const estimate = estimateCost(all, known);
  const totals = recorded.map(({ stack, resources }) => [stack, estimateCost(resources, known).total]);
  process.stdout.write(
    output === "json"
      ? `${JSON.stringify({ target, ...estimate, stacks: Object.fromEntries(totals) as unknown }, null, 2)}\n`
      : costAsText(target, estimate),
  );
}

outliveReader();
await new Command("cost")
  .description("Estimate what a stack or an environment costs a month (USD, list prices)")
  .argument("<stack|env>", "base-dev, or dev for all of its layers")
  .addOption(new Option("--output <form>").choices(["text", "json"]).default("text"))
  .option(
    "--prices <file>",
    "prices that win over stacks/cost/prices.yaml; same form",
    process.env["SPOT_BALANCER_PRICES"],
  )
  .action(cost)
  .parseAsync()
  .catch(failWith(2));

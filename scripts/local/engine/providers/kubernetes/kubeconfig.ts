// The kubeconfig of a provider's configuration.
// A file of its own, for those who need a cluster: client-node takes longer to load than anything else here.
import { existsSync } from "node:fs";
import { KubeConfig } from "@kubernetes/client-node";
import type { Properties } from "../../values.ts";

/** `kubeconfig` is the content of a kubeconfig or the path of one; without it the usual places are looked at. */
export function loadConfig(inputs: Properties): KubeConfig {
  const config = new KubeConfig();
  const given = inputs["kubeconfig"];
  if (typeof given !== "string" || !given) config.loadFromDefault();
  else if (!given.includes("\n") && existsSync(given)) config.loadFromFile(given);
  else loadText(config, given);
  const context = inputs["context"];
  if (typeof context === "string") {
    if (!config.getContextObject(context)) throw new Error(`the kubeconfig has no context "${context}"`);
    config.setCurrentContext(context);
  }
  return config;
}

/** A path of no file is YAML, too: of a text. */
function loadText(config: KubeConfig, text: string): void {
  let cause: unknown;
  try {
    config.loadFromString(text);
    if (config.contexts.length > 0) return;
  } catch (error) {
    cause = error;
  }
  const shown = text.includes("\n")
    ? "its text is no YAML of a kubeconfig with a context"
    : "there is no file of that name";
  throw new Error(`kubeconfig: expected the content or the path of one, but ${shown}`, { cause });
}

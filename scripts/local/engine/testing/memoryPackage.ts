// A provider for tests that keeps its objects in memory, notes every call, and fails or waits when it is told to.
import { differences, formatPath } from "../paths.ts";
import type { ProviderPackage } from "../providers/provider.ts";
import { NotReadyError } from "../providers/provider.ts";
import { withoutSecretMarks } from "../providers/plain.ts";
import { unknown, type Properties } from "../values.ts";

export const thing = "memory:index:Thing";

export interface Memory {
  package: ProviderPackage;
  /** What exists, by id. */
  objects: Map<string, Properties>;
  /** `create a`, `update b`, …, in the order in which they ended (with `!` when they failed). */
  calls: string[];
  /** Runs in the middle of an operation, given as `create a`; throw to let it fail. */
  during: (call: string) => void | Promise<void>;
  /** Names of things that come into being, but never get ready. */
  neverReady: Set<string>;
  /** Names of things that nobody can look at now. */
  unreadable: Set<string>;
}

/** Inputs: `size` cannot be changed in place, `fixed` neither, and then the old one has to go first. */
export function buildMemory(): Memory {
  const memory: Memory = {
    objects: new Map(),
    calls: [],
    during: () => undefined,
    neverReady: new Set(),
    unreadable: new Set(),
    package: undefined!,
  };
  let made = 0;
  let names = 0;

  async function call<T>(name: string, work: () => T): Promise<T> {
    try {
      await memory.during(name);
      const result = work();
      memory.calls.push(name);
      return result;
    } catch (error) {
      memory.calls.push(`${name}!`);
      throw error;
    }
  }
  const settled = (name: string, id: string, outputs: Properties): { id: string; outputs: Properties } => {
    if (memory.neverReady.has(name)) throw new NotReadyError(id, outputs, [`${name} is not ready`]);
    return { id, outputs };
  };

  const client = withoutSecretMarks({
    // As real ones make up a name, and keep it as long as the object is the same.
    check: (_subject, { olds, news }) =>
      Promise.resolve({
        inputs: news["named"] ? { ...news, name: olds?.["name"] ?? `name-${++names}` } : news,
        failures: news["bad"] === undefined ? [] : [{ property: "bad", reason: "expected nothing" }],
      }),
    diff: (_subject, { oldInputs, newInputs }) => {
      const paths = differences(oldInputs, newInputs).map(({ path }) => formatPath(path));
      return Promise.resolve({
        changes: paths.length ? "some" : "none",
        replaces: paths.filter((path) => path === "size" || path === "fixed"),
        deleteBeforeReplace: paths.includes("fixed"),
      });
    },
    create: ({ name }, { inputs, preview }) => {
      if (preview) return Promise.resolve({ id: "", outputs: { ...inputs, token: unknown } });
      return call(`create ${name}`, () => {
        const id = `${name}-${++made}`;
        const outputs = { ...inputs, token: `token-of-${id}` };
        memory.objects.set(id, outputs);
        return settled(name, id, outputs);
      });
    },
    update: ({ name, id }, { newInputs, oldOutputs, preview }) => {
      const outputs = { ...newInputs, token: oldOutputs["token"] ?? "" };
      if (preview) return Promise.resolve({ outputs });
      return call(`update ${name}`, () => {
        memory.objects.set(id, outputs);
        return settled(name, id, outputs);
      });
    },
    delete: ({ name, id }) => call(`delete ${name}`, () => void memory.objects.delete(id)),
    read: ({ name, id }, { inputs }) => {
      if (memory.unreadable.has(name)) return Promise.reject(new Error("nobody answers"));
      const outputs = memory.objects.get(id);
      if (!outputs) return Promise.resolve(undefined);
      const current = Object.fromEntries(Object.keys(inputs).map((key) => [key, outputs[key]!]));
      return Promise.resolve({ id, inputs: current, outputs });
    },
    invoke: (token, args) => Promise.resolve({ token, ...args }),
    close: () => undefined,
  });
  memory.package = { configure: () => Promise.resolve(client) };
  return memory;
}

// One object at a time: what is wrong with one is told of that one, and ends neither its list nor the round.
import { rootCause } from "../failures.ts";

/** What every object of the API has. */
interface Named {
  metadata?: { name?: string; namespace?: string };
}

/**
 * A reader that never throws. Where `read` does, `instead` makes what stands for the object: as little as is known, and
 * whatever is most careful; without it the object is dropped. So is what has no name: the API stores no such thing.
 */
export function guarded<Raw extends Named, Slim>(
  read: (raw: Raw) => Slim | undefined,
  instead: (
    raw: Raw & { metadata: { name: string; namespace: string } },
    fault: string,
  ) => Slim | undefined = () => undefined,
): (raw: Raw) => Slim | undefined {
  return (raw) => {
    const name: unknown = raw?.metadata?.name;
    const namespace: unknown = raw?.metadata?.namespace ?? "";
    if (typeof name !== "string" || typeof namespace !== "string") return undefined;
    try {
      return read(raw);
    } catch (error) {
      const why = rootCause(error);
      const fault =
        error instanceof TypeError ? `a field is missing, or of another type than the API has: ${why}` : why;
      return instead({ ...raw, metadata: { ...raw.metadata, name, namespace } }, fault);
    }
  };
}

/** What is read, or something else where it cannot be. */
export function orElse<Value>(instead: NoInfer<Value>, read: () => Value): Value {
  try {
    return read();
  } catch {
    return instead;
  }
}

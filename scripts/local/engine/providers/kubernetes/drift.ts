// What others changed of the fields that we set. What they added beside ours is theirs, and does not count.
import { isDeepStrictEqual } from "node:util";
import { isObject, type Properties, type Value } from "../../values.ts";

/** Keys that tell the elements of the API's lists apart. */
const listKeys = ["name", "containerPort", "port", "mountPath", "ip", "key", "topologyKey", "type"];

/**
 * The recorded inputs as they are in the cluster now.
 * @param applied what the server says that applying the inputs again would give (a dry run): equal to `live`
 *   wherever nobody changed what we set, whatever spelling or defaults the server uses
 */
export const liveInputs = (inputs: Properties, live: Properties, applied: Properties): Properties =>
  Object.fromEntries(
    Object.entries(inputs).flatMap(([key, input]) => {
      const now = currently(input, live[key], applied[key]);
      return now === undefined ? [] : [[key, now]];
    }),
  );

function currently(input: Value, live: Value | undefined, applied: Value | undefined): Value | undefined {
  if (isDeepStrictEqual(live, applied)) return input;
  if (isObject(input) && isObject(live) && isObject(applied)) return liveInputs(input, live, applied);
  if (Array.isArray(input) && Array.isArray(live) && Array.isArray(applied)) {
    const key = listKeys.find((name) =>
      [...input, ...live].every((item) => isObject(item) && item[name] !== undefined),
    );
    const match = (list: Value[], item: Value, index: number): Value | undefined =>
      key && isObject(item) ? list.find((other) => isObject(other) && other[key] === item[key]) : list[index];
    if (!key && input.length !== live.length) return live;
    return input
      .map((item, index) => currently(item, match(live, item, index), match(applied, item, index)))
      .filter((item) => item !== undefined);
  }
  return live;
}

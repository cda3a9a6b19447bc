// How azure-native learns from a GET what has changed in Azure, and what it then takes for the program's inputs.
// pulumi-azure-native, provider/pkg/provider/provider.go, `Read`: old outputs and new ones are both reduced to what can be
// an input; what differs, as a whole property, goes into the recorded inputs. So a pool that has grown puts every pool of
// the GET into the inputs of a program that knows of one: pulumi-azure-native#1532, #2059.
import { isDeepStrictEqual } from "node:util";
import { type Property, type ValueType, propertiesOf } from "./checks/models.ts";
import { type Inputs, isRecord } from "./problem.ts";
import type { ResourceType } from "./resourceType.ts";

/** What of the outputs can be an input, by Microsoft's model. */
function project(outputs: Inputs, properties: Map<string, Property> | undefined): Inputs {
  if (!properties) return outputs;
  return Object.fromEntries(
    Object.entries(outputs).flatMap(([name, value]) => {
      const property = properties.get(name);
      return property && !property.readOnly ? [[name, projectValue(value, property.type)]] : [];
    }),
  );
}

function projectValue(value: unknown, type: ValueType): unknown {
  if (type.kind === "list" && Array.isArray(value)) return value.map((item) => projectValue(item, type.of));
  return type.kind === "object" && isRecord(value) ? project(value, propertiesOf(type.model)) : value;
}

/** The recorded inputs with what differs between the recorded outputs and those of now. All in clear. */
export function refreshInputs(type: ResourceType, inputs: Inputs, before: Inputs, now: Inputs): Inputs {
  const properties = propertiesOf(type.model);
  // Children that the program makes as resources of their own do not become inputs of the parent.
  const isOurs = (name: string): boolean => !type.children?.includes(name) || name in inputs;
  const [old, current] = [before, now].map((outputs) => project(outputs, properties));
  const result = { ...inputs };
  for (const name of new Set([...Object.keys(old!), ...Object.keys(current!)])) {
    if (!isOurs(name) || isDeepStrictEqual(old![name], current![name])) continue;
    if (current![name] === undefined) delete result[name];
    else result[name] = current![name];
  }
  return result;
}

// JSON schemas of Kubernetes' kinds, from what the running API server publishes: its own version, with all extensions.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  isObject,
  listAt,
  textAt,
  valueAt,
  type KubeApi,
  type Properties,
  type Value,
} from "../local/index.ts";

/** What kubeconform finds them by. */
export const schemaPattern = "{{.Group}}/{{.ResourceAPIVersion}}/{{.ResourceKind}}.json";

/** Writes the schema of every kind of these API versions (`apps/v1`) to a folder, as `schemaPattern` says. */
export async function writeSchemas(
  api: KubeApi,
  apiVersions: Iterable<string>,
  folder: string,
): Promise<void> {
  await Promise.all(
    [...new Set(apiVersions)].map(async (apiVersion) => {
      const root = apiVersion.includes("/") ? "apis" : "api";
      const published = await api.request("GET", `/openapi/v3/${root}/${apiVersion}`);
      const [group = "", version = group] = apiVersion.split("/");
      const target = join(folder, group, version);
      mkdirSync(target, { recursive: true });
      for (const [kind, schema] of schemasOf(published, apiVersion)) {
        writeFileSync(join(target, `${kind.toLowerCase()}.json`), JSON.stringify(schema));
      }
    }),
  );
}

/** Schema by kind. Each has the whole document beside it, for what it refers to. */
export function schemasOf(published: Properties, apiVersion: string): Map<string, Properties> {
  const schemas = valueAt(published, "components", "schemas");
  if (!isObject(schemas)) return new Map();
  const components = {
    schemas: Object.fromEntries(Object.entries(schemas).map(([name, s]) => [name, closed(s)])),
  };
  return new Map(
    Object.entries(schemas).flatMap(([name, schema]) =>
      listAt(schema, "x-kubernetes-group-version-kind")
        .filter((id) => [textAt(id, "group"), textAt(id, "version")].filter(Boolean).join("/") === apiVersion)
        .map((id): [string, Properties] => [
          textAt(id, "kind") ?? "",
          { $ref: `#/components/schemas/${name}`, components },
        ]),
    ),
  );
}

/** The same schema, which takes no property that it does not name: strict, as kubeconform means it. */
export function closed(schema: Value): Value {
  if (!isObject(schema)) return schema;
  const { properties, items, additionalProperties, ...rest } = schema;
  const isOpen = schema["x-kubernetes-preserve-unknown-fields"] === true;
  return {
    ...rest,
    ...(isObject(properties) && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, closed(each)])),
      ...(additionalProperties === undefined && !isOpen && { additionalProperties: false }),
    }),
    ...(items !== undefined && { items: closed(items) }),
    ...(additionalProperties !== undefined && { additionalProperties: closed(additionalProperties) }),
  };
}

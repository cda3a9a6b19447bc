// Schemas take what they name, and nothing else.
import assert from "node:assert/strict";
import type { Properties } from "../local/index.ts";
import { closed, schemasOf } from "./schemas.ts";

describe("a closed schema", () => {
  const text = { type: "string" };
  const cases: [name: string, schema: Properties, expected: Properties][] = [
    [
      "names all properties",
      { type: "object", properties: { a: text } },
      { type: "object", properties: { a: text }, additionalProperties: false },
    ],
    ["leaves maps open", { additionalProperties: text }, { additionalProperties: text }],
    [
      "leaves open what the API leaves open",
      { properties: { a: text }, "x-kubernetes-preserve-unknown-fields": true },
      { properties: { a: text }, "x-kubernetes-preserve-unknown-fields": true },
    ],
    [
      "is closed within, too",
      { items: { properties: { a: { properties: {} } } } },
      {
        items: {
          properties: { a: { properties: {}, additionalProperties: false } },
          additionalProperties: false,
        },
      },
    ],
    [
      "keeps alternatives as they are, which speak of a part of the properties",
      { properties: { a: text }, anyOf: [{ properties: { a: text } }] },
      { properties: { a: text }, additionalProperties: false, anyOf: [{ properties: { a: text } }] },
    ],
  ];
  for (const [name, schema, expected] of cases) {
    it(name, () => assert.deepEqual(closed(schema), expected));
  }

  it("is there for each kind of an API version, with all that it refers to", () => {
    const web = {
      properties: { metadata: { $ref: "#/components/schemas/Meta" } },
      "x-kubernetes-group-version-kind": [
        { group: "apps", version: "v1", kind: "Deployment" },
        { group: "apps", version: "v2", kind: "Deployment" },
      ],
    };
    const schemas = schemasOf(
      { components: { schemas: { "api.Web": web, Meta: { properties: {} } } } },
      "apps/v1",
    );
    assert.deepEqual([...schemas.keys()], ["Deployment"]);
    const { $ref, components } = schemas.get("Deployment") as {
      $ref: string;
      components: { schemas: Record<string, Properties> };
    };
    assert.equal($ref, "#/components/schemas/api.Web");
    assert.deepEqual(components.schemas["Meta"], { properties: {}, additionalProperties: false });
  });
});

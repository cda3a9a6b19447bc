import assert from "node:assert/strict";
import { publicUrl } from "./publicUrl.ts";

describe("a Service's public URL", () => {
  const cases: [what: string, ingress: object[] | undefined, url: string | undefined][] = [
    ["an address", [{ ip: "203.0.113.9" }], "http://203.0.113.9"],
    ["a name", [{ hostname: "lb.example.com" }], "http://lb.example.com"],
    ["a name with its address", [{ ip: "203.0.113.9", hostname: "lb.example.com" }], "http://lb.example.com"],
    [
      "an address on this machine, where port 80 is not for everybody",
      [{ ip: "127.0.0.9", ports: [{ port: 8000, protocol: "TCP" }] }],
      "http://127.0.0.9:8000",
    ],
    ["nothing yet", undefined, undefined],
  ];
  for (const [what, ingress, url] of cases)
    it(`of ${what}`, () => {
      assert.equal(publicUrl({ loadBalancer: ingress ? { ingress } : {} }), url);
    });
});

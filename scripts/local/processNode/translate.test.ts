import assert from "node:assert/strict";
import { serviceReferences, translate, type Places } from "./translate.ts";

const places: Places = {
  paths: new Map([
    ["/data", "/local/volumes/data"],
    ["/data/rules", "/local/volumes/rules"],
    ["/var/run/secrets/kubernetes.io/serviceaccount", "/local/volumes/token"],
    ["/etc/app/config.yaml", "/local/volumes/config/config.yaml"],
  ]),
  services: new Map([
    ["prometheus.monitoring:9090", "127.110.0.1:9090"],
    ["web.demo:80", "127.110.0.2:41234"],
    ["web.demo:443", "127.110.0.2:443"],
    ["kubernetes.default:443", "127.0.0.1:6443"],
  ]),
};

describe("translation rule", () => {
  const table: [what: string, text: string, expected: string][] = [
    ["a mount path", "/data", "/local/volumes/data"],
    ["a file below it", "--path=/data/db.sqlite", "--path=/local/volumes/data/db.sqlite"],
    ["the longest mount wins", "/data/rules/a.yml", "/local/volumes/rules/a.yml"],
    ["a single file", "-c /etc/app/config.yaml", "-c /local/volumes/config/config.yaml"],
    ["a trailing dot of a sentence", "kept in /data.", "kept in /local/volumes/data."],
    [
      "several in a text",
      "/data:/data,'/data'",
      "/local/volumes/data:/local/volumes/data,'/local/volumes/data'",
    ],
    ["not a longer name", "/database /data-old /data.bak", "/database /data-old /data.bak"],
    ["not inside another path", "/var/data ../data x/data", "/var/data ../data x/data"],
    ["not a URL's path", "http://example.com/data", "http://example.com/data"],
    [
      "the token's folder",
      "credentials_file: /var/run/secrets/kubernetes.io/serviceaccount/token",
      "credentials_file: /local/volumes/token/token",
    ],
    ["a service with its port", "http://prometheus.monitoring.svc:9090/api", "http://127.110.0.1:9090/api"],
    ["its long name", "prometheus.monitoring.svc.cluster.local:9090", "127.110.0.1:9090"],
    [
      "the scheme's port",
      "http://web.demo.svc/x https://web.demo.svc",
      "http://127.110.0.2:41234/x https://127.110.0.2:443",
    ],
    ["the API server", "api_server: https://kubernetes.default.svc", "api_server: https://127.0.0.1:6443"],
    ["a bare name keeps no port", "server_name: kubernetes.default.svc", "server_name: 127.0.0.1"],
    ["at the end of a sentence", "ask https://kubernetes.default.svc.", "ask https://127.0.0.1:6443."],
    ["an unknown service stays", "http://other.demo.svc:80", "http://other.demo.svc:80"],
    ["a longer host name stays", "web-0.web.demo.svc:80", "web-0.web.demo.svc:80"],
    ["another domain stays", "web.demo.svc.example.com:80", "web.demo.svc.example.com:80"],
    ["no .svc, no service", "web.demo:80 web.demo.svcs", "web.demo:80 web.demo.svcs"],
  ];
  for (const [what, text, expected] of table) it(what, () => assert.equal(translate(text, places), expected));

  it("does not look again at what it put in", () => {
    const twice: Places = { paths: new Map([["/a", "/b/x"], ["/b", "/c"]]), services: new Map() }; // prettier-ignore
    assert.equal(translate("/a /b", twice), "/b/x /c");
  });

  it("takes a mount path literally", () => {
    const odd: Places = { paths: new Map([["/a+b(1)", "/local"]]), services: new Map() };
    assert.equal(translate("/a+b(1)/x /aab(1)/x", odd), "/local/x /aab(1)/x");
  });

  it("finds each Service that is named, once", () => {
    const found = serviceReferences([
      "http://web.demo.svc/ and web.demo.svc:80",
      "https://kubernetes.default.svc",
    ]);
    assert.deepEqual(
      found.map(({ key }) => key),
      ["web.demo:80", "kubernetes.default:443"],
    );
  });
});

// How a Prometheus wants to be asked: the file that `promtool --http.config.file` and every scrape config take as well.
//
// https://prometheus.io/docs/prometheus/latest/configuration/https/#http-client-configuration; azuread as in remote_write.
import { readFileSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";
import * as z from "zod";
import { InputError, rootCause } from "../failures.ts";
import { problemLines, readYaml, textOf } from "../yamlFile.ts";

const text = z.string().min(1);
const list = z.array(text).default([]);

/** What the request itself needs, or the other keys say. */
const ownHeaders = ["host", "authorization", "content-type", "content-length", "accept"];
const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "must be the name of an HTTP header")
  .refine((name) => !ownHeaders.includes(name.toLowerCase()), "is set by other keys, or by the request");

const schema = z
  .strictObject({
    basic_auth: z
      .strictObject({
        username: text.optional(),
        username_file: text.optional(),
        password: text.optional(),
        password_file: text.optional(),
      })
      .optional(),
    authorization: z
      .strictObject({
        type: text.default("Bearer"),
        credentials: text.optional(),
        credentials_file: text.optional(),
      })
      .optional(),
    http_headers: z
      .record(headerName, z.strictObject({ values: list, secrets: list, files: list }))
      .default({}),
    tls_config: z
      .strictObject({
        ca_file: text.optional(),
        cert_file: text.optional(),
        key_file: text.optional(),
        server_name: text.optional(),
        insecure_skip_verify: z.boolean().default(false),
      })
      .prefault({}),
    proxy_url: z.url().optional(),
    no_proxy: text.optional(),
    proxy_from_environment: z.boolean().default(false),
    azuread: z
      .strictObject({
        cloud: z.enum(["AzurePublic", "AzureGovernment", "AzureChina"]).default("AzurePublic"),
        workload_identity: z.strictObject({
          client_id: text.optional(),
          tenant_id: text.optional(),
          token_file_path: text.optional(),
        }),
      })
      .optional(),
  })
  .superRefine(({ basic_auth, authorization, azuread, tls_config, ...rest }, context) => {
    const problem = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
    const given = Object.entries({ basic_auth, authorization, azuread }).filter(([, value]) => value);
    if (given.length > 1) problem([given[1]![0]], `expected one of ${given.map(([key]) => key).join(", ")}`);
    const twice = (path: string, one: unknown, other: unknown, needed: boolean) => {
      if (one !== undefined && other !== undefined)
        problem([path], "expected the value or its file, got both");
      if (needed && one === undefined && other === undefined)
        problem([path], "expected the value or its file");
    };
    if (basic_auth) {
      twice("basic_auth", basic_auth.username, basic_auth.username_file, true);
      twice("basic_auth", basic_auth.password, basic_auth.password_file, false);
    }
    if (authorization)
      twice("authorization", authorization.credentials, authorization.credentials_file, true);
    if ((tls_config.cert_file === undefined) !== (tls_config.key_file === undefined))
      problem(["tls_config"], "expected cert_file and key_file together");
    if (rest.proxy_url !== undefined && rest.proxy_from_environment)
      problem(["proxy_url"], "expected it or proxy_from_environment, got both");
  });

export type AccessFile = z.output<typeof schema>;

/** Files in it are looked for beside it. @throws InputError that names keys and lines, and shows no value */
export function readAccessFile(path: string): AccessFile & { at: (file: string) => string } {
  let content: string;
  try {
    content = textOf(readFileSync(path));
  } catch (error) {
    throw new InputError(`Cannot read --prometheus-config ${path}: ${rootCause(error)}`, { cause: error });
  }
  const { value, problems } = readYaml(content, schema);
  if (value === undefined) {
    // A parser's words may quote what it fails at.
    const shown = problems.map((each) =>
      each.path === "" ? { ...each, message: "it cannot be read" } : each,
    );
    throw new InputError(`--prometheus-config ${path}:\n${problemLines(shown)}`);
  }
  return { ...value, at: (file) => (isAbsolute(file) ? file : resolve(dirname(path), file)) };
}

// What goes with every query to a Prometheus that wants to know who asks: headers, certificates, proxy.
import { readFileSync } from "node:fs";
import { Agent as HttpAgent } from "node:http";
import { Agent, type AgentOptions } from "node:https";
import { InputError, rootCause } from "../failures.ts";
import { readAccessFile } from "./accessFile.ts";
import { azureToken } from "./azureToken.ts";

export interface PrometheusAccess {
  /** Read again for each request: tokens and passwords in files are renewed while we run. */
  headers(signal: AbortSignal): Promise<Record<string, string>>;
  /** For `http:` or `https:`. */
  agentFor(url: string): HttpAgent;
}

/** @throws InputError when the file, or one that it names, cannot be used */
export function openAccess(path: string, env: NodeJS.ProcessEnv): PrometheusAccess {
  const { at, ...file } = readAccessFile(path);
  const { basic_auth: basic, authorization, azuread, http_headers, tls_config: tls } = file;
  const proxyEnv = proxyOf(file, env);
  const azure = azuread && azureToken(azuread, env);

  async function credentials(signal: AbortSignal): Promise<string | undefined> {
    if (azure) return `Bearer ${await azure(signal)}`;
    if (basic) {
      const name = basic.username ?? secretIn(at(basic.username_file!));
      const password = basic.password_file ? secretIn(at(basic.password_file)) : (basic.password ?? "");
      return `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
    }
    if (!authorization) return undefined;
    const secret = authorization.credentials ?? secretIn(at(authorization.credentials_file!));
    return `${authorization.type} ${secret}`;
  }

  return {
    async headers(signal) {
      const who = await credentials(signal);
      const more = Object.entries(http_headers).map(([name, { values, secrets, files }]) => {
        const inFiles = files.map((each) => secretIn(at(each)));
        return [name, [...values, ...secrets, ...inFiles].join(", ")] as const;
      });
      return {
        ...Object.fromEntries(more),
        ...(who !== undefined && { authorization: who }),
      };
    },
    agentFor(url) {
      if (url.startsWith("http:")) return new HttpAgent({ proxyEnv });
      const options: AgentOptions = {
        ...{ proxyEnv, servername: tls.server_name, rejectUnauthorized: !tls.insecure_skip_verify },
        ...(tls.ca_file && { ca: read(at(tls.ca_file)) }),
        ...(tls.cert_file && { cert: read(at(tls.cert_file)), key: read(at(tls.key_file!)) }),
      };
      return new Agent(options);
    },
  };
}

/** Node's own, by the variables that curl and kubectl know too (https://nodejs.org/api/http.html#built-in-proxy-support). */
function proxyOf(
  file: { proxy_url?: string | undefined; no_proxy?: string | undefined; proxy_from_environment: boolean },
  env: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv | undefined {
  if (file.proxy_from_environment) return env;
  if (file.proxy_url === undefined) return undefined;
  return { HTTP_PROXY: file.proxy_url, HTTPS_PROXY: file.proxy_url, NO_PROXY: file.no_proxy };
}

/** Without the line break that editors add. @throws InputError that names the file, never what is in it */
function secretIn(path: string): string {
  const text = read(path).toString().trim();
  if (text === "" || /[\r\n]/.test(text))
    throw new InputError(`--prometheus-config: expected one line in ${path}`);
  return text;
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new InputError(`--prometheus-config: cannot read ${path}: ${rootCause(error)}`, { cause: error });
  }
}

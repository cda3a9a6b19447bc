// The emulated Azure of a running environment, as the embedded engine asks it: in plain values, over the supervisor's
// socket, which only its user can open. The Pulumi CLI asks the same provider by its own protocol.
import type { ProviderClient, ProviderPackage } from "../engine/providers/provider.ts";
import type { Properties } from "../engine/values.ts";
import { callSupervisor } from "../supervisor/client.ts";

const methods = ["check", "diff", "create", "update", "delete", "read", "invoke"] as const;

interface Call {
  settings: Properties;
  method: (typeof methods)[number];
  args: unknown[];
}

/** A route of the supervisor. */
export const azureRoute =
  (azure: ProviderPackage) =>
  async (body: unknown): Promise<unknown> => {
    const { settings, method, args } = body as Call;
    const client = await azure.configure(settings);
    return (client[method] as (...args: unknown[]) => unknown)(...args);
  };

/** What a call has besides data (a signal, a way to say how it stands) stays here: Azure uses neither. */
export const remoteAzure = (socket: string): ProviderPackage => ({
  configure(settings) {
    const ask =
      (method: Call["method"]) =>
      async (...args: unknown[]): Promise<unknown> =>
        (await callSupervisor(socket, "POST /azure", { settings, method, args })) ?? undefined;
    const calls = Object.fromEntries(methods.map((method) => [method, ask(method)]));
    return Promise.resolve({ ...calls, close: () => undefined } as unknown as ProviderClient);
  },
});

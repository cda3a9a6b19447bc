// Answers the program: each request becomes a registration, a reading, a function call or a message of this run.
import type { MonitorHandler } from "./monitor.ts";
import { readResource } from "./reading.ts";
import { register } from "./registration.ts";
import type { Run } from "./run.ts";
import { unsupportedValue } from "./values.ts";

/** @param stateDir of all stacks */
export function handlerOf(run: Run, stateDir: string): MonitorHandler {
  return {
    register: (read) => run.request(async () => register(run, read())),
    read: (goal) => run.request(() => readResource(run, goal, stateDir)),
    // A function that fails is the program's to handle, as with the Pulumi CLI: it does not end the run.
    invoke: async (token, args, provider) => {
      if (token.startsWith("pulumi:")) throw new Error(`the embedded engine has no function ${token}`);
      const client = await run.providers.for(token, provider);
      const result = await client.invoke(token, args);
      run.redactor.learn(result);
      return result;
    },
    registerOutputs: (urn, outputs) =>
      run.request(async () => {
        const component = run.store.find(urn);
        if (!component)
          throw new Error(`outputs were registered for ${urn}, which is not a resource of this stack`);
        const special = unsupportedValue(outputs);
        if (special)
          throw new Error(
            `the outputs of ${urn} hold ${special}, which the embedded engine does not support`,
          );
        run.record({ ...component, outputs }, component);
        return Promise.resolve();
      }),
    log: (severity, message, urn) => {
      if (severity === "debug" || run.stopping) return;
      run.log(severity, message, urn);
    },
  };
}

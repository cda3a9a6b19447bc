// `npm run local -- down`: stops every process of the environment. Its state stays for the next start.
import { removeEnvironment, stateDir } from "../environment.ts";
import { stopSupervisor } from "../supervisor/launch.ts";
import { environmentPaths } from "../processes/paths.ts";

/** Stops everything, also what a killed supervisor left behind. Returns whether anything was running. */
export async function down(): Promise<boolean> {
  const running = await stopSupervisor(environmentPaths(stateDir));
  removeEnvironment();
  return running;
}

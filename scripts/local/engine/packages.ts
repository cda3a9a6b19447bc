// The providers that the embedded engine has.
import { grpcPackage } from "./providers/grpc.ts";
import type { ProviderPackage } from "./providers/provider.ts";
import { kubernetesPackage } from "./providers/kubernetes.ts";
import { randomPackage } from "./providers/random.ts";

/** @param azureProvider `host:port` of the emulated azure-native provider. */
export function localPackages(azureProvider: string): Record<string, ProviderPackage> {
  return {
    "azure-native": grpcPackage(azureProvider),
    kubernetes: kubernetesPackage(),
    random: randomPackage,
  };
}

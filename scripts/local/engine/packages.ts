// The providers that the embedded engine has.
import type { ProviderPackage } from "./providers/provider.ts";
import { kubernetesPackage } from "./providers/kubernetes.ts";
import { randomPackage } from "./providers/random.ts";

export const localPackages = (azure: ProviderPackage): Record<string, ProviderPackage> => ({
  "azure-native": azure,
  kubernetes: kubernetesPackage(),
  random: randomPackage,
});

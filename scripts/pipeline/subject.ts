// The subject of GitHub's OIDC tokens for the jobs of an environment, which a federated credential must name exactly. Pure.

/** `GET /repos/{owner}/{repo}`, what is used of it. */
export interface Repository {
  id: number;
  name: string;
  owner: { id: number; login: string };
}

/** `GET /repos/{owner}/{repo}/actions/oidc/customization/sub`, what is used of it. */
export interface Customization {
  /** Since 2026: what the tokens of this repository really begin with (Azure/azure-dev#9430). */
  sub_claim_prefix?: string;
}

/** Of repositories made, renamed or transferred since 15 July 2026: https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens */
export const immutablePrefix = ({ id, name, owner }: Repository): string =>
  `repo:${owner.login}@${owner.id}/${name}@${id}`;

/** Of older ones that nobody has switched over. */
export const namedPrefix = ({ name, owner }: Repository): string => `repo:${owner.login}/${name}`;

/** @throws when GitHub's answer is neither form of this repository */
export function subjectOf(repository: Repository, customization: Customization, environment: string): string {
  const forms = [immutablePrefix(repository), namedPrefix(repository)];
  const { sub_claim_prefix: prefix = namedPrefix(repository) } = customization;
  if (!forms.includes(prefix))
    throw new Error(
      `GitHub's tokens of this repository begin with "${prefix}": expected ${forms.join(" or ")}. ` +
        "Has somebody customized the claim? Then name the subject yourself",
    );
  return `${prefix}:environment:${environment}`;
}

// The few calls to GitHub's REST API that the pipeline makes: comments on a pull request, issues about drift.
import { commentMarker } from "./comment.ts";
import { subjectOf, type Customization, type Repository } from "./subject.ts";
import type { IssueAction, OpenIssue } from "./drift.ts";

const driftLabel = "drift";

export interface GitHubAccess {
  /** `https://api.github.com` */
  api: string;
  /** `owner/name` */
  repository: string;
  token: string;
}

interface Comment {
  id: number;
  body?: string;
}

/** Access as a workflow gets it, or undefined on a laptop. */
export function accessFrom(env: NodeJS.ProcessEnv): GitHubAccess | undefined {
  const token = env["GITHUB_TOKEN"];
  const repository = env["GITHUB_REPOSITORY"];
  if (!token || !repository) return undefined;
  return { api: env["GITHUB_API_URL"] ?? "https://api.github.com", repository, token };
}

export class GitHub {
  readonly #access: GitHubAccess;

  constructor(access: GitHubAccess) {
    this.#access = access;
  }

  /** Writes the stack's comment on a pull request, in place of an earlier one. */
  async comment(pullRequest: number, stack: string, body: string): Promise<void> {
    const comments = await this.#all<Comment>(`issues/${pullRequest}/comments`);
    const earlier = comments.find((comment) => comment.body?.startsWith(commentMarker(stack)));
    if (earlier) await this.#call("PATCH", `issues/comments/${earlier.id}`, { body });
    else await this.#call("POST", `issues/${pullRequest}/comments`, { body });
  }

  /** The subject of OIDC tokens for jobs of an environment. */
  async subject(environment: string): Promise<string> {
    const repository = (await this.#call("GET", "")) as Repository;
    const customization = (await this.#call("GET", "actions/oidc/customization/sub")) as Customization;
    return subjectOf(repository, customization, environment);
  }

  openDriftIssues(): Promise<OpenIssue[]> {
    return this.#all<OpenIssue>(`issues?state=open&labels=${driftLabel}`);
  }

  async act(action: IssueAction): Promise<void> {
    switch (action.kind) {
      case "none":
        return;
      case "open":
        await this.#call("POST", "issues", { title: action.title, body: action.body, labels: [driftLabel] });
        return;
      case "update":
        await this.#call("PATCH", `issues/${action.number}`, { body: action.body });
        return;
      case "close":
        await this.#call("POST", `issues/${action.number}/comments`, { body: action.comment });
        await this.#call("PATCH", `issues/${action.number}`, { state: "closed" });
    }
  }

  /** Every page of a list. */
  async #all<Item>(path: string): Promise<Item[]> {
    const items: Item[] = [];
    for (let page = 1; ; page++) {
      const separator = path.includes("?") ? "&" : "?";
      const part = (await this.#call("GET", `${path}${separator}per_page=100&page=${page}`)) as Item[];
      items.push(...part);
      if (part.length < 100) return items;
    }
  }

  async #call(method: string, path: string, body?: object): Promise<unknown> {
    const { api, repository, token } = this.#access;
    const response = await fetch(`${api}/repos/${repository}${path === "" ? "" : `/${path}`}`, {
      method,
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${token}`,
        "x-github-api-version": "2022-11-28",
        ...(body && { "content-type": "application/json" }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    if (response.ok) return response.json();
    const answer = (await response.text()).slice(0, 300);
    throw new Error(
      `GitHub answered ${response.status} to ${method} ${path}: ${answer}. ` +
        "The job needs `pull-requests: write` for comments and `issues: write` for drift issues.",
    );
  }
}

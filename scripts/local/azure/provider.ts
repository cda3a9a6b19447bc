// The emulated Azure as a Pulumi provider, in plain values: what azure-native's plugin and Azure behind it would do.
import { checkInputs } from "./checks/checkInputs.ts";
import { propertiesOf } from "./checks/models.ts";
import { findFunction, findType } from "./catalog.ts";
import { diffInputs } from "./diff.ts";
import { isOthersOwn, armType, isSame, lastName, parentId, pathParameters, resourceId } from "./ids.ts";
import type { Machines } from "./machines.ts";
import { createBeforeDelete, nameInputs } from "./naming.ts";
import { type Inputs, omit, refusal, textAt, unknown } from "./problem.ts";
import { refreshInputs } from "./refresh.ts";
import type { Resource, ResourceType } from "./resourceType.ts";
import type { Store } from "./store.ts";
import { locksOn } from "./types/managementLock.ts";
import { nameUnknowns, previewOf } from "./preview.ts";
import { usersOf } from "./usersOf.ts";
import { holdsSecret, keepSecrets, reveal, toProperties, withoutSecrets } from "./secrets.ts";
import type {
  CheckRequest,
  Difference,
  Failure,
  ProviderClient,
  Subject,
  Transition,
} from "../engine/providers/provider.ts";
import type { Properties } from "../engine/values.ts";

export type Log = (message: string) => void;

/** Inputs and outputs here are as the engine has them: secrets are marked. */
export class AzureProvider implements ProviderClient {
  readonly #store: Store;
  readonly #machines: Machines;
  readonly #log: Log;
  readonly #defaultLocation: string | undefined;

  constructor(store: Store, machines: Machines, log: Log, defaultLocation: string | undefined) {
    this.#store = store;
    this.#machines = machines;
    this.#log = log;
    this.#defaultLocation = defaultLocation;
  }

  /**
   * The inputs with names and region filled in, and what is wrong with them. The CLI prints the value at a problem's
   * path; so problems of secrets have none, and say it in their message.
   */
  check(
    { urn, type: token }: Subject,
    { olds = {}, news, seed = new Uint8Array() }: CheckRequest,
  ): Promise<{ inputs: Properties; failures: Failure[] }> {
    const type = findType(token);
    const given = Object.fromEntries(Object.entries(news).filter(([, value]) => value != null));
    const inputs: Inputs = { ...given, ...nameInputs(type, urn, seed, given, reveal(olds) as Inputs) };
    const location = inputs["location"] ?? this.#location(type, inputs, olds);
    if (location !== undefined) inputs["location"] = location;
    const isPrivate = (path: string): boolean => {
      const property = path.split(/[.[]/)[0]!;
      return holdsSecret(inputs[property]) || (type.writeOnly ?? []).includes(property);
    };
    const failures = checkInputs(type.token, reveal(inputs) as Inputs).map(({ path, message }) =>
      isPrivate(path) ? { property: "", reason: `${path}: ${message}` } : { property: path, reason: message },
    );
    return Promise.resolve({ inputs: toProperties(inputs), failures });
  }

  /** azure-native takes the region of the stack's configuration, or else of the resource group. */
  #location(type: ResourceType, inputs: Inputs, olds: Inputs): unknown {
    if (propertiesOf(type.model)?.get("location")?.readOnly !== false) return undefined;
    const group = reveal(inputs["resourceGroupName"]);
    if (group === unknown) return unknown;
    const groupId = `/subscriptions/${this.#store.subscription}/resourceGroups/${String(group)}`;
    return olds["location"] ?? this.#defaultLocation ?? textAt(this.#store.find(groupId)?.inputs, "location");
  }

  diff({ type: token }: Subject, { oldInputs, newInputs }: Transition): Promise<Difference> {
    const details = diffInputs(findType(token), reveal(oldInputs) as Inputs, reveal(newInputs) as Inputs);
    const replaces = [...details].filter(([, { replace }]) => replace).map(([path]) => path);
    return Promise.resolve({
      changes: details.size > 0 ? "some" : "none",
      replaces,
      deleteBeforeReplace: replaces.length > 0 && oldInputs[createBeforeDelete] !== true,
      details,
    });
  }

  /** What a preview may know of the outputs: the inputs, and `name` and `location` of what is there. */
  #preview(token: string, given: Inputs, before: Inputs = {}): Properties {
    const type = findType(token);
    const filledIn = type.outputs?.(nameUnknowns(reveal(given)) as Inputs, "", this.#store) ?? {};
    const outputs = previewOf(this.#echo(type, given), { ...filledIn, name: "", provisioningState: "" });
    for (const key of ["name", "location"]) if (before[key] != null) outputs[key] = before[key];
    return toProperties(keepSecrets(outputs, given));
  }

  async create(
    { urn, type: token }: Subject,
    { inputs, preview }: { inputs: Properties; preview: boolean },
  ): Promise<{ id: string; outputs: Properties }> {
    if (preview) return { id: "", outputs: this.#preview(token, inputs) };
    const type = findType(token);
    const id = resourceId(type, reveal(inputs) as Inputs, this.#store.subscription);
    const there = this.#store.find(id);
    // The answer to a program's own earlier request may have been lost with an interrupted `up`: take it up again.
    if (there && there.urn !== urn) throw new Error(`cannot create already existing resource '${id}'`);
    return { id, outputs: await this.#apply(type, id, urn, inputs) };
  }

  async update(
    { id, urn, type: token }: Subject,
    { oldOutputs, newInputs, preview }: Transition & { preview: boolean },
  ): Promise<{ outputs: Properties }> {
    if (preview) return { outputs: this.#preview(token, newInputs, oldOutputs) };
    if (!this.#store.find(id))
      throw new Error(`ResourceNotFound: there is no ${id}; refresh the stack, then repeat`);
    return { outputs: await this.#apply(findType(token), id, urn, newInputs) };
  }

  async #apply(type: ResourceType, id: string, urn: string, given: Inputs): Promise<Properties> {
    const inputs = reveal(given) as Inputs;
    const parent = parentId(id);
    const isSubscription = isSame(parent, `/subscriptions/${this.#store.subscription}`);
    if (parent !== undefined && !isSubscription && !isOthersOwn(parent) && !this.#store.find(parent)) {
      throw new Error(`ParentResourceNotFound: ${id} needs ${parent}, which does not exist`);
    }
    const problems = [
      ...checkInputs(type.token, inputs),
      ...(type.worldRules ?? []).flatMap((rule) => rule(inputs, this.#store, id)),
    ];
    if (problems.length > 0) throw new Error(refusal(id, problems));
    const made = await this.#make(type, id, urn, inputs);
    const outputs: Inputs = {
      ...this.#echo(type, given),
      ...type.outputs?.(inputs, id, this.#store),
      ...made,
      name: lastName(id),
      type: armType(type),
      provisioningState: "Succeeded",
      azureApiVersion: type.apiVersion,
    };
    const resource = {
      id,
      token: type.token,
      urn,
      inputs: withoutSecrets(omit(given, type.writeOnly)) as Inputs,
      outputs: withoutSecrets(keepSecrets(outputs, given)) as Inputs,
    };
    this.#store.put(resource);
    this.#log(`${type.token.replace("azure-native:", "")} ${lastName(id)} is there`);
    // azure-native reads what it has written.
    return this.#get(type, resource, given);
  }

  /** What could not be made whole is taken back, so that a repeated `up` starts from nothing. */
  async #make(type: ResourceType, id: string, urn: string, inputs: Inputs): Promise<Inputs> {
    try {
      const [world, machines] = [this.#store, this.#machines];
      return (
        (await type.apply?.({ id, urn, inputs, world, machines, put: (other) => world.put(other) })) ?? {}
      );
    } catch (error) {
      const isNew = this.#store.find(id) === undefined;
      const half: Resource = { id, token: type.token, urn, inputs: {}, outputs: {} };
      if (isNew)
        await type
          .remove?.(half, this.#machines)
          .catch((other: unknown) => this.#log(`${id}: ${String(other)}`));
      throw error;
    }
  }

  /** The inputs as Azure gives them back: without those of the path, and those that it keeps to itself. */
  #echo(type: ResourceType, given: Inputs): Inputs {
    return omit(reveal(given) as Inputs, [
      ...pathParameters(type),
      ...(type.writeOnly ?? []),
      createBeforeDelete,
    ]);
  }

  /** What a GET answers now. What is secret is not remembered: it is as it was when it was last said. */
  #get(type: ResourceType, resource: Resource, inputs: Inputs): Properties {
    const now = type.get?.(resource, this.#store, this.#machines);
    return toProperties(keepSecrets({ ...this.#echo(type, inputs), ...resource.outputs, ...now }, inputs));
  }

  /** Undefined when the resource is gone; without old inputs it is an import. */
  read(
    { id, type: token }: Subject,
    { inputs: oldInputs, outputs: oldOutputs }: { inputs: Properties; outputs: Properties },
  ): Promise<{ id: string; inputs: Properties; outputs: Properties } | undefined> {
    const type = findType(token);
    const resource = this.#store.find(id);
    if (!resource) return Promise.resolve(undefined);
    if (Object.keys(oldInputs).length === 0)
      return Promise.resolve({
        id,
        inputs: toProperties(resource.inputs),
        outputs: this.#get(type, resource, resource.inputs),
      });
    const outputs = this.#get(type, resource, oldInputs);
    const [before, now] = [oldOutputs, outputs].map((each) => reveal(each) as Inputs);
    const isKnown = Object.keys(oldOutputs).length > 0;
    const inputs = isKnown ? refreshInputs(type, oldInputs, before!, now!) : oldInputs;
    return Promise.resolve({ id, inputs: toProperties(keepSecrets(inputs, oldInputs)), outputs });
  }

  /** Deletes the resource and what is in it. One that is gone already is fine. */
  async delete({ id }: Subject): Promise<void> {
    const going = this.#store.within(id);
    for (const resource of going) {
      const locks = locksOn(resource.id, id, this.#store);
      if (locks.length > 0) throw new Error(`ScopeLocked: ${resource.id} is locked by ${locks.join(", ")}`);
      const users = usersOf(resource, this.#store).filter(
        (user) => !going.some((other) => isSame(other.id, user)),
      );
      if (users.length > 0)
        throw new Error(`InUse: ${resource.id} cannot be deleted: it is in use by ${users.join(", ")}`);
    }
    for (const resource of going) await this.#remove(resource);
  }

  async #remove(resource: Resource): Promise<void> {
    await findType(resource.token).remove?.(resource, this.#machines);
    this.#store.remove(resource.id);
    this.#log(`${resource.token.replace("azure-native:", "")} ${lastName(resource.id)} is gone`);
  }

  /** Throws Azure's 404 when what the arguments name is not there. */
  async invoke(token: string, args: Properties): Promise<Properties> {
    const { type, ask } = findFunction(token);
    const id = resourceId(type, reveal(args) as Inputs, this.#store.subscription);
    const resource = this.#store.find(id);
    if (!resource) throw new Error(`ResourceNotFound: there is no ${id} in the emulated Azure`);
    return toProperties(await ask(resource, this.#machines));
  }

  close(): void {}
}

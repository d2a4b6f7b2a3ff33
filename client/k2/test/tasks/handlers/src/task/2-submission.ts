import { namespaceWrapper } from "@_koii/task-manager/namespace-wrapper";

export async function submission(round: number): Promise<string | void> {
  return (await namespaceWrapper.storeGet(`proof ${round}`)) ?? undefined;
}

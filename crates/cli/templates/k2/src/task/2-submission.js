import { namespaceWrapper } from "@_koii/task-manager/namespace-wrapper";

/** What proves the work of a round: at most 512 bytes. */
export async function submission(round) {
  return namespaceWrapper.storeGet(`proof ${round}`);
}

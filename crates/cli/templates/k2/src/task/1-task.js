import { namespaceWrapper } from "@_koii/task-manager/namespace-wrapper";
import { prove } from "../proof.js";

/** The work of a round. It may take until the round's submission window is over. */
export async function task(round) {
  const account = await namespaceWrapper.getSubmitterAccount();
  await namespaceWrapper.storeSet(`proof ${round}`, prove(account.publicKey.toBase58(), round));
}

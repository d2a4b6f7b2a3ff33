import { namespaceWrapper } from "@_koii/namespace-wrapper";

export async function task(round) {
  const account = await namespaceWrapper.getSubmitterAccount();
  await namespaceWrapper.storeSet("value", `${account.publicKey.toBase58()} ${round}`);
}

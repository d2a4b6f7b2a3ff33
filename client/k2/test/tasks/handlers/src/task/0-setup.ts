import { namespaceWrapper } from "@_koii/task-manager/namespace-wrapper";

export async function setup(): Promise<void> {
  const times = Number((await namespaceWrapper.storeGet("setups")) ?? 0);
  await namespaceWrapper.storeSet("setups", String(times + 1));
  console.log("set up", times + 1);
}

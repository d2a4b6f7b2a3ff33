export async function audit(submission, round, submitter) {
  return submission === `${submitter} ${round}`;
}

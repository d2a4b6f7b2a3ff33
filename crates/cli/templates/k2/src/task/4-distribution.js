/**
 * Who is paid what, in base units, together at most `bounty`: all whose submissions stand, the same. `votes` is above 0 where
 * a submission stands. A negative amount slashes on K2; here the program slashes.
 */
export async function distribution(submitters, bounty) {
  const standing = submitters.filter((submitter) => submitter.votes > 0);
  const share = Math.floor(bounty / standing.length);
  return Object.fromEntries(standing.map((submitter) => [submitter.publicKey, share]));
}

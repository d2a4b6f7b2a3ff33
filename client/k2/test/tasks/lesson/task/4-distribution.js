export async function distribution(submitters, bounty) {
  const each = 7;
  return Object.fromEntries(submitters.map(({ publicKey, votes }) => [publicKey, votes > 0 ? each * bounty : 0]));
}

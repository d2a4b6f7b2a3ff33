//! Which submissions a node judges that nobody has challenged, and in which order: drawn by a secret of its
//! own, so that nobody can know it beforehand.

use super::prefix::prefix;
use gradual_consensus_client::account::Keyed;
use solana_sdk::{pubkey::Pubkey, signature::Keypair};
use solana_sha256_hasher::hashv;

/// Submissions of a cycle that a node judges on average, unless its operator says otherwise.
pub const AUDIT_RATE: u32 = 30;

/// What a node signs for its secret. The signature is never sent.
const SECRET_MESSAGE: &[u8] = b"gradual consensus: the order in which this node judges";

/// The secret by which one node draws. It follows from the node's key, so it is the same after a restart.
pub(super) struct Secret([u8; 32]);

impl Secret {
    /// The secret of the node with `keypair`.
    pub(super) fn of(keypair: &Keypair) -> Self {
        use solana_sdk::signature::Signer;
        let signature = keypair.sign_message(SECRET_MESSAGE);
        Self(hashv(&[signature.as_ref()]).to_bytes())
    }

    /// The place of the submission or list at `subject` in the order in which this node judges.
    pub(super) fn place(&self, subject: &Pubkey) -> u64 {
        prefix(hashv(&[&self.0, subject.as_ref()]).as_bytes())
    }

    /// A number below `count`, another for each `address` as a rule; 0 if that is 0.
    pub(super) fn rank(&self, address: &Pubkey, count: usize) -> usize {
        let count = u128::try_from(count).unwrap_or(u128::MAX);
        let rank = u128::from(self.place(address)).saturating_mul(count) >> u64::BITS;
        usize::try_from(rank).unwrap_or(0)
    }

    /// Whether this node judges the submission at `address`, one of so many `submissions` of which it
    /// judges `rate` on average.
    pub(super) fn draws(&self, address: &Pubkey, rate: u32, submissions: u32) -> bool {
        if rate >= submissions {
            return true;
        }
        let digest = hashv(&[&self.0, b"drawn", address.as_ref()]).to_bytes();
        let (first, _) = digest.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
        let drawn = u128::from(u64::from_le_bytes(*first));
        drawn.saturating_mul(u128::from(submissions)) < u128::from(rate) << u64::BITS
    }

    /// Those of `submissions` that this node judges at `rate` of the cycle's `count`: each is an address with its author.
    pub(super) fn sample<'s>(
        &self,
        submissions: &'s [Keyed<Pubkey>],
        rate: u32,
        count: u32,
    ) -> impl Iterator<Item = &'s Keyed<Pubkey>> {
        let all = submissions.iter();
        all.filter(move |one| self.draws(&one.address, rate, count))
    }

    /// So `many` of `submissions`, or all where there are no more, which this node looks for on the ledger where an index
    /// told them.
    pub(super) fn checked<'s>(
        &self,
        submissions: &'s [Keyed<Pubkey>],
        many: usize,
    ) -> Vec<&'s Keyed<Pubkey>> {
        let place = |one: &Keyed<Pubkey>| {
            prefix(hashv(&[&self.0, b"checked", one.address.as_ref()]).as_bytes())
        };
        let mut all: Vec<_> = submissions.iter().map(|one| (place(one), one)).collect();
        if all.len() > many {
            all.select_nth_unstable_by_key(many, |(place, _)| *place);
            all.truncate(many);
        }
        all.into_iter().map(|(_, one)| one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use solana_sdk::signature::Signer;
    use std::collections::HashSet;

    /// The secret of node `number` in the game of this `seed`.
    fn secret(seed: u64, number: u32) -> Secret {
        Secret(hashv(&[&seed.to_le_bytes(), &number.to_le_bytes()]).to_bytes())
    }

    fn submissions(seed: u64, count: u32) -> Vec<Keyed<Pubkey>> {
        let address =
            |number: u32| hashv(&[b"submission", &seed.to_le_bytes(), &number.to_le_bytes()]);
        let submission = |number| Keyed {
            address: Pubkey::new_from_array(address(number).to_bytes()),
            data: Pubkey::new_from_array([7; 32]),
        };
        (0..count).map(submission).collect()
    }

    #[test]
    fn one_cheat_among_a_thousand_is_drawn_in_every_game() {
        for seed in 0..50 {
            let cheat = submissions(seed, 1)[0].address;
            let judges =
                (0..999).filter(|&node| secret(seed, node).draws(&cheat, AUDIT_RATE, 1_000));
            let judges = judges.count();
            assert!(
                (8..=60).contains(&judges),
                "{judges} nodes judge it in game {seed}"
            );
        }
    }

    #[test]
    fn every_rank_is_as_likely_as_another() {
        let address = Pubkey::new_from_array([7; 32]);
        let ranks = |count| (0..1_000).map(move |node| secret(3, node).rank(&address, count));
        assert!(ranks(0).all(|rank| rank == 0));
        let of_cycle = |number| secret(3, 0).rank(&Pubkey::new_from_array([number; 32]), 1_000);
        let of_cycles: HashSet<usize> = (0..100).map(of_cycle).collect();
        assert!(
            of_cycles.len() > 80,
            "a node begins at the same place in each cycle"
        );
        let mut often = [0; 5];
        for rank in ranks(often.len()) {
            often[rank] += 1;
        }
        assert!(
            often.iter().all(|times| (150..250).contains(times)),
            "{often:?}"
        );
    }

    #[test]
    fn as_many_are_drawn_as_the_rate_says_and_all_where_there_are_no_more() {
        let drawn = |count, rate| -> Vec<usize> {
            let all = submissions(1, count);
            (0..50)
                .map(|node| secret(1, node).sample(&all, rate, count).count())
                .collect()
        };
        assert_eq!(drawn(30, 30), [30; 50]);
        assert_eq!(drawn(7, 30), [7; 50]);
        assert_eq!(drawn(7, 0), [0; 50]);
        let many: usize = drawn(2_000, 30).iter().sum();
        assert!((1_300..=1_700).contains(&many), "{many} by 50 nodes");
    }

    #[test]
    fn who_sees_a_part_of_a_cycle_draws_the_same_of_it() {
        let (all, secret) = (submissions(2, 500), secret(2, 0));
        let part = all.get(..300).unwrap();
        let whole = secret.sample(&all, 30, 500);
        let of_part: Vec<_> = whole.filter(|one| part.contains(one)).collect();
        assert!(!of_part.is_empty());
        assert!(secret.sample(part, 30, 500).eq(of_part));
    }

    #[test]
    fn each_node_checks_others_of_what_an_index_told() {
        let all = submissions(4, 500);
        let checked = |node: u32, many| -> Vec<Pubkey> {
            let checked = secret(4, node).checked(&all, many);
            let mut checked: Vec<Pubkey> = checked.iter().map(|one| one.address).collect();
            checked.sort_unstable();
            checked
        };
        assert_eq!(checked(0, 16).len(), 16);
        assert_eq!(checked(0, 16), checked(0, 16));
        assert_ne!(checked(0, 16), checked(1, 16));
        assert_eq!(checked(0, 500).len(), 500);
        assert_eq!(checked(0, 501).len(), 500);
    }

    #[test]
    fn each_node_draws_for_itself_and_a_restart_draws_the_same() {
        let all = submissions(3, 500);
        let sample = |node: u8| -> Vec<_> {
            let secret = Secret::of(&Keypair::new_from_array([node; 32]));
            secret.sample(&all, 30, 500).copied().collect()
        };
        assert_eq!(sample(1), sample(1));
        assert_ne!(sample(1), sample(2));
    }

    #[test]
    fn the_secret_is_not_known_from_the_nodes_address() {
        let keypair = Keypair::new_from_array([7; 32]);
        let public = hashv(&[keypair.pubkey().as_ref()]).to_bytes();
        assert_ne!(Secret::of(&keypair).0, public);
    }
}

//! The price of a transaction, and its compute limit.

use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

/// The default cap on a price taken from recent fees, in micro-lamports a compute unit: a
/// transaction of 200,000 units pays 40,000 lamports at most.
pub const DEFAULT_FEE_CAP: u64 = 200_000;

/// Compute units that the runtime lets one transaction take.
pub(super) const MAX_COMPUTE_UNITS: u32 = 1_400_000;

/// Accounts that one `getRecentPrioritizationFees` may ask for.
const MOST_FEE_ACCOUNTS: usize = 128;

/// What a transaction pays beyond the base fee, in micro-lamports a compute unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriorityFee {
    /// The price that three in four recent slots asked for the accounts that it writes, up to `cap`.
    Recent {
        /// The highest price that it pays.
        cap: u64,
    },
    /// A fixed price.
    Fixed(u64),
}

/// The most that an urgent transaction pays by default beyond the base fee, in lamports: of 200,000 compute
/// units, fifty times as much for each as [`DEFAULT_FEE_CAP`]. Whoever wants to keep votes out of a window
/// must pay as much for every unit that a block has for the accounts they write.
pub const DEFAULT_URGENT_CAP: u64 = 2_000_000;

/// Slots in which a transaction lands as a rule: before a window's end the bid rises to its top in so many.
const SLOTS_TO_LAND: u64 = 8;

impl Default for PriorityFee {
    fn default() -> Self {
        Self::Recent {
            cap: DEFAULT_FEE_CAP,
        }
    }
}

/// The price that satisfied three in four of the slots whose fees were `recent`, up to `cap`.
pub(super) fn price_of(mut recent: Vec<u64>, cap: u64) -> u64 {
    recent.sort_unstable();
    let rank = recent.len().saturating_mul(3).div_ceil(4).saturating_sub(1);
    recent.get(rank).copied().unwrap_or(0).min(cap)
}

/// The price at which a transaction of `limit` compute units pays `lamports`.
pub(super) fn price_for(lamports: u64, limit: u32) -> u64 {
    let price = u128::from(lamports)
        .saturating_mul(1_000_000)
        .checked_div(limit.into());
    price.map_or(0, |price| u64::try_from(price).unwrap_or(u64::MAX))
}

/// The price, at slot `now`, of a transaction that was first sent at slot `first` and must land by slot
/// `until`: at first what `recent` fees ask for; then towards `top` the longer it has not landed, and the
/// fewer slots are left.
pub(super) fn bid(recent: u64, top: u64, first: u64, now: u64, until: u64) -> u64 {
    if now <= first {
        return recent.min(top);
    }
    const WHOLE: u64 = 1_000;
    let part = |of: u64, whole: u64| {
        let part = of.saturating_mul(WHOLE).checked_div(whole);
        part.unwrap_or(WHOLE).min(WHOLE)
    };
    let passed = part(now.saturating_sub(first), until.saturating_sub(first));
    let passed = passed.saturating_mul(passed) / WHOLE;
    let left = until.saturating_sub(now).min(SLOTS_TO_LAND);
    let near = part(SLOTS_TO_LAND.saturating_sub(left), SLOTS_TO_LAND);
    let base = recent.min(top);
    let rise = u128::from(top.saturating_sub(base)).saturating_mul(passed.max(near).into());
    let rise = rise / u128::from(WHOLE);
    base.saturating_add(u64::try_from(rise).unwrap_or(u64::MAX))
}

/// Compute units that a transaction may take beyond its simulation at least. The program needs them to log
/// why it refuses, if another transaction comes first.
const LEAST_MARGIN: u64 = 10_000;

/// The limit for a transaction whose simulation took `units`: a tenth more, as state may change
/// until it lands, and no less than 10,000 units more.
pub(super) fn limit_for(units: u64) -> u32 {
    let limit = units.saturating_add(units.div_ceil(10).max(LEAST_MARGIN));
    u32::try_from(limit).map_or(MAX_COMPUTE_UNITS, |limit| limit.min(MAX_COMPUTE_UNITS))
}

/// The accounts that `instructions` write, each once.
pub(super) fn written_by(instructions: &[Instruction]) -> Vec<Pubkey> {
    let metas = instructions
        .iter()
        .flat_map(|instruction| &instruction.accounts);
    let mut written: Vec<Pubkey> = metas
        .filter(|meta| meta.is_writable)
        .map(|meta| meta.pubkey)
        .collect();
    written.sort_unstable();
    written.dedup();
    written.truncate(MOST_FEE_ACCOUNTS);
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use solana_instruction::AccountMeta;

    #[test]
    fn the_price_is_the_upper_quartile_within_the_cap() {
        assert_eq!(price_of(vec![], 100), 0);
        assert_eq!(price_of(vec![7], 100), 7);
        assert_eq!(price_of(vec![4, 1, 3, 2], 100), 3);
        assert_eq!(price_of(vec![0; 150], 100), 0);
        assert_eq!(price_of(vec![u64::MAX; 3], 100), 100);
    }

    #[test]
    fn a_bid_rises_from_what_others_pay_to_the_top_at_the_windows_end() {
        // First sent at slot 100, of a window that ends at slot 200.
        let at = |now| bid(1_000, 101_000, 100, now, 200);
        assert_eq!(at(100), 1_000, "nobody is in a hurry");
        assert_eq!(at(110), 2_000);
        assert_eq!(at(150), 26_000);
        assert_eq!(at(200), 101_000);
        assert_eq!(at(300), 101_000);
        assert!((100..200).all(|now| at(now) <= at(now + 1)));
        // It lands at once, as a rule, whatever the window's length.
        assert_eq!(bid(1_000, 101_000, 180, 180, 200), 1_000);
        // However few slots are left, nothing is bid against nobody; it is once it has not landed.
        assert_eq!(bid(1_000, 101_000, 200, 200, 200), 1_000);
        assert_eq!(bid(1_000, 101_000, 195, 196, 200), 51_000);
        assert_eq!(bid(500, 100, 0, 0, 50), 100, "never more than the top");
        assert_eq!(bid(u64::MAX, u64::MAX, 0, u64::MAX, 5), u64::MAX);
    }

    #[test]
    fn the_top_is_what_the_whole_transaction_may_pay() {
        assert_eq!(price_for(DEFAULT_URGENT_CAP, 200_000), 50 * DEFAULT_FEE_CAP);
        assert_eq!(price_for(1, 0), 0);
        assert_eq!(price_for(u64::MAX, 1), u64::MAX);
    }

    #[test]
    fn the_limit_is_a_tenth_above_the_simulation_with_room_for_a_refusal() {
        assert_eq!(limit_for(0), 10_000);
        assert_eq!(limit_for(2_163), 12_163);
        assert_eq!(limit_for(200_000), 220_000);
        assert_eq!(limit_for(1_400_000), MAX_COMPUTE_UNITS);
        assert_eq!(limit_for(u64::MAX), MAX_COMPUTE_UNITS);
    }

    #[test]
    fn only_written_accounts_set_the_price_and_each_once() {
        let [a, b] = [Pubkey::new_unique(), Pubkey::new_unique()];
        let writes = |written: &[Pubkey]| Instruction {
            program_id: gradual_consensus::ID,
            accounts: written
                .iter()
                .map(|key| AccountMeta::new(*key, false))
                .chain([AccountMeta::new_readonly(Pubkey::new_unique(), false)])
                .collect(),
            data: vec![],
        };
        let mut expected = vec![a, b];
        expected.sort_unstable();
        assert_eq!(written_by(&[writes(&[b, a]), writes(&[a])]), expected);
        let many: Vec<Pubkey> = (0..200).map(|_| Pubkey::new_unique()).collect();
        assert_eq!(written_by(&[writes(&many)]).len(), MOST_FEE_ACCOUNTS);
    }
}

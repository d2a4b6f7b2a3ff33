//! What transactions cost now.

use gradual_consensus_client::{
    ledger::LedgerError,
    rpc::{PriorityFee, RpcLedger},
};
use solana_sdk::pubkey::Pubkey;

/// Prices of a compute unit, in micro-lamports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fees {
    /// What three in four recent slots asked for the accounts that a node writes.
    pub(super) asked: u64,
    /// What this command would pay: what is asked up to its cap, or the price that was set.
    pub(super) paid: u64,
    /// The most that it would pay, unless a price was set.
    pub(super) cap: Option<u64>,
}

impl Fees {
    /// # Errors
    /// The ledger's.
    pub(super) fn now(ledger: &RpcLedger, written: &[Pubkey]) -> Result<Self, LedgerError> {
        let recent = ledger.call(|client| client.get_recent_prioritization_fees(written))?;
        let recent = recent.iter().map(|slot| slot.prioritization_fee).collect();
        Ok(Self::of(recent, ledger.options().priority_fee))
    }

    fn of(mut recent: Vec<u64>, setting: PriorityFee) -> Self {
        recent.sort_unstable();
        let rank = recent.len().saturating_mul(3).div_ceil(4).saturating_sub(1);
        let asked = recent.get(rank).copied().unwrap_or(0);
        let (paid, cap) = match setting {
            PriorityFee::Fixed(price) => (price, None),
            PriorityFee::Recent { cap } => (asked.min(cap), Some(cap)),
        };
        Self { asked, paid, cap }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_paid_is_what_is_asked_up_to_the_cap_or_what_was_set() {
        let recent = || vec![4, 1, 3, 2];
        let of = |setting| {
            let Fees { asked, paid, cap } = Fees::of(recent(), setting);
            (asked, paid, cap)
        };
        assert_eq!(of(PriorityFee::Recent { cap: 9 }), (3, 3, Some(9)));
        assert_eq!(of(PriorityFee::Recent { cap: 2 }), (3, 2, Some(2)));
        assert_eq!(of(PriorityFee::Fixed(7)), (3, 7, None));
        let quiet = Fees::of(vec![], PriorityFee::default());
        assert_eq!((quiet.asked, quiet.paid), (0, 0));
    }
}

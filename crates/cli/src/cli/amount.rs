//! Amounts of tokens: read and shown in the decimals of their mint, exact and in base units in JSON.

use super::Failure;
use clap::Args as ClapArgs;
use gradual_consensus::state::Task;
use gradual_consensus_client::amount::AmountError;
pub(super) use gradual_consensus_client::amount::{Amount, Unit};
use serde_json::Value;
use solana_sdk::pubkey::Pubkey;

/// Options of commands that take an amount.
#[derive(Clone, Copy, ClapArgs)]
pub(super) struct Form {
    /// Amounts are in base units, not in whole tokens
    #[arg(long)]
    pub(super) base_units: bool,
}

impl Form {
    /// `amount`, as this option says that it is meant.
    ///
    /// # Errors
    /// Bad input: a part of a base unit.
    pub(super) fn meant(self, amount: Amount) -> Result<Amount, AmountError> {
        if self.base_units {
            amount.as_base_units()
        } else {
            Ok(amount)
        }
    }

    /// `amount` of `unit` in base units.
    ///
    /// # Errors
    /// Bad input: more decimals than the mint has, or more than 64 bits.
    pub(super) fn units(self, amount: Amount, unit: Unit) -> Result<u64, AmountError> {
        self.meant(amount)?.units(unit)
    }
}

impl From<AmountError> for Failure {
    fn from(error: AmountError) -> Self {
        Self::Usage(error.to_string())
    }
}

/// Whether `mint` is that of wrapped SOL.
pub(super) fn is_sol(mint: &Pubkey) -> bool {
    *mint == spl_token_interface::native_mint::ID
}

/// `amount` base units of the task's mint, for people.
pub(super) fn show(amount: u64, task: &Task) -> String {
    Unit::of(task).show(amount)
}

/// `amount` base units of a mint, or lamports, for programs: a decimal string, since many languages round
/// numbers beyond 2^53.
pub(super) fn exact(amount: u64) -> Value {
    amount.to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_exact_for_every_reader() {
        assert_eq!(exact(u64::MAX).to_string(), "\"18446744073709551615\"");
        assert_eq!(exact(0), "0");
    }

    #[test]
    fn base_units_are_asked_for() {
        let amount: Amount = "100".parse().unwrap();
        let units = |base_units| {
            let form = Form { base_units };
            form.units(amount, Unit::new(Pubkey::default(), 6))
        };
        assert_eq!(units(false), Ok(100_000_000));
        assert_eq!(units(true), Ok(100));
    }
}

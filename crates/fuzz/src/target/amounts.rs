//! Text as an amount, the first byte as the decimals of its mint: what is read is shown as the same amount, and
//! nothing is rounded.

use crate::check::assert_one_line;
use gradual_consensus_client::amount::{Amount, Unit};
use solana_sdk::pubkey::Pubkey;

pub(super) fn run(bytes: &[u8]) -> bool {
    let Some((&decimals, text)) = bytes.split_first() else {
        return false;
    };
    let text = String::from_utf8_lossy(text);
    let amount: Amount = match text.parse() {
        Ok(amount) => amount,
        Err(error) => {
            assert_one_line(&error.to_string());
            return false;
        }
    };
    assert_eq!(amount.to_string().parse(), Ok(amount), "{text:?}");
    for unit in [Unit::SOL, Unit::new(Pubkey::default(), decimals)] {
        let limit = amount.limit(unit);
        match amount.units(unit) {
            Ok(units) => {
                assert_eq!(limit, units, "{text:?}");
                assert_eq!(unit.number(units).parse(), Ok(amount), "{text:?}");
            }
            Err(error) => assert_one_line(&error.to_string()),
        }
    }
    if let Ok(whole) = amount.as_base_units() {
        let units = whole.units(Unit::SOL);
        assert!(units.is_err() || units.map(|units| units.to_string()) == Ok(amount.to_string()));
    }
    true
}

//! What programs read with `--output json` (docs/operations.md, "For programs"): each command prints one object.

use serde_json::Value;

/// An amount: base units of a mint, or lamports, as a decimal string. JSON readers keep whole numbers exact only
/// up to 2^53. Every amount that a command prints is made here.
pub(crate) fn amount(units: u64) -> Value {
    Value::String(units.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_exact_for_every_reader() {
        assert_eq!(amount(u64::MAX).to_string(), "\"18446744073709551615\"");
        assert_eq!(amount(0), "0");
    }
}

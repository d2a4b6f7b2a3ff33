//! Amounts of tokens as people write them: decimal numbers in the decimals of their mint.
//!
//! Nothing here is rounded: an [`Amount`] keeps every digit that was written, and what a [`Unit`] prints is
//! exact to the base unit.

use gradual_consensus::state::Task;
use solana_pubkey::Pubkey;
use spl_token_interface::native_mint;
use std::{fmt, str::FromStr};
use thiserror::Error;

/// Why a text is no amount, or none of a unit.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AmountError {
    /// It is no decimal number.
    #[error(
        "{0} is no amount: write digits with at most one point, such as 1.5, without signs, spaces or \
         separators of thousands"
    )]
    Malformed(String),
    /// It has more decimals than the mint.
    #[error("{amount} has {found} decimals, {unit} has {decimals}: use at most {decimals}")]
    TooPrecise {
        /// The amount.
        amount: Amount,
        /// Its decimals.
        found: u32,
        /// The name of the unit.
        unit: String,
        /// The decimals of the mint.
        decimals: u8,
    },
    /// It is a part of a base unit.
    #[error("{0} is no number of base units: use a whole one")]
    NotWhole(Amount),
    /// It does not fit into 64 bits of base units.
    #[error("{amount} {unit} is more than any account can hold: use a smaller amount")]
    TooLarge {
        /// The amount.
        amount: Amount,
        /// The name of the unit.
        unit: String,
    },
}

/// An amount as it was written: in whole tokens with decimals, or in base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// All of its digits, without the point and without zeros at its end.
    digits: u128,
    /// How many of them stand behind the point.
    decimals: u32,
    is_base_units: bool,
}

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self::base_units(0);

    /// So many base units.
    pub const fn base_units(units: u64) -> Self {
        Self {
            digits: units as u128,
            decimals: 0,
            is_base_units: true,
        }
    }

    /// The same number, of base units and not of tokens.
    ///
    /// # Errors
    /// [`AmountError::NotWhole`].
    pub const fn as_base_units(self) -> Result<Self, AmountError> {
        if self.decimals > 0 {
            return Err(AmountError::NotWhole(self));
        }
        Ok(Self {
            is_base_units: true,
            ..self
        })
    }

    /// In base units of `unit`, exactly.
    ///
    /// # Errors
    /// [`AmountError::TooPrecise`], [`AmountError::TooLarge`].
    pub fn units(self, unit: Unit) -> Result<u64, AmountError> {
        let decimals = self.decimals_in(unit);
        if self.decimals > decimals {
            return Err(AmountError::TooPrecise {
                amount: self,
                found: self.decimals,
                unit: unit.name(),
                decimals: unit.decimals,
            });
        }
        self.scaled(decimals.saturating_sub(self.decimals))
            .ok_or_else(|| AmountError::TooLarge {
                amount: self,
                unit: if self.is_base_units {
                    "base units".into()
                } else {
                    unit.name()
                },
            })
    }

    /// The least number of base units of `unit` that is not below it. An amount is at least this number
    /// exactly if it is at least this one, so it serves as a limit where the unit is not known before.
    pub fn limit(self, unit: Unit) -> u64 {
        let decimals = self.decimals_in(unit);
        let Some(excess) = self.decimals.checked_sub(decimals) else {
            let missing = decimals.saturating_sub(self.decimals);
            return self.scaled(missing).unwrap_or(u64::MAX);
        };
        // More digits than 128 bits have: a part of one base unit, or nothing.
        let power = 10u128.checked_pow(excess).unwrap_or(u128::MAX);
        u64::try_from(self.digits.div_ceil(power)).unwrap_or(u64::MAX)
    }

    fn decimals_in(self, unit: Unit) -> u32 {
        if self.is_base_units {
            0
        } else {
            unit.decimals.into()
        }
    }

    fn scaled(self, zeros: u32) -> Option<u64> {
        if self.digits == 0 {
            return Some(0);
        }
        let units = self.digits.checked_mul(10u128.checked_pow(zeros)?)?;
        u64::try_from(units).ok()
    }
}

/// What was typed, unless it is so long that it may be a secret that went astray.
fn shown(text: &str) -> String {
    const LONGEST: usize = 24;
    match text.chars().count() {
        ..=LONGEST => format!("{text:?}"),
        length => format!("a text of {length} characters"),
    }
}

impl FromStr for Amount {
    type Err = AmountError;

    /// Reads whole tokens, with or without decimals.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let part = part.trim_end_matches('0');
        let is_number = text.bytes().any(|byte| byte.is_ascii_digit())
            && [whole, part]
                .iter()
                .all(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        let malformed = || AmountError::Malformed(shown(text));
        if !is_number {
            return Err(malformed());
        }
        let all = format!("{whole}{part}");
        let digits = all.trim_start_matches('0');
        let digits = if digits.is_empty() { "0" } else { digits };
        Ok(Self {
            digits: digits.parse().map_err(|_| malformed())?,
            decimals: u32::try_from(part.len()).map_err(|_| malformed())?,
            is_base_units: false,
        })
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write_decimal(out, self.digits, self.decimals)
    }
}

/// `digits` with the last `decimals` of them behind the point.
fn write_decimal(out: &mut impl fmt::Write, digits: u128, decimals: u32) -> fmt::Result {
    let decimals = decimals as usize;
    let padded = format!("{digits:0>width$}", width = decimals.saturating_add(1));
    let (whole, part) = padded.split_at(padded.len().saturating_sub(decimals));
    let part = part.trim_end_matches('0');
    let point = if part.is_empty() { "" } else { "." };
    write!(out, "{whole}{point}{part}")
}

/// What a task's amounts are counted in: its mint, with the mint's decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    mint: Pubkey,
    decimals: u8,
}

impl Unit {
    /// SOL, wrapped or not.
    pub const SOL: Self = Self {
        mint: native_mint::ID,
        decimals: native_mint::DECIMALS,
    };

    /// The unit of `mint`, which has so many decimals.
    pub const fn new(mint: Pubkey, decimals: u8) -> Self {
        Self { mint, decimals }
    }

    /// The unit of `task`.
    pub const fn of(task: &Task) -> Self {
        Self::new(task.mint, task.mint_decimals)
    }

    /// How many decimals its amounts have.
    pub const fn decimals(self) -> u8 {
        self.decimals
    }

    /// `SOL`, or the ends of the mint's address: no mint has to tell a name, and anybody may take any.
    pub fn name(self) -> String {
        if self.mint == native_mint::ID {
            return "SOL".into();
        }
        let address = self.mint.to_string();
        let (start, end) = (
            address.get(..4),
            address.get(address.len().saturating_sub(4)..),
        );
        format!("{}…{}", start.unwrap_or_default(), end.unwrap_or_default())
    }

    /// `units` base units in this unit, with its name.
    pub fn show(self, units: impl Into<i128>) -> String {
        format!("{} {}", self.number(units), self.name())
    }

    /// The same without its name.
    pub fn number(self, units: impl Into<i128>) -> String {
        let units = units.into();
        let mut text = String::from(if units < 0 { "-" } else { "" });
        // Writing to a string cannot fail.
        let _written = write_decimal(&mut text, units.unsigned_abs(), self.decimals.into());
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINT: Pubkey = Pubkey::from_str_const("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v");

    fn read(text: &str, unit: Unit) -> Result<u64, AmountError> {
        text.parse::<Amount>()?.units(unit)
    }

    #[test]
    fn amounts_are_read_in_the_decimals_of_their_mint() {
        let usdc = Unit::new(MINT, 6);
        for (text, unit, units) in [
            ("100", usdc, 100_000_000),
            ("1.5", usdc, 1_500_000),
            ("1.500000000000", usdc, 1_500_000),
            ("0.000001", usdc, 1),
            ("00012", usdc, 12_000_000),
            (".5", Unit::SOL, 500_000_000),
            ("5.", Unit::SOL, 5_000_000_000),
            ("0", Unit::SOL, 0),
            ("18446744073.709551615", Unit::SOL, u64::MAX),
            ("18446744073709551615", Unit::new(MINT, 0), u64::MAX),
            ("0", Unit::new(MINT, 255), 0),
        ] {
            assert_eq!(read(text, unit), Ok(units), "{text}");
        }
    }

    #[test]
    fn no_amount_is_rounded() {
        let usdc = Unit::new(MINT, 6);
        let error = |text, unit| read(text, unit).unwrap_err().to_string();
        assert_eq!(
            error("1.2345678", usdc),
            "1.2345678 has 7 decimals, EPjF…Dt1v has 6: use at most 6"
        );
        assert!(error("0.5", Unit::new(MINT, 0)).contains("use at most 0"));
        assert_eq!(
            error("18446744073.709551616", Unit::SOL),
            "18446744073.709551616 SOL is more than any account can hold: use a smaller amount"
        );
        assert!(error("1", Unit::new(MINT, 255)).contains("smaller amount"));
        for text in [
            "",
            ".",
            "-1",
            "+1",
            "1e3",
            "1,5",
            "1 000",
            "1.2.3",
            "١",
            "0x10",
            "NaN",
            "1_0",
            "340282366920938463463374607431768211456",
        ] {
            assert!(error(text, usdc).contains("is no amount"), "{text}");
        }
    }

    #[test]
    fn base_units_are_whole() {
        let amount = |text: &str| text.parse::<Amount>().unwrap();
        let units = |text| amount(text).as_base_units()?.units(Unit::SOL);
        assert_eq!(units("12"), Ok(12));
        assert_eq!(units("12.0"), Ok(12));
        assert_eq!(units("18446744073709551615"), Ok(u64::MAX));
        assert!(units("0.5").unwrap_err().to_string().contains("base units"));
        assert!(units("18446744073709551616").is_err());
        assert_eq!(Amount::base_units(7).units(Unit::SOL), Ok(7));
    }

    #[test]
    fn a_limit_is_reached_by_what_is_not_below_it() {
        let limit = |text: &str, decimals| {
            let amount: Amount = text.parse().unwrap();
            amount.limit(Unit::new(MINT, decimals))
        };
        assert_eq!(limit("1.5", 6), 1_500_000);
        assert_eq!(limit("0.0000001", 6), 1);
        assert_eq!(limit("1.0000001", 6), 1_000_001);
        assert_eq!(limit("0", 0), 0);
        assert_eq!(limit("99999999999999999999", 9), u64::MAX);
        assert_eq!(limit(&format!("0.{}1", "0".repeat(300)), 6), 1);
        assert_eq!(Amount::base_units(3).limit(Unit::SOL), 3);
        assert_eq!(Amount::ZERO.limit(Unit::SOL), 0);
    }

    #[test]
    fn amounts_are_shown_with_their_unit() {
        assert_eq!(Unit::SOL.show(1_500_000_000u64), "1.5 SOL");
        assert_eq!(Unit::SOL.show(1u64), "0.000000001 SOL");
        assert_eq!(Unit::SOL.show(0u64), "0 SOL");
        assert_eq!(
            Unit::new(MINT, 6).show(u64::MAX),
            "18446744073709.551615 EPjF…Dt1v"
        );
        assert_eq!(Unit::new(MINT, 0).show(10u64), "10 EPjF…Dt1v");
        assert_eq!(Unit::SOL.number(-500_000_000i64), "-0.5");
    }

    #[test]
    fn what_is_shown_is_read_as_the_same() {
        for units in [0, 1, 999_999, 1_000_000, 1 << 53, u64::MAX] {
            for decimals in [0, 1, 6, 9, 19] {
                let unit = Unit::new(MINT, decimals);
                assert_eq!(read(&unit.number(units), unit), Ok(units));
            }
        }
    }
}

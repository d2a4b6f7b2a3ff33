//! Amounts of tokens: base units, or SOL.

use super::Failure;
use gradual_consensus::state::Task;
use solana_sdk::pubkey::Pubkey;

/// Decimals of SOL.
const DECIMALS: usize = 9;

/// Whether `mint` is that of wrapped SOL.
pub(super) fn is_sol(mint: &Pubkey) -> bool {
    *mint == spl_token_interface::native_mint::ID
}

/// `text` as base units; where `sol`, as SOL with up to nine decimals.
///
/// # Errors
/// Bad input.
pub(super) fn parse(text: &str, sol: bool) -> Result<u64, Failure> {
    let amount = if sol {
        parse_sol(text)
    } else {
        text.parse().ok()
    };
    amount.ok_or_else(|| {
        Failure::Usage(if sol {
            format!(
                "{text} is no amount of SOL: use a number with up to nine decimals, such as 0.25"
            )
        } else {
            format!("{text} is no amount of base units: use a whole number (--sol for SOL)")
        })
    })
}

fn parse_sol(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && part.is_empty())
        || !digits(whole)
        || !digits(part)
        || part.len() > DECIMALS
    {
        return None;
    }
    let padded = format!("{whole}{part:0<DECIMALS$}");
    padded.parse().ok()
}

/// `amount` base units of the task's mint, for people.
pub(super) fn show(amount: u64, task: &Task) -> String {
    show_of(amount, &task.mint)
}

/// `amount` base units of `mint`, for people.
pub(super) fn show_of(amount: u64, mint: &Pubkey) -> String {
    if is_sol(mint) {
        let padded = format!("{amount:0>width$}", width = DECIMALS.saturating_add(1));
        let (whole, part) = padded.split_at(padded.len().saturating_sub(DECIMALS));
        let part = part.trim_end_matches('0');
        let point = if part.is_empty() { "" } else { "." };
        format!("{whole}{point}{part} SOL")
    } else {
        format!("{amount} base units")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    #[test]
    fn amounts_of_sol_are_exact() {
        let sol = |text| parse(text, true).ok();
        assert_eq!(sol("1"), Some(1_000_000_000));
        assert_eq!(sol("0.000000001"), Some(1));
        assert_eq!(sol(".5"), Some(500_000_000));
        assert_eq!(sol("18446744073.709551615"), Some(u64::MAX));
        for bad in [
            "",
            ".",
            "-1",
            "1e3",
            "0.0000000001",
            "18446744073.709551616",
            "1.2.3",
            "+1",
        ] {
            assert_eq!(sol(bad), None, "{bad}");
        }
        assert_eq!(parse("12", false).ok(), Some(12));
        assert!(parse("0.5", false).is_err());
    }

    #[test]
    fn amounts_are_shown_with_their_unit() {
        let mut task = Task::zeroed();
        assert_eq!(show(12, &task), "12 base units");
        task.mint = spl_token_interface::native_mint::ID;
        assert_eq!(show(1_500_000_000, &task), "1.5 SOL");
        assert_eq!(show(1, &task), "0.000000001 SOL");
        assert_eq!(show(0, &task), "0 SOL");
    }
}

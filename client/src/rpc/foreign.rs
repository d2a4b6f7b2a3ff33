//! What other programs than this one say when they refuse: Anchor's checks, the system program, the token
//! programs and the loader. Each in one line, with what to do.

use crate::amount::Unit;
use solana_instruction::error::InstructionError;

const SYSTEM: &str = "11111111111111111111111111111111";
const TOKENS: [&str; 2] = [
    "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
    "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb",
];
const LOADER: &str = "BPFLoaderUpgradeab1e11111111111111111111111";

/// What `failed`, the error of an instruction that logged `logs`, means, and what to do about it.
pub(super) fn reason(failed: &InstructionError, logs: &[String]) -> String {
    let program = failing_program(logs);
    let known = match failed {
        InstructionError::Custom(code) => {
            let ours = program.is_none_or(|program| program == gradual_consensus::ID.to_string());
            match program {
                Some(SYSTEM) => of_system(*code, logs),
                Some(program) if TOKENS.contains(&program) => of_tokens(*code),
                _ if ours => of_anchor(*code, logs),
                _ => None,
            }
            // Without logs nobody knows which program it was.
            .or_else(|| lamports_missing(logs))
        }
        other => of_runtime(other, program, logs),
    };
    known.unwrap_or_else(|| {
        let by = program.map_or_else(String::new, |program| format!(" by program {program}"));
        let said = last_words(logs).map_or_else(String::new, |said| format!(": {said}"));
        format!("refused{by} ({failed}){said}: read its logs with --dry-run")
    })
}

/// The program that failed first: the innermost.
fn failing_program(logs: &[String]) -> Option<&str> {
    logs.iter().find_map(|line| {
        let (program, _) = line.strip_prefix("Program ")?.split_once(" failed: ")?;
        Some(program)
    })
}

/// What the failing program logged last of its own accord.
fn last_words(logs: &[String]) -> Option<&str> {
    logs.iter().rev().find_map(|line| {
        let line = line.strip_prefix("Program log: ").unwrap_or(line);
        let anchor = line.split_once("Error Message: ").map(|(_, said)| said);
        anchor
            .or_else(|| line.strip_prefix("Error: "))
            .map(|said| said.trim_end_matches('.'))
    })
}

/// The system program's "Transfer: insufficient lamports 5, need 10".
fn lamports_missing(logs: &[String]) -> Option<String> {
    logs.iter().rev().find_map(|line| {
        let amounts = line.split_once("insufficient lamports ")?.1;
        let (has, needs) = amounts.split_once(", need ")?;
        let (has, needs): (u64, u64) = (has.parse().ok()?, needs.trim().parse().ok()?);
        Some(format!(
            "the key that pays has {}, and this takes {}: send it at least {} more, and some for the fee",
            Unit::SOL.show(has),
            Unit::SOL.show(needs),
            Unit::SOL.show(needs.saturating_sub(has))
        ))
    })
}

fn of_system(code: u32, logs: &[String]) -> Option<String> {
    Some(match code {
        0 => {
            let line = logs.iter().find(|line| line.contains("already in use"));
            let address = line.and_then(|line| line.split("address: ").nth(1));
            let address = address.and_then(|rest| rest.split([',', ' ']).next());
            format!(
                "an account that this would create exists already{}: look at it, it may be done",
                address.map_or_else(String::new, |address| format!(" ({address})"))
            )
        }
        1 => lamports_missing(logs)
            .unwrap_or_else(|| "the key that pays has too little SOL: send it some".into()),
        _ => return None,
    })
}

fn of_tokens(code: u32) -> Option<String> {
    let said = match code {
        0 => "a token account would be left with less SOL than its rent: leave more in it",
        1 => "the token account holds less than the amount: fund it, or use a smaller amount",
        3 => "the token account is of another mint than the task: name one of the task's mint",
        4 => "the token account belongs to somebody else: name one of the key's own",
        9 => "there is no token account at the address named: create it, or name another",
        11 => "the token account still holds tokens and cannot be closed: empty it first",
        14 => "the amount is too large for a token account: use a smaller one",
        17 => "the token account is frozen: ask the mint's freeze authority",
        // Of extensions of Token-2022, which an account's owner chose.
        36 => {
            "the token account takes no payment without a memo: let it take them, or name another"
        }
        42 => {
            "the token account's CPI guard lets no program take from it: turn the guard off, or use another"
        }
        _ => return None,
    };
    Some(said.into())
}

/// Anchor's checks. Its log names the account.
fn of_anchor(code: u32, logs: &[String]) -> Option<String> {
    let name = logs.iter().rev().find_map(|line| {
        let (_, rest) = line.split_once("caused by account: ")?;
        rest.split(". ").next()
    });
    let account = name.map_or_else(
        || "an account".to_owned(),
        |name| format!("the account for '{name}'"),
    );
    let said = match code {
        100..=103 | 1000..=1500 | 4100 => {
            return Some(
                "the program on this cluster is of another version than this command: use the command of its \
                 release, or upgrade the program"
                    .into(),
            );
        }
        2000 | 3006 => {
            "is not named as one that changes: this is a mistake of the command, report it"
        }
        2001 | 2003 | 2006 | 2012 => {
            "is not the one that the others belong to: check the addresses, they may be of another task or node"
        }
        2002 | 3010 => "has not signed: sign with its key",
        2004 | 3007 => {
            "belongs to another program: check the address, and that it is on this cluster"
        }
        2014 => "is a token account of another mint: name one of the task's mint",
        2015 => "is a token account of somebody else: name one of the key's own",
        2005 | 2019 => "has too little SOL for its rent, or the wrong size: check the address",
        2007 | 3008 | 3009 => "is not the program that it should be: check the address",
        2021..=2023 => "is of another token program than the task's mint: name one of the same",
        3001..=3003 => "is an account of another type: check the address",
        3011 => "is not a plain wallet: name one that holds only SOL",
        3012 => {
            "does not exist: it is not created yet, or was closed; check the addresses, and stake first if it \
             is a node's"
        }
        3013 => "is not what the loader keeps of the program: check the program's id",
        3014 => "is not the associated token account: check the address",
        _ => {
            let said = last_words(logs)?;
            return Some(format!(
                "{account} does not fit: {said} (Anchor's error {code})"
            ));
        }
    };
    Some(format!("{account} {said} (Anchor's error {code})"))
}

/// Errors that the runtime and builtin programs have names for.
fn of_runtime(failed: &InstructionError, program: Option<&str>, logs: &[String]) -> Option<String> {
    let is_loader = program == Some(LOADER);
    let said = match failed {
        InstructionError::ComputationalBudgetExceeded => {
            "it takes more compute units than a transaction may: send fewer instructions at once"
        }
        InstructionError::InsufficientFunds => return lamports_missing(logs),
        InstructionError::IncorrectAuthority if is_loader => {
            "the key is not the program's upgrade authority: sign with that one's key"
        }
        InstructionError::Immutable => {
            "the program is final, nobody may upgrade it: deploy another"
        }
        InstructionError::MissingRequiredSignature => {
            "a signature is missing: sign with every key that it names"
        }
        InstructionError::InvalidAccountOwner | InstructionError::IncorrectProgramId => {
            "an account belongs to another program: check the addresses, and that they are on this cluster"
        }
        InstructionError::UninitializedAccount => {
            "an account does not exist on this cluster: check the addresses, and --url"
        }
        InstructionError::AccountAlreadyInitialized => {
            "an account that this would create exists already: look at it, it may be done"
        }
        InstructionError::UnsupportedProgramId => {
            "the program is not on this cluster: check --url, or deploy it"
        }
        InstructionError::AccountNotRentExempt => {
            "an account would be left with less SOL than its rent: leave more in it"
        }
        _ => return None,
    };
    Some(format!("{said} ({failed})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logs(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    #[track_caller]
    fn assert_said(failed: &InstructionError, lines: &[&str], expected: &str) {
        let said = reason(failed, &logs(lines));
        assert!(said.contains(expected), "{said}");
        assert!(!said.contains("0x"), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }

    #[test]
    fn anchors_errors_name_the_account_and_what_to_do() {
        for (code, expected) in [
            (
                3007,
                "the account for 'task' belongs to another program: check the address",
            ),
            (3012, "the account for 'task' does not exist"),
            (2001, "is not the one that the others belong to"),
            (2006, "is not the one that the others belong to"),
            (3010, "has not signed"),
            (2014, "a token account of another mint"),
            (2500, "does not fit: Said by Anchor (Anchor's error 2500)"),
            (101, "of another version than this command"),
        ] {
            let log = format!(
                "Program log: AnchorError caused by account: task. Error Code: X. Error Number: {code}. Error \
                 Message: Said by Anchor."
            );
            let failed = format!("Program {} failed: custom", gradual_consensus::ID);
            assert_said(&InstructionError::Custom(code), &[&log, &failed], expected);
        }
        assert_said(
            &InstructionError::Custom(3007),
            &[],
            "an account belongs to another program",
        );
    }

    #[test]
    fn the_program_that_failed_first_says_what_its_number_means() {
        let ours = format!(
            "Program {} failed: custom program error: 0x1",
            gradual_consensus::ID
        );
        let by = |program: &str| format!("Program {program} failed: custom program error: 0x1");
        let one = InstructionError::Custom(1);
        for program in TOKENS {
            assert_said(&one, &[&by(program), &ours], "holds less than the amount");
        }
        for (code, expected) in [
            (17, "is frozen"),
            (36, "no payment without a memo"),
            (42, "turn the guard off"),
        ] {
            assert_said(&InstructionError::Custom(code), &[&by(TOKENS[1])], expected);
        }
        let poor = "Transfer: insufficient lamports 988986624920, need 1000000000000";
        assert_said(
            &one,
            &[poor, &by(SYSTEM), &ours],
            "has 988.98662492 SOL, and this takes 1000 SOL: send it at least 11.01337508 SOL more",
        );
        let used = "Create Account: account Address { address: So11111111111111111111111111111111111111112, base: \
                    None } already in use";
        assert_said(
            &InstructionError::Custom(0),
            &[used, &by(SYSTEM)],
            "exists already (So11111111111111111111111111111111111111112)",
        );
        let other =
            "Program Other1111111111111111111111111111111111111 failed: custom program error: 0x7";
        let said = reason(
            &InstructionError::Custom(7),
            &logs(&["Program log: Error: no", other]),
        );
        assert!(
            said.contains("by program Other1111111111111111111111111111111111111"),
            "{said}"
        );
        assert!(said.contains(": no: read its logs"), "{said}");
    }
}

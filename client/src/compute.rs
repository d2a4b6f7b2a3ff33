//! The compute units of instructions, read from their transaction's log.

use anchor_lang::Discriminator;
use gradual_consensus::instruction;

macro_rules! names {
    ($($name:ident = $text:literal),+ $(,)?) => {
        /// Every instruction of the program by its name, in the order of the program's source.
        pub const INSTRUCTIONS: &[&str] = &[$($text),+];

        /// The name of the instruction that begins with `data`.
        pub fn instruction_name(data: &[u8]) -> Option<&'static str> {
            $(if data.starts_with(instruction::$name::DISCRIMINATOR) {
                return Some($text);
            })+
            None
        }
    };
}

names! {
    InitializeConfig = "initialize_config",
    CloseConfig = "close_config",
    ProposeAdmin = "propose_admin",
    AcceptAdmin = "accept_admin",
    SetPaused = "set_paused",
    InsertManager = "insert_manager",
    RemoveManager = "remove_manager",
    CreateTask = "create_task",
    FundTask = "fund_task",
    SetActive = "set_active",
    AllowlistTask = "allowlist_task",
    ProposeManager = "propose_manager",
    AcceptManager = "accept_manager",
    MigrateTask = "migrate_task",
    Stake = "stake",
    Withdraw = "withdraw",
    MigrateStake = "migrate_stake",
    ParkStake = "park_stake",
    ResumeStake = "resume_stake",
    OpenCycle = "open_cycle",
    Submit = "submit",
    Audit = "audit",
    ResolveAudit = "resolve_audit",
    SubmitDistributionList = "submit_distribution_list",
    FinalizeDistribution = "finalize_distribution",
    Payout = "payout",
    PayoutEqual = "payout_equal",
    ClaimReward = "claim_reward",
    Compound = "compound",
    CloseVote = "close_vote",
    CloseSubject = "close_subject",
    CloseCycle = "close_cycle",
    CloseStake = "close_stake",
    CloseTask = "close_task",
}

/// Compute units that each of the transaction's top-level calls of the program took, in order. The runtime
/// logs them only for programs that it meters, and it does not meter the native build.
pub fn units_consumed(logs: &[String]) -> Vec<u64> {
    let program = gradual_consensus::ID.to_string();
    let consumed = format!("Program {program} consumed ");
    let mut depth = 0u32;
    let mut units = Vec::new();
    for line in logs {
        if line.starts_with("Program ") && line.contains(" invoke [") {
            depth = depth.saturating_add(1);
        } else if let Some(rest) = line.strip_prefix(&consumed).filter(|_| depth == 1) {
            units.extend(
                rest.split(' ')
                    .next()
                    .and_then(|number| number.parse::<u64>().ok()),
            );
        } else if line.starts_with("Program ") && line.ends_with(" success") {
            depth = depth.saturating_sub(1);
        }
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instruction_of_the_program_is_named() {
        let source = include_str!("../../programs/gradual-consensus/src/lib.rs");
        let (_, program) = source.split_once("\n#[program]\n").unwrap();
        let names: Vec<&str> = program
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("pub fn "))
            .filter_map(|rest| rest.split(['(', '<']).next())
            .collect();
        assert_eq!(names, INSTRUCTIONS);
    }

    #[test]
    fn units_are_those_of_top_level_calls() {
        let id = gradual_consensus::ID;
        let logs = [
            format!("Program {id} invoke [1]"),
            "Program 11111111111111111111111111111111 invoke [2]".into(),
            "Program 11111111111111111111111111111111 success".into(),
            format!("Program {id} consumed 7001 of 200000 compute units"),
            format!("Program {id} success"),
            format!("Program {id} invoke [1]"),
            format!("Program {id} consumed 42 of 192999 compute units"),
            format!("Program {id} success"),
        ];
        assert_eq!(units_consumed(&logs), [7001, 42]);
    }
}

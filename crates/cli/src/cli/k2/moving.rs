//! `gradual k2 state`.

use super::{
    state::State,
    terms::{Imported, TaskFile},
};
use crate::cli::{
    Failure, Output, amount::exact, path, print, print_json, secret, settings::address_of,
};
use clap::Args as ClapArgs;
use gradual_consensus::rules::schedule::Schedule;
use gradual_consensus_client::{
    ledger::Ledger,
    program::GradualError,
    rpc::{RpcLedger, RpcOptions},
    text::one_line,
};
use serde_json::{Value, json};
use solana_sdk::pubkey::Pubkey;
use std::{cmp::Reverse, collections::BTreeMap, path::Path};

#[derive(ClapArgs)]
pub(in crate::cli) struct Args {
    /// A file with the account's data or with what an RPC answered about it; with --from-url, the task's address on K2
    #[arg(value_name = "FILE_OR_ADDRESS")]
    source: String,
    /// The RPC of K2 that is asked for the account
    #[arg(long, value_name = "URL")]
    from_url: Option<String>,
}

/// K2's programs: tasks in KPL tokens, and tasks in KOII.
const PROGRAMS: [Pubkey; 2] = [
    Pubkey::from_str_const("KPLTRVs6jA7QTthuJH2cEmyCEskFbSV2xpZw46cganN"),
    Pubkey::from_str_const("Koiitask22222222222222222222222222222222222"),
];
/// Most letters that are shown of a stranger's text.
const SHOWN: usize = 64;

/// The data of the account at `address` of the cluster at `url`.
///
/// # Errors
/// Bad input: there is no task of K2. Otherwise the cluster's.
fn fetched(address: &str, url: &str) -> Result<Vec<u8>, Failure> {
    let named: Pubkey = address.parse().map_err(|_| {
        let address = secret::shown(address);
        Failure::Usage(format!(
            "{address} is no address: with --from-url, name the task's address on K2"
        ))
    })?;
    let ledger = RpcLedger::new(&address_of(url)?, RpcOptions::default());
    let place = ledger.place();
    let found = ledger.accounts(&[named])?.into_iter().flatten().next();
    let account = found.ok_or_else(|| {
        Failure::Usage(format!(
            "no account at {named} on {place}: check the address and --from-url"
        ))
    })?;
    if !PROGRAMS.contains(&account.owner) {
        return Err(Failure::Usage(format!(
            "{named} is an account of {}, which is no task program of K2: check the address",
            account.owner
        )));
    }
    Ok(account.data)
}

/// The bytes of the file `name`.
///
/// # Errors
/// Bad input: it cannot be read, or is too long.
fn file(name: &str) -> Result<Vec<u8>, Failure> {
    path::read(&path::expand(name)).map_err(|error| {
        let shown = secret::shown(name);
        Failure::Usage(format!("cannot read {shown}: {error}"))
    })
}

/// One node, with what it has on K2.
struct Row {
    node: Pubkey,
    stake: u64,
    balance: u64,
    endpoint: String,
}

/// What a task takes that moves over.
struct Moving<'a> {
    state: &'a State,
    successor: Imported,
    /// The largest stake first.
    rows: Vec<Row>,
}

impl<'a> Moving<'a> {
    fn of(state: &'a State) -> Self {
        let amount = |amount: u64| Some(Value::from(amount));
        let text = |text: &str| Some(text.to_owned());
        let successor = Imported::of(TaskFile {
            task_name: text(&state.name),
            description: text(&state.description),
            repository: text(&state.metadata),
            task_executable_network: text(&state.network),
            task_audit_program: text(&state.audit_program),
            task_vars: text(&state.vars),
            round_time: amount(state.round_time),
            audit_window: amount(state.audit_window),
            submission_window: amount(state.submission_window),
            minimum_stake_amount: amount(state.minimum_stake),
            total_bounty_amount: amount(state.bounty_left),
            bounty_amount_per_round: amount(state.bounty_per_round),
            allowed_failed_distributions: state.allowed_failed.map(Value::from),
            task_type: Some(if state.mint.is_some() { "KPL" } else { "KOII" }.into()),
            token_type: state.mint.map(|mint| mint.to_string()),
            is_in_base_units: true,
            ..TaskFile::default()
        });
        let of = |amounts: &BTreeMap<Pubkey, u64>, node: &Pubkey| {
            amounts.get(node).copied().unwrap_or_default()
        };
        let nodes = state.nodes().into_iter();
        let mut rows: Vec<Row> = nodes
            .map(|node| Row {
                stake: of(&state.stakes, &node),
                balance: of(&state.balances, &node),
                endpoint: state
                    .endpoints
                    .get(&node)
                    .map_or_else(String::new, |found| one_line(found, SHOWN)),
                node,
            })
            .collect();
        rows.sort_by_key(|row| (Reverse(row.stake), row.node));
        Self {
            state,
            successor,
            rows,
        }
    }

    /// The sum of what `amount` says of each row: it may be more than one account holds.
    fn sum(&self, amount: impl Fn(&Row) -> u64) -> u128 {
        self.rows.iter().map(|row| u128::from(amount(row))).sum()
    }

    /// How many rounds the bounty that is left pays for.
    fn rounds(&self) -> u64 {
        let state = self.state;
        state
            .bounty_left
            .checked_div(state.bounty_per_round)
            .unwrap_or_default()
    }

    /// What the manager should know before the task moves.
    fn findings(&self) -> Vec<String> {
        let state = self.state;
        let mut found = Vec::new();
        if let Some(successor) = &state.migrated_to {
            let successor = one_line(successor, SHOWN);
            found.push(format!("it has moved on K2 already, to {successor}"));
        }
        let listed = self.sum(|row| row.stake);
        if listed != u128::from(state.total_stake) {
            found.push(format!(
                "its nodes have staked {listed}, but it says {} in total",
                state.total_stake
            ));
        }
        let schedule = Schedule {
            starting_slot: 0,
            round_time: state.round_time,
            submission_window: state.submission_window,
            audit_window: state.audit_window,
        };
        if !schedule.is_valid() {
            found.push(format!("its windows: {}", GradualError::InvalidSchedule));
        }
        let few = self
            .rows
            .iter()
            .filter(|row| row.stake < state.minimum_stake);
        let few = few.count();
        if few > 0 {
            found.push(format!(
                "{few} of {} nodes have staked less than {}, the minimum: they take part if they stake more",
                self.rows.len(),
                state.minimum_stake
            ));
        }
        if self.rounds() == 0 {
            found.push("its bounty pays for no whole round".into());
        }
        found
    }

    /// What has to be done, by whom, in this order.
    fn steps(&self) -> Vec<String> {
        let tokens = self.successor.tokens();
        let mut steps = vec![
            "the manager creates and funds the successor, with the commands above; what is left of the bounty does not leave \
             K2, where deleting the task burns it"
                .to_owned(),
            "each node stops on K2, withdraws its stake there, and claims its balance once its cool-down of 3 to 5 rounds is \
             over"
                .to_owned(),
            format!(
                "each node stakes here what it had there, or at least {}: gradual stake TASK AMOUNT{tokens}",
                self.state.minimum_stake
            ),
        ];
        let unclaimed = self.sum(|row| row.balance);
        if unclaimed > 0 {
            let owed = self.rows.iter().filter(|row| row.balance > 0).count();
            steps.push(format!(
                "{unclaimed} are still to be claimed on K2, by {owed} of the nodes, and stay there until then"
            ));
        }
        steps
    }

    fn text(&self) -> String {
        let state = self.state;
        let active = if state.is_active {
            "active"
        } else {
            "not active"
        };
        let token = state
            .mint
            .map_or_else(|| "KOII".to_owned(), |mint| format!("KPL token {mint}"));
        let name = one_line(&state.name, SHOWN);
        let mut text = format!(
            "task {name:?} on K2, {active}, in {token}, managed by {}\n\
             amounts are in base units\n\
             bounty left {}, {} a round: {} rounds\n\
             staked {} in {}, at least {} each; {} to claim\n",
            state.manager,
            state.bounty_left,
            state.bounty_per_round,
            self.rounds(),
            self.sum(|row| row.stake),
            match state.stakes.len() {
                1 => "1 stake".to_owned(),
                stakes => format!("{stakes} stakes"),
            },
            state.minimum_stake,
            self.sum(|row| row.balance),
        );
        for finding in self.findings() {
            text.push_str(&format!("note: {finding}\n"));
        }
        text.push_str(&format!(
            "\n{:<44}  {:>20}  {:>20}  endpoint\n",
            "node", "stake", "to claim"
        ));
        for row in &self.rows {
            let line = format!(
                "{:<44}  {:>20}  {:>20}  {}",
                row.node.to_string(),
                row.stake,
                row.balance,
                row.endpoint
            );
            text.push_str(&format!("{}\n", line.trim_end()));
        }
        let commands = self.successor.commands().join("\n");
        text.push_str(&format!("\n{commands}\n{}", self.successor.comments()));
        for (number, step) in (1..).zip(self.steps()) {
            text.push_str(&format!("# {number}. {step}\n"));
        }
        text
    }

    fn facts(&self) -> Value {
        let state = self.state;
        let nodes = self.rows.iter().map(|row| {
            json!({
                "node": row.node.to_string(), "stake": exact(row.stake), "available_balance": exact(row.balance),
                "endpoint": row.endpoint, "has_minimum_stake": row.stake >= state.minimum_stake,
            })
        });
        json!({
            "name": one_line(&state.name, SHOWN),
            "manager": state.manager.to_string(),
            "is_active": state.is_active,
            "mint": state.mint.map(|mint| mint.to_string()),
            "migrated_to": state.migrated_to.as_ref().map(|successor| one_line(successor, SHOWN)),
            "bounty": exact(state.bounty_left),
            "bounty_amount_per_round": exact(state.bounty_per_round),
            "funded_rounds": self.rounds(),
            "minimum_stake_amount": exact(state.minimum_stake),
            "total_stake": self.sum(|row| row.stake).to_string(),
            "total_available_balance": self.sum(|row| row.balance).to_string(),
            "stakers": nodes.collect::<Vec<_>>(),
            "notes": self.findings(),
            "successor": self.successor.facts(),
            "steps": self.steps(),
        })
    }
}

pub(super) fn run(args: &Args, output: Output) -> Result<(), Failure> {
    let bytes = match &args.from_url {
        Some(url) => fetched(&args.source, url)?,
        None => {
            let is_address = args.source.parse::<Pubkey>().is_ok();
            if is_address && !Path::new(&args.source).exists() {
                let said =
                    "the address of a task on K2 needs --from-url, the RPC that is asked for it";
                return Err(Failure::Usage(said.into()));
            }
            file(&args.source)?
        }
    };
    let state = State::read(&bytes);
    let state =
        state.map_err(|why| Failure::Usage(format!("{}: {why}", secret::shown(&args.source))))?;
    let moving = Moving::of(&state);
    match output {
        Output::Text => print(&moving.text()),
        Output::Json => print_json(&moving.facts()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::state::tests::{account, node};
    use super::*;

    fn read(stakes: &[(u8, u64)]) -> State {
        let stakes: Vec<_> = stakes
            .iter()
            .map(|(byte, stake)| (node(*byte).to_string(), *stake))
            .collect();
        State::read(&account(&stakes)).unwrap()
    }

    #[test]
    fn the_successor_has_the_same_terms() {
        let state = read(&[(5, 30), (6, 18)]);
        let mint = node(3);
        let facts = Moving::of(&state).facts();
        let commands = &facts["successor"]["commands"];
        assert_eq!(
            commands[0],
            format!(
                "gradual task create --name 'a task' --description 'of tests' --metadata cid --network IPFS \
                 --audit-program main --vars 'x=1' --round-time 1200 --submission-window 400 --audit-window 500 \
                 --minimum-stake 20 --bounty-per-round 100 --allowed-failed 3 --base-units --mint {mint}"
            )
        );
        assert_eq!(commands[1], "gradual task fund TASK 1100 --base-units");
        assert_eq!(facts["funded_rounds"], 11);
    }

    #[test]
    fn every_node_is_told_with_what_it_has() {
        let state = read(&[(6, 18), (5, 30)]);
        let moving = Moving::of(&state);
        let facts = moving.facts();
        let five = json!({
            "node": node(5).to_string(), "stake": "30", "available_balance": "77", "endpoint": "http://node",
            "has_minimum_stake": true,
        });
        assert_eq!(facts["stakers"][0], five);
        assert_eq!(facts["stakers"][1]["has_minimum_stake"], false);
        let notes = moving.findings();
        assert_eq!(
            notes,
            [
                "1 of 2 nodes have staked less than 20, the minimum: they take part if they stake more"
            ]
        );
        let text = moving.text();
        assert!(
            text.contains("staked 48 in 2 stakes, at least 20 each; 77 to claim"),
            "{text}"
        );
        assert!(
            text.contains("gradual stake TASK AMOUNT --base-units"),
            "{text}"
        );
    }

    #[test]
    fn what_does_not_add_up_is_told() {
        let mut state = read(&[(5, u64::MAX), (6, u64::MAX)]);
        state.round_time = 100;
        state.bounty_left = 99;
        state.migrated_to = Some("else\u{1b}where".into());
        let notes = Moving::of(&state).findings();
        assert_eq!(notes.len(), 4, "{notes:?}");
        assert_eq!(notes[0], "it has moved on K2 already, to elsewhere");
        assert_eq!(
            notes[1],
            "its nodes have staked 36893488147419103230, but it says 48 in total"
        );
        assert!(notes[2].starts_with("its windows: "));
    }
}

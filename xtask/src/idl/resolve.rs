//! How a client finds the accounts of an instruction by itself.
//!
//! Anchor's macros say of an account whence its address follows only where a constraint says so (`seeds`,
//! `address`, `has_one`). The program checks all other addresses in its handlers, once it has read the
//! accounts. [`complete`] writes into the IDL what those handlers check: a `pda` for each row of
//! [`ADDRESSES`], and `relations` for each row of [`RELATIONS`]. `crates/adversary/tests/vectors.rs` derives
//! every address of a valid instruction by the finished IDL, and compares it with the client's.

use anchor_lang_idl_spec::{
    Idl, IdlInstruction, IdlInstructionAccount, IdlInstructionAccountItem, IdlPda, IdlSeed,
    IdlSeedAccount, IdlSeedArg, IdlSeedConst,
};
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeMap;

/// The loader whose account `program_data` is.
const LOADER: &str = "BPFLoaderUpgradeab1e11111111111111111111111";

/// One seed of an address.
#[derive(Clone, Copy)]
enum Seed {
    /// The bytes of a constant of the IDL.
    Constant(&'static str),
    /// The program's own address.
    Program,
    /// The address of another account of the instruction.
    Account(&'static str),
    /// A field of another account of the instruction, which is of the type named first.
    Field(&'static str, &'static str),
    /// An argument of the instruction.
    Argument(&'static str),
}

use Seed::{Account, Argument, Constant, Field, Program};

/// How the account of one name is derived.
struct Address {
    /// The instructions in which it is; none for all that have the account.
    instructions: &'static [&'static str],
    account: &'static str,
    seeds: &'static [Seed],
}

const fn everywhere(account: &'static str, seeds: &'static [Seed]) -> Address {
    within(&[], account, seeds)
}

const fn within(
    instructions: &'static [&'static str],
    account: &'static str,
    seeds: &'static [Seed],
) -> Address {
    Address {
        instructions,
        account,
        seeds,
    }
}

/// The task, and the cycle's number, in the head of a list or a submission.
const CYCLE_OF_LIST: &[Seed] = &[
    Constant("CYCLE_SEED"),
    Field("DistributionList", "list.subject.task"),
    Field("DistributionList", "list.subject.cycle_number"),
];
const CYCLE_OF_SUBMISSION: &[Seed] = &[
    Constant("CYCLE_SEED"),
    Field("Submission", "submission.subject.task"),
    Field("Submission", "submission.subject.cycle_number"),
];
/// `subject` is a submission or a list. Both begin with the same head, which is described as a
/// submission's here.
const CYCLE_OF_SUBJECT: &[Seed] = &[
    Constant("CYCLE_SEED"),
    Field("Submission", "subject.subject.task"),
    Field("Submission", "subject.subject.cycle_number"),
];

/// Every address that the program checks in its handlers. The first row for an account counts.
const ADDRESSES: &[Address] = &[
    everywhere("config", &[Constant("CONFIG_SEED")]),
    everywhere("program_data", &[Program]),
    everywhere("metadata", &[Constant("METADATA_SEED"), Account("task")]),
    everywhere("stake_pot", &[Constant("STAKE_POT_SEED"), Account("task")]),
    everywhere(
        "bounty_pot",
        &[Constant("BOUNTY_POT_SEED"), Account("task")],
    ),
    within(
        &["migrate_stake"],
        "successor_pot",
        &[Constant("STAKE_POT_SEED"), Account("successor")],
    ),
    within(
        &["migrate_task"],
        "successor_pot",
        &[Constant("BOUNTY_POT_SEED"), Account("successor")],
    ),
    within(
        &["payout", "payout_equal"],
        "node_stake",
        &[
            Constant("STAKE_SEED"),
            Field("Submission", "submission.subject.task"),
            Field("Submission", "submission.subject.author"),
        ],
    ),
    within(
        &[
            "claim_reward",
            "compound",
            "migrate_stake",
            "open_cycle",
            "resume_stake",
            "stake",
            "submit",
            "withdraw",
        ],
        "node_stake",
        &[Constant("STAKE_SEED"), Account("task"), Account("node")],
    ),
    everywhere(
        "successor_stake",
        &[
            Constant("STAKE_SEED"),
            Account("successor"),
            Account("node"),
        ],
    ),
    within(
        &["audit"],
        "voter_stake",
        &[Constant("STAKE_SEED"), Account("task"), Account("voter")],
    ),
    within(
        &["close_vote"],
        "voter_stake",
        &[
            Constant("STAKE_SEED"),
            Field("Submission", "subject.subject.task"),
            Field("AuditVote", "vote.voter"),
        ],
    ),
    everywhere(
        "author_stake",
        &[
            Constant("STAKE_SEED"),
            Field("Submission", "subject.subject.task"),
            Field("Submission", "subject.subject.author"),
        ],
    ),
    everywhere(
        "challenger_stake",
        &[
            Constant("STAKE_SEED"),
            Field("Submission", "subject.subject.task"),
            Field("Submission", "subject.subject.audit.challenger"),
        ],
    ),
    everywhere(
        "opener_stake",
        &[
            Constant("STAKE_SEED"),
            Field("Cycle", "cycle.task"),
            Field("Cycle", "cycle.opener"),
        ],
    ),
    everywhere(
        "proposer_stake",
        &[
            Constant("STAKE_SEED"),
            Field("Cycle", "cycle.task"),
            Account("proposer"),
        ],
    ),
    within(
        &["submit"],
        "cycle",
        &[
            Constant("CYCLE_SEED"),
            Account("task"),
            Argument("cycle_number"),
        ],
    ),
    within(&["finalize_distribution"], "cycle", CYCLE_OF_LIST),
    within(&["payout", "payout_equal"], "cycle", CYCLE_OF_SUBMISSION),
    within(
        &["close_subject", "resolve_audit"],
        "cycle",
        CYCLE_OF_SUBJECT,
    ),
    within(
        &["submit_distribution_list"],
        "submission",
        &[
            Constant("SUBMISSION_SEED"),
            Account("cycle"),
            Account("proposer"),
        ],
    ),
    within(
        &["submit_distribution_list"],
        "list",
        &[Constant("LIST_SEED"), Account("cycle"), Argument("attempt")],
    ),
    within(
        &["payout"],
        "list",
        &[
            Constant("LIST_SEED"),
            Account("cycle"),
            Field("Cycle", "cycle.accepted_attempt"),
        ],
    ),
];

/// Instruction, account, and the account whose field of the same name holds its address.
const RELATIONS: &[(&str, &str, &str)] = &[
    ("close_config", "payer", "config"),
    ("close_cycle", "payer", "cycle"),
    ("close_stake", "payer", "node_stake"),
    ("close_vote", "payer", "vote"),
];

/// Completes the accounts of every instruction.
pub fn complete(idl: &mut Idl) -> Result<()> {
    let constants = constants(idl)?;
    let program = decode(&idl.address)?;
    let mut used = [false; ADDRESSES.len()];
    for instruction in &mut idl.instructions {
        let name = instruction.name.clone();
        for account in accounts(instruction)? {
            let is_free = account.pda.is_none() && account.address.is_none();
            let mut rows = ADDRESSES.iter().zip(&mut used);
            let row = rows.find(|(row, _)| {
                row.account == account.name
                    && (row.instructions.is_empty() || row.instructions.contains(&&*name))
            });
            if let Some((row, used)) = row.filter(|_| is_free) {
                account.pda = Some(pda(row, &constants, &program)?);
                *used = true;
            }
        }
    }
    for (row, used) in ADDRESSES.iter().zip(used) {
        ensure!(used, "no instruction needs the row of {}", row.account);
    }
    for (name, account, holder) in RELATIONS {
        relate(idl, name, account, holder)?;
    }
    for instruction in &mut idl.instructions {
        drop_circles(instruction)?;
    }
    Ok(())
}

fn relate(idl: &mut Idl, instruction: &str, account: &str, holder: &str) -> Result<()> {
    let mut all = idl.instructions.iter_mut();
    let found = all.find(|one| one.name == instruction);
    let found = found.with_context(|| format!("no instruction {instruction}"))?;
    let mut all = accounts(found)?;
    ensure!(
        all.iter().any(|one| one.name == holder),
        "{instruction} has no account {holder}"
    );
    let found = all.iter_mut().find(|one| one.name == account);
    let found = found.with_context(|| format!("{instruction} has no account {account}"))?;
    found.relations.push(holder.to_owned());
    Ok(())
}

/// An account that another is derived from cannot be looked up in that other one: a client that is given
/// neither would find neither, and Anchor's would accept neither.
fn drop_circles(instruction: &mut IdlInstruction) -> Result<()> {
    let mut all = accounts(instruction)?;
    let sources: BTreeMap<String, Vec<String>> = all
        .iter()
        .map(|account| (account.name.clone(), derived_from(account)))
        .collect();
    for account in &mut all {
        let name = account.name.clone();
        let relations = &mut account.relations;
        relations.retain(|holder| !depends(&sources, holder, &name));
    }
    Ok(())
}

/// The accounts that `account` is derived from.
fn derived_from(account: &IdlInstructionAccount) -> Vec<String> {
    let seeds = account.pda.iter().flat_map(|pda| &pda.seeds);
    let paths = seeds.filter_map(|seed| match seed {
        IdlSeed::Account(seed) => seed.path.split('.').next(),
        IdlSeed::Const(_) | IdlSeed::Arg(_) => None,
    });
    paths.map(str::to_owned).collect()
}

/// Whether the address of `account` follows from that of `source`. No address follows from itself, so this
/// ends.
fn depends(sources: &BTreeMap<String, Vec<String>>, account: &str, source: &str) -> bool {
    let mut direct = sources.get(account).into_iter().flatten();
    direct.any(|from| from == source || depends(sources, from, source))
}

/// The accounts of `instruction`, of which none is a group.
fn accounts(instruction: &mut IdlInstruction) -> Result<Vec<&mut IdlInstructionAccount>> {
    let mut singles = vec![];
    for item in &mut instruction.accounts {
        match item {
            IdlInstructionAccountItem::Single(account) => singles.push(account),
            IdlInstructionAccountItem::Composite(group) => {
                bail!("{} is a group of accounts, which is new", group.name)
            }
        }
    }
    Ok(singles)
}

fn pda(row: &Address, constants: &BTreeMap<String, Vec<u8>>, program: &[u8]) -> Result<IdlPda> {
    let bytes = |value| IdlSeed::Const(IdlSeedConst { value });
    let mut owner = None;
    let mut seeds = vec![];
    for seed in row.seeds {
        seeds.push(match *seed {
            Constant(name) => {
                let value = constants.get(name);
                bytes(
                    value
                        .with_context(|| format!("no constant {name}"))?
                        .clone(),
                )
            }
            Program => {
                owner = Some(bytes(decode(LOADER)?));
                bytes(program.to_vec())
            }
            Account(name) => IdlSeed::Account(IdlSeedAccount {
                path: name.to_owned(),
                account: None,
            }),
            Field(holder, path) => IdlSeed::Account(IdlSeedAccount {
                path: path.to_owned(),
                account: Some(holder.to_owned()),
            }),
            Argument(name) => IdlSeed::Arg(IdlSeedArg {
                path: name.to_owned(),
            }),
        });
    }
    Ok(IdlPda {
        seeds,
        program: owner,
    })
}

/// The constants of `idl` that are bytes.
fn constants(idl: &Idl) -> Result<BTreeMap<String, Vec<u8>>> {
    let bytes = (idl.constants.iter()).filter(|one| one.name.ends_with("_SEED"));
    bytes
        .map(|one| {
            let value = serde_json::from_str(&one.value);
            let value = value.with_context(|| format!("{} is not bytes", one.name))?;
            Ok((one.name.clone(), value))
        })
        .collect()
}

fn decode(address: &str) -> Result<Vec<u8>> {
    let bytes = bs58::decode(address).into_vec().ok();
    bytes.with_context(|| format!("{address} is not base 58"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn committed() -> Idl {
        serde_json::from_str(include_str!("../../../idl/gradual_consensus.json")).unwrap()
    }

    /// The accounts of `instruction` that a client has to be given.
    fn given(instruction: &mut IdlInstruction) -> Vec<String> {
        let all = accounts(instruction).unwrap().into_iter();
        let unknown = all.filter(|one| {
            !one.signer && one.address.is_none() && one.pda.is_none() && one.relations.is_empty()
        });
        unknown.map(|one| one.name.clone()).collect()
    }

    /// Which accounts a client is given, and why it cannot find them: a task, a subject, a stake or a vote is
    /// the one that is meant; any token account serves as `source` or `destination`; a mint and its token
    /// program are chosen with the task; the address of a new task follows from the hash of its terms.
    const GIVEN: &[(&str, &[&str])] = &[
        ("accept_manager", &["task"]),
        ("allowlist_task", &["task"]),
        ("audit", &["subject"]),
        ("claim_reward", &["task", "destination"]),
        ("close_cycle", &["cycle"]),
        ("close_stake", &["node_stake"]),
        // A submission's or list's payer stands in a struct within its account, where no relation reaches.
        ("close_subject", &["subject", "payer"]),
        ("close_task", &["task", "destination"]),
        ("close_vote", &["vote"]),
        ("compound", &["task"]),
        ("create_task", &["task", "mint", "token_program"]),
        ("finalize_distribution", &["list"]),
        ("fund_task", &["task", "source"]),
        // The task calls its successor `migrated_to`: a relation needs the same name.
        ("migrate_stake", &["task", "successor"]),
        ("migrate_task", &["task", "successor"]),
        ("open_cycle", &["task"]),
        ("park_stake", &["node_stake"]),
        ("payout", &["submission"]),
        ("payout_equal", &["submission"]),
        ("propose_manager", &["task"]),
        ("resolve_audit", &["subject"]),
        ("resume_stake", &["task"]),
        ("set_active", &["task"]),
        ("stake", &["task", "source"]),
        ("submit", &["task"]),
        ("submit_distribution_list", &["cycle"]),
        ("withdraw", &["task", "destination"]),
    ];

    #[test]
    fn clients_are_given_what_they_cannot_find() {
        let mut idl = committed();
        let mut total = 0;
        let mut found = vec![];
        for instruction in &mut idl.instructions {
            total += instruction.accounts.len();
            let given = given(instruction);
            if !given.is_empty() {
                found.push((instruction.name.clone(), given));
            }
        }
        let expected = GIVEN.iter().map(|(name, given)| {
            let given = given.iter().map(|&one| one.to_owned()).collect();
            ((*name).to_owned(), given)
        });
        assert_eq!(found, expected.collect::<Vec<(_, Vec<_>)>>());
        let count: usize = GIVEN.iter().map(|(_, given)| given.len()).sum();
        assert_eq!((count, total), (37, 178));
    }

    /// From what is given, the signers and the arguments, every other account is found.
    #[test]
    fn nothing_is_derived_from_what_is_not_found() {
        for instruction in &mut committed().instructions {
            let mut known: BTreeSet<String> = given(instruction).into_iter().collect();
            let all = accounts(instruction).unwrap();
            loop {
                let before = known.len();
                for account in &all {
                    let is_derived = account.pda.is_some()
                        && derived_from(account).iter().all(|one| known.contains(one));
                    let is_held = account.relations.iter().any(|one| known.contains(one));
                    if account.signer || account.address.is_some() || is_derived || is_held {
                        known.insert(account.name.clone());
                    }
                }
                if known.len() == before {
                    break;
                }
            }
            let count = all.len();
            assert_eq!(known.len(), count, "{}: {known:?}", instruction.name);
        }
    }

    #[test]
    fn a_circle_is_opened_at_the_relation() {
        let mut idl = committed();
        let found = idl.instructions.iter_mut().find(|one| one.name == "submit");
        let instruction = found.unwrap();
        for account in accounts(instruction).unwrap() {
            if account.name == "task" {
                account.relations = vec!["node_stake".into(), "slot_hashes".into()];
            }
        }
        drop_circles(instruction).unwrap();
        let all = accounts(instruction).unwrap();
        let task = all.iter().find(|one| one.name == "task").unwrap();
        assert_eq!(task.relations, ["slot_hashes"]);
    }

    #[test]
    fn a_row_that_nothing_needs_is_refused() {
        let mut idl = committed();
        idl.instructions.retain(|one| one.name != "payout");
        for instruction in &mut idl.instructions {
            for account in accounts(instruction).unwrap() {
                account.pda = None;
            }
        }
        let refused = complete(&mut idl).unwrap_err().to_string();
        assert!(
            refused.contains("no instruction needs the row"),
            "{refused}"
        );
    }
}

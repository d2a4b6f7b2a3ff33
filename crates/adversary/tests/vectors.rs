//! The IDL against the Rust client: a client that knows the IDL and the ledger finds the accounts of every
//! instruction. And the file that clients in other languages are compared with is what the program answers.

use gradual_consensus::state::{Cycle, Task};
use gradual_consensus_adversary::{
    arena::Arena,
    attack::{fixture::Fixture, fixtures, idl, scene::scene},
    vectors::{resolve::Given, value::Reader, write},
};
use gradual_consensus_client::account;
use solana_sdk::instruction::Instruction;
use std::collections::BTreeSet;

/// Calls `look` with every fixture's instruction.
fn each(look: impl Fn(&Given)) {
    for fixture in fixtures::all() {
        let (arena, instruction) = prepared(fixture);
        look(&Given {
            signature: fixture.signature(),
            instruction: &instruction,
            ledger: &arena.vm,
        });
    }
}

fn prepared(fixture: &Fixture) -> (Arena, Instruction) {
    let arena = scene(fixture.stage);
    let instruction = fixture.build(&arena, 0);
    (arena, instruction)
}

#[test]
fn every_instruction_has_a_fixture() {
    let found: BTreeSet<_> = fixtures::all().iter().map(|one| one.instruction).collect();
    let all: BTreeSet<_> = idl::signatures().iter().map(|one| &*one.name).collect();
    assert_eq!(found, all);
}

#[test]
fn every_address_that_the_idl_derives_is_the_clients() {
    each(|given| {
        for account in &given.signature.accounts {
            if let Some(derived) = &account.pda {
                let what = format!("{} of {}", account.name, given.signature.name);
                assert_eq!(
                    given.derive(derived),
                    given.address(&account.name),
                    "{what}"
                );
            }
        }
    });
}

#[test]
fn every_address_that_another_account_holds_is_the_clients() {
    each(|given| {
        for account in &given.signature.accounts {
            for holder in &account.relations {
                let what = format!("{} of {}", account.name, given.signature.name);
                let held = given.held(holder, &[&account.name]);
                assert_eq!(held, given.address(&account.name).to_bytes(), "{what}");
            }
        }
    });
}

/// What the IDL makes of an account is what the program keeps there.
#[test]
fn accounts_are_laid_out_as_the_idl_says() {
    let mut cycles = 0;
    each(|given| {
        let task = given.signature.has("task").then(|| given.address("task"));
        let stored = task.and_then(|task| given.ledger.account(&task));
        if let Some(task) = stored.as_ref().and_then(account::decode::<Task>) {
            let bytes = |field| given.held("task", &[field]);
            assert_eq!(bytes("manager"), task.manager.to_bytes());
            assert_eq!(bytes("bounty_paid"), task.bounty_paid.to_le_bytes());
            assert_eq!(bytes("equal_shares"), [task.equal_shares]);
        }
    });
    for fixture in fixtures::all()
        .iter()
        .filter(|one| one.signature().has("cycle"))
    {
        let (arena, instruction) = prepared(fixture);
        let address = instruction.accounts[fixture.signature().position("cycle")].pubkey;
        let Some(stored) = arena.vm.account(&address) else {
            continue;
        };
        let cycle: Cycle = account::decode(&stored).unwrap();
        let mut reader = Reader::new(&stored.data[8..]);
        let shown = reader.defined("Cycle");
        assert_eq!(shown["bounty"], cycle.bounty.to_string());
        assert_eq!(shown["open_subjects"], cycle.open_subjects);
        assert_eq!(shown["bump"], cycle.bump);
        assert!(reader.rest().is_empty());
        cycles += 1;
    }
    assert!(cycles > 5);
}

#[test]
fn the_vectors_are_what_the_program_answers() {
    write(true).unwrap();
}

//! Classes 3, 4, 5, 7, 10, 12, 13, 14 and 39: one account of the instruction is another.

use super::trial::{OTHER_PROGRAM, Try, attacker, attempt};
use crate::{
    arena::{Arena, key},
    attack::{
        fixture::{Expect, Fixture, Role, Slot, anchor, native, rule, token},
        scene::scene,
    },
};
use anchor_lang::{Discriminator, error::ErrorCode};
use gradual_consensus::GradualError as E;
use gradual_consensus_client::{address, ledger::Ledger};
use solana_sdk::{
    account::Account,
    instruction::{Instruction, InstructionError},
    pubkey::Pubkey,
};

/// Somebody's token account, mint and token program that are not the task's.
const OTHER_MINT: [u8; 2] = [69, 9];
const OTHER_TOKENS: [u8; 2] = [68, 8];
/// Where a copy of an account is put.
const COPY: [u8; 2] = [67, 7];

fn at([kind, number]: [u8; 2]) -> Pubkey {
    key(kind, number)
}

/// One account of a fixture, and the world that it is valid in.
struct Place {
    fixture: &'static Fixture,
    honest: Arena,
    index: usize,
    slot: Slot,
    address: Pubkey,
    foreign: Pubkey,
    is_writable: bool,
}

/// Every attack on every account.
pub(super) fn accounts(fixture: &'static Fixture) -> Vec<Try> {
    let honest = scene(fixture.stage);
    let (here, there) = (fixture.build(&honest, 0), fixture.build(&honest, 1));
    let slots = &fixture.slots;
    assert_eq!(
        here.accounts.len(),
        slots.len(),
        "{} has other accounts than its IDL says",
        fixture.instruction
    );
    let places = slots
        .iter()
        .cloned()
        .enumerate()
        .map(|(index, slot)| Place {
            fixture,
            honest: honest.clone(),
            index,
            slot,
            address: here.accounts[index].pubkey,
            foreign: there.accounts[index].pubkey,
            is_writable: here.accounts[index].is_writable,
        });
    places.flat_map(|place| place.attacks()).collect()
}

impl Place {
    fn attacks(&self) -> Vec<Try> {
        let mut tries = vec![];
        tries.extend(self.foreign());
        tries.extend(self.readonly());
        tries.extend(self.fake());
        tries.extend(self.cosplay());
        match self.slot.role {
            Role::TokenProgram => tries.extend(self.token_program()),
            Role::SystemProgram => tries.push(self.fake_program()),
            Role::Sysvar => tries.extend(self.sysvar()),
            Role::RentReceiver => tries.push(self.rent_to_a_thief()),
            Role::Pot => tries.extend(self.pot()),
            Role::Mint => tries.extend(self.mint()),
            Role::Tokens => tries.extend(self.tokens()),
            Role::Signer | Role::Payer | Role::State | Role::Created => (),
        }
        tries
    }

    /// The attack `name` of `class`, which changes the instruction.
    fn attempt(
        &self,
        class: u8,
        name: impl Into<String>,
        expect: &Expect,
        mutate: impl Fn(&mut Arena, &mut Instruction) + Send + Sync + 'static,
    ) -> Try {
        let mutate = move |arena: &mut Arena, all: &mut Vec<Instruction>| {
            mutate(arena, &mut all[0]);
        };
        attempt(self.fixture, class, name, expect.clone(), mutate)
    }

    /// As [`Self::attempt`], with `other` in this place.
    fn put(&self, class: u8, name: impl Into<String>, expect: &Expect, other: Pubkey) -> Try {
        let (fixture, index) = (self.fixture, self.index);
        self.attempt(class, name, expect, move |_, instruction| {
            fixture.put(instruction, index, other);
        })
    }

    /// As [`Self::put`], of what `make` makes.
    fn put_made(
        &self,
        class: u8,
        name: impl Into<String>,
        expect: &Expect,
        make: impl Fn(&mut Arena, &Instruction) -> Pubkey + Send + Sync + 'static,
    ) -> Try {
        let index = self.index;
        self.attempt(class, name, expect, move |arena, instruction| {
            instruction.accounts[index].pubkey = make(arena, instruction);
        })
    }

    fn foreign(&self) -> Option<Try> {
        let differs = self.address != self.foreign;
        differs.then(|| self.put(3, self.slot.name, &self.slot.foreign, self.foreign))
    }

    fn readonly(&self) -> Option<Try> {
        let index = self.index;
        self.is_writable.then(|| {
            self.attempt(14, self.slot.name, &self.slot.readonly, move |_, one| {
                one.accounts[index].is_writable = false;
            })
        })
    }

    /// The same bytes under another owner: in place where the program tells its accounts by owner, at
    /// another address where it tells them by address.
    fn fake(&self) -> Option<Try> {
        let (name, expect, index) = (self.slot.name, &self.slot.fake, self.index);
        match self.slot.role {
            Role::Pot | Role::Mint | Role::Tokens => {
                Some(self.put_made(4, name, expect, move |arena, one| {
                    let real = arena.vm.account(&one.accounts[index].pubkey);
                    let data = real.expect("an account").data;
                    arena.vm.set_data(at(COPY), OTHER_PROGRAM, data);
                    at(COPY)
                }))
            }
            Role::State => Some(self.attempt(4, name, expect, move |arena, one| {
                disown(arena, one.accounts[index].pubkey);
            })),
            Role::Created => Some(self.attempt(4, name, expect, move |arena, one| {
                let address = one.accounts[index].pubkey;
                arena.vm.set_data(address, OTHER_PROGRAM, vec![0; 64]);
            })),
            _ => None,
        }
    }

    fn cosplay(&self) -> Vec<Try> {
        if self.slot.role != Role::State {
            return vec![];
        }
        let name = self.slot.name;
        let is_subject = name == "subject";
        others(&self.honest, &self.address)
            .into_iter()
            // Either of the two is a subject.
            .filter(|(kind, _)| !(is_subject && matches!(*kind, "submission" | "list")))
            .map(|(kind, other)| {
                let name = format!("{name} is a {kind}");
                self.put(5, name, &self.slot.cosplay, other)
            })
            .collect()
    }

    fn fake_program(&self) -> Try {
        let fake = anchor(ErrorCode::InvalidProgramId);
        self.put(7, self.slot.name, &fake, OTHER_PROGRAM)
    }

    fn token_program(&self) -> [Try; 2] {
        let expect = if self.fixture.instruction == "create_task" {
            rule(E::NotAMint)
        } else {
            anchor(ErrorCode::ConstraintHasOne)
        };
        let other = self.put(39, "Token-2022", &expect, spl_token_2022());
        [self.fake_program(), other]
    }

    fn sysvar(&self) -> [Try; 2] {
        let (name, index) = (self.slot.name, self.index);
        let expect = self.slot.foreign.clone();
        let copy = self.put_made(13, name, &expect, move |arena, one| {
            let real = arena.vm.account(&one.accounts[index].pubkey);
            let data = real.expect("a sysvar").data;
            arena.vm.set_data(at(COPY), OTHER_PROGRAM, data);
            at(COPY)
        });
        let clock = solana_sdk::sysvar::clock::ID;
        [copy, self.put(13, "another sysvar", &expect, clock)]
    }

    fn rent_to_a_thief(&self) -> Try {
        let thief = rule(E::WrongRentPayer);
        self.put(12, self.slot.name, &thief, attacker())
    }

    fn pot(&self) -> [Try; 3] {
        let (name, expect) = (self.slot.name, &self.slot.foreign);
        let task = self.honest.tasks[0].task;
        let (stake, bounty) = (address::stake_pot(&task), address::bounty_pot(&task));
        let other = if self.address == stake { bounty } else { stake };
        let swapped = format!("{name} is the task's other pot");
        let same_authority = format!("{name} is another account of the task's authority");
        let other_mint = format!("{name} of another mint");
        [
            self.put(10, swapped, expect, other),
            self.put_made(10, same_authority, expect, move |arena, _| {
                let mint = arena.mint;
                arena.vm.set_tokens(at(OTHER_TOKENS), mint, task, 1_000_000);
                at(OTHER_TOKENS)
            }),
            self.put_made(39, other_mint, expect, move |arena, _| {
                tokens_of_another_mint(arena, task)
            }),
        ]
    }

    fn mint(&self) -> Option<Try> {
        let is_chosen = self.fixture.instruction == "create_task";
        (!is_chosen).then(|| {
            self.put_made(39, self.slot.name, &self.slot.foreign, |arena, _| {
                arena.vm.set_mint(at(OTHER_MINT), attacker(), None);
                at(OTHER_MINT)
            })
        })
    }

    fn tokens(&self) -> [Try; 2] {
        let name = self.slot.name;
        let other_mint = format!("{name} of another mint");
        let no_account = format!("{name} is no token account");
        let invalid = native(InstructionError::InvalidAccountData);
        [
            self.put_made(39, other_mint, &token(3), |arena, one| {
                let signer = one.accounts.iter().find(|meta| meta.is_signer);
                tokens_of_another_mint(arena, signer.expect("a signer").pubkey)
            }),
            self.put(39, no_account, &invalid, self.honest.mint),
        ]
    }
}

/// A token account of `owner`, of a mint that is not the task's.
fn tokens_of_another_mint(arena: &mut Arena, owner: Pubkey) -> Pubkey {
    arena.vm.set_mint(at(OTHER_MINT), attacker(), None);
    arena
        .vm
        .set_tokens(at(OTHER_TOKENS), at(OTHER_MINT), owner, 1_000_000);
    at(OTHER_TOKENS)
}

/// The Token-2022 program.
const fn spl_token_2022() -> Pubkey {
    Pubkey::from_str_const("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb")
}

/// The same bytes under another owner.
fn disown(arena: &mut Arena, address: Pubkey) {
    let account = arena.vm.account(&address).expect("an account");
    let fake = Account {
        owner: OTHER_PROGRAM,
        ..account
    };
    arena.vm.set(address, Some(fake));
}

/// One account of each other kind of the program's, all of the first task.
fn others(arena: &Arena, address: &Pubkey) -> Vec<(&'static str, Pubkey)> {
    use gradual_consensus::state::{
        AuditVote, Config, Cycle, DistributionList, NodeStake, Submission, Task, TaskMetadata,
    };
    let kinds: [(&'static str, &[u8]); 8] = [
        ("config", Config::DISCRIMINATOR),
        ("task", Task::DISCRIMINATOR),
        ("metadata", TaskMetadata::DISCRIMINATOR),
        ("stake", NodeStake::DISCRIMINATOR),
        ("cycle", Cycle::DISCRIMINATOR),
        ("submission", Submission::DISCRIMINATOR),
        ("list", DistributionList::DISCRIMINATOR),
        ("vote", AuditVote::DISCRIMINATOR),
    ];
    let all = arena.vm.program_accounts(&[], None).unwrap();
    let own = arena
        .vm
        .account(address)
        .map(|account| account.data[..8].to_vec());
    kinds
        .into_iter()
        .filter(|(_, discriminator)| own.as_deref() != Some(discriminator))
        .filter_map(|(kind, discriminator)| {
            let mut of_kind = all
                .iter()
                .filter(|(_, account)| account.data.starts_with(discriminator));
            of_kind.next().map(|(address, _)| (kind, *address))
        })
        .collect()
}

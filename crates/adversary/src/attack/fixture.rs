//! What the generic attacks need to know of an instruction: most of it the IDL says; a [`Fixture`] says
//! the rest.

use super::{
    idl::{self, Account, Seed, Signature},
    scene::Stage,
};
use crate::{arena::Arena, vm::Refusal};
use anchor_lang::error::ErrorCode;
use gradual_consensus::GradualError;
use solana_sdk::{
    instruction::{Instruction, InstructionError},
    pubkey::Pubkey,
};

/// What must come of an attack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// It is refused with exactly this, and nothing has changed.
    Refused(Refusal),
    /// It does exactly what the unchanged instruction does, for this reason.
    Harmless(&'static str),
}

/// Refused by the program.
pub fn rule(error: GradualError) -> Expect {
    Expect::Refused(Refusal::Custom(error.into()))
}

/// Refused by Anchor.
pub fn anchor(error: ErrorCode) -> Expect {
    Expect::Refused(Refusal::Custom(error.into()))
}

/// Refused by the token program with this code.
pub const fn token(code: u32) -> Expect {
    Expect::Refused(Refusal::Custom(code))
}

/// Refused by the runtime or a built-in program.
pub const fn native(error: InstructionError) -> Expect {
    Expect::Refused(Refusal::Instruction(error))
}

/// What an account of an instruction is for, and so what can be tried with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Signs for itself.
    Signer,
    /// Signs, and only pays rent: anybody may.
    Payer,
    /// An account of the program.
    State,
    /// An account that the instruction creates at a derived address.
    Created,
    /// The stake pot or the bounty pot.
    Pot,
    /// A token account of somebody's.
    Tokens,
    /// The mint.
    Mint,
    /// Gets rent back.
    RentReceiver,
    /// The token program.
    TokenProgram,
    /// The system program.
    SystemProgram,
    /// A sysvar, or another account of the runtime's.
    Sysvar,
}

/// An account of the program was expected, and there is none or another's.
pub fn absent() -> Expect {
    anchor(ErrorCode::AccountOwnedByWrongProgram)
}

/// One account of an instruction, and what guards it.
#[derive(Clone, Debug)]
pub struct Slot {
    /// Its name in the program.
    pub name: &'static str,
    /// What it is for.
    pub role: Role,
    /// Another valid key signs.
    pub impostor: Expect,
    /// The same account of another task.
    pub foreign: Expect,
    /// The same bytes, owned by another program.
    pub fake: Expect,
    /// Another kind of the program's accounts.
    pub cosplay: Expect,
    /// Passed read-only.
    pub readonly: Expect,
    /// The seeds of its address, where the instruction creates it.
    pub seeds: Vec<Seed>,
}

/// What an account of this name answers to one that is another task's or another person's, in most
/// instructions. A fixture says where its instruction answers otherwise.
fn usual_guard(signature: &Signature, account: &Account) -> Expect {
    let has_pot = signature.accounts.iter().any(|one| is_pot(&one.name));
    rule(match account.name.as_str() {
        "node" | "voter" | "proposer" => GradualError::WrongNode,
        "manager" => GradualError::NotManager,
        "pending_manager" => GradualError::NotPendingManager,
        "admin" => GradualError::NotAdmin,
        "pending_admin" => GradualError::NotPendingAdmin,
        "authority" => GradualError::NotUpgradeAuthority,
        "first" | "second" => GradualError::NotConfigManager,
        "config" => GradualError::NoConfig,
        "program_data" => GradualError::WrongProgramData,
        "task" | "successor" if has_pot => GradualError::WrongPot,
        "task" | "cycle" | "metadata" => GradualError::WrongTask,
        "subject" | "submission" | "list" => GradualError::WrongCycle,
        "vote" => GradualError::WrongVote,
        "mint" => GradualError::WrongMint,
        name if is_pot(name) => GradualError::WrongPot,
        name if name.ends_with("_stake") => GradualError::WrongTask,
        // Nothing answers this: the attack fails, and shows what the program says.
        _ => return native(InstructionError::GenericError),
    })
}

fn is_pot(name: &str) -> bool {
    name.ends_with("_pot")
}

impl Slot {
    /// What the IDL says of `account`, which the instruction does not create.
    fn of(signature: &'static Signature, account: &'static Account) -> Self {
        Self::with(role(account), signature, account)
    }

    fn with(role: Role, signature: &'static Signature, account: &'static Account) -> Self {
        let foreign = match role {
            Role::Payer => Expect::Harmless("anybody may pay"),
            Role::Created => anchor(ErrorCode::ConstraintSeeds),
            Role::Tokens => native(InstructionError::InvalidAccountData),
            Role::RentReceiver => rule(GradualError::WrongRentPayer),
            Role::TokenProgram | Role::SystemProgram => anchor(ErrorCode::InvalidProgramId),
            Role::Sysvar if account.address.is_some() => anchor(ErrorCode::ConstraintAddress),
            _ => usual_guard(signature, account),
        };
        let wrong_owner = anchor(ErrorCode::AccountOwnedByWrongProgram);
        let wrong_kind = anchor(ErrorCode::AccountDiscriminatorMismatch);
        // An account that the program looks into by itself has one error for all that it must not be.
        let (fake, cosplay) = match (role, account.name.as_str()) {
            (Role::State, "config") if !account.writable => (foreign.clone(), foreign.clone()),
            (Role::State, "subject") => {
                let other = rule(GradualError::WrongSubject);
                (other.clone(), other)
            }
            (Role::Pot | Role::Mint, _) => (foreign.clone(), wrong_kind),
            (Role::Tokens, _) => {
                let changed = native(InstructionError::ExternalAccountDataModified);
                (changed, wrong_kind)
            }
            _ => (wrong_owner, wrong_kind),
        };
        Self {
            name: &account.name,
            role,
            impostor: foreign.clone(),
            foreign,
            fake,
            cosplay,
            readonly: anchor(ErrorCode::ConstraintMut),
            seeds: vec![],
        }
    }

    /// With another expectation for another signer's, or another task's.
    pub fn foreign(mut self, foreign: Expect) -> Self {
        self.impostor = foreign.clone();
        self.foreign = foreign;
        self
    }

    /// With another expectation for the same bytes under another owner.
    pub fn fake(mut self, fake: Expect) -> Self {
        self.fake = fake;
        self
    }

    /// With one expectation for all other accounts of the program, and those of other programs.
    pub fn other(mut self, other: &Expect) -> Self {
        self.fake = other.clone();
        self.cosplay = other.clone();
        self
    }

    /// With another expectation for a read-only one.
    pub fn readonly(mut self, readonly: Expect) -> Self {
        self.readonly = readonly;
        self
    }

    /// With what the IDL does not say: it is created, at an address that follows from `seeds`.
    pub fn created(mut self, seeds: impl Into<Vec<Seed>>) -> Self {
        self.role = Role::Created;
        self.seeds = seeds.into();
        self
    }

    /// With the checks of an account whose type the instruction names.
    pub fn typed(self) -> Self {
        Self {
            fake: anchor(ErrorCode::AccountOwnedByWrongProgram),
            cosplay: anchor(ErrorCode::AccountDiscriminatorMismatch),
            ..self
        }
    }
}

/// What an account is for.
fn role(account: &Account) -> Role {
    match account.name.as_str() {
        "payer" if account.signer => Role::Payer,
        "payer" => Role::RentReceiver,
        _ if account.signer => Role::Signer,
        "creator" => Role::RentReceiver,
        "system_program" => Role::SystemProgram,
        "token_program" => Role::TokenProgram,
        "program_data" => Role::Sysvar,
        _ if account.address.is_some() => Role::Sysvar,
        "mint" => Role::Mint,
        "source" | "destination" => Role::Tokens,
        name if is_pot(name) => Role::Pot,
        _ => Role::State,
    }
}

/// A valid instruction in a prepared world, and what guards it: beside the IDL, all that its attacks
/// follow from.
pub struct Fixture {
    /// Its name in the program.
    pub instruction: &'static str,
    /// Which of several fixtures of the same instruction this is.
    pub variant: &'static str,
    /// The world in which it is valid.
    pub stage: Stage,
    /// Its accounts, in their order.
    pub slots: Vec<Slot>,
    /// What comes of the same instruction a second time.
    pub again: Expect,
    /// Slots to try it at, and what comes of each.
    pub edges: Vec<(u64, Expect)>,
    /// Pairs of accounts that must not be one: the second is replaced by the first.
    pub twins: Vec<(&'static str, &'static str, Expect)>,
    /// Whether what somebody gave to the pots goes where they are emptied to.
    pub takes_donations: bool,
    /// Whether a paused program refuses it.
    pub needs_running: bool,
    /// Whether an inactive task refuses it at once.
    pub needs_activity: bool,
    build: fn(&Arena, usize) -> Instruction,
    follows: Vec<&'static str>,
}

impl Fixture {
    /// `instruction`, which `build` makes for task number `task` of the world at `stage`, and what comes
    /// of it a second time. The manager pays all rent, so that no key plays two parts.
    pub fn new(
        instruction: &'static str,
        stage: Stage,
        build: fn(&Arena, usize) -> Instruction,
        again: Expect,
    ) -> Self {
        let signature = idl::signature(instruction);
        let accounts = signature.accounts.iter();
        Self {
            instruction,
            variant: "",
            stage,
            slots: accounts.map(|one| Slot::of(signature, one)).collect(),
            again,
            edges: vec![],
            twins: vec![],
            takes_donations: false,
            needs_running: false,
            needs_activity: false,
            build,
            follows: vec![],
        }
    }

    /// Named as one of several of the same instruction.
    pub const fn variant(mut self, variant: &'static str) -> Self {
        self.variant = variant;
        self
    }

    /// With a change to what guards the account called `name`.
    pub fn slot(mut self, name: &str, change: impl FnOnce(Slot) -> Slot) -> Self {
        let index = self.signature().position(name);
        self.slots[index] = change(self.slots[index].clone());
        self
    }

    /// The instruction creates the account called `name`, at the address that the IDL derives; and what comes
    /// of it where that account exists.
    pub fn creates(mut self, name: &str, taken: Expect) -> Self {
        let signature = self.signature();
        let index = signature.position(name);
        let account = &signature.accounts[index];
        let seeds = account.pda.as_ref().map(|pda| pda.seeds.clone());
        self.slots[index] = Slot {
            seeds: seeds.unwrap_or_default(),
            ..Slot::with(Role::Created, signature, account).fake(taken)
        };
        self
    }

    /// With another expectation for the account called `name` of another task or person.
    pub fn foreign(self, name: &str, foreign: Expect) -> Self {
        self.slot(name, |slot| slot.foreign(foreign))
    }

    /// The address of the account called `name` is derived once more where another account is changed: a
    /// guard behind the derivation is only met by an instruction that is whole in itself.
    pub fn follows(mut self, name: &'static str) -> Self {
        self.follows.push(name);
        self
    }

    /// With slots to try it at.
    pub fn edges(mut self, edges: impl Into<Vec<(u64, Expect)>>) -> Self {
        self.edges = edges.into();
        self
    }

    /// With two accounts that must not be one: the second is replaced by the first.
    pub fn twins(mut self, first: &'static str, second: &'static str, expect: Expect) -> Self {
        self.twins.push((first, second, expect));
        self
    }

    /// What somebody gave to the pots goes where they are emptied to.
    pub const fn takes_donations(mut self) -> Self {
        self.takes_donations = true;
        self
    }

    /// A paused program refuses it.
    pub const fn needs_running(mut self) -> Self {
        self.needs_running = true;
        self
    }

    /// An inactive task refuses it at once.
    pub const fn needs_activity(mut self) -> Self {
        self.needs_activity = true;
        self
    }

    /// The valid instruction in task number `task` of a world at its stage.
    pub fn build(&self, arena: &Arena, task: usize) -> Instruction {
        (self.build)(arena, task)
    }

    /// What the IDL says of it.
    pub fn signature(&self) -> &'static Signature {
        idl::signature(self.instruction)
    }

    /// `what`, named as an attack on this fixture.
    pub fn named(&self, what: &str) -> String {
        match self.variant {
            "" => what.to_owned(),
            variant => format!("{variant}: {what}"),
        }
    }

    /// Whether one of its accounts has this role.
    pub fn has(&self, role: Role) -> bool {
        self.slots.iter().any(|slot| slot.role == role)
    }

    /// What comes of it when its last byte is missing. Instructions without arguments are cut short in
    /// their discriminator.
    pub fn truncated(&self) -> Expect {
        anchor(if self.signature().args.is_empty() {
            ErrorCode::InstructionFallbackNotFound
        } else {
            ErrorCode::InstructionDidNotDeserialize
        })
    }

    /// The seeds of the address of account number `index`, as `instruction` gives them.
    pub fn seeds(&self, index: usize, instruction: &Instruction) -> Vec<Vec<u8>> {
        self.signature()
            .seeds(&self.slots[index].seeds, instruction)
    }

    /// Puts another account in place number `index`, and derives what follows from it.
    pub fn put(&self, instruction: &mut Instruction, index: usize, other: Pubkey) {
        instruction.accounts[index].pubkey = other;
        for name in &self.follows {
            let derived = self.signature().position(name);
            let seeds = self.seeds(derived, instruction);
            let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
            let (address, _) = Pubkey::find_program_address(&seeds, &gradual_consensus::ID);
            instruction.accounts[derived].pubkey = address;
        }
        instruction.accounts[index].pubkey = other;
    }
}

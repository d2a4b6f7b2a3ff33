//! What the generic attacks need to know of an instruction.

use super::scene::Stage;
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
}

impl Slot {
    fn new(name: &'static str, role: Role, foreign: Expect) -> Self {
        Self {
            name,
            role,
            impostor: foreign.clone(),
            foreign,
            fake: anchor(ErrorCode::AccountOwnedByWrongProgram),
            cosplay: anchor(ErrorCode::AccountDiscriminatorMismatch),
            readonly: anchor(ErrorCode::ConstraintMut),
        }
    }

    /// A signer; `impostor` is what another one meets.
    pub fn signer(name: &'static str, impostor: Expect) -> Self {
        Self::new(name, Role::Signer, impostor)
    }

    /// Whoever pays the rent.
    pub fn payer() -> Self {
        let anyone = Expect::Harmless("anybody may pay");
        Self::new("payer", Role::Payer, anyone)
    }

    /// An account of the program; `foreign` is what that of another task meets.
    pub fn state(name: &'static str, foreign: Expect) -> Self {
        Self::new(name, Role::State, foreign)
    }

    /// An account that the program looks into by itself, and refuses with one error where it is
    /// anything else than it must be.
    pub fn looked_into(name: &'static str, foreign: Expect, other: &Expect) -> Self {
        Self::state(name, foreign)
            .fake(other.clone())
            .cosplay(other.clone())
    }

    /// An account that is created; `taken` is what meets one that exists.
    pub fn created(name: &'static str, taken: Expect) -> Self {
        let seeds = anchor(ErrorCode::ConstraintSeeds);
        Self::new(name, Role::Created, seeds.clone())
            .fake(taken)
            .cosplay(seeds)
    }

    /// The program's config, of which there is one.
    pub fn config() -> Self {
        let none = rule(GradualError::NoConfig);
        Self::looked_into("config", none.clone(), &none)
    }

    /// A pot of the task.
    pub fn pot(name: &'static str) -> Self {
        let wrong = rule(GradualError::WrongPot);
        Self::new(name, Role::Pot, wrong.clone()).fake(wrong)
    }

    /// Somebody's token account.
    pub fn tokens(name: &'static str) -> Self {
        Self::new(
            name,
            Role::Tokens,
            native(InstructionError::InvalidAccountData),
        )
        .fake(native(InstructionError::ExternalAccountDataModified))
    }

    /// The mint.
    pub fn mint() -> Self {
        let wrong = rule(GradualError::WrongMint);
        Self::new("mint", Role::Mint, wrong.clone()).fake(wrong)
    }

    /// Who gets rent back.
    pub fn rent_receiver(name: &'static str) -> Self {
        Self::new(name, Role::RentReceiver, rule(GradualError::WrongRentPayer))
    }

    /// The token program.
    pub fn token_program() -> Self {
        let other = anchor(ErrorCode::InvalidProgramId);
        Self::new("token_program", Role::TokenProgram, other)
    }

    /// The system program.
    pub fn system_program() -> Self {
        let other = anchor(ErrorCode::InvalidProgramId);
        Self::new("system_program", Role::SystemProgram, other)
    }

    /// What the upgradeable loader keeps of the program.
    pub fn program_data() -> Self {
        let other = rule(GradualError::WrongProgramData);
        Self::new("program_data", Role::Sysvar, other)
    }

    /// A sysvar.
    pub fn sysvar(name: &'static str) -> Self {
        Self::new(name, Role::Sysvar, anchor(ErrorCode::ConstraintAddress))
    }

    /// With another expectation for the same bytes under another owner.
    pub fn fake(mut self, fake: Expect) -> Self {
        self.fake = fake;
        self
    }

    /// With another expectation for other kinds of accounts.
    pub fn cosplay(mut self, cosplay: Expect) -> Self {
        self.cosplay = cosplay;
        self
    }

    /// With another expectation for a read-only one.
    pub fn readonly(mut self, readonly: Expect) -> Self {
        self.readonly = readonly;
        self
    }

    /// With another expectation for another signer.
    pub fn impostor(mut self, impostor: Expect) -> Self {
        self.impostor = impostor;
        self
    }
}

/// A valid instruction in a prepared world, and what guards it. All but the first three have defaults;
/// what an instruction has, it says, and its attacks follow.
pub trait Fixture: Send + Sync {
    /// Its name in the program.
    fn instruction(&self) -> &'static str;

    /// The world in which it is valid.
    fn stage(&self) -> Stage;

    /// The valid instruction in task number `task` of that world. Whoever pays rent is the manager, so
    /// that no key plays two parts.
    fn build(&self, arena: &Arena, task: usize) -> Instruction;

    /// Its accounts, in their order.
    fn slots(&self) -> Vec<Slot>;

    /// Which of several fixtures of the same instruction this is.
    fn variant(&self) -> &'static str {
        ""
    }

    /// What comes of the same instruction a second time.
    fn again(&self) -> Expect;

    /// What comes of it when its arguments are cut short. Instructions without arguments are cut short
    /// in their discriminator.
    fn truncated(&self) -> Expect {
        anchor(ErrorCode::InstructionDidNotDeserialize)
    }

    /// Where in its data a length of four bytes stands.
    fn lengths(&self) -> Vec<usize> {
        vec![]
    }

    /// What comes of a length of `u32::MAX`.
    fn longest(&self) -> Expect {
        // Reserving it ends the program's heap, and with it the program.
        native(InstructionError::ProgramFailedToComplete)
    }

    /// Whether what somebody gave to the pots goes where they are emptied to.
    fn takes_donations(&self) -> bool {
        false
    }

    /// Derives anew what follows from other accounts, once one of those was changed: a guard behind
    /// the derivation is only met by an instruction that is whole in itself.
    fn derive_again(&self, _instruction: &mut Instruction) {}

    /// Puts another account in one place, and derives anew what follows from it.
    fn put(&self, instruction: &mut Instruction, index: usize, other: Pubkey) {
        instruction.accounts[index].pubkey = other;
        self.derive_again(instruction);
        instruction.accounts[index].pubkey = other;
    }

    /// Slots to try it at, and what comes of each.
    fn edges(&self, _arena: &Arena) -> Vec<(u64, Expect)> {
        vec![]
    }

    /// Pairs of accounts that must not be one: the second is replaced by the first.
    fn twins(&self) -> Vec<(&'static str, &'static str, Expect)> {
        vec![]
    }
}

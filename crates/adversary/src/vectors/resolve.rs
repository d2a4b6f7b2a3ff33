//! The addresses of an instruction's accounts, as a client finds them that knows the IDL and the ledger.

use super::value::Reader;
use crate::{
    attack::idl::{self, Derived, Seed, Signature},
    vm::Vm,
};
use solana_sdk::{instruction::Instruction, pubkey::Pubkey};

/// One valid instruction on the ledger that it is valid on.
pub struct Given<'a> {
    /// What the IDL says of it.
    pub signature: &'a Signature,
    /// The instruction.
    pub instruction: &'a Instruction,
    /// The ledger.
    pub ledger: &'a Vm,
}

impl Given<'_> {
    /// The address of the account called `name`.
    pub fn address(&self, name: &str) -> Pubkey {
        self.instruction.accounts[self.signature.position(name)].pubkey
    }

    /// The address that `derived` gives.
    pub fn derive(&self, derived: &Derived) -> Pubkey {
        let seeds: Vec<_> = derived.seeds.iter().map(|seed| self.seed(seed)).collect();
        let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
        let program = derived
            .program
            .as_ref()
            .map_or(gradual_consensus::ID, |seed| {
                Pubkey::try_from(self.seed(seed)).expect("an address")
            });
        Pubkey::find_program_address(&seeds, &program).0
    }

    fn seed(&self, seed: &Seed) -> Vec<u8> {
        if let Seed::Account { path } = seed
            && let Some((account, field)) = path.split_once('.')
        {
            let field: Vec<&str> = field.split('.').collect();
            return self.held(account, &field);
        }
        let mut bytes = (self.signature).seeds(std::slice::from_ref(seed), self.instruction);
        bytes.pop().expect("a seed")
    }

    /// The bytes of a field of the account called `name`.
    pub fn held(&self, name: &str, field: &[&str]) -> Vec<u8> {
        let account = self.ledger.account(&self.address(name));
        let data = account.expect("an account").data;
        let mut types = idl::accounts().iter();
        let kind = types.find(|one| data.starts_with(&one.discriminator));
        let kind = kind.expect("an account of the program");
        let mut reader = Reader::new(&data[kind.discriminator.len()..]);
        let bytes = reader.field(&kind.name, field);
        bytes.expect("a field of that account").to_vec()
    }
}

//! The cluster a command talks to, the key it signs with, and the way it prints its result.

use super::{
    Failure, Output, key, print,
    settings::{Globals, Settings},
};
use gradual_consensus::{
    self,
    state::{Task, TaskMetadata},
};
use gradual_consensus_client::{
    account::{self, Keyed, Stored},
    address,
    ledger::{Ledger, LedgerError},
    rpc::{PriorityFee, Retry, RpcLedger, RpcOptions},
};
use serde_json::{Map, Value, json};
use solana_sdk::{
    account::Account,
    instruction::Instruction,
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};
use std::cell::OnceCell;

/// A person waits: fewer attempts than a node makes.
const ATTEMPTS: u32 = 4;

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// One command's dealings with a cluster.
pub(super) struct Session {
    pub(super) ledger: RpcLedger,
    settings: Settings,
    key: OnceCell<Keypair>,
    output: Output,
    dry_run: bool,
}

/// A task, with its address.
pub(super) type FoundTask = Keyed<Task>;

impl Session {
    /// Reads the settings; sends nothing to the cluster yet.
    ///
    /// # Errors
    /// Bad input.
    pub(super) fn connect(globals: &Globals, output: Output) -> Result<Self, Failure> {
        let settings = globals.resolve()?;
        if !settings.more.is_empty() {
            return Err(Failure::Usage(
                "more than one RPC address: only node run and doctor change over from one to another, \
                 leave one --url"
                    .into(),
            ));
        }
        let options = RpcOptions {
            commitment: settings.commitment,
            priority_fee: settings
                .price
                .map_or_else(PriorityFee::default, PriorityFee::Fixed),
            retry: Retry {
                attempts: ATTEMPTS,
                ..Retry::default()
            },
            ..RpcOptions::default()
        };
        Ok(Self {
            ledger: RpcLedger::new(&settings.url, options),
            settings,
            key: OnceCell::new(),
            output,
            dry_run: globals.dry_run,
        })
    }

    /// Reads the key if the command `signs`, then checks that the program is on the cluster.
    ///
    /// # Errors
    /// Bad input: no such key, no such cluster, or not one with the program.
    pub(super) fn open(globals: &Globals, output: Output, signs: bool) -> Result<Self, Failure> {
        let session = Self::connect(globals, output)?;
        if signs {
            session.key()?;
        }
        let found = session
            .ledger
            .accounts(&[gradual_consensus::ID])
            .map_err(|error| Failure::Usage(error.to_string()))?;
        if found
            .into_iter()
            .flatten()
            .any(|program| program.executable)
        {
            return Ok(session);
        }
        Err(Failure::Usage(format!(
            "the program {} is not deployed on {}: check --url, or run gradual program deploy",
            gradual_consensus::ID,
            session.ledger.place()
        )))
    }

    /// Whether transactions are only simulated.
    pub(super) const fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// The key that signs.
    ///
    /// # Errors
    /// Bad input: it cannot be read.
    pub(super) fn key(&self) -> Result<&Keypair, Failure> {
        match self.key.get() {
            Some(key) => Ok(key),
            None => key::read(&self.settings.keypair).map(|key| self.key.get_or_init(|| key)),
        }
    }

    /// The account at `address`.
    ///
    /// # Errors
    /// Bad input: there is none. Or the ledger's.
    pub(super) fn account(&self, address: &Pubkey) -> Result<Account, Failure> {
        let found = self.ledger.accounts(&[*address])?;
        found.into_iter().flatten().next().ok_or_else(|| {
            Failure::Usage(format!(
                "no account at {address} on {}: check the address and --url",
                self.ledger.place()
            ))
        })
    }

    /// The program's account at `address`, which must be a `what`.
    ///
    /// # Errors
    /// Bad input: it is missing, another program's, or something else. Or the ledger's.
    pub(super) fn stored<T: Stored>(&self, address: &Pubkey, what: &str) -> Result<T, Failure> {
        let account = self.account(address)?;
        if account.owner != gradual_consensus::ID {
            return Err(Failure::Usage(format!(
                "{address} is no {what}: it belongs to program {}, check the address",
                account.owner
            )));
        }
        account::decode(&account).ok_or_else(|| {
            Failure::Usage(format!(
                "{address} is another account of the program, not a {what}: check the address"
            ))
        })
    }

    /// The task at `address`.
    ///
    /// # Errors
    /// As for [`Session::stored`].
    pub(super) fn task(&self, address: Pubkey) -> Result<FoundTask, Failure> {
        Ok(Keyed {
            address,
            data: self.stored(&address, "task")?,
        })
    }

    /// A task's texts, if it has any.
    pub(super) fn texts(&self, task: &Pubkey) -> Result<Option<TaskMetadata>, Failure> {
        Ok(account::fetch(&self.ledger, &address::metadata(task))?)
    }

    /// Sends one transaction, or simulates it in a dry run, and prints the result: `done` for people,
    /// `facts` for programs.
    ///
    /// # Errors
    /// The ledger's.
    pub(super) fn send(
        &self,
        instructions: &[Instruction],
        key: &Keypair,
        done: &str,
        facts: Value,
    ) -> Result<(), Failure> {
        self.send_signed(instructions, &[key], done, facts)
    }

    /// As [`Session::send`], signed with several keys, of which the first pays.
    ///
    /// # Errors
    /// The ledger's.
    pub(super) fn send_signed(
        &self,
        instructions: &[Instruction],
        keys: &[&Keypair],
        done: &str,
        facts: Value,
    ) -> Result<(), Failure> {
        let mut facts = match facts {
            Value::Object(facts) => facts,
            _ => Map::new(),
        };
        let text = if self.dry_run {
            let payer = keys.first().map(|key| key.pubkey()).unwrap_or_default();
            let simulation = self.ledger.simulate(instructions, &payer)?;
            let (units, price) = (simulation.compute_units, simulation.price);
            facts.insert("dry_run".into(), true.into());
            facts.insert("compute_units".into(), units.into());
            facts.insert("compute_unit_price".into(), price.into());
            facts.insert("logs".into(), simulation.logs.into());
            format!(
                "dry run, nothing sent: {done}\n  {units} compute units at {price} micro-lamports each"
            )
        } else {
            let receipt = self.ledger.send(instructions, keys)?;
            let signature = receipt.signature.map(|signature| signature.to_string());
            facts.insert("slot".into(), receipt.slot.into());
            facts.insert("signature".into(), json!(signature));
            format!("{done}\n  signature {}", signature.unwrap_or_default())
        };
        self.print(&text, &Value::Object(facts))
    }

    /// Prints a result, for people or for programs.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn print(&self, text: &str, facts: &Value) -> Result<(), Failure> {
        match self.output {
            Output::Text => print(&format!("{text}\n")),
            Output::Json => {
                let json = serde_json::to_string_pretty(facts).map_err(anyhow::Error::from)?;
                print(&format!("{json}\n"))
            }
        }
    }
}

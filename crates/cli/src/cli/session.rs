//! The cluster a command talks to, the key it signs with, and the way it prints its result.

use super::{
    Failure, Output, interrupt,
    key::{self, Key},
    offline::{self, Signed, Signing},
    print, print_json, refusal,
    settings::{Globals, Settings},
    tell,
};
use gradual_consensus::{
    self,
    state::{Task, TaskMetadata},
};
use gradual_consensus_client::{
    account::{self, Keyed, Stored},
    address,
    ledger::{Ledger, LedgerError, Receipt},
    rpc::{PriorityFee, Retry, RpcLedger, RpcOptions, Simulation},
};
use serde_json::{Map, Value, json};
use solana_commitment_config::CommitmentLevel;
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_sdk::{
    account::Account, hash::Hash, instruction::Instruction, pubkey::Pubkey, signature::Signer,
    transaction::Transaction,
};
use solana_sha256_hasher::hashv;
use solana_system_interface::instruction::advance_nonce_account;
use std::{
    cell::{Cell, OnceCell},
    thread,
    time::{Duration, Instant},
};

/// A person waits: fewer attempts than a node makes.
const ATTEMPTS: u32 = 4;
/// Longest wait until a slower commitment has what the newest block has.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Between two looks at whether it has.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        Self::Failed(match error {
            LedgerError::Program { error, .. } => error.to_string(),
            error => error.to_string(),
        })
    }
}

/// One command's dealings with a cluster.
pub(super) struct Session {
    pub(super) ledger: RpcLedger,
    settings: Settings,
    key: OnceCell<Key>,
    fee_payer: OnceCell<Key>,
    nonce_authority: OnceCell<Key>,
    /// Where and how transactions are signed.
    signing: Signing,
    /// The blockhash of transactions that are signed once.
    blockhash: OnceCell<Hash>,
    /// Whether the nonce was used.
    nonce_is_used: Cell<bool>,
    output: Output,
    dry_run: bool,
    advice: interrupt::Advice,
}

/// What became of one transaction.
pub(super) struct Sent {
    /// For people, one line.
    text: String,
    /// For programs.
    facts: Value,
}

impl Sent {
    fn simulated(simulation: &Simulation) -> Self {
        let (units, price) = (simulation.compute_units, simulation.price);
        Self {
            text: format!("{units} compute units at {price} micro-lamports each"),
            facts: json!({
                "compute_units": units, "compute_unit_price": price, "logs": simulation.logs,
            }),
        }
    }

    fn landed(receipt: &Receipt) -> Self {
        let signature = receipt.signature.map(|signature| signature.to_string());
        Self {
            facts: json!({ "signature": signature, "slot": receipt.slot }),
            text: format!("signature {}", signature.unwrap_or_default()),
        }
    }
}

/// A task, with its address.
pub(super) type FoundTask = Keyed<Task>;

/// As [`Session::find`], by any ledger and for as long as `goes_on`; `say` is told of a wait.
///
/// # Errors
/// The ledger's.
pub(super) fn find_while(
    ledger: &RpcLedger,
    address: &Pubkey,
    goes_on: impl Fn() -> bool,
    say: impl FnOnce(&str),
) -> Result<Option<Account>, Failure> {
    let look = || -> Result<Option<Account>, LedgerError> {
        Ok(ledger.accounts(&[*address])?.into_iter().flatten().next())
    };
    let level = ledger.options().commitment;
    let found = look()?;
    if found.is_some() || level == CommitmentLevel::Processed {
        return Ok(found);
    }
    // The answer is known already: this call may only improve on it.
    if !matches!(ledger.newest_account(address), Ok(Some(_))) {
        return Ok(found);
    }
    let usual = match level {
        CommitmentLevel::Finalized => "about 13 seconds",
        _ => "about a second",
    };
    say(&format!(
        "{address} is there, but not {level} yet: waiting, it takes {usual} as a rule"
    ));
    let begun = Instant::now();
    while goes_on() && begun.elapsed() < LONGEST_WAIT {
        thread::sleep(LOOK_AGAIN);
        if let Some(found) = look()? {
            return Ok(Some(found));
        }
    }
    Err(Failure::Failed(format!(
        "{address} is there, but was not {level} within {} seconds: try again later, or use a faster \
         --commitment",
        LONGEST_WAIT.as_secs()
    )))
}

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
            fee_payer: OnceCell::new(),
            nonce_authority: OnceCell::new(),
            signing: globals.signing.clone(),
            blockhash: OnceCell::new(),
            nonce_is_used: Cell::new(false),
            output,
            dry_run: globals.dry_run,
            advice: interrupt::Advice::default(),
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
            session.fee_payer()?;
            session.tell_if_interrupted()?;
        } else {
            globals.require_unsigned("this command sends no transaction")?;
        }
        let found = session
            .find(&gradual_consensus::ID)
            .map_err(Failure::into_usage)?;
        if found.is_some_and(|program| program.executable) {
            return Ok(session);
        }
        Err(Failure::Usage(format!(
            "the program {} is not deployed on {}: check --url, or run gradual program deploy",
            gradual_consensus::ID,
            session.ledger.place()
        )))
    }

    /// From now on SIGINT and SIGTERM end the command at once, and it says what it has sent.
    ///
    /// # Errors
    /// The signals cannot be watched.
    pub(super) fn tell_if_interrupted(&self) -> Result<(), Failure> {
        interrupt::watch(self.ledger.flights(), self.advice.clone())
    }

    /// Advises `what` to whoever interrupts the command.
    pub(super) fn advise_if_interrupted(&self, what: &'static str) {
        // The first advice stays.
        let _kept = self.advice.set(what);
    }

    /// # Errors
    /// Bad input: `what`, which signs many transactions by itself, was given options of signing.
    pub(super) fn require_unsigned(&self, what: &str) -> Result<(), Failure> {
        match self.signing.given() {
            Some(option) => Err(Failure::Usage(format!(
                "{what} signs many transactions by itself: leave {option} out"
            ))),
            None => Ok(()),
        }
    }

    /// How results are printed.
    pub(super) const fn output(&self) -> Output {
        self.output
    }

    /// Whether nothing of what is dispatched changes the ledger.
    pub(super) const fn only_looks(&self) -> bool {
        self.dry_run || self.signing.sign_only
    }

    /// Whether transactions are only simulated.
    pub(super) const fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// The key that signs, or the address of one that signs elsewhere.
    ///
    /// # Errors
    /// Bad input: it cannot be read.
    pub(super) fn key(&self) -> Result<&Key, Failure> {
        let name = &self.settings.keypair;
        self.read_once(&self.key, &name.source, name.named_by)
    }

    /// The key of a command that can do without one: it must be there if it `is_named` for this command; otherwise it
    /// is the file that the config or the default names, if that exists. So nobody is asked for a key.
    ///
    /// # Errors
    /// Bad input: it is there, or named, and cannot be read.
    #[cfg(feature = "dashboard")]
    pub(super) fn key_if_there(&self, is_named: bool) -> Result<Option<&Key>, Failure> {
        let is_there = is_named || super::path::expand(&self.settings.keypair.source).is_file();
        is_there.then(|| self.key()).transpose()
    }

    /// The key that pays fees: the key, unless another one is named.
    ///
    /// # Errors
    /// Bad input: it cannot be read.
    pub(super) fn fee_payer(&self) -> Result<&Key, Failure> {
        match &self.signing.fee_payer {
            Some(source) => self.read_once(&self.fee_payer, source, "--fee-payer"),
            None => self.key(),
        }
    }

    fn nonce_authority(&self) -> Result<&Key, Failure> {
        match &self.signing.nonce_authority {
            Some(source) => self.read_once(&self.nonce_authority, source, "--nonce-authority"),
            None => self.key(),
        }
    }

    fn read_once<'a>(
        &self,
        cell: &'a OnceCell<Key>,
        source: &str,
        option: &str,
    ) -> Result<&'a Key, Failure> {
        match cell.get() {
            Some(key) => Ok(key),
            None => {
                let key = self.read_key(source, option)?;
                Ok(cell.get_or_init(|| key))
            }
        }
    }

    /// The key that `source`, the value of `option`, names.
    ///
    /// # Errors
    /// Bad input: it cannot be read.
    pub(super) fn read_key(&self, source: &str, option: &str) -> Result<Key, Failure> {
        key::read(source, option, |address| self.signing.expects(address))
    }

    /// Something of its own for the transaction of `owner`, the same wherever it is signed. `None` unless it is
    /// signed once.
    ///
    /// # Errors
    /// Bad input, or the ledger's.
    pub(super) fn mark_of(&self, owner: &Pubkey) -> Result<Option<Hash>, Failure> {
        if !self.signing.is_fixed() {
            return Ok(None);
        }
        let blockhash = self.blockhash()?;
        Ok(Some(hashv(&[owner.as_ref(), blockhash.as_ref()])))
    }

    /// The blockhash, or nonce, of transactions that are signed once.
    fn blockhash(&self) -> Result<Hash, Failure> {
        if let Some(blockhash) = self.blockhash.get() {
            return Ok(*blockhash);
        }
        let blockhash = match (self.signing.blockhash, &self.signing.nonce) {
            (Some(blockhash), _) => blockhash,
            (None, Some(nonce)) => offline::nonce_of(&self.account(nonce)?, nonce)?.0,
            (None, None) => self.ledger.call(|client| client.get_latest_blockhash())?,
        };
        Ok(*self.blockhash.get_or_init(|| blockhash))
    }

    /// The account at `address`.
    ///
    /// # Errors
    /// Bad input: there is none. Or the ledger's.
    pub(super) fn account(&self, address: &Pubkey) -> Result<Account, Failure> {
        self.find(address)?.ok_or_else(|| {
            Failure::Usage(format!(
                "no account at {address} on {}: check the address and --url",
                self.ledger.place()
            ))
        })
    }

    /// How the key was named: a file, or what else `--keypair` takes.
    pub(super) fn key_name(&self) -> &str {
        &self.settings.keypair.source
    }

    /// The account at `address`, if there is one. If the newest block has it and the commitment that reads have
    /// is slower, this waits for it.
    ///
    /// # Errors
    /// The ledger's.
    pub(super) fn find(&self, address: &Pubkey) -> Result<Option<Account>, Failure> {
        find_while(&self.ledger, address, || true, tell)
    }

    /// The `T` at `address`, if there is one; waits as [`Session::find`] does.
    ///
    /// # Errors
    /// The ledger's.
    pub(super) fn fetch<T: Stored>(&self, address: &Pubkey) -> Result<Option<T>, Failure> {
        Ok(self.find(address)?.as_ref().and_then(account::decode))
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

    /// Sends one transaction, or simulates it in a dry run, or only signs it, and prints the result: `done` for
    /// people, `facts` for programs.
    ///
    /// # Errors
    /// The ledger's.
    pub(super) fn send(
        &self,
        instructions: &[Instruction],
        key: &Key,
        done: &str,
        facts: Value,
    ) -> Result<(), Failure> {
        self.send_signed(instructions, &[key], done, facts)
    }

    /// As [`Session::send`], signed with several keys, of which the first pays unless another one does.
    ///
    /// # Errors
    /// The ledger's.
    pub(super) fn send_signed(
        &self,
        instructions: &[Instruction],
        keys: &[&Key],
        done: &str,
        facts: Value,
    ) -> Result<(), Failure> {
        let sent = self.dispatch(instructions, keys)?;
        self.report(done, facts, &[sent])
    }

    /// Sends one transaction, or simulates it in a dry run, or only signs it.
    ///
    /// # Errors
    /// The ledger's; what the program refuses is explained.
    pub(super) fn dispatch(
        &self,
        instructions: &[Instruction],
        keys: &[&Key],
    ) -> Result<Sent, Failure> {
        self.transact(instructions, keys)?
            .map_err(|error| Failure::Failed(refusal::of(&self.ledger, instructions, &error)))
    }

    /// As [`Session::dispatch`], without an explanation of what the ledger refuses.
    ///
    /// # Errors
    /// Bad input: a signature is missing.
    pub(super) fn transact(
        &self,
        instructions: &[Instruction],
        keys: &[&Key],
    ) -> Result<Result<Sent, LedgerError>, Failure> {
        if self.signing.is_fixed() {
            return self.transact_once(instructions, keys);
        }
        let payer = self.fee_payer()?;
        if self.dry_run {
            let simulation = self.ledger.simulate(instructions, &payer.pubkey());
            return Ok(simulation.map(|simulation| Sent::simulated(&simulation)));
        }
        let mut signers: Vec<&dyn Signer> = vec![payer];
        // Whoever pays the fee may take the place of a key that nothing else asks for.
        let is_asked = |key: &&&Key| {
            let mut metas = instructions.iter().flat_map(|all| &all.accounts);
            key.pubkey() != payer.pubkey()
                && metas.any(|meta| meta.is_signer && meta.pubkey == key.pubkey())
        };
        signers.extend(keys.iter().filter(is_asked).map(|key| *key as &dyn Signer));
        let receipt = self.ledger.send_with(instructions, &signers);
        Ok(receipt.map(|receipt| Sent::landed(&receipt)))
    }

    /// A transaction of which every signer signs the same bytes: with a blockhash that was named, or a nonce, and
    /// a price that was named, or none.
    fn transact_once(
        &self,
        instructions: &[Instruction],
        keys: &[&Key],
    ) -> Result<Result<Sent, LedgerError>, Failure> {
        let payer = self.fee_payer()?;
        let mut all = Vec::new();
        let mut keys = [&[payer], keys].concat();
        if let Some(nonce) = &self.signing.nonce {
            if self.nonce_is_used.replace(true) {
                return Err(Failure::Usage(
                    "a nonce is for one transaction, and this takes several: name fewer nodes, or leave --nonce \
                     out"
                        .into(),
                ));
            }
            let authority = self.nonce_authority()?;
            all.push(advance_nonce_account(nonce, &authority.pubkey()));
            keys.push(authority);
        }
        if let Some(price) = self.settings.price.filter(|price| *price > 0) {
            all.push(ComputeBudgetInstruction::set_compute_unit_price(price));
        }
        let prepended = all.len();
        all.extend_from_slice(instructions);
        let mut transaction = Transaction::new_with_payer(&all, Some(&payer.pubkey()));
        transaction.message.recent_blockhash = self.blockhash()?;
        if self.dry_run {
            let simulation = self.ledger.rehearse(&transaction, prepended);
            return Ok(simulation.map(|simulation| Sent::simulated(&simulation)));
        }
        let signed = Signed::new(transaction, &keys, &self.signing.signer)?;
        if self.signing.sign_only {
            // Whoever signs should know; it may be otherwise when it is sent.
            if let Err(error) = self.ledger.rehearse(&signed.transaction, prepended) {
                let why = refusal::of(&self.ledger, instructions, &error);
                tell(&format!(
                    "warning: as things stand it would be refused: {why}"
                ));
            }
            return Ok(Ok(Sent {
                text: signed.text(self.signing.dump_transaction_message),
                facts: signed.facts(),
            }));
        }
        signed.require_complete()?;
        let receipt = self.ledger.broadcast(signed.transaction, prepended);
        Ok(receipt.map(|receipt| Sent::landed(&receipt)))
    }

    /// Prints the result of a command that sends transactions, and what became of each: `done` for people, `facts`
    /// for programs. `sent` is empty if there was nothing to do.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn report(&self, done: &str, facts: Value, sent: &[Sent]) -> Result<(), Failure> {
        let mut facts = match facts {
            Value::Object(facts) => facts,
            _ => Map::new(),
        };
        let all: Vec<&Value> = sent.iter().map(|sent| &sent.facts).collect();
        facts.insert("dry_run".into(), self.dry_run.into());
        facts.insert("sign_only".into(), self.signing.sign_only.into());
        facts.insert("transactions".into(), json!(all));
        let begin = match (self.dry_run, self.signing.sign_only) {
            _ if sent.is_empty() => "",
            (true, _) => "dry run, nothing sent: ",
            (false, true) => "signed only, nothing sent: ",
            (false, false) => "",
        };
        let mut text = format!("{begin}{done}");
        for sent in sent {
            text.push_str(&format!("\n  {}", sent.text));
        }
        self.print(&text, &Value::Object(facts))
    }

    /// Prints a result, for people or for programs.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn print(&self, text: &str, facts: &Value) -> Result<(), Failure> {
        match self.output {
            Output::Text => print(&format!("{text}\n")),
            Output::Json => print_json(facts),
        }
    }
}

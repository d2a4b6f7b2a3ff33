//! A cluster in this process: the JSON-RPC calls that the command makes, answered from a world of the testkit, in
//! which the real program runs on a real bank.

use base64::{Engine, prelude::BASE64_STANDARD};
use gradual_consensus::state::Submission;
use gradual_consensus_client::{
    account::Stored,
    address,
    ledger::{Filter, Ledger},
};
use gradual_consensus_testkit::{World, tokens::rent_exempt};
use serde_json::{Value, json};
use solana_loader_v3_interface::state::UpgradeableLoaderState;
use solana_sdk::{
    account::Account,
    hash::Hash,
    instruction::InstructionError,
    pubkey::Pubkey,
    rent::Rent,
    transaction::{Transaction, TransactionError},
};
use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::mpsc::{Sender, channel},
    thread,
};

/// What is done in the thread that owns the world: a bank cannot leave it.
type Job = Box<dyn FnOnce(&mut State) + Send>;

/// The cluster.
pub struct Chain {
    pub url: String,
    jobs: Sender<Job>,
}

/// The world, and what its RPC knows beside it.
pub struct State {
    pub world: World,
    /// Every transaction that landed: its signature, slot, and error.
    statuses: Vec<(String, u64, Option<TransactionError>)>,
    /// Every transaction that was sent, landed or not.
    pub sent: Vec<Transaction>,
    /// Accounts that reads at this commitment do not see so many times yet.
    pub unseen: HashMap<(&'static str, Pubkey), u32>,
    /// The error of every call of a method.
    pub broken: HashMap<&'static str, Value>,
    /// The answer to every call of a method, in the place of the true one.
    pub answers: HashMap<&'static str, Value>,
    /// The answers that listed submissions: whether of each account a part was asked for, and the answer's bytes.
    pub listed: Vec<(bool, usize)>,
}

impl Chain {
    /// A cluster with the world that `build` makes.
    pub fn start(build: impl FnOnce() -> World + Send + 'static) -> Self {
        let (jobs, todo) = channel::<Job>();
        thread::spawn(move || {
            let mut state = State {
                world: build(),
                statuses: Vec::new(),
                sent: Vec::new(),
                unseen: HashMap::new(),
                broken: HashMap::new(),
                answers: HashMap::new(),
                listed: Vec::new(),
            };
            for job in todo {
                job(&mut state);
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let chain = Self { url, jobs };
        let jobs = chain.jobs.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let jobs = jobs.clone();
                thread::spawn(move || serve(client, &jobs));
            }
        });
        chain
    }

    /// Does something with the world.
    pub fn with<T: Send + 'static>(
        &self,
        what: impl FnOnce(&mut State) -> T + Send + 'static,
    ) -> T {
        ask(&self.jobs, what)
    }

    /// Writes an account, as no transaction could.
    pub fn set(&self, address: Pubkey, owner: Pubkey, data: Vec<u8>) {
        let account = rent_exempt(&owner, data);
        self.with(move |state| state.world.bank.set_account(&address, &account));
    }

    /// Writes an account of the program.
    pub fn put<T: anchor_lang::ZeroCopy + anchor_lang::Discriminator>(
        &self,
        address: Pubkey,
        data: &T,
    ) {
        let bytes = [T::DISCRIMINATOR, bytemuck::bytes_of(data)].concat();
        self.set(address, gradual_consensus_client::program::ID, bytes);
    }

    /// Moves time on.
    pub fn warp_to(&self, slot: u64) {
        self.with(move |state| state.world.warp_to(slot));
    }
}

fn ask<T: Send + 'static>(
    jobs: &Sender<Job>,
    what: impl FnOnce(&mut State) -> T + Send + 'static,
) -> T {
    let (answer, answered) = channel();
    let job = Box::new(move |state: &mut State| drop(answer.send(what(state))));
    jobs.send(job).unwrap();
    answered.recv().expect("the world's thread panicked")
}

/// Answers the requests of one client.
fn serve(client: TcpStream, jobs: &Sender<Job>) {
    let mut writer = client.try_clone().unwrap();
    let mut reader = BufReader::new(client);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if !matches!(reader.read_line(&mut line), Ok(1..)) {
                return;
            }
            let line = line.trim().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let request: Value = serde_json::from_slice(&body).unwrap();
        let id = request["id"].clone();
        let answer = ask(jobs, move |state| state.answer(&request));
        let body = match answer {
            Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
            Err(error) => json!({"jsonrpc": "2.0", "id": id, "error": error}),
        }
        .to_string();
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        if writer.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

impl State {
    fn slot(&self) -> u64 {
        self.world.slot()
    }

    /// `value`, as of the present slot.
    fn now(&self, value: Value) -> Value {
        json!({"context": {"slot": self.slot()}, "value": value})
    }

    fn answer(&mut self, request: &Value) -> Result<Value, Value> {
        let method = request["method"].as_str().unwrap();
        let params = &request["params"];
        if let Some(error) = self.broken.get(method) {
            return Err(error.clone());
        }
        if let Some(answer) = self.answers.get(method) {
            return Ok(answer.clone());
        }
        Ok(match method {
            "getSlot" | "getBlockHeight" => self.slot().into(),
            "getEpochInfo" => json!({
                "absoluteSlot": self.slot(), "blockHeight": self.slot(), "epoch": 0, "slotIndex": 0,
                "slotsInEpoch": 432_000, "transactionCount": 0,
            }),
            "getMultipleAccounts" => {
                let commitment = params[1]["commitment"]
                    .as_str()
                    .unwrap_or("finalized")
                    .to_owned();
                let found: Vec<Value> = addresses(&params[0])
                    .iter()
                    .map(|address| self.account(address, &commitment))
                    .collect();
                self.now(found.into())
            }
            "getAccountInfo" => {
                let address = params[0].as_str().unwrap().parse().unwrap();
                let commitment = params[1]["commitment"]
                    .as_str()
                    .unwrap_or("finalized")
                    .to_owned();
                let found = self.account(&address, &commitment);
                self.now(found)
            }
            "getProgramAccounts" => {
                let found = self.program_accounts(&params[1]);
                if params[1]["withContext"] == true {
                    self.now(found)
                } else {
                    found
                }
            }
            "getMinimumBalanceForRentExemption" => {
                let bytes = usize::try_from(params[0].as_u64().unwrap()).unwrap();
                Rent::default().minimum_balance(bytes).into()
            }
            "getRecentPrioritizationFees" => json!([]),
            "getGenesisHash" => Hash::new_from_array([7; 32]).to_string().into(),
            "getLatestBlockhash" => {
                let blockhash = self.world.bank.blockhash().unwrap().to_string();
                let last = self.slot() + 150;
                self.now(json!({"blockhash": blockhash, "lastValidBlockHeight": last}))
            }
            "isBlockhashValid" => self.now(true.into()),
            "simulateTransaction" => self.simulate(params),
            "sendTransaction" => return self.send(&params[0]),
            "getSignatureStatuses" => self.statuses(&params[0]),
            other => return Err(json!({"code": -32601, "message": format!("no method {other}")})),
        })
    }

    fn account(&mut self, address: &Pubkey, commitment: &str) -> Value {
        for ((level, hidden), times) in &mut self.unseen {
            if *level == commitment && hidden == address && *times > 0 {
                *times -= 1;
                return Value::Null;
            }
        }
        if *address == gradual_consensus_client::program::ID {
            return ui(&program());
        }
        self.world
            .bank
            .account(address)
            .map_or(Value::Null, |account| ui(&account))
    }

    fn program_accounts(&mut self, config: &Value) -> Value {
        let filters = config["filters"].as_array().into_iter().flatten();
        let filters: Vec<Filter> = filters
            .map(|filter| {
                let filter = &filter["memcmp"];
                let bytes = match &filter["bytes"] {
                    Value::String(text) => bs58_bytes(text),
                    bytes => serde_json::from_value(bytes.clone()).unwrap(),
                };
                let offset = usize::try_from(filter["offset"].as_u64().unwrap()).unwrap();
                Filter::at(offset, bytes)
            })
            .collect();
        let slice = &config["dataSlice"];
        let number = |name: &str| usize::try_from(slice[name].as_u64().unwrap()).unwrap();
        let part = slice.is_object().then(|| {
            let (offset, length) = (number("offset"), number("length"));
            offset..offset.saturating_add(length)
        });
        let is_part = part.is_some();
        let found = self.world.bank.program_accounts(&filters, part).unwrap();
        let found = found.iter().map(
            |(address, account)| json!({"pubkey": address.to_string(), "account": ui(account)}),
        );
        let found: Value = found.collect();
        if filters.contains(&Filter::at(0, Submission::TYPE)) {
            self.listed.push((is_part, found.to_string().len()));
        }
        found
    }

    fn simulate(&mut self, params: &Value) -> Value {
        let mut transaction = transaction(&params[0]);
        let blockhash = self.world.bank.blockhash().unwrap();
        if params[1]["replaceRecentBlockhash"] == true {
            transaction.message.recent_blockhash = blockhash;
        } else if transaction.message.recent_blockhash == Hash::default() {
            let error = TransactionError::BlockhashNotFound;
            return self.now(json!({"err": error, "logs": [], "unitsConsumed": 0}));
        }
        let (result, receipt) = self.world.bank.simulate(&transaction).unwrap();
        self.now(json!({
            "err": result.err(), "logs": receipt.logs, "unitsConsumed": receipt.compute_units,
        }))
    }

    fn send(&mut self, encoded: &Value) -> Result<Value, Value> {
        let transaction = transaction(encoded);
        if transaction.verify().is_err() {
            let message = "Transaction signature verification failure";
            return Err(json!({"code": -32003, "message": message}));
        }
        let signature = transaction.signatures[0].to_string();
        if !self.statuses.iter().any(|(known, ..)| *known == signature) {
            let (result, _) = self.world.bank.land(&transaction).unwrap();
            self.statuses
                .push((signature.clone(), self.slot(), result.err()));
            self.sent.push(transaction);
        }
        Ok(signature.into())
    }

    fn statuses(&self, signatures: &Value) -> Value {
        let signatures = signatures.as_array().unwrap().iter();
        let statuses = signatures.map(|signature| {
            let mut landed = self.statuses.iter();
            let landed = landed.find(|(known, ..)| Some(known.as_str()) == signature.as_str());
            landed.map(|(_, slot, error)| {
                let status = match error {
                    Some(error) => json!({"Err": error}),
                    None => json!({"Ok": null}),
                };
                json!({
                    "slot": slot, "confirmations": null, "err": error, "status": status,
                    "confirmationStatus": "finalized",
                })
            })
        });
        self.now(statuses.collect::<Vec<_>>().into())
    }
}

/// The program as the upgradeable loader has it: in a native bank it is a builtin.
fn program() -> Account {
    let state = UpgradeableLoaderState::Program {
        programdata_address: address::program_data(),
    };
    Account {
        lamports: 1,
        data: bincode::serialize(&state).unwrap(),
        owner: solana_sdk_ids::bpf_loader_upgradeable::ID,
        executable: true,
        rent_epoch: 0,
    }
}

fn addresses(list: &Value) -> Vec<Pubkey> {
    let list = list.as_array().unwrap().iter();
    list.map(|address| address.as_str().unwrap().parse().unwrap())
        .collect()
}

fn ui(account: &Account) -> Value {
    json!({
        "data": [BASE64_STANDARD.encode(&account.data), "base64"],
        "executable": account.executable,
        "lamports": account.lamports,
        "owner": account.owner.to_string(),
        "rentEpoch": 0,
        "space": account.data.len(),
    })
}

/// A transaction as it comes over the wire, in base64.
pub fn transaction(encoded: &Value) -> Transaction {
    let bytes = BASE64_STANDARD.decode(encoded.as_str().unwrap()).unwrap();
    bincode::deserialize(&bytes).unwrap()
}

/// A filter's bytes: an address as a rule, and sometimes less than one.
fn bs58_bytes(text: &str) -> Vec<u8> {
    const DIGITS: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut bytes: Vec<u8> = Vec::new();
    for letter in text.chars() {
        let mut carry = DIGITS.find(letter).unwrap();
        for byte in bytes.iter_mut().rev() {
            carry += usize::from(*byte) * 58;
            *byte = u8::try_from(carry % 256).unwrap();
            carry /= 256;
        }
        while carry > 0 {
            bytes.insert(0, u8::try_from(carry % 256).unwrap());
            carry /= 256;
        }
    }
    let zeros = text.chars().take_while(|letter| *letter == '1').count();
    [vec![0; zeros], bytes].concat()
}

/// What a failed instruction says.
pub fn custom(code: u32) -> TransactionError {
    TransactionError::InstructionError(0, InstructionError::Custom(code))
}

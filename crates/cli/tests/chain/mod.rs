//! A cluster of accounts that do not change, behind an RPC on this machine: enough for commands that read,
//! and for dry runs.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use solana_sdk::{
    account::Account,
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};
use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Command, Output},
    sync::Arc,
    thread,
};

/// The accounts, and the slot.
#[derive(Default)]
pub struct Chain {
    slot: u64,
    accounts: BTreeMap<Pubkey, Account>,
}

impl Chain {
    /// The program and nothing else.
    pub fn at(slot: u64) -> Self {
        let program = Account {
            lamports: 1,
            executable: true,
            owner: solana_sdk_ids::bpf_loader_upgradeable::ID,
            ..Account::default()
        };
        Self {
            slot,
            accounts: BTreeMap::from([(gradual_consensus::ID, program)]),
        }
    }

    pub fn set(&mut self, address: Pubkey, owner: Pubkey, data: Vec<u8>) {
        let account = Account {
            lamports: 1_000_000_000,
            data,
            owner,
            ..Account::default()
        };
        self.accounts.insert(address, account);
    }

    /// Puts an account of the program at `address`.
    pub fn put<T: anchor_lang::ZeroCopy + anchor_lang::Discriminator>(
        &mut self,
        address: Pubkey,
        data: &T,
    ) {
        let bytes = [T::DISCRIMINATOR, bytemuck::bytes_of(data)].concat();
        self.set(address, gradual_consensus::ID, bytes);
    }

    /// Serves it until the process ends; returns its address.
    pub fn serve(self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let chain = Arc::new(self);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let chain = Arc::clone(&chain);
                thread::spawn(move || chain.talk(stream.unwrap()));
            }
        });
        format!("http://{address}")
    }

    fn talk(&self, stream: TcpStream) {
        let mut input = BufReader::new(stream.try_clone().unwrap());
        let mut output = stream;
        while let Some(request) = read_request(&mut input) {
            let result = self.answer(
                request["method"].as_str().unwrap_or_default(),
                &request["params"],
            );
            let body = json!({"jsonrpc": "2.0", "id": request["id"], "result": result}).to_string();
            let length = body.len();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
            );
            if output.write_all((head + &body).as_bytes()).is_err() {
                break;
            }
        }
    }

    fn answer(&self, method: &str, params: &Value) -> Value {
        let with_context = |value: Value| json!({"context": {"slot": self.slot}, "value": value});
        match method {
            "getSlot" => self.slot.into(),
            "getAccountInfo" => {
                let address: Pubkey = params[0].as_str().unwrap().parse().unwrap();
                with_context(self.accounts.get(&address).map(encoded).into())
            }
            "getMultipleAccounts" => {
                let asked = params[0].as_array().unwrap().iter();
                let asked = asked.map(|address| address.as_str().unwrap().parse().unwrap());
                let found = asked.map(|address: Pubkey| self.accounts.get(&address).map(encoded));
                with_context(found.collect())
            }
            // Clients filter what they get again.
            "getProgramAccounts" => {
                let owner: Pubkey = params[0].as_str().unwrap().parse().unwrap();
                let owned = self
                    .accounts
                    .iter()
                    .filter(|(_, found)| found.owner == owner);
                let all = owned.map(|(address, found)| {
                    json!({"pubkey": address.to_string(), "account": encoded(found)})
                });
                all.collect()
            }
            "simulateTransaction" => with_context(json!({
                "err": null, "logs": [], "unitsConsumed": 1_000, "accounts": null,
            })),
            "getRecentPrioritizationFees" => json!([]),
            "getMinimumBalanceForRentExemption" => 2_039_280.into(),
            "getVersion" => json!({"solana-core": "3.0.0", "feature-set": 1}),
            other => panic!("{other} is not answered here"),
        }
    }
}

fn encoded(account: &Account) -> Value {
    json!({
        "lamports": account.lamports, "owner": account.owner.to_string(),
        "executable": account.executable, "rentEpoch": 0, "space": account.data.len(),
        "data": [BASE64_STANDARD.encode(&account.data), "base64"],
    })
}

fn read_request(input: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if input.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim().to_ascii_lowercase();
        if let Some(told) = line.strip_prefix("content-length:") {
            length = told.trim().parse().ok()?;
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    input.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

/// A folder of its own for each test, with a key.
pub struct Home {
    pub folder: PathBuf,
    pub key: Pubkey,
}

impl Home {
    pub fn new(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join("money")
            .join(name);
        let _absent = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let key = Keypair::new();
        let text = serde_json::to_string(&key.to_bytes().to_vec()).unwrap();
        fs::write(folder.join("key.json"), text).unwrap();
        Self {
            folder,
            key: key.pubkey(),
        }
    }

    /// Calls `gradual` with this key on the cluster at `url`.
    pub fn run(&self, url: &str, arguments: &[&str]) -> Output {
        self.command(url, arguments).output().unwrap()
    }

    /// The same, not called yet.
    pub fn command(&self, url: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gradual"));
        for (variable, _) in std::env::vars().filter(|(name, _)| name.starts_with("GRADUAL_")) {
            command.env_remove(variable);
        }
        command
            .args(arguments)
            .args(["-u", url, "-k"])
            .arg(self.folder.join("key.json"))
            .env("HOME", &self.folder);
        command
    }
}

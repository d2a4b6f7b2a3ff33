//! The account of a task on K2.
//!
//! A task in KOII is JSON, one in a KPL token is Borsh; both have the same fields. What the account holds was written by
//! a foreign program and by strangers: it is text and numbers here, and nothing else is believed.

use anchor_lang::AnchorDeserialize;
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use gradual_consensus_client::text::one_line;
use serde::Deserialize;
use serde_json::Value;
use solana_sdk::pubkey::Pubkey;
use std::collections::{BTreeMap, BTreeSet};

/// What is of use of such an account. Amounts are in base units, times in slots.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct State {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) audit_program: String,
    pub(super) network: String,
    pub(super) metadata: String,
    pub(super) vars: String,
    pub(super) manager: Pubkey,
    pub(super) is_active: bool,
    /// The mint of a KPL token; `None` for KOII.
    pub(super) mint: Option<Pubkey>,
    pub(super) bounty_left: u64,
    pub(super) bounty_per_round: u64,
    pub(super) total_stake: u64,
    pub(super) minimum_stake: u64,
    pub(super) round_time: u64,
    pub(super) submission_window: u64,
    pub(super) audit_window: u64,
    /// `None` where the account does not say it: no number of attempts is made up.
    pub(super) allowed_failed: Option<u64>,
    /// The successor, if the task has moved on K2.
    pub(super) migrated_to: Option<String>,
    /// What each node has staked.
    pub(super) stakes: BTreeMap<Pubkey, u64>,
    /// What each node has not claimed yet.
    pub(super) balances: BTreeMap<Pubkey, u64>,
    /// Where each node says that it is reached.
    pub(super) endpoints: BTreeMap<Pubkey, String>,
}

/// A map as Borsh writes it. K2's keys are texts: base58 addresses, and rounds in decimal digits.
type Map<T> = Vec<(String, T)>;

#[derive(AnchorDeserialize)]
struct Submission {
    _value: String,
    _slot: u64,
    _round: u64,
}

#[derive(AnchorDeserialize)]
struct ListAccount {
    _address: [u8; 32],
    _slot: u64,
    _round: u64,
}

#[derive(AnchorDeserialize)]
struct Vote {
    _is_valid: bool,
    _voter: [u8; 32],
    _slot: u64,
}

#[derive(AnchorDeserialize)]
struct Audit {
    _triggered_by: [u8; 32],
    _slot: u64,
    _votes: Vec<Vote>,
}

#[derive(AnchorDeserialize)]
enum Payout {
    Uninitialized,
    Successful,
    Failed,
}

/// The account of a task in a KPL token, field by field.
#[derive(AnchorDeserialize)]
struct Account {
    _is_allowlisted: bool,
    is_active: bool,
    task_name: String,
    task_description: String,
    task_manager: [u8; 32],
    task_audit_program: String,
    _stake_pot_account: [u8; 32],
    _stake_pot_seed: [u8; 32],
    _stake_pot_bump: u8,
    _submissions: Map<Map<Submission>>,
    _submissions_audit_trigger: Map<Map<Audit>>,
    total_bounty_amount: u64,
    bounty_amount_per_round: u64,
    token_type: [u8; 32],
    total_stake_amount: u64,
    minimum_stake_amount: u64,
    available_balances: Map<u64>,
    stake_list: Map<u64>,
    ip_address_list: Map<String>,
    round_time: u64,
    _starting_slot: u64,
    audit_window: u64,
    submission_window: u64,
    task_executable_network: String,
    _distribution_rewards_submission: Map<Map<ListAccount>>,
    _distributions_audit_trigger: Map<Map<Audit>>,
    _distributions_audit_record: Map<Payout>,
    task_metadata: String,
    task_vars: String,
    is_migrated: bool,
    migrated_to: String,
    allowed_failed_distributions: u64,
}

/// An address as K2 writes it into JSON.
#[derive(Deserialize)]
#[serde(untagged)]
enum Address {
    Text(String),
    Bytes([u8; 32]),
}

/// A map of JSON: a key that stands there twice is seen.
#[derive(Default)]
struct Pairs<T>(Map<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> serde::de::Visitor<'de> for Visitor<T> {
            type Value = Pairs<T>;

            fn expecting(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<M: serde::de::MapAccess<'de>>(
                self,
                mut map: M,
            ) -> Result<Self::Value, M::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        from.deserialize_map(Visitor(std::marker::PhantomData))
    }
}

/// The account of a task in KOII, as far as it is of use.
#[derive(Deserialize)]
struct Json {
    is_active: bool,
    task_name: String,
    #[serde(default)]
    task_description: String,
    task_manager: Address,
    #[serde(default)]
    task_audit_program: String,
    total_bounty_amount: u64,
    bounty_amount_per_round: u64,
    /// Of a KPL token, where another tool has turned the account into JSON.
    token_type: Option<Address>,
    total_stake_amount: u64,
    minimum_stake_amount: u64,
    available_balances: Pairs<u64>,
    stake_list: Pairs<u64>,
    #[serde(default)]
    ip_address_list: Pairs<String>,
    round_time: u64,
    audit_window: u64,
    submission_window: u64,
    #[serde(default)]
    task_executable_network: String,
    #[serde(default)]
    task_metadata: String,
    #[serde(default)]
    task_vars: String,
    #[serde(default)]
    is_migrated: bool,
    #[serde(default)]
    migrated_to: String,
    allowed_failed_distributions: Option<u64>,
}

/// Longest part of a stranger's text that an error repeats.
const SHOWN: usize = 60;

/// # Errors
/// It is no address.
fn address(field: &str, text: &str) -> Result<Pubkey, String> {
    text.parse().map_err(|_| {
        format!(
            "{field} has {:?}, which is no address",
            one_line(text, SHOWN)
        )
    })
}

/// `pairs` by address.
///
/// # Errors
/// A key is no address, or stands there twice.
fn by_address<T>(field: &str, pairs: Map<T>) -> Result<BTreeMap<Pubkey, T>, String> {
    let mut map = BTreeMap::new();
    for (key, value) in pairs {
        let node = address(field, &key)?;
        if map.insert(node, value).is_some() {
            return Err(format!("{field} has {node} twice"));
        }
    }
    Ok(map)
}

impl Address {
    fn read(&self, field: &str) -> Result<Pubkey, String> {
        match self {
            Self::Text(text) => address(field, text),
            Self::Bytes(bytes) => Ok(Pubkey::new_from_array(*bytes)),
        }
    }
}

impl TryFrom<Account> for State {
    type Error = String;

    fn try_from(account: Account) -> Result<Self, String> {
        Ok(Self {
            name: account.task_name,
            description: account.task_description,
            audit_program: account.task_audit_program,
            network: account.task_executable_network,
            metadata: account.task_metadata,
            vars: account.task_vars,
            manager: Pubkey::new_from_array(account.task_manager),
            is_active: account.is_active,
            mint: Some(Pubkey::new_from_array(account.token_type)),
            bounty_left: account.total_bounty_amount,
            bounty_per_round: account.bounty_amount_per_round,
            total_stake: account.total_stake_amount,
            minimum_stake: account.minimum_stake_amount,
            round_time: account.round_time,
            submission_window: account.submission_window,
            audit_window: account.audit_window,
            allowed_failed: Some(account.allowed_failed_distributions),
            migrated_to: account.is_migrated.then_some(account.migrated_to),
            stakes: by_address("stake_list", account.stake_list)?,
            balances: by_address("available_balances", account.available_balances)?,
            endpoints: by_address("ip_address_list", account.ip_address_list)?,
        })
    }
}

impl TryFrom<Json> for State {
    type Error = String;

    fn try_from(json: Json) -> Result<Self, String> {
        let mint = json.token_type.map(|mint| mint.read("token_type"));
        Ok(Self {
            name: json.task_name,
            description: json.task_description,
            audit_program: json.task_audit_program,
            network: json.task_executable_network,
            metadata: json.task_metadata,
            vars: json.task_vars,
            manager: json.task_manager.read("task_manager")?,
            is_active: json.is_active,
            mint: mint.transpose()?,
            bounty_left: json.total_bounty_amount,
            bounty_per_round: json.bounty_amount_per_round,
            total_stake: json.total_stake_amount,
            minimum_stake: json.minimum_stake_amount,
            round_time: json.round_time,
            submission_window: json.submission_window,
            audit_window: json.audit_window,
            allowed_failed: json.allowed_failed_distributions,
            migrated_to: json.is_migrated.then_some(json.migrated_to),
            stakes: by_address("stake_list", json.stake_list.0)?,
            balances: by_address("available_balances", json.available_balances.0)?,
            endpoints: by_address("ip_address_list", json.ip_address_list.0)?,
        })
    }
}

/// The account's data in `answer`, if that is what an RPC or a command line answers about an account.
///
/// # Errors
/// It is in no encoding that is known here.
fn data_in(answer: &Value) -> Result<Option<Vec<u8>>, String> {
    let places = [
        "/result/value/data",
        "/value/data",
        "/account/data",
        "/data",
    ];
    let found = places.iter().find_map(|place| answer.pointer(place));
    match found.and_then(Value::as_array).map(Vec::as_slice) {
        Some([Value::String(text), Value::String(encoding)]) if encoding == "base64" => {
            let data = BASE64.decode(text);
            data.map(Some)
                .map_err(|error| format!("the account's data are no base64: {error}"))
        }
        Some(_) => Err("the account's data are not in base64: ask for that encoding".into()),
        None => Ok(None),
    }
}

impl State {
    /// The state in the data of an account, in a file with these, or in an RPC's answer about the account.
    ///
    /// # Errors
    /// Why it is none, in one line.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        if let Ok(answer) = serde_json::from_slice::<Value>(bytes)
            && let Some(data) = data_in(&answer)?
        {
            return Self::of_account(&data);
        }
        Self::of_account(bytes)
    }

    fn of_account(data: &[u8]) -> Result<Self, String> {
        // K2 leaves room in the account for what comes.
        let end = data.iter().rposition(|&byte| byte != 0);
        let written = data.get(..=end.ok_or("it is empty")?).unwrap_or_default();
        if written.trim_ascii_start().starts_with(b"{") {
            let json: Json = serde_json::from_slice(written).map_err(|error| {
                format!("it is no task of K2: {}", one_line(&error.to_string(), 120))
            })?;
            return json.try_into();
        }
        let mut rest = data;
        let account = Account::deserialize(&mut rest).map_err(|error| {
            format!("it is no task of K2: {}", one_line(&error.to_string(), 120))
        })?;
        if rest.iter().any(|&byte| byte != 0) {
            return Err("it is no task of K2: there is more behind it".into());
        }
        account.try_into()
    }

    /// All nodes that have something in the task.
    pub(super) fn nodes(&self) -> BTreeSet<Pubkey> {
        self.stakes
            .keys()
            .chain(self.balances.keys())
            .copied()
            .collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Bytes of an account, written field by field as K2's program does.
    #[derive(Default)]
    struct Bytes(Vec<u8>);

    impl Bytes {
        fn put(mut self, bytes: &[u8]) -> Self {
            self.0.extend_from_slice(bytes);
            self
        }

        fn number(self, number: u64) -> Self {
            self.put(&number.to_le_bytes())
        }

        fn count(self, count: u32) -> Self {
            self.put(&count.to_le_bytes())
        }

        fn text(self, text: &str) -> Self {
            self.count(text.len().try_into().unwrap())
                .put(text.as_bytes())
        }

        fn amounts(self, amounts: &[(String, u64)]) -> Self {
            let count = amounts.len().try_into().unwrap();
            let write =
                |bytes: Self, (key, amount): &(String, u64)| bytes.text(key).number(*amount);
            amounts.iter().fold(self.count(count), write)
        }
    }

    pub(in crate::cli::k2) fn node(byte: u8) -> Pubkey {
        Pubkey::new_from_array([byte; 32])
    }

    /// The account of a task in a KPL token, with these stakes, a submission, an audit and a list.
    pub(in crate::cli::k2) fn account(stakes: &[(String, u64)]) -> Vec<u8> {
        let first = node(5).to_string();
        let audit = |bytes: Bytes| {
            let begun = bytes
                .count(1)
                .text("7")
                .count(1)
                .text(&first)
                .put(&[8; 32])
                .number(5);
            begun.count(1).put(&[1]).put(&[4; 32]).number(6)
        };
        let bytes = Bytes::default()
            .put(&[1, 1])
            .text("a task")
            .text("of tests");
        let bytes = bytes
            .put(&[1; 32])
            .text("main")
            .put(&[2; 32])
            .put(&[7; 32])
            .put(&[250]);
        let bytes = bytes
            .count(1)
            .text("7")
            .count(1)
            .text(&first)
            .text("proof")
            .number(9)
            .number(7);
        let bytes = audit(bytes)
            .number(1_100)
            .number(100)
            .put(&[3; 32])
            .number(48)
            .number(20);
        let bytes = bytes.amounts(&[(first.clone(), 77)]).amounts(stakes);
        let bytes = bytes
            .count(1)
            .text(&first)
            .text("http://node")
            .number(1_200)
            .number(16);
        let bytes = bytes.number(500).number(400).text("IPFS");
        let bytes = bytes
            .count(1)
            .text("6")
            .count(1)
            .text(&first)
            .put(&[9; 32])
            .number(8)
            .number(6);
        let bytes = audit(bytes)
            .count(2)
            .text("5")
            .put(&[1])
            .text("4")
            .put(&[2]);
        let bytes = bytes.text("cid").text("x=1").put(&[0]).text("").number(3);
        bytes.0
    }

    fn two() -> Vec<(String, u64)> {
        vec![(node(5).to_string(), 30), (node(6).to_string(), 18)]
    }

    #[test]
    fn an_account_in_a_kpl_token_is_read_whole() {
        let state = State::read(&account(&two())).unwrap();
        assert_eq!(
            (state.name.as_str(), state.description.as_str()),
            ("a task", "of tests")
        );
        assert_eq!((state.manager, state.mint), (node(1), Some(node(3))));
        assert_eq!((state.bounty_left, state.bounty_per_round), (1_100, 100));
        assert_eq!((state.total_stake, state.minimum_stake), (48, 20));
        assert_eq!(state.stakes, BTreeMap::from([(node(5), 30), (node(6), 18)]));
        assert_eq!(state.balances, BTreeMap::from([(node(5), 77)]));
        assert_eq!(state.endpoints[&node(5)], "http://node");
        assert_eq!(
            (
                state.round_time,
                state.audit_window,
                state.submission_window
            ),
            (1_200, 500, 400)
        );
        assert_eq!(
            (state.vars.as_str(), state.allowed_failed),
            ("x=1", Some(3))
        );
        let mut roomy = account(&two());
        roomy.extend([0; 999]);
        assert_eq!(State::read(&roomy), Ok(state));
    }

    #[test]
    fn an_account_in_koii_is_read_as_it_is_and_as_an_rpc_answers() {
        let (five, six) = (node(5), node(6));
        let bytes = node(1).to_bytes();
        let json = format!(
            r#"{{"is_allowlisted":true,"is_active":false,"task_name":"a task","task_manager":{bytes:?},
            "total_bounty_amount":18446744073709551615,"bounty_amount_per_round":100,"total_stake_amount":48,
            "minimum_stake_amount":20,"available_balances":{{"{five}":77}},"stake_list":{{"{five}":30,"{six}":18}},
            "round_time":600,"audit_window":200,"submission_window":200,"submissions":{{}},
            "is_migrated":true,"migrated_to":"another"}}"#
        );
        let state = State::read(json.as_bytes()).unwrap();
        assert_eq!((state.manager, state.mint), (node(1), None));
        assert_eq!(state.bounty_left, u64::MAX);
        assert_eq!(state.migrated_to.as_deref(), Some("another"));
        assert_eq!(state.stakes, BTreeMap::from([(five, 30), (six, 18)]));
        let padded = [json.as_bytes(), &[0; 9]].concat();
        let data = serde_json::json!([BASE64.encode(padded), "base64"]);
        for answer in [
            serde_json::json!({ "account": { "data": data, "owner": "Koii" } }),
            serde_json::json!({ "jsonrpc": "2.0", "result": { "value": { "data": data } } }),
        ] {
            assert_eq!(
                State::read(answer.to_string().as_bytes()).as_ref(),
                Ok(&state)
            );
        }
        let twice = json.replace(&six.to_string(), &five.to_string());
        let refused = State::read(twice.as_bytes()).unwrap_err();
        assert_eq!(refused, format!("stake_list has {five} twice"));
    }

    #[test]
    fn hostile_bytes_are_refused_in_one_line() {
        let whole = account(&two());
        // Every account that ends too early, and every account with one byte changed.
        for end in 0..whole.len() {
            assert_refused(&whole[..end]);
        }
        for place in 0..whole.len() {
            for change in [1, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[place] ^= change;
                if let Err(why) = State::read(&bytes) {
                    assert_one_line(&why);
                }
            }
        }
        let stranger = vec![("no\u{1b}[2J\naddress".to_owned(), 1)];
        let twice = vec![(node(5).to_string(), 1), (node(5).to_string(), 2)];
        assert_refused(&account(&stranger));
        assert_refused(&account(&twice));
        let behind = [&whole[..], &[0, 0, 1]].concat();
        assert_refused(&behind);
        let deep = "[".repeat(100_000);
        let deep = format!("{{\"stake_list\":{deep}");
        for bytes in [
            &b""[..],
            &[0; 64],
            &[0xff; 4_096],
            b"{}",
            b"{\"data\":[\"!\",\"base64\"]}",
            b"{\"data\":[\"\",\"base58\"]}",
            deep.as_bytes(),
        ] {
            assert_refused(bytes);
        }
    }

    fn assert_one_line(why: &str) {
        assert!(
            !why.is_empty() && why.chars().all(|letter| !letter.is_control()),
            "{why:?}"
        );
        assert!(why.len() < 300, "{why}");
    }

    #[track_caller]
    fn assert_refused(bytes: &[u8]) {
        assert_one_line(&State::read(bytes).unwrap_err());
    }
}

//! Lists of accounts, which may be long: each answer is read from its text. As a tree of values it would take ten
//! times the memory, and a list of 100,000 accounts is 30 MB of text.

use super::error;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value;
use solana_account::Account;
use solana_pubkey::Pubkey;
use solana_rpc_client_api::{
    client_error::{Error as ClientError, Result},
    request::RpcRequest,
    response::{Response, RpcKeyedAccount},
};

/// The call that lists accounts. Its answer is a text for [`read`], and no tree of values as that of
/// [`RpcRequest::GetProgramAccounts`].
pub(super) const REQUEST: RpcRequest = RpcRequest::Custom {
    method: "getProgramAccounts",
};

/// What an answer says beside its result.
#[derive(Deserialize)]
struct Refused {
    error: Option<Value>,
}

/// An answer that is no refusal.
#[derive(Deserialize)]
struct Answer<T> {
    result: T,
}

/// An account of a list with its address; `None` if it cannot be read.
#[derive(Deserialize)]
#[serde(from = "RpcKeyedAccount")]
pub(super) struct Listed(pub(super) Option<(Pubkey, Account)>);

impl From<RpcKeyedAccount> for Listed {
    fn from(found: RpcKeyedAccount) -> Self {
        let address = found.pubkey.parse().ok();
        Self(address.zip(found.account.to_account()))
    }
}

/// The answer `text`, unless it is a refusal.
pub(super) fn answer(text: Vec<u8>) -> Result<Value> {
    let answer: Refused = serde_json::from_slice(&text)?;
    match answer.error {
        Some(refused) => Err(error::refused(refused)),
        None => Ok(Value::String(
            String::from_utf8(text).map_err(|_| error::unusable("its answer is not UTF-8"))?,
        )),
    }
}

/// The accounts that the answer `text` lists, with the slot of the list; `None` if it does not say the slot.
pub(super) fn read(text: &str) -> Result<Option<Response<Vec<Listed>>>> {
    match serde_json::from_str::<Answer<Response<_>>>(text) {
        Ok(answer) => Ok(Some(answer.result)),
        Err(_) if serde_json::from_str::<Answer<Vec<IgnoredAny>>>(text).is_ok() => Ok(None),
        Err(error) => Err(ClientError::from(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = r#"{"pubkey":"a","account":{"data":["","base64"],"executable":false,"lamports":1,
        "owner":"b","rentEpoch":0,"space":0}}"#;

    #[test]
    fn a_list_is_read_with_its_slot_and_known_from_one_without() {
        let listed = |result: &str| {
            let text = format!(r#"{{"id":0,"result":{result},"jsonrpc":"2.0"}}"#);
            let Value::String(same) = answer(text.clone().into_bytes()).unwrap() else {
                panic!("it is no text");
            };
            assert_eq!(same, text);
            read(&same)
        };
        for count in 0..3 {
            let accounts = format!("[{}]", [ACCOUNT].repeat(count).join(","));
            let with_slot = format!(r#"{{"context":{{"slot":7}},"value":{accounts}}}"#);
            let found = listed(&with_slot).unwrap().unwrap();
            assert_eq!((found.context.slot, found.value.len()), (7, count));
            assert!(listed(&accounts).unwrap().is_none());
        }
        for unusable in ["7", "null", r#"{"value":[]}"#] {
            assert!(listed(unusable).is_err(), "{unusable}");
        }
    }

    #[test]
    fn a_refusal_keeps_its_code_and_what_is_no_answer_is_an_error() {
        let refused = answer(br#"{"error":{"code":-32601,"message":"Method not found"}}"#.to_vec());
        assert!(error::is_refusal(&refused.unwrap_err()));
        for text in [&b"<html>"[..], b"{", b"\"busy\"", b"{\"a\":\"\xff\"}"] {
            assert!(answer(text.to_vec()).is_err());
        }
        assert!(answer(br#"{"error":null,"result":[]}"#.to_vec()).is_ok());
    }
}

//! The errors of a cluster as one typed line that says what to do.

use super::{foreign, tls};
use crate::ledger::LedgerError;
use reqwest::StatusCode;
use serde_json::Value;
use solana_instruction::error::InstructionError;
use solana_rpc_client_api::{
    client_error::{Error as ClientError, ErrorKind},
    custom_error::{
        JSON_RPC_SERVER_ERROR_BLOCK_STATUS_NOT_AVAILABLE_YET,
        JSON_RPC_SERVER_ERROR_KEY_EXCLUDED_FROM_SECONDARY_INDEX,
        JSON_RPC_SERVER_ERROR_MIN_CONTEXT_SLOT_NOT_REACHED, JSON_RPC_SERVER_ERROR_NODE_UNHEALTHY,
        JSON_RPC_SERVER_ERROR_TRANSACTION_SIGNATURE_VERIFICATION_FAILURE,
    },
    error_object::RpcErrorObject,
    request::{RpcError, RpcResponseErrorData},
};
use solana_transaction_error::TransactionError;
use std::{error::Error, io};

/// JSON-RPC's code for an error inside of the server.
const INTERNAL_ERROR: i64 = -32603;
/// JSON-RPC's code for a call that the server does not know.
const METHOD_NOT_FOUND: i64 = -32601;
/// What providers answer to those who ask too often.
const TOO_MANY_REQUESTS: i64 = -32429;

/// An answer cannot be used, as `message` says.
pub(super) fn unusable(message: &str) -> ClientError {
    RpcError::RpcRequestError(message.into()).into()
}

/// What an answer says whose error is `error`.
pub(super) fn refused(error: Value) -> ClientError {
    let data = error.get("data").cloned().unwrap_or_default();
    let Ok(said) = serde_json::from_value::<RpcErrorObject>(error) else {
        return unusable("its error has no code");
    };
    let data = match said.code {
        JSON_RPC_SERVER_ERROR_NODE_UNHEALTHY => RpcResponseErrorData::NodeUnhealthy {
            num_slots_behind: data.get("numSlotsBehind").and_then(Value::as_u64),
        },
        _ => RpcResponseErrorData::Empty,
    };
    let (code, message) = (said.code, said.message);
    RpcError::RpcResponseError {
        code,
        message,
        data,
    }
    .into()
}

/// Whether the same call may succeed a moment later.
pub(super) fn is_passing(error: &ClientError) -> bool {
    match error.kind() {
        // The server understood and refused: only being busy or behind passes.
        ErrorKind::RpcError(RpcError::RpcResponseError { code, .. }) => matches!(
            *code,
            INTERNAL_ERROR
                | JSON_RPC_SERVER_ERROR_NODE_UNHEALTHY
                | JSON_RPC_SERVER_ERROR_MIN_CONTEXT_SLOT_NOT_REACHED
                | JSON_RPC_SERVER_ERROR_BLOCK_STATUS_NOT_AVAILABLE_YET
                | TOO_MANY_REQUESTS
                | 429
        ),
        // A bad address, or one that needs a key: 4xx but "too many" and "timed out".
        ErrorKind::Reqwest(error) if error.is_builder() => false,
        ErrorKind::Reqwest(error) if tls::advice(&root_cause(error)).is_some() => false,
        ErrorKind::Reqwest(error) => error
            .status()
            .is_none_or(|status| !status.is_client_error() || matches!(status.as_u16(), 408 | 429)),
        ErrorKind::SigningError(_) | ErrorKind::TransactionError(_) => false,
        // It asks for a longer pause than a call may take.
        ErrorKind::Io(error) if error.kind() == io::ErrorKind::WouldBlock => false,
        ErrorKind::Io(_)
        | ErrorKind::Middleware(_)
        | ErrorKind::RpcError(_)
        | ErrorKind::SerdeJson(_)
        | ErrorKind::Custom(_) => true,
    }
}

/// Whether the server understood and refused, and will again.
pub(super) fn is_refusal(error: &ClientError) -> bool {
    let of_status = |status: StatusCode| {
        status.is_client_error() && !matches!(status.as_u16(), 408 | 429) || status.as_u16() == 501
    };
    match error.kind() {
        ErrorKind::RpcError(RpcError::RpcResponseError { .. }) => !is_passing(error),
        ErrorKind::Reqwest(error) => error.status().is_some_and(of_status),
        _ => false,
    }
}

/// The error of a call to the RPC at `url`.
pub(super) fn typed(url: &str, error: &ClientError) -> LedgerError {
    if let Some(failed) = error.get_transaction_error() {
        return of_transaction(&failed, 0, vec![]);
    }
    let place = without_secrets(url);
    let said = match error.kind() {
        ErrorKind::Reqwest(error) => match error.status() {
            Some(status) => of_status(status.as_u16(), &status.to_string()),
            None => {
                let cause = root_cause(error);
                // Some errors of the last rank repeat the address.
                let asked = error.url().map_or("", |url| url.as_str());
                unanswered(&without_address(&cause, asked, &place))
            }
        },
        ErrorKind::RpcError(RpcError::RpcResponseError { code, message, .. }) => {
            format!("{} (error {code}: {message})", what_to_do(*code))
        }
        ErrorKind::SerdeJson(_) | ErrorKind::RpcError(_) => {
            format!("{}: is it a Solana RPC address?", root_cause(error.kind()))
        }
        ErrorKind::Custom(said) => said.clone(),
        kind => root_cause(kind),
    };
    let said = without_address(&said, url, &place);
    LedgerError::Unavailable(one_line(&format!("{place}: {said}")))
}

/// `text` with `place` instead of `address`.
fn without_address(text: &str, address: &str, place: &str) -> String {
    if address.is_empty() {
        return text.to_owned();
    }
    text.replace(address, place)
}

/// What to do about an address that gives no answer for the reason `cause`.
fn unanswered(cause: &str) -> String {
    if let Some(advice) = tls::advice(cause) {
        return advice;
    }
    let hint = if cause.contains("InvalidContentType") {
        "it speaks no TLS, is it http:// and not https://?"
    } else {
        "check the address, and that it is up"
    };
    format!("{cause}: {hint}")
}

/// What to do about an HTTP status that is no success.
fn of_status(code: u16, status: &str) -> String {
    let hint = match code {
        401 | 403 => "check the address and its key, this RPC does not let everybody in",
        404 | 405 => "is it a Solana RPC address?",
        410 => "this RPC does not offer the call, use another one",
        413 => "the request is too large for this RPC, use another one",
        429 => "too many requests, wait, or use an RPC of your own",
        _ => "check the address and its key, or wait",
    };
    format!("answered {status}: {hint}")
}

/// What to do about an error of the RPC.
fn what_to_do(code: i64) -> &'static str {
    match code {
        JSON_RPC_SERVER_ERROR_NODE_UNHEALTHY
        | JSON_RPC_SERVER_ERROR_MIN_CONTEXT_SLOT_NOT_REACHED
        | JSON_RPC_SERVER_ERROR_BLOCK_STATUS_NOT_AVAILABLE_YET => {
            "this RPC is behind its cluster: wait, or use another one"
        }
        JSON_RPC_SERVER_ERROR_KEY_EXCLUDED_FROM_SECONDARY_INDEX | METHOD_NOT_FOUND => {
            "this RPC does not offer the call: use another one, or one of your own"
        }
        JSON_RPC_SERVER_ERROR_TRANSACTION_SIGNATURE_VERIFICATION_FAILURE => {
            "a signature is missing or wrong: sign the same transaction with every key that it names"
        }
        TOO_MANY_REQUESTS | 429 => "too many requests: wait, or use an RPC of your own",
        INTERNAL_ERROR => "this RPC failed: try again, or use another one",
        _ => "this RPC refuses the call: use another one",
    }
}

/// The last error of the chain, which is the most precise.
fn root_cause(error: &dyn Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

/// Scheme and host of `url`: what stands before the host is a password, and paths and queries often hold a provider's
/// key. Of an address in which a part of a password may be taken for the host only the scheme.
pub fn without_secrets(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let is_odd = rest
        .get(authority.len()..)
        .is_some_and(|after| after.contains('@'));
    let host = if is_odd { "(not shown)" } else { host };
    if scheme.is_empty() {
        host.to_owned()
    } else {
        format!("{scheme}://{host}")
    }
}

/// What an RPC said, which may be anything.
fn one_line(text: &str) -> String {
    const MOST: usize = 300;
    crate::text::one_line(text, MOST)
}

/// The error of a transaction that failed with `error` after `prepended` instructions of ours and
/// logged `logs`.
pub(super) fn of_transaction(
    error: &TransactionError,
    prepended: usize,
    logs: Vec<String>,
) -> LedgerError {
    let TransactionError::InstructionError(index, failed) = error else {
        return LedgerError::Transaction {
            code: None,
            message: explain(error),
            logs,
        };
    };
    let instruction = usize::from(*index).saturating_sub(prepended);
    let message = one_line(&foreign::reason(failed, &logs));
    match failed {
        InstructionError::Custom(code) => {
            LedgerError::from_custom(instruction, *code, message, logs)
        }
        _ => LedgerError::Transaction {
            code: None,
            message,
            logs,
        },
    }
}

/// What `error` means, and what to do about it.
fn explain(error: &TransactionError) -> String {
    let hint = match error {
        TransactionError::AccountNotFound => {
            "the key that pays the fee holds no SOL on this cluster: send it some, or check --url"
        }
        TransactionError::InsufficientFundsForFee => {
            "the key that pays the fee has too little SOL: send it some"
        }
        TransactionError::InsufficientFundsForRent { .. } => {
            "too little SOL for the rent of the accounts that this opens: send the key some"
        }
        TransactionError::InvalidRentPayingAccount => {
            "an account would be left with less SOL than its rent: leave more in it, or send it some"
        }
        TransactionError::ProgramAccountNotFound | TransactionError::InvalidProgramForExecution => {
            "the program is not deployed on this cluster: check --url, or deploy it"
        }
        TransactionError::BlockhashNotFound => {
            "its blockhash is too old, or the nonce has moved on: sign it again with a new one"
        }
        TransactionError::AlreadyProcessed => {
            "this very transaction was processed before: look before sending again"
        }
        TransactionError::SignatureFailure | TransactionError::MissingSignatureForFee => {
            "a signature is missing or wrong: sign the same transaction with every key that it names"
        }
        TransactionError::InvalidAccountForFee => {
            "the account that pays the fee is no wallet: pay with a key that holds only SOL"
        }
        TransactionError::TooManyAccountLocks
        | TransactionError::MaxLoadedAccountsDataSizeExceeded => {
            "it names too many or too large accounts: send fewer instructions at once"
        }
        TransactionError::AccountInUse
        | TransactionError::WouldExceedMaxBlockCostLimit
        | TransactionError::WouldExceedMaxAccountCostLimit
        | TransactionError::WouldExceedAccountDataBlockLimit
        | TransactionError::ClusterMaintenance => "the cluster is busy: send it again in a moment",
        _ => return one_line(&error.to_string()),
    };
    format!("{hint} ({error})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use gradual_consensus::GradualError;

    fn custom(index: u8, code: u32) -> TransactionError {
        TransactionError::InstructionError(index, InstructionError::Custom(code))
    }

    #[test]
    fn errors_of_the_program_are_typed_and_counted_from_the_callers_instructions() {
        let code = anchor_lang::error::ERROR_CODE_OFFSET + GradualError::StakeLocked as u32;
        let LedgerError::Program { instruction, error } =
            of_transaction(&custom(3, code), 2, vec![])
        else {
            panic!("an error of the program")
        };
        assert_eq!((instruction, error), (1, GradualError::StakeLocked));
    }

    #[test]
    fn errors_of_anchor_keep_their_code() {
        let logs = [
            "Program 11111111111111111111111111111111 invoke [1]",
            "Program log: AnchorError caused by account: task. Error Code: AccountNotInitialized. \
             Error Number: 3012. Error Message: The program expected this account to be already \
             initialized.",
        ];
        let logs: Vec<String> = logs.map(str::to_owned).to_vec();
        let error = of_transaction(&custom(2, 3012), 2, logs);
        let LedgerError::Transaction { code, message, .. } = &error else {
            panic!("not an error of the program's own")
        };
        assert_eq!(*code, Some(3012));
        assert!(
            message.starts_with("the account for 'task' does not exist"),
            "{message}"
        );
    }

    #[test]
    fn errors_of_the_runtime_say_what_to_do() {
        let said = |error| of_transaction(&error, 2, vec![]).to_string();
        assert!(said(TransactionError::AccountNotFound).contains("send it some"));
        assert!(said(TransactionError::ProgramAccountNotFound).contains("not deployed"));
        assert!(said(TransactionError::BlockhashNotFound).contains("sign it again"));
    }

    #[test]
    fn errors_of_an_rpc_say_what_to_do() {
        for (code, expected) in [
            (
                JSON_RPC_SERVER_ERROR_NODE_UNHEALTHY,
                "behind its cluster: wait",
            ),
            (METHOD_NOT_FOUND, "does not offer the call: use another"),
            (TOO_MANY_REQUESTS, "too many requests: wait"),
            (-32602, "refuses the call"),
        ] {
            let refused = RpcError::RpcResponseError {
                code,
                message: "no".into(),
                data: solana_rpc_client_api::request::RpcResponseErrorData::Empty,
            };
            let said = typed("http://host:1", &ClientError::from(refused)).to_string();
            assert!(said.contains(expected), "{said}");
            assert!(said.ends_with(&format!("(error {code}: no)")), "{said}");
        }
        assert!(of_status(429, "429").contains("too many requests"));
        assert!(of_status(403, "403").contains("check the address and its key"));
        let own = unanswered("invalid peer certificate: UnknownIssuer");
        assert!(own.contains("in SSL_CERT_FILE"), "{own}");
        assert!(unanswered("refused").contains("that it is up"));
    }

    #[test]
    fn trouble_on_the_way_passes_and_refusals_do_not() {
        let refused = |code| {
            ClientError::from(RpcError::RpcResponseError {
                code,
                message: "no".into(),
                data: solana_rpc_client_api::request::RpcResponseErrorData::Empty,
            })
        };
        assert!(is_passing(&refused(JSON_RPC_SERVER_ERROR_NODE_UNHEALTHY)));
        assert!(is_passing(&refused(TOO_MANY_REQUESTS)));
        assert!(!is_refusal(&refused(TOO_MANY_REQUESTS)));
        assert!(!is_passing(&refused(-32602)));
        let broken = io::Error::from(io::ErrorKind::ConnectionReset);
        assert!(is_passing(&ClientError::from(broken)));
        assert!(!is_passing(&ClientError::from(custom(0, 1))));
    }

    #[test]
    fn messages_are_one_line_without_the_keys_of_providers() {
        assert_eq!(
            without_secrets("https://user:pass@rpc.example/v2/secret?key=s"),
            "https://rpc.example"
        );
        // Whoever wrote these meant a password, and an address has none with a slash in it.
        for torn in [
            "http://user:pa/ss@host",
            "http://user:pa?s@s@host",
            "user:p#ss@host",
        ] {
            assert!(without_secrets(torn).ends_with("(not shown)"), "{torn}");
        }
        let garbage = RpcError::RpcRequestError("not\n\u{1b}JSON".into());
        let error = typed("http://host:1/secret", &ClientError::from(garbage));
        assert_eq!(
            error.to_string(),
            "ledger unavailable: http://host:1: RPC request error: not JSON: is it a Solana RPC address?"
        );
        let own = ErrorKind::Custom("no answer in 10 s".into()).into();
        assert_eq!(
            typed("http://host:1", &own).to_string(),
            "ledger unavailable: http://host:1: no answer in 10 s"
        );
    }
}

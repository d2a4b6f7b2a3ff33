//! An [`RpcLedger`] whose calls are answered with given bytes: what an RPC may answer, tried without one.

use super::{RpcLedger, RpcOptions, outbox, sender};
use crate::ledger::LedgerError;
use serde_json::Value;
use solana_commitment_config::CommitmentConfig;
use solana_rpc_client::{
    rpc_client::{RpcClient, RpcClientConfig},
    rpc_sender::{RpcSender, RpcTransportStats},
};
use solana_rpc_client_api::{client_error::Result, request::RpcRequest};
use solana_signature::Signature;

/// What stands in the place of a connection.
struct Answers<F>(F);

#[async_trait::async_trait]
impl<F: Fn() -> Vec<u8> + Send + Sync> RpcSender for Answers<F> {
    async fn send(&self, request: RpcRequest, _: Value) -> Result<Value> {
        sender::answer_to(request, (self.0)())
    }

    fn get_transport_stats(&self) -> RpcTransportStats {
        RpcTransportStats::default()
    }

    fn url(&self) -> String {
        "http://outside".into()
    }
}

/// A ledger that takes for the body of its next HTTP answer whatever `answer` returns.
pub fn ledger(
    options: RpcOptions,
    answer: impl Fn() -> Vec<u8> + Send + Sync + 'static,
) -> RpcLedger {
    let commitment = CommitmentConfig {
        commitment: options.commitment,
    };
    let config = RpcClientConfig::with_commitment(commitment);
    RpcLedger::over(RpcClient::new_sender(Answers(answer), config), options)
}

/// What [`Ledger::send`](crate::ledger::Ledger::send) asks once it has sent: whether the transaction with
/// `signature` is done, and whether it can land no more, its blockhash being valid until block `last_valid`.
///
/// # Errors
/// [`LedgerError::Unavailable`].
pub fn outcome(
    ledger: &RpcLedger,
    signature: Signature,
    last_valid: u64,
) -> std::result::Result<(bool, bool), LedgerError> {
    outbox::outcome(ledger, signature, last_valid)
}

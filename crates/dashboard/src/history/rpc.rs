//! The past that an RPC keeps.

use super::{Chronicle, Listed, Transaction};
use gradual_consensus_client::{ledger::LedgerError, rpc::RpcLedger};
use serde_json::json;
use solana_commitment_config::{CommitmentConfig, CommitmentLevel};
use solana_rpc_client::rpc_client::GetConfirmedSignaturesForAddress2Config;
use solana_rpc_client_api::{config::RpcTransactionConfig, request::RpcRequest};
use solana_sdk::{pubkey::Pubkey, signature::Signature};
use solana_transaction_status_client_types::{
    EncodedConfirmedTransactionWithStatusMeta, UiTransactionEncoding,
    option_serializer::OptionSerializer,
};

/// The commitment at which a past is kept: `processed` blocks have none.
fn commitment(ledger: &RpcLedger) -> CommitmentConfig {
    match ledger.options().commitment {
        CommitmentLevel::Finalized => CommitmentConfig::finalized(),
        _ => CommitmentConfig::confirmed(),
    }
}

fn signature(text: &str) -> Result<Signature, LedgerError> {
    text.parse()
        .map_err(|_| LedgerError::Unsupported(format!("{text:?} is no signature")))
}

impl Chronicle for RpcLedger {
    fn list(
        &self,
        address: &Pubkey,
        before: Option<&str>,
        until: Option<&str>,
    ) -> Result<Vec<Listed>, LedgerError> {
        let (before, until) = (
            before.map(signature).transpose()?,
            until.map(signature).transpose()?,
        );
        let found = self.call(|client| {
            let config = GetConfirmedSignaturesForAddress2Config {
                before,
                until,
                limit: None,
                commitment: Some(commitment(self)),
            };
            client.get_signatures_for_address_with_config(address, config)
        })?;
        Ok(found
            .into_iter()
            .map(|found| Listed {
                signature: found.signature,
                succeeded: found.err.is_none(),
            })
            .collect())
    }

    fn read(&self, text: &str) -> Result<Option<Transaction>, LedgerError> {
        let found = self.call(|client| {
            let config = RpcTransactionConfig {
                encoding: Some(UiTransactionEncoding::Base64),
                commitment: Some(commitment(self)),
                max_supported_transaction_version: Some(0),
            };
            let parameters = json!([text, config]);
            client.send::<Option<EncodedConfirmedTransactionWithStatusMeta>>(
                RpcRequest::GetTransaction,
                parameters,
            )
        })?;
        let Some(found) = found else {
            return Ok(None);
        };
        let logs = found.transaction.meta.map(|meta| meta.log_messages);
        let Some(OptionSerializer::Some(logs)) = logs else {
            return Ok(None);
        };
        Ok(Some(Transaction {
            signature: text.to_owned(),
            slot: found.slot,
            time: found.block_time,
            logs,
        }))
    }
}

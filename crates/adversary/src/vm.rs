//! The sBPF program on litesvm, behind the client's `Ledger`: the testkit's machine.

pub use gradual_consensus_testkit::vm::{
    Accounts, IS_NATIVE, LAMPORTS, Refusal, Vm, binary, courier, root, slot_hash, upgrade_authority,
};

//! What the project's tasks (`xtask`) and the end-to-end run share: the workspace, a validator on this
//! machine, keypair files, and the command `gradual`.
//!
//! It knows nothing of the program's accounts and instructions: whatever it asks of a cluster, it asks
//! through `gradual` or plain JSON-RPC.

pub mod gradual;
pub mod keypair;
pub mod rpc;
pub mod validator;
pub mod workspace;

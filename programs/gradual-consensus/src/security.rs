//! What the deployed program says of itself to those who find a flaw in it.
//!
//! The sources know no public address of theirs. Deployers to a public cluster put their own in
//! here, and `source_code` with it (`docs/deploying.md`).

solana_security_txt::security_txt! {
    name: "Gradual Consensus",
    project_url: "see README.md of the source this was built from",
    contacts: "other:see SECURITY.md of the source this was built from",
    policy: "see SECURITY.md of the source this was built from",
    preferred_languages: "en",
    source_release: env!("CARGO_PKG_VERSION"),
    auditors: "None"
}

//! Whether the document says what nodes read and send today.

#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use gradual_consensus_scale::document;

#[test]
fn the_document_says_what_nodes_of_the_smaller_crowds_read_and_send() {
    document::check().unwrap();
}

//! What is true of every text that the project shows.

/// Asserts that `text` is one line and controls no terminal.
///
/// # Panics
/// Where it is not so.
pub fn assert_one_line(text: &str) {
    assert!(!text.chars().any(char::is_control), "{text:?}");
}

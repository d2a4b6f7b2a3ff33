//! Texts of strangers: a task's name, a node's endpoint, a list's uri.

pub use gradual_consensus_client::text::clean;

use gradual_consensus_client::text::is_hidden;

/// `text` as an address that a page may link to: `http` or `https`, and nothing that hides where it leads.
pub fn link(text: &str) -> Option<&str> {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))?;
    let host = rest.split(['/', '?', '#']).next()?;
    let is_plain = !text
        .chars()
        .any(|letter| is_hidden(letter) || letter.is_whitespace() || "\"'<>\\`".contains(letter));
    (is_plain && !host.is_empty() && !host.contains('@')).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_web_addresses_are_links() {
        for good in ["https://example.org/list.json?a=b", "http://10.0.0.1:80/"] {
            assert_eq!(link(good), Some(good));
        }
        for bad in [
            "javascript:alert(1)",
            "JAVASCRIPT:alert(1)",
            "data:text/html,x",
            "//example.org",
            "https://",
            "https://bank.example@evil.example/",
            "https://a.example/\"onmouseover=x",
            "https://a.example/ b",
            "https://a.example/\u{202e}",
            "ftp://a.example",
            " https://a.example",
        ] {
            assert_eq!(link(bad), None, "{bad}");
        }
    }
}

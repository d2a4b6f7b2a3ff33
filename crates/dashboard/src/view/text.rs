//! Texts of strangers: a task's name, a node's endpoint, a list's uri.

/// `text` without characters that move a terminal's cursor, reorder what stands beside them, or show nothing.
pub fn clean(text: &str) -> String {
    text.chars().filter(|&letter| !is_hidden(letter)).collect()
}

/// Control characters, and those of Unicode that direct or hide what follows.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

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
    fn nothing_in_a_strangers_text_moves_the_cursor_or_hides() {
        assert_eq!(
            clean("\x1b[2J\x1b[31mred\r\n\u{202e}evil\u{7}"),
            "[2J[31mredevil"
        );
        assert_eq!(clean("größe 数 🙂"), "größe 数 🙂");
    }

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

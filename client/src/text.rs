//! Texts that others wrote, as they may be shown.

/// `text` in one line of at most `most` characters: words are separated by one blank, and characters that
/// control a terminal are left out. So nobody forges a line of an output or of a log by what he answers or
/// stores on chain.
pub fn one_line(text: &str, most: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let letters = words.join(" ");
    letters
        .chars()
        .filter(|letter| !letter.is_control())
        .take(most)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_ends_the_line_or_controls_the_terminal() {
        assert_eq!(one_line(" a\r\nb\u{85} \tc ", 9), "a b c");
        assert_eq!(one_line("\u{1b}[2Jgone\u{9b}31m\u{7}", 99), "[2Jgone31m");
        assert_eq!(one_line("äöü", 2), "äö");
    }
}

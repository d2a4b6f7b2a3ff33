//! Texts that others wrote, as they may be shown.

/// `text` without characters that move a terminal's cursor, reorder what stands beside them, or show nothing.
pub fn clean(text: &str) -> String {
    text.chars().filter(|&letter| !is_hidden(letter)).collect()
}

/// Control characters, and those of Unicode that direct or hide what follows.
pub fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// `text` in one line of at most `most` characters: words are separated by one blank, and hidden characters are
/// left out. So nobody forges a line of an output or of a log by what he answers or stores on chain.
pub fn one_line(text: &str, most: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let letters = words.join(" ");
    letters
        .chars()
        .filter(|&letter| !is_hidden(letter))
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
        assert_eq!(one_line("a\u{202e}b\u{200b}c", 2), "ab");
        assert_eq!(one_line("äöü", 2), "äö");
    }

    #[test]
    fn nothing_in_a_strangers_text_moves_the_cursor_or_hides() {
        assert_eq!(
            clean("\x1b[2J\x1b[31mred\r\n\u{202e}evil\u{7}"),
            "[2J[31mredevil"
        );
        assert_eq!(clean("größe 数 🙂"), "größe 数 🙂");
    }
}

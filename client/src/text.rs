//! Texts that others wrote, and numbers, as they may be shown.

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

/// A number with commas between thousands, as `1,234.5`.
pub fn grouped(number: &str) -> String {
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits = whole.trim_start_matches('-');
    let mut text = String::from(if whole.starts_with('-') { "-" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        let left = digits.len().saturating_sub(place);
        if place > 0 && left.is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if !part.is_empty() {
        text.push('.');
        text.push_str(part);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        for (number, expected) in [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1,000"),
            ("18446744073709.551615", "18,446,744,073,709.551615"),
            ("-1234567.5", "-1,234,567.5"),
        ] {
            assert_eq!(grouped(number), expected);
        }
    }

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

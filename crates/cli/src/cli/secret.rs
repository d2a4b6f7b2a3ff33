//! Secrets that somebody gave where something else belongs. They are never printed: not by a command, and
//! not by the parser of its arguments, which would repeat the value that it refuses.

use std::{borrow::Cow, env};

/// What stands in the place of a secret.
pub(super) const HIDDEN: &str = "(not shown: it looks like a secret key)";

/// So many numbers in a row are bytes of a key: no argument is a list of numbers.
const NUMBERS: usize = 8;
/// So many plain words in a row are a seed phrase.
const WORDS: usize = 12;
/// A part of a path that is longer, and mixes digits with letters of both cases, may be a secret.
const LONGEST_PLAIN: usize = 20;

/// Whether `text` may be a secret key itself, in any form in which wallets print one: a JSON array or another
/// list of bytes, base58, base64, hexadecimal digits, or a seed phrase.
pub(super) fn is_secret(text: &str) -> bool {
    let text = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`'));
    is_bytes(text) || is_encoded(text) || is_phrase(text)
}

/// A list of numbers, whatever stands between them.
fn is_bytes(text: &str) -> bool {
    let is_list = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b" \t\r\n,;:[](){}".contains(&byte));
    let numbers = text.split(|c: char| !c.is_ascii_digit());
    is_list && numbers.filter(|number| !number.is_empty()).count() >= NUMBERS
}

/// 32 bytes or more in hexadecimal digits, or 64 bytes in base58 or base64. 32 bytes in base58 are an address
/// as well.
fn is_encoded(text: &str) -> bool {
    let hex = text.strip_prefix("0x").unwrap_or(text);
    if hex.len() >= 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return true;
    }
    let digits = text.trim_end_matches('=');
    let is_coded = digits
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte));
    digits.len() >= 64 && is_coded && digits.split(['/', '-', '_']).any(is_mixed)
}

fn is_phrase(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let is_plain = |word: &str| word.len() >= 3 && word.bytes().all(|b| b.is_ascii_lowercase());
    words.clone().count() >= WORDS && words.all(is_plain)
}

/// Digits and letters of both cases, as no one writes them by hand.
fn is_mixed(text: &str) -> bool {
    let any = |is: fn(&u8) -> bool| text.bytes().any(|byte| is(&byte));
    text.len() > LONGEST_PLAIN
        && any(u8::is_ascii_digit)
        && any(u8::is_ascii_lowercase)
        && any(u8::is_ascii_uppercase)
}

/// `value`, which should be a path, a setting or an address, if it cannot be a secret. Characters that control a
/// terminal are escaped.
pub(super) fn shown(value: &str) -> Cow<'_, str> {
    let has_secret_part = || {
        let mut parts = value.split(|c: char| !c.is_ascii_alphanumeric());
        parts.any(|part| is_mixed(part) || is_secret(part))
    };
    // A part of an array, or of a phrase.
    let is_list = value.split_whitespace().count() > 6 || value.matches(',').count() > 2;
    if is_list || is_secret(value) || has_secret_part() {
        return HIDDEN.into();
    }
    let value = without_passwords(value);
    if value.chars().any(char::is_control) {
        value.escape_debug().to_string().into()
    } else {
        value
    }
}

/// `text` without the names and passwords of the addresses in it, as in `https://NAME:PASSWORD@host`. An address ends
/// with the first blank, quote or bracket.
fn without_passwords(text: &str) -> Cow<'_, str> {
    const SCHEME: &str = "://";
    if !text.contains(SCHEME) {
        return text.into();
    }
    let mut pieces = text.split(SCHEME);
    let mut left = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>');
        let (address, rest) = piece.split_at(piece.find(ends).unwrap_or(piece.len()));
        let hosts = address.split(['/', '?', '#']).next().unwrap_or_default();
        let is_port = |text: &str| text.ends_with(']') || text.bytes().all(|b| b.is_ascii_digit());
        // A password may have any character in it, though it should not: then a part of it stands for a port.
        let has_password = hosts.contains('@')
            || hosts
                .rsplit_once(':')
                .is_some_and(|(_, port)| !is_port(port));
        let address = match address.rsplit_once('@') {
            Some((_, host)) if has_password => host,
            _ => address,
        };
        left.extend([SCHEME, address, rest]);
    }
    left.into()
}

/// `message` without the secrets that this process was given as arguments or in its environment, and without the
/// passwords of addresses.
pub(super) fn without_given(message: &str) -> String {
    let arguments = env::args_os().map(|argument| argument.to_string_lossy().into_owned());
    let variables =
        env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GRADUAL_"));
    let values = variables.map(|(_, value)| value.to_string_lossy().into_owned());
    without(
        message,
        &arguments.collect::<Vec<_>>(),
        &values.collect::<Vec<_>>(),
    )
}

fn without(message: &str, arguments: &[String], values: &[String]) -> String {
    if is_scattered(arguments) {
        return "the arguments hold a secret key, or a part of one: save it to a file that only you can \
                read, and name the file with --keypair"
            .into();
    }
    let mut message = without_passwords(message).into_owned();
    for given in arguments.iter().chain(values) {
        // `--keypair=VALUE`, `-kVALUE`; but a signature, as in `--signer ADDRESS=SIGNATURE`, is no secret.
        let after = given.split_once('=').map_or("", |(name, value)| {
            let is_address = name.len() >= 32 && !name.starts_with('-');
            if is_address { "" } else { value }
        });
        let short = given.strip_prefix('-').and_then(|rest| rest.get(1..));
        for value in [given, after, short.unwrap_or_default()] {
            if is_secret(value) {
                message = message.replace(value, HIDDEN);
                // As `{:?}` prints it.
                message = message.replace(&*value.escape_debug().to_string(), HIDDEN);
            }
        }
    }
    message
}

/// Whether a key stands in several arguments, as if somebody forgot to quote it.
fn is_scattered(arguments: &[String]) -> bool {
    let is_number = |text: &str| {
        let digits = text.trim_matches(|c| matches!(c, '[' | ']' | ','));
        !digits.is_empty() && digits.len() <= 3 && digits.bytes().all(|b| b.is_ascii_digit())
    };
    let is_word = |text: &str| text.len() >= 3 && text.bytes().all(|b| b.is_ascii_lowercase());
    let runs = |most: usize, is: &dyn Fn(&str) -> bool| {
        arguments
            .windows(most)
            .any(|run| run.iter().all(|text| is(text)))
    };
    runs(NUMBERS, &is_number) || runs(WORDS - 1, &is_word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use solana_sdk::{pubkey::Pubkey, signature::Keypair};

    /// A key in every form in which wallets print it.
    fn forms() -> Vec<String> {
        let key = Keypair::new();
        let bytes = key.to_bytes();
        let numbers = bytes.map(|byte| byte.to_string());
        let hex = |bytes: &[u8]| {
            bytes
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
        };
        vec![
            format!("[{}]", numbers.join(",")),
            format!("[ {} ]\n", numbers.join(", ")),
            numbers.join(" "),
            format!("[{}", numbers[..20].join(",")),
            key.to_base58_string(),
            format!("\"{}\"", key.to_base58_string()),
            hex(&bytes),
            hex(&bytes[..32]),
            format!("0x{}", hex(&bytes)),
            "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about"
                .into(),
        ]
    }

    #[test]
    fn a_key_is_known_in_every_form_and_an_address_or_a_path_is_none() {
        for form in forms() {
            assert!(is_secret(&form), "{form}");
            assert_eq!(shown(&form), HIDDEN, "{form}");
        }
        for plain in [
            "/home/me/.config/solana/id.json",
            "id.json",
            "/srv/keys/validator-2024-identity.json",
            "usb://ledger?key=0/1",
            "http://localhost:8899",
            "confirmed",
            "",
        ] {
            assert!(!is_secret(plain), "{plain}");
            assert_eq!(shown(plain), plain);
        }
        let address = Pubkey::new_unique().to_string();
        assert!(!is_secret(&address));
        // It may as well be a seed of 32 bytes.
        let drawn = "4uQeVj5tqViQh7yWWGStvkEG1Zmhx6uasJtWCJziofM";
        assert_eq!(shown(drawn), HIDDEN);
        assert_eq!(shown("a\u{1b}[2J\nb"), "a\\u{1b}[2J\\nb");
    }

    #[test]
    fn an_address_is_shown_without_its_password() {
        for (address, expected) in [
            ("htps://me:pass@host/path", "htps://host/path"),
            ("ws://me@host", "ws://host"),
            ("http://me:p@s/s@host:1/", "http://host:1/"),
            ("http://me:p/s@host", "http://host"),
            (
                "https://host:1/@scope/task.wasm",
                "https://host:1/@scope/task.wasm",
            ),
            ("http://[::1]/@a", "http://[::1]/@a"),
            ("http://[::1]:8899", "http://[::1]:8899"),
            ("no address", "no address"),
        ] {
            assert_eq!(shown(address), expected);
        }
        let both = "'http://a:b@one' is none, see <https://c:d@two>, or e@f";
        let left = without(both, &[], &[]);
        assert_eq!(left, "'http://one' is none, see <https://two>, or e@f");
    }

    #[test]
    fn messages_lose_what_the_arguments_and_the_environment_hold() {
        for form in forms() {
            let text = |text: &str| text.to_owned();
            let message = format!("invalid value '{form}' for '--manager'; {form:?}");
            for (arguments, values) in [
                (vec![text("gradual"), form.clone()], vec![]),
                (vec![format!("--keypair={form}")], vec![]),
                (vec![format!("-k{form}")], vec![]),
                (vec![], vec![form.clone()]),
            ] {
                let left = without(&message, &arguments, &values);
                assert!(!left.contains(form.trim()), "{left}");
                assert!(left.contains("'--manager'"), "{left}");
            }
            let scattered: Vec<String> = form.split_whitespace().map(text).collect();
            if scattered.len() > 2 {
                let left = without("unexpected argument '12,'", &scattered, &[]);
                assert!(!left.contains("12"), "{left}");
            }
        }
        let signature = Keypair::new().to_base58_string();
        let given = format!("{}={signature}", Pubkey::new_unique());
        let message = format!("not confirmed (signature {signature})");
        for arguments in [vec![given.clone()], vec![format!("--signer={given}")]] {
            assert_eq!(without(&message, &arguments, &[]), message);
        }
        let plain = "unexpected argument 'x'";
        assert_eq!(without(plain, &["gradual".into(), "x".into()], &[]), plain);
    }
}

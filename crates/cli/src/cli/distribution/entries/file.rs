//! The file of a list: an address and an amount a line, as spreadsheets and people write it.
//!
//! Spreadsheets save with a byte order mark, in UTF-8, UTF-16 or an old code page, with `,`, `;` or tabs
//! between columns, quotes around them, empty columns and lines behind the table, any line ends, a line
//! `sep=;` and a header. People also separate by blanks and comment with `#`. Nothing but a header is
//! passed over: a line that is not understood is an error.

use crate::cli::amount::{Amount, Form, Unit};
use csv::{ReaderBuilder, StringRecord, Trim};
use solana_sdk::pubkey::Pubkey;

/// An entry, with the number of its line.
pub(in crate::cli) struct Line {
    pub(in crate::cli) number: usize,
    pub(in crate::cli) node: Pubkey,
    /// In base units.
    pub(in crate::cli) amount: u64,
}

/// The entries of a file.
///
/// # Errors
/// What is wrong with which line.
pub(in crate::cli) fn parse(bytes: &[u8], unit: Unit, form: Form) -> Result<Vec<Line>, String> {
    let text = decode(bytes);
    let mut lines = Vec::new();
    let mut separator = None;
    let mut is_first = true;
    for (number, line) in (1..).zip(text.split('\n')) {
        if let Some(named) = line.strip_prefix("sep=").filter(|_| number == 1) {
            separator = Separator::named(named.trim());
            continue;
        }
        if line.trim_start().starts_with('#') || line.trim().is_empty() {
            continue;
        }
        let separator = *separator.get_or_insert_with(|| Separator::of(line));
        let fields = separator.split(line);
        let entry = match fields.as_slice() {
            [] => continue,
            [node, amount] if is_first && is_header(node, amount) => None,
            [node, amount] => Some((node, amount)),
            _ => {
                return Err(format!(
                    "line {number} has {} columns: write an address and an amount",
                    fields.len()
                ));
            }
        };
        is_first = false;
        if let Some((node, amount)) = entry {
            let node = node.parse().map_err(|_| {
                format!("line {number}: {node:?} is no address: write an address and an amount")
            })?;
            let amount: Result<Amount, _> = amount.parse();
            let units = amount.and_then(|amount| form.units(amount, unit));
            lines.push(Line {
                number,
                node,
                amount: units.map_err(|error| format!("line {number}: {error}"))?,
            });
        }
    }
    Ok(lines)
}

/// The text of a file, with one kind of line ends. Only a header can have letters of an old code page.
fn decode(bytes: &[u8]) -> String {
    let units = |of: fn([u8; 2]) -> u16| -> Vec<u16> {
        let pairs = bytes.chunks_exact(2).skip(1);
        pairs
            .filter_map(|pair| Some(of(*pair.first_chunk()?)))
            .collect()
    };
    let text = match bytes {
        [0xff, 0xfe, ..] => String::from_utf16_lossy(&units(u16::from_le_bytes)),
        [0xfe, 0xff, ..] => String::from_utf16_lossy(&units(u16::from_be_bytes)),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Whether these are the names of columns: no address and no amount is written without digits.
fn is_header(node: &str, amount: &str) -> bool {
    let has_digits = |text: &str| text.bytes().any(|byte| byte.is_ascii_digit());
    !has_digits(node) && !has_digits(amount) && node.len() < 32
}

/// What stands between the columns.
#[derive(Clone, Copy)]
enum Separator {
    Blanks,
    Character(u8),
}

impl Separator {
    fn named(name: &str) -> Option<Self> {
        match name.as_bytes() {
            [] => Some(Self::Character(b'\t')),
            [one] => Some(Self::Character(*one)),
            _ => None,
        }
    }

    /// The one of a file whose first line is `line`.
    fn of(line: &str) -> Self {
        let used = [b'\t', b';', b','].into_iter();
        let mut used = used.filter(|separator| line.as_bytes().contains(separator));
        used.next().map_or(Self::Blanks, Self::Character)
    }

    /// The columns of `line`, without a comment behind them and without empty ones at the end.
    fn split(self, line: &str) -> Vec<String> {
        let mut fields: Vec<String> = match self {
            Self::Blanks => line.split_whitespace().map(str::to_owned).collect(),
            Self::Character(separator) => {
                let mut record = StringRecord::new();
                let mut reader = ReaderBuilder::new()
                    .has_headers(false)
                    .delimiter(separator)
                    .trim(Trim::All)
                    .buffer_capacity(line.len().max(1))
                    .from_reader(line.as_bytes());
                // From memory and without a number of columns, nothing can go wrong.
                let _read = reader.read_record(&mut record);
                record.iter().map(str::to_owned).collect()
            }
        };
        if let Some(comment) = fields.iter().position(|field| field.contains('#')) {
            fields.truncate(comment.saturating_add(1));
            if let Some(field) = fields.last_mut() {
                let kept = field.split('#').next().unwrap_or_default();
                *field = kept.trim().to_owned();
            }
        }
        while fields.last().is_some_and(String::is_empty) {
            fields.pop();
        }
        fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKENS: Form = Form { base_units: false };

    fn node(number: u8) -> Pubkey {
        Pubkey::new_from_array([number; 32])
    }

    fn read(bytes: &[u8], form: Form) -> Result<Vec<(usize, Pubkey, u64)>, String> {
        let lines = parse(bytes, Unit::new(node(9), 3), form)?;
        let told = lines
            .into_iter()
            .map(|line| (line.number, line.node, line.amount));
        Ok(told.collect())
    }

    /// Two entries in lines `at`.
    #[track_caller]
    fn assert_read(bytes: &[u8], at: [usize; 2]) {
        let expected = vec![(at[0], node(1), 1_500), (at[1], node(2), 2_000)];
        assert_eq!(
            read(bytes, TOKENS),
            Ok(expected),
            "{}",
            bytes.escape_ascii()
        );
    }

    #[track_caller]
    fn assert_refused(text: &str, expected: &str) {
        let error = read(text.as_bytes(), TOKENS).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn people_write_blanks_commas_and_comments() {
        let [a, b] = [node(1), node(2)];
        assert_read(
            format!("# who, what\n{a} 1.5\n\n  {b}\t2 # the rest\n").as_bytes(),
            [2, 4],
        );
        assert_read(format!("{a}, 1.5\n{b},2 # the rest").as_bytes(), [1, 2]);
        assert_read(format!("{a}   1.5\n{b} 2").as_bytes(), [1, 2]);
    }

    #[test]
    fn spreadsheets_save_tables_in_many_ways() {
        let [a, b] = [node(1), node(2)];
        for text in [
            format!("{a},1.5\n{b},2\n"),
            format!("{a};1.5\r\n{b};2\r\n"),
            format!("{a}\t1.5\r{b}\t2\r"),
            format!("\"{a}\";\"1.5\"\n\"{b}\";\"2\""),
            format!("\u{feff}{a};1.5\r\n{b};2\r\n"),
            format!("\u{feff}\"{a}\",\"1.500\"\r\n\"{b}\",2.000\r\n,\r\n,,,\r\n"),
            format!("{a};1.5;;\n{b};2;;\n;;;\n\n"),
            format!("{a} ; 1.5 \n\u{a0}{b};2\u{a0}\n"),
        ] {
            assert_read(text.as_bytes(), [1, 2]);
        }
    }

    #[test]
    fn a_header_is_passed_over() {
        let [a, b] = [node(1), node(2)];
        for header in [
            "node,amount",
            "\"Node\",\"Amount (SOL)\",,",
            "sep=,",
            "# node, amount",
        ] {
            assert_read(format!("{header}\n{a},1.5\n{b},2\n").as_bytes(), [2, 3]);
        }
        assert_read(
            format!("\u{feff}sep=;\r\nnode;amount\r\n{a};1.5\r\n{b};2").as_bytes(),
            [3, 4],
        );
        // In the code page of old spreadsheets.
        let mut bytes = b"Empf\xe4nger;Betrag\n".to_vec();
        bytes.extend(format!("{a};1.5\n{b};2\n").as_bytes());
        assert_read(&bytes, [2, 3]);
    }

    #[test]
    fn nothing_else_is_passed_over() {
        let a = node(1);
        assert_refused(
            &format!("node,amount\nnode,amount\n{a},1"),
            "line 2: \"node\" is no address",
        );
        assert_refused(&format!("{a},1\nnode,amount"), "line 2: ");
        assert_refused(&format!("{},1\n", &a.to_string()[2..]), "line 1: ");
        assert_refused("abcdefghijkmnopqrstuvwxyzabcdefghijkmnopq,x\n", "line 1: ");
    }

    #[test]
    fn utf_16_is_read() {
        let text = format!("node\tamount\r\n{}\t1.5\r\n{}\t2\r\n", node(1), node(2));
        let little = text.encode_utf16().flat_map(u16::to_le_bytes);
        assert_read(&[vec![0xff, 0xfe], little.collect()].concat(), [2, 3]);
        let big = text.encode_utf16().flat_map(u16::to_be_bytes);
        assert_read(&[vec![0xfe, 0xff], big.collect()].concat(), [2, 3]);
    }

    #[test]
    fn what_is_no_entry_is_named_by_its_line() {
        let a = node(1);
        for (bad, what) in [
            (a.to_string(), "has 1 columns"),
            (format!("{a},1,2"), "has 3 columns"),
            (format!("{a},,1"), "has 3 columns"),
            (format!(",{a},1"), "has 3 columns"),
            ("x,1".into(), "\"x\" is no address"),
            (format!("{a},-1"), "is no amount"),
            (format!("{a},\"1,5\""), "is no amount"),
            (format!("{a},1e3"), "is no amount"),
            (format!("{a},1.0001"), "use at most 3"),
            (
                format!("{a},18446744073709551616"),
                "more than any account can hold",
            ),
        ] {
            assert_refused(&format!("{a},1\r\n\r\n{bad}\r\n"), "line 3");
            assert_refused(&format!("{a},1\r\n\r\n{bad}\r\n"), what);
        }
        assert_refused(&format!("{a};1,5"), "line 1: \"1,5\" is no amount");
    }

    #[test]
    fn amounts_are_base_units_if_that_is_asked_for() {
        let text = format!("{};1500\n", node(1));
        let read = read(text.as_bytes(), Form { base_units: true });
        assert_eq!(read, Ok(vec![(1, node(1), 1_500)]));
    }

    #[test]
    fn any_bytes_are_an_answer_and_never_a_panic() {
        for seed in 0..2_000u64 {
            let hash = solana_sha256_hasher::hashv(&[&seed.to_le_bytes()]).to_bytes();
            let bytes: Vec<u8> = hash
                .iter()
                .map(|byte| match byte % 8 {
                    0 => b'"',
                    1 => b';',
                    2 => b'\n',
                    3 => b'#',
                    _ => *byte,
                })
                .collect();
            assert!(read(&bytes, TOKENS).map_or(0, |lines| lines.len()) == 0);
        }
    }
}

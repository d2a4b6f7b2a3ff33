//! Puts the mutants of a source into it, each behind a switch.

use super::find::{Form, Found, Site, slice};

/// The module that holds the switch.
pub const SWITCH: &str = include_str!("switch.rs");
/// How the program names it.
pub const MODULE: &str = "mutants";
/// What the library says of it.
pub const DECLARATION: &str = "\n#[allow(warnings, clippy::all)]\nmod mutants;\n";

impl Site {
    /// How many mutants it has.
    pub fn mutants(&self) -> u32 {
        let count = match &self.form {
            Form::Instead(variants) => variants.len(),
            Form::Returns(values) => values.len(),
            Form::Skipped | Form::NotTaken(_) | Form::Vacuous { .. } => 1,
        };
        u32::try_from(count).unwrap_or(u32::MAX)
    }
}

/// `source` with all that was `found` in it behind switches, the first of which has number `first`.
pub fn instrument(source: &str, found: &Found, first: u32) -> String {
    let mut edits = Edits::default();
    for word in &found.constants {
        edits.remove(word.start, word.end);
    }
    let mut number = first;
    for site in &found.sites {
        edits.switch(site, number);
        number = number.saturating_add(site.mutants());
    }
    edits.apply(source)
}

fn on(number: u32) -> String {
    format!("crate::{MODULE}::mutant({number})")
}

/// In which order insertions at one place stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Behind what ends here, inner things first: by length, the last noted first.
    After(usize, std::cmp::Reverse<usize>),
    /// Between what ends and what begins here.
    Between,
    /// Before what begins here, outer things first.
    Before(std::cmp::Reverse<usize>, usize),
}

#[derive(Default)]
struct Edits {
    /// What is inserted, and how many of the bytes there it stands for.
    all: Vec<(usize, Rank, String, usize)>,
}

impl Edits {
    fn remove(&mut self, start: usize, end: usize) {
        self.put(start, end, String::new());
    }

    fn put(&mut self, start: usize, end: usize, text: String) {
        let length = end.saturating_sub(start);
        self.all.push((start, Rank::Between, text, length));
    }

    fn wrap(&mut self, site: &Site, before: String, after: &str) {
        let (start, end) = (site.place.start, site.place.end);
        let (length, index) = (end.saturating_sub(start), self.all.len());
        let rank = Rank::Before(std::cmp::Reverse(length), index);
        self.all.push((start, rank, before, 0));
        let rank = Rank::After(length, std::cmp::Reverse(index));
        self.all.push((end, rank, after.to_owned(), 0));
    }

    fn switch(&mut self, site: &Site, number: u32) {
        let (start, end) = (site.place.start, site.place.end);
        match &site.form {
            Form::Instead(variants) => {
                let cases = (number..).zip(variants).map(|(number, variant)| {
                    format!("if {} {{ {} }} else ", on(number), variant.text)
                });
                self.wrap(site, format!("({}{{ ", cases.collect::<String>()), " })");
            }
            Form::Skipped => {
                let before = format!("{{ if !{} {{ ", on(number));
                self.wrap(site, before, "; } }");
            }
            Form::Returns(values) => {
                let cases = (number..).zip(values);
                let cases = cases
                    .map(|(number, value)| format!(" if {} {{ return {value}; }}", on(number)));
                self.put(start, end, cases.collect());
            }
            Form::NotTaken(_) => self.put(start, end, format!(" if !{}", on(number))),
            Form::Vacuous { condition, error } => {
                let text = format!("constraint = {} || {condition} @ {error}", on(number));
                self.put(start, end, text);
            }
        }
    }

    fn apply(mut self, source: &str) -> String {
        (self.all).sort_by_key(|&(at, rank, _, _)| (at, rank));
        let mut edited = String::with_capacity(source.len().saturating_mul(2));
        let mut copied = 0;
        for (at, _, text, replaced) in self.all {
            edited.push_str(slice(source, &(copied..at)));
            edited.push_str(&text);
            copied = at.saturating_add(replaced);
        }
        edited.push_str(slice(source, &(copied..source.len())));
        edited
    }
}

#[cfg(test)]
mod tests {
    use super::super::find::{Kind, Types, find};
    use super::*;

    /// What is found in `source`, and `source` with it, without the path of the switch.
    fn edited(source: &str) -> (Found, String) {
        let mut types = Types::default();
        types.note(&syn::parse_file(source).unwrap());
        let found = find(source, &types).unwrap();
        let edited = instrument(source, &found, 1);
        syn::parse_file(&edited).unwrap_or_else(|error| panic!("{error}: {edited}"));
        (found, edited.replace("crate::mutants::mutant", "on"))
    }

    fn body(source: &str) -> String {
        // A type whose values nobody knows, so that only the body is changed.
        let function = format!("fn f() -> Other {{ {source} }}");
        let (_, edited) = edited(&function);
        let body = edited.strip_prefix("fn f() -> Other { ").unwrap();
        body.strip_suffix(" }").unwrap().to_owned()
    }

    #[test]
    fn a_check_is_skipped_and_its_condition_changed() {
        assert_eq!(
            body("require!(a >= 1, E);"),
            "{ if !on(1) { require!((if on(2) { (a) > (1) } else if on(3) { (a) < (1) } \
             else { a >= 1 }), E); } };"
        );
        assert_eq!(
            body("stake.require_unlocked(slot)?;"),
            "{ if !on(1) { stake.require_unlocked(slot)?; } };"
        );
    }

    #[test]
    fn one_expression_within_another_keeps_its_own_switch() {
        assert_eq!(
            body("!a && b"),
            "(if on(1) { (!a) || (b) } else { (if on(2) { a } else { !a }) && b })"
        );
        assert_eq!(
            body("sum += a - b;"),
            "{ if !on(1) { (if on(2) { sum -= a - b } else if on(3) { sum *= a - b } \
             else { sum += (if on(4) { (a) + (b) } else if on(5) { (a) / (b) } else { a - b }) \
             }); } };"
        );
        assert_eq!(
            body("a.checked_add(b)?.min(c)"),
            "(if on(1) { a.checked_add(b)?.max(c) } else { \
             (if on(2) { a.checked_sub(b) } else { a.checked_add(b) })?.min(c) })"
        );
    }

    #[test]
    fn arms_are_not_taken_where_others_take_their_place() {
        assert_eq!(
            body("match a { 1 => b, 2 | 3 if c => d, _ => e }"),
            "match a { 1 if !on(1) => b, \
             2 | 3 if (if on(2) { true } else if on(3) { false } else { c }) => d, _ => e }"
        );
        assert_eq!(
            body("match a { A => b, B => c }"),
            "match a { A => b, B => c }"
        );
    }

    #[test]
    fn a_chain_with_let_stays_but_not_what_is_in_it() {
        assert_eq!(
            body("if a && !b && let Some(c) = d {}"),
            "if (if on(1) { (a) || (!b) } else { a && (if on(2) { b } else { !b }) }) \
             && let Some(c) = d {}"
        );
    }

    #[test]
    fn a_function_returns_at_once_and_is_not_constant() {
        let (_, edited) = edited(
            "pub const fn is_a(&self) -> bool { true } fn g() {} fn h() { i() } \
             fn j() -> Result<()> { Ok(()) }",
        );
        assert_eq!(
            edited,
            "pub  fn is_a(&self) -> bool { if on(1) { return false; } true } fn g() {} \
             fn h() { if on(2) { return (); } i() } fn j() -> Result<()> { Ok(()) }"
        );
    }

    const ACCOUNTS: &str = "
#[derive(Accounts)]
pub struct Stake<'info> {
    #[account(mut, has_one = mint @ E::WrongMint, has_one = pot, seeds = [A, b.as_ref()], bump)]
    pub task: AccountLoader<'info, Task>,
    #[account(address = sysvar::ID)]
    pub sysvar: UncheckedAccount<'info>,
    #[account(has_one = task @ E::WrongTask)]
    pub texts: Box<Account<'info, Texts>>,
}
";

    #[test]
    fn constraints_become_vacuous() {
        let (found, edited) = edited(ACCOUNTS);
        let expected = ACCOUNTS
            .replace(
                "has_one = mint @ E::WrongMint",
                "constraint = on(1) || task.load()?.mint == mint.key() @ E::WrongMint",
            )
            .replace(
                "has_one = pot",
                "constraint = on(2) || task.load()?.pot == pot.key() @ \
                 anchor_lang::error::ErrorCode::ConstraintHasOne",
            )
            .replace(
                "address = sysvar::ID",
                "constraint = on(3) || sysvar.key() == sysvar::ID @ \
                 anchor_lang::error::ErrorCode::ConstraintAddress",
            )
            .replace(
                "has_one = task @ E::WrongTask",
                "constraint = on(4) || texts.task == task.key() @ E::WrongTask",
            );
        assert_eq!(edited, expected);
        let lines: Vec<_> = found.sites.iter().map(|site| site.line).collect();
        assert_eq!(lines, [4, 4, 6, 8]);
    }

    #[test]
    fn tests_and_constants_stay_as_they_are() {
        for source in [
            "const A: u64 = 1 + 2;",
            "static A: u64 = 1 + 2;",
            "enum A { B = 1 + 2 }",
            "impl A { const B: [u8; 1 + 2] = [0; 1 + 2]; }",
            "const _: () = assert!(A == 1);",
            "#[cfg(test)] mod tests { fn a() { b(1 + 2); require!(c, D); } }",
            "fn a() -> Other { let b: [u8; 1 + 2] = [0; 1 + 2]; b }",
            "fn a() -> Other { const B: u64 = 1 + 2; B }",
            "macro_rules! a { () => { const fn b() -> u64 { 1 + 2 } } }",
        ] {
            let (found, edited) = edited(source);
            assert!(found.sites.is_empty(), "{source}: {:?}", found.sites);
            assert_eq!(edited, source);
        }
    }

    #[test]
    fn a_mutant_says_what_it_changes_and_where() {
        let source = "impl Task {\n    fn a(&self) -> Other {\n        require!(b, // why\n            \
                      E::C);\n        self.d = e;\n        self.f < g\n    }\n}\n";
        let (found, _) = edited(source);
        let told: Vec<_> = found
            .sites
            .iter()
            .flat_map(|site| {
                let changes = site.changes(source).into_iter();
                changes.map(move |change| (site.kind, site.line, &*site.within, change))
            })
            .collect();
        let change = |kind, line, change: &str| (kind, line, "Task::a", change.to_owned());
        assert_eq!(
            told,
            [
                change(Kind::Require, 3, "without `require!(b, // why E::C)`"),
                change(Kind::Effect, 5, "without `self.d = e`"),
                change(Kind::Code, 6, "`<` as `<=` in `self.f < g`"),
                change(Kind::Code, 6, "`<` as `==` in `self.f < g`"),
                change(Kind::Code, 6, "`<` as `>` in `self.f < g`"),
            ]
        );
    }
}

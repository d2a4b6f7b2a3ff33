//! The IDL from what the program's tests print.
//!
//! Each part stands between two lines, `--- IDL begin KIND ---` and `--- IDL end KIND ---`: the
//! address, each constant, each event with the types it uses, the errors, and the rest. Types are
//! named by their whole path there, and by their own name in the finished IDL, as far as that is
//! one type's alone. Everything is sorted by name, so that the order of the tests does not matter.

use anchor_lang_idl_spec::{Idl, IdlAccount, IdlEvent, IdlInstruction, IdlTypeDef};
use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// An event and the types it uses.
#[derive(Deserialize)]
struct PrintedEvent {
    event: IdlEvent,
    types: Vec<IdlTypeDef>,
}

/// Joins the printed parts.
pub fn join(printed: &str) -> Result<Idl> {
    let mut address = None;
    let mut program = None;
    let mut constants = vec![];
    let mut events = vec![];
    let mut errors = vec![];
    let mut types = BTreeMap::new();
    for part in parts(printed)? {
        match part.kind {
            "address" => address = Some(part.parse::<String>()?),
            "const" => constants.push(part.parse()?),
            "event" => {
                let printed: PrintedEvent = part.parse()?;
                events.push(printed.event);
                types.extend(printed.types.into_iter().map(by_name));
            }
            "errors" => errors = part.parse()?,
            "program" => program = Some(part.parse::<Idl>()?),
            other => bail!("the program printed an unknown part of its IDL: {other}"),
        }
    }

    let mut idl = program.context("the program printed no IDL")?;
    idl.address = address.context("the program printed no address")?;
    types.extend(std::mem::take(&mut idl.types).into_iter().map(by_name));
    idl.types = types.into_values().collect();
    idl.constants = constants;
    idl.events = events;
    idl.errors = errors;

    let mut idl = shorten_names(&idl)?;
    idl.accounts.sort_by(|a, b| a.name.cmp(&b.name));
    idl.constants.sort_by(|a, b| a.name.cmp(&b.name));
    idl.events.sort_by(|a, b| a.name.cmp(&b.name));
    idl.instructions.sort_by(|a, b| a.name.cmp(&b.name));
    idl.types.sort_by(|a, b| a.name.cmp(&b.name));
    require_distinct(&idl)?;
    Ok(idl)
}

fn by_name(ty: IdlTypeDef) -> (String, IdlTypeDef) {
    (ty.name.clone(), ty)
}

/// What stands between two marks.
struct Part<'a> {
    kind: &'a str,
    json: Vec<&'a str>,
}

impl Part<'_> {
    fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.json.join("\n"))
            .with_context(|| format!("the part {} of the IDL", self.kind))
    }
}

fn parts(printed: &str) -> Result<Vec<Part<'_>>> {
    let mut parts = vec![];
    let mut open: Option<Part> = None;
    for line in printed.lines() {
        if let Some(kind) = mark(line, "begin") {
            ensure!(open.is_none(), "a part of the IDL begins within another");
            open = Some(Part { kind, json: vec![] });
        } else if let Some(kind) = mark(line, "end") {
            let part = open.take().filter(|part| part.kind == kind);
            parts.push(part.with_context(|| format!("the part {kind} ends and did not begin"))?);
        } else if let Some(part) = &mut open {
            part.json.push(line);
        }
    }
    ensure!(open.is_none(), "the last part of the IDL has no end");
    Ok(parts)
}

/// The kind of part that `line` begins or ends.
fn mark<'a>(line: &'a str, which: &str) -> Option<&'a str> {
    line.strip_prefix("--- IDL ")?
        .strip_prefix(which)?
        .strip_prefix(' ')?
        .strip_suffix(" ---")
}

/// Calls types by their own name instead of their whole path, unless two have the same.
fn shorten_names(idl: &Idl) -> Result<Idl> {
    let mut value = serde_json::to_value(idl)?;
    let mut paths = BTreeSet::new();
    for_each_text(&mut value, &mut |text| {
        if own_name(text).is_some() {
            paths.insert(text.clone());
        }
    });
    let mut owners = BTreeMap::<String, u32>::new();
    for name in paths.iter().filter_map(|path| own_name(path)) {
        *owners.entry(name.to_owned()).or_default() += 1;
    }
    for_each_text(&mut value, &mut |text| {
        if let Some(name) = own_name(text).filter(|name| owners.get(*name) == Some(&1)) {
            *text = name.to_owned();
        }
    });
    Ok(serde_json::from_value(value)?)
}

/// The last part of a path like `program::state::Task`.
fn own_name(text: &str) -> Option<&str> {
    let is_word = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let (_, name) = text.rsplit_once("::")?;
    text.split("::").all(is_word).then_some(name)
}

fn for_each_text(value: &mut Value, visit: &mut impl FnMut(&mut String)) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(values) => values.iter_mut().for_each(|v| for_each_text(v, visit)),
        Value::Object(map) => map.values_mut().for_each(|v| for_each_text(v, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Clients tell accounts, events and instructions apart by their first bytes alone.
fn require_distinct(idl: &Idl) -> Result<()> {
    let of = |item: &IdlAccount| (item.name.clone(), item.discriminator.clone());
    distinct(idl.accounts.iter().map(of))?;
    let of = |item: &IdlEvent| (item.name.clone(), item.discriminator.clone());
    distinct(idl.events.iter().map(of))?;
    let of = |item: &IdlInstruction| (item.name.clone(), item.discriminator.clone());
    distinct(idl.instructions.iter().map(of))
}

fn distinct(items: impl Iterator<Item = (String, Vec<u8>)>) -> Result<()> {
    let mut seen: Vec<(String, Vec<u8>)> = vec![];
    for (name, bytes) in items {
        ensure!(
            bytes.iter().any(|&byte| byte != 0),
            "{name} has no discriminator"
        );
        for (other, others) in &seen {
            ensure!(
                !bytes.starts_with(others) && !others.starts_with(&bytes),
                "{name} and {other} cannot be told apart by their discriminators"
            );
        }
        seen.push((name, bytes));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: &str = r#"
running 2 tests
--- IDL begin program ---
{
  "address": "",
  "metadata": { "name": "game", "version": "0.1.0", "spec": "0.1.0" },
  "instructions": [],
  "accounts": [],
  "types": [
    { "name": "game::b::Twin", "type": { "kind": "struct" } },
    { "name": "game::a::Twin", "type": { "kind": "struct" } },
    { "name": "game::a::Own", "type": { "kind": "struct" } }
  ]
}
--- IDL end program ---
---- address stdout ----
--- IDL begin address ---
"11111111111111111111111111111111"
--- IDL end address ---
"#;

    #[test]
    fn parts_are_joined_and_names_shortened_where_they_are_one_types_alone() {
        let idl = join(PROGRAM).unwrap();
        assert_eq!(idl.address, "11111111111111111111111111111111");
        let names: Vec<_> = idl.types.iter().map(|ty| ty.name.as_str()).collect();
        assert_eq!(names, ["Own", "game::a::Twin", "game::b::Twin"]);
    }

    #[test]
    fn a_part_without_its_end_is_refused() {
        let cut = PROGRAM.replace("--- IDL end address ---", "");
        assert!(join(&cut).is_err());
    }

    #[test]
    fn a_missing_part_is_refused() {
        let cut = PROGRAM.replace("address ---", "const ---");
        assert!(join(&cut).is_err());
    }

    #[test]
    fn equal_beginnings_are_refused() {
        let item = |name: &str, bytes: &[u8]| (name.to_owned(), bytes.to_vec());
        assert!(distinct([item("a", &[1, 2]), item("b", &[2, 1])].into_iter()).is_ok());
        assert!(distinct([item("a", &[1, 2]), item("b", &[1])].into_iter()).is_err());
        assert!(distinct([item("a", &[0])].into_iter()).is_err());
    }

    #[test]
    fn own_names() {
        assert_eq!(own_name("game::state::Task"), Some("Task"));
        assert_eq!(own_name("Task"), None);
        assert_eq!(own_name("see [`game::state`]"), None);
        assert_eq!(own_name("::Task"), None);
    }
}

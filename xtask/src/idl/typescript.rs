//! The IDL as a TypeScript type.
//!
//! Anchor's TypeScript client calls everything in camelCase, so the type does, by the same rule as
//! `anchor build`: whatever names something or refers to a name is converted, and addresses, docs and
//! values are left as they are.

use anchor_lang_idl_spec::Idl;
use anyhow::Result;
use heck::{ToLowerCamelCase, ToPascalCase};
use serde_json::Value;

/// The keys under which names stand.
const NAMES: [&str; 5] = ["account", "generic", "name", "path", "relations"];

/// The whole TypeScript file of `idl`.
pub fn of(idl: &Idl) -> Result<String> {
    let mut value = serde_json::to_value(idl)?;
    convert(&mut value, false);
    let camel: Idl = serde_json::from_value(value)?;
    let name = &idl.metadata.name;
    Ok(format!(
        "/**\n * The IDL of {name} in camelCase, as TypeScript sees it.\n *\n \
         * This is only a type: what clients load is `idl/{name}.json`.\n */\n\
         export type {} = {};\n",
        name.to_pascal_case(),
        serde_json::to_string_pretty(&camel)?
    ))
}

/// Converts every name in `value`; `named` where it stands under one of [`NAMES`].
fn convert(value: &mut Value, named: bool) {
    match value {
        Value::String(text) if named => *text = camel(text),
        Value::Array(values) => values.iter_mut().for_each(|value| convert(value, named)),
        Value::Object(map) => {
            for (key, value) in map {
                convert(value, NAMES.contains(&key.as_str()));
            }
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// `text` in camelCase, each step of a path like `task.mint` by itself.
fn camel(text: &str) -> String {
    if is_address(text) {
        return text.to_owned();
    }
    let steps: Vec<_> = text.split('.').map(str::to_lower_camel_case).collect();
    steps.join(".")
}

/// Whether `text` is 32 bytes in base 58.
fn is_address(text: &str) -> bool {
    bs58::decode(text)
        .into_vec()
        .is_ok_and(|bytes| bytes.len() == 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_converted_and_values_are_not() {
        let mut value = json!({
            "name": "node_stake",
            "docs": ["a name_with_underscores"],
            "pda": { "seeds": [{ "kind": "account", "path": "task_account.the_mint", "account": "TaskData" }] },
            "relations": ["stake_pot"],
            "value": "SOME_SEED",
            "type": { "defined": { "name": "TaskParams" } },
        });
        convert(&mut value, false);
        assert_eq!(
            value,
            json!({
                "name": "nodeStake",
                "docs": ["a name_with_underscores"],
                "pda": { "seeds": [{ "kind": "account", "path": "taskAccount.theMint", "account": "taskData" }] },
                "relations": ["stakePot"],
                "value": "SOME_SEED",
                "type": { "defined": { "name": "taskParams" } },
            })
        );
    }

    #[test]
    fn addresses_stay() {
        let address = "So11111111111111111111111111111111111111112";
        assert_eq!(camel(address), address);
    }
}

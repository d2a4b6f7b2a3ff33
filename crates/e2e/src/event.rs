//! The program's events as its IDL describes them, read from what transactions logged.

use anyhow::{Context, Result, bail};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value};

/// One event.
#[derive(Clone, Debug)]
pub struct Event {
    /// The slot of its transaction.
    pub slot: u64,
    /// Its name.
    pub name: String,
    fields: Map<String, Value>,
}

impl Event {
    /// One that a test makes up.
    #[cfg(test)]
    pub fn made_up(name: &str, fields: Value) -> Self {
        let Value::Object(fields) = fields else {
            panic!("fields")
        };
        let name = name.to_owned();
        Self {
            slot: 0,
            name,
            fields,
        }
    }

    /// The number in `field`; 0 if there is none.
    pub fn number(&self, field: &str) -> u64 {
        self.fields.get(field).and_then(Value::as_u64).unwrap_or(0)
    }

    /// The text in `field`: an address, or the name of a variant; empty if there is none.
    pub fn text(&self, field: &str) -> &str {
        self.fields
            .get(field)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Whether `field` is true.
    pub fn is(&self, field: &str) -> bool {
        self.fields.get(field) == Some(&Value::Bool(true))
    }
}

/// Reads events.
#[derive(Debug)]
pub struct Decoder {
    idl: Value,
}

impl Decoder {
    /// By `idl`, the program's.
    pub const fn new(idl: Value) -> Self {
        Self { idl }
    }

    /// The events in `logs`, of a transaction in `slot`.
    pub fn events(&self, slot: u64, logs: &[Value]) -> Result<Vec<Event>> {
        let data = logs
            .iter()
            .filter_map(|line| line.as_str()?.strip_prefix("Program data: "));
        data.map(|data| self.event(slot, &BASE64_STANDARD.decode(data)?))
            .collect()
    }

    fn event(&self, slot: u64, data: &[u8]) -> Result<Event> {
        let events = self.idl["events"]
            .as_array()
            .context("an IDL of no events")?;
        let found = events.iter().find_map(|event| {
            let start: Option<Vec<u8>> =
                serde_json::from_value(event["discriminator"].clone()).ok();
            Some((event["name"].as_str()?, data.strip_prefix(&*start?)?))
        });
        let (name, mut rest) = found.context("an event that the IDL does not have")?;
        let Value::Object(fields) = self.defined(name, &mut rest)? else {
            bail!("{name} is no struct in the IDL");
        };
        let name = name.to_owned();
        Ok(Event { slot, name, fields })
    }

    /// The value of the type that the IDL defines as `name`.
    fn defined(&self, name: &str, data: &mut &[u8]) -> Result<Value> {
        let types = self.idl["types"].as_array().context("an IDL of no types")?;
        let found = types.iter().find(|defined| defined["name"] == name);
        let defined = &found.with_context(|| format!("the IDL has no {name}"))?["type"];
        if let Some(fields) = defined["fields"].as_array() {
            let mut object = Map::new();
            for field in fields {
                let key = field["name"].as_str().context("a field of no name")?;
                object.insert(key.to_owned(), self.value(&field["type"], data)?);
            }
            return Ok(Value::Object(object));
        }
        let [variant] = take(data)?;
        let variants = defined["variants"].as_array();
        let variant = variants.and_then(|variants| variants.get(usize::from(variant)));
        Ok(variant.with_context(|| format!("no such variant of {name}"))?["name"].clone())
    }

    fn value(&self, kind: &Value, data: &mut &[u8]) -> Result<Value> {
        if !kind["option"].is_null() {
            return match take(data)? {
                [0] => Ok(Value::Null),
                [_] => self.value(&kind["option"], data),
            };
        }
        if let Some([of, length]) = kind["array"].as_array().map(Vec::as_slice) {
            let length = length.as_u64().context("an array without a length")?;
            let values: Result<Vec<Value>> = (0..length).map(|_| self.value(of, data)).collect();
            return Ok(values?.into());
        }
        if let Some(name) = kind["defined"]["name"].as_str() {
            return self.defined(name, data);
        }
        Ok(match kind.as_str() {
            Some("bool") => (take::<1>(data)? != [0]).into(),
            Some("u8") => u8::from_le_bytes(take(data)?).into(),
            Some("u16") => u16::from_le_bytes(take(data)?).into(),
            Some("u32") => u32::from_le_bytes(take(data)?).into(),
            Some("u64") => u64::from_le_bytes(take(data)?).into(),
            Some("pubkey") => bs58::encode(take::<32>(data)?).into_string().into(),
            _ => bail!("the IDL has the type {kind}, which no event had before"),
        })
    }
}

/// The next bytes of `data`.
fn take<const N: usize>(data: &mut &[u8]) -> Result<[u8; N]> {
    let (taken, rest) = data.split_first_chunk().context("an event cut short")?;
    *data = rest;
    Ok(*taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gradual_consensus_devkit::workspace::Workspace;

    /// The project's IDL, and the discriminator that it gives the event called `name`.
    fn idl_and_discriminator(name: &str) -> (Value, Vec<u8>) {
        let file = Workspace::find().unwrap().idl();
        let idl: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let events = idl["events"].as_array().unwrap();
        let event = events.iter().find(|event| event["name"] == name).unwrap();
        let discriminator = serde_json::from_value(event["discriminator"].clone()).unwrap();
        (idl, discriminator)
    }

    #[test]
    fn an_array_is_read_value_by_value() {
        let (idl, mut data) = idl_and_discriminator("StakeParked");
        data.extend([[1; 32], [2; 32]].concat());
        for number in [10u64, 4, 10, 10, 10, 10, 10, 0, 8] {
            data.extend(number.to_le_bytes());
        }
        let event = Decoder::new(idl).event(99, &data).unwrap();
        assert_eq!(event.number("amount"), 10);
        assert_eq!(event.fields["active_after"], serde_json::json!([10, 10, 0]));
        assert_eq!(event.number("inactive_from_round"), 8);
    }

    #[test]
    fn an_audit_is_read_as_the_program_writes_it() {
        let (idl, mut data) = idl_and_discriminator("AuditResolved");
        data.extend([[1; 32], [2; 32]].concat());
        data.extend(7u64.to_le_bytes());
        data.extend([1, 2, 1, 1]);
        data.extend([3; 32]);
        for number in [10u64, 3, 2, 2, 3] {
            data.extend(number.to_le_bytes());
        }
        let decoder = Decoder::new(idl);
        let log = |data: &[u8]| {
            let line = format!("Program data: {}", BASE64_STANDARD.encode(data));
            [Value::from("Program log: hello"), Value::from(line)]
        };
        let [event] = &decoder.events(99, &log(&data)).unwrap()[..] else {
            panic!("one event")
        };
        assert_eq!((event.slot, &*event.name), (99, "AuditResolved"));
        assert_eq!((event.number("cycle"), event.number("outcome")), (7, 2));
        assert_eq!(event.text("kind"), "List");
        assert!(event.is("stands"));
        assert_eq!(
            event.text("slashed_node"),
            bs58::encode([3; 32]).into_string()
        );
        assert_eq!(
            (event.number("stake_before"), event.number("to_bounty")),
            (10, 3)
        );
        data.pop();
        assert!(decoder.events(99, &log(&data)).is_err());
    }
}

//! What an operator lets a module's work use beyond its question, and what the module says that it wants.

use serde_json::{Map, Value};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

/// Asks an address with `https`. It is given the address and the hosts that may be asked, and returns the body of the answer.
pub type Fetch = fn(url: &str, hosts: &[String]) -> Result<Vec<u8>, String>;

/// The field of the answer to `hello` in which a module says what it wants.
const WANTS: &str = "wants";
/// What a host begins with there, and a folder.
const HTTPS: &str = "https:";
const READ: &str = "read:";

/// What an operator allows the work of a module. By default it is nothing.
#[derive(Clone, Debug, Default)]
pub struct Grants {
    /// The hosts that it may ask by `https`, each as in an address: with the port, if it is not 443.
    pub hosts: Vec<String>,
    /// The folders that it may read, by the names that it knows them by.
    pub folders: BTreeMap<String, PathBuf>,
    /// What asks a host; without it none is asked.
    pub fetch: Option<Fetch>,
}

impl Grants {
    /// As much of this as `hello`, a module's answer to the greeting, wants; and one line for the log on each thing that
    /// is wanted.
    ///
    /// # Errors
    /// What is wrong with what is wanted.
    pub(crate) fn wanted_by(
        &self,
        hello: &Map<String, Value>,
    ) -> Result<(Self, Vec<String>), String> {
        let mut granted = Self {
            fetch: self.fetch,
            ..Self::default()
        };
        let mut told = Vec::new();
        for want in wants(hello)? {
            let (is_granted, how) = if let Some(host) = want.strip_prefix(HTTPS) {
                let found = self.hosts.iter().find(|own| *own == host);
                granted.hosts.extend(found.cloned());
                (found.is_some(), format!("--allow {HTTPS}{host}"))
            } else if let Some(name) = want.strip_prefix(READ) {
                let found = self.folders.get_key_value(name);
                let own = found.map(|(name, folder)| (name.clone(), folder.clone()));
                granted.folders.extend(own);
                (found.is_some(), format!("--allow {READ}FOLDER/{name}"))
            } else {
                return Err(format!(
                    "it wants {want:?}: write {HTTPS}HOST or {READ}NAME"
                ));
            };
            told.push(if is_granted {
                format!("the module's work wants {want}: granted")
            } else {
                format!("the module's work wants {want}: not granted; {how} would")
            });
        }
        Ok((granted, told))
    }
}

/// What `hello` says that the module wants.
fn wants(hello: &Map<String, Value>) -> Result<BTreeSet<&str>, String> {
    let Some(wants) = hello.get(WANTS) else {
        return Ok(BTreeSet::new());
    };
    let wants = wants.as_array().map(Vec::as_slice);
    let texts = wants.and_then(|wants| wants.iter().map(Value::as_str).collect());
    texts.ok_or_else(|| format!("{WANTS:?} is no list of texts"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn hello(wants: Value) -> Map<String, Value> {
        Map::from_iter([("wants".into(), wants)])
    }

    #[test]
    fn a_module_is_granted_what_it_wants_and_the_operator_allows() {
        let allowed = Grants {
            hosts: vec!["a.example".into(), "b.example:8443".into()],
            folders: [("texts", "/srv/texts"), ("more", "/srv/more")]
                .map(|(name, folder)| (name.into(), folder.into()))
                .into(),
            fetch: None,
        };
        let wants = json!(["read:texts", "https:b.example:8443", "https:c.example"]);
        let (granted, told) = allowed.wanted_by(&hello(wants)).unwrap();
        assert_eq!(granted.hosts, ["b.example:8443"]);
        assert_eq!(granted.folders.len(), 1);
        assert_eq!(granted.folders["texts"], PathBuf::from("/srv/texts"));
        assert_eq!(told.len(), 3);
        assert!(told[1].contains("https:c.example: not granted; --allow https:c.example"));
        let (granted, told) = allowed.wanted_by(&Map::new()).unwrap();
        assert!(granted.hosts.is_empty() && granted.folders.is_empty() && told.is_empty());
        let (_, told) = Grants::default()
            .wanted_by(&hello(json!(["read:texts"])))
            .unwrap();
        assert!(told[0].contains("--allow read:FOLDER/texts"), "{told:?}");
    }

    #[test]
    fn what_cannot_be_granted_is_refused() {
        for wants in [json!("read:a"), json!([1]), json!(["write:a"]), json!([""])] {
            assert!(Grants::default().wanted_by(&hello(wants)).is_err());
        }
    }
}

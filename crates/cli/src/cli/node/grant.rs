//! What an operator lets a logic use beyond its question: `https:HOST`, and `read:FOLDER`.

#[cfg(feature = "wasm")]
use crate::cli::module::fetch::require_public;
use crate::cli::{path, secret};
#[cfg(feature = "wasm")]
use gradual_consensus_wasm::grants::{Fetch, Grants};
#[cfg(feature = "wasm")]
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The port of `https`, which no host is named with.
const USUAL_PORT: &str = ":443";

/// One thing that is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Grant {
    /// To ask this host by `https`. It has its port, if that is not the usual one.
    Https(String),
    /// To read this folder.
    Read(PathBuf),
}

impl Grant {
    /// What `text` allows; a relative folder is one in `inside`.
    ///
    /// # Errors
    /// What to write instead.
    pub(in crate::cli) fn parse(text: &str, inside: &Path) -> Result<Self, String> {
        let is_host = |host: &str| {
            let is_part = |letter: char| letter.is_ascii_alphanumeric() || "-.:[]".contains(letter);
            !host.is_empty() && host.chars().all(is_part)
        };
        match text.split_once(':') {
            Some(("https", host)) if is_host(host) => {
                let host = host.strip_suffix(USUAL_PORT).unwrap_or(host);
                Ok(Self::Https(host.to_ascii_lowercase()))
            }
            Some(("read", folder)) if !folder.is_empty() => {
                Ok(Self::Read(inside.join(path::expand(folder))))
            }
            _ => Err(format!(
                "allow {}: use https:HOST or read:FOLDER",
                secret::shown(text)
            )),
        }
    }

    /// All that `texts` allow.
    ///
    /// # Errors
    /// As for [`Grant::parse`].
    pub(in crate::cli) fn all(texts: &[String], inside: &Path) -> Result<Vec<Self>, String> {
        texts.iter().map(|text| Self::parse(text, inside)).collect()
    }

    /// As it is parsed, in any folder.
    #[cfg(feature = "wasm")]
    pub(super) fn text(&self) -> std::io::Result<String> {
        Ok(match self {
            Self::Https(host) => format!("https:{host}"),
            Self::Read(folder) => {
                format!("read:{}", std::path::absolute(folder)?.to_string_lossy())
            }
        })
    }
}

/// The folders of `grants`.
///
/// # Errors
/// What else is among them.
pub(super) fn folders(grants: &[Grant]) -> Result<Vec<PathBuf>, String> {
    let folder = |grant: &Grant| match grant {
        Grant::Read(folder) => Ok(folder.clone()),
        Grant::Https(host) => Err(format!(
            "allow https:{host}: a sandboxed program has no network: leave it out"
        )),
    };
    grants.iter().map(folder).collect()
}

/// What the work of a module is allowed. A folder has the name of its path's last part; hosts are asked by `fetch`.
///
/// # Errors
/// A folder is not there, has no name, or has that of another; or a host is never asked.
#[cfg(feature = "wasm")]
pub(in crate::cli) fn of_module(grants: &[Grant], fetch: Fetch) -> Result<Grants, String> {
    let (mut hosts, mut folders) = (Vec::new(), BTreeMap::new());
    for grant in grants {
        let folder = match grant {
            Grant::Https(host) => {
                require_public(host).map_err(|why| format!("allow https:{host}: {why}"))?;
                hosts.push(host.clone());
                continue;
            }
            Grant::Read(folder) => folder,
        };
        let refused = |why: &dyn std::fmt::Display| {
            format!(
                "allow read:{}: {why}",
                secret::shown(&folder.to_string_lossy())
            )
        };
        if !folder.is_dir() {
            return Err(refused(&"it is no folder"));
        }
        let whole = std::path::absolute(folder).map_err(|error| refused(&error))?;
        let name = whole.file_name().and_then(|name| name.to_str());
        let name =
            name.ok_or_else(|| refused(&"a module knows a folder by its name, and it has none"))?;
        if folders.insert(name.to_owned(), whole.clone()).is_some() {
            return Err(refused(&"another folder has the same name"));
        }
    }
    Ok(Grants {
        hosts,
        folders,
        fetch: Some(fetch),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_names_a_host_or_a_folder() {
        let parse = |text: &str| Grant::parse(text, Path::new("/in"));
        let https = |host: &str| Ok(Grant::Https(host.into()));
        assert_eq!(parse("https:API.example.com"), https("api.example.com"));
        assert_eq!(parse("https:a.example:443"), https("a.example"));
        assert_eq!(parse("https:a.example:8443"), https("a.example:8443"));
        assert_eq!(parse("https:[2001:db8::1]"), https("[2001:db8::1]"));
        assert_eq!(parse("read:data"), Ok(Grant::Read("/in/data".into())));
        assert_eq!(parse("read:/data"), Ok(Grant::Read("/data".into())));
        for wrong in [
            "",
            "https:",
            "read:",
            "http:a",
            "https://a.example",
            "https:a/b",
            "https:*.example",
            "https:me@a",
            "write:/a",
            "a",
        ] {
            let refused = parse(wrong).unwrap_err();
            assert!(
                refused.contains("use https:HOST or read:FOLDER"),
                "{refused}"
            );
        }
        let both = [Grant::Read("/a".into()), Grant::Https("a".into())];
        assert_eq!(folders(&both[..1]), Ok(vec!["/a".into()]));
        assert!(folders(&both).unwrap_err().contains("no network"));
    }

    #[cfg(feature = "wasm")]
    #[test]
    fn a_module_knows_folders_by_their_names() {
        let place = std::env::temp_dir().join(format!("gradual-grants-{}", std::process::id()));
        for folder in ["one/data", "two/data", "texts"] {
            std::fs::create_dir_all(place.join(folder)).unwrap();
        }
        let read = |folders: &[&str]| {
            let grants = folders.iter().map(|folder| Grant::Read(place.join(folder)));
            let grants: Vec<Grant> = grants.collect();
            of_module(&grants, |_, _| Err("not asked".into()))
        };
        let allowed = read(&["one/data", "texts"]).unwrap();
        let names: Vec<&String> = allowed.folders.keys().collect();
        assert_eq!(names, ["data", "texts"]);
        for (folders, expected) in [
            (&["one/data", "two/data"][..], "the same name"),
            (&["none"], "it is no folder"),
            (&["/"], "it has none"),
        ] {
            let refused = read(folders).unwrap_err();
            assert!(refused.contains(expected), "{refused}");
        }
        std::fs::remove_dir_all(place).unwrap();
    }

    #[cfg(feature = "wasm")]
    #[test]
    fn a_host_that_is_never_asked_is_refused_at_once() {
        let granted = |host: &str| {
            let grant = Grant::parse(&format!("https:{host}"), Path::new("")).unwrap();
            of_module(&[grant], |_, _| Err("not asked".into()))
        };
        for host in ["a.example", "1.1.1.1:8443", "[2606:4700::1111]"] {
            assert_eq!(granted(host).unwrap().hosts, [host]);
        }
        for host in [
            "127.0.0.1",
            "10.0.0.1:8443",
            "0x7f.1",
            "[::1]",
            "localhost",
            "a.localhost:1",
        ] {
            let refused = granted(host).unwrap_err();
            let expected = "is not on the public internet, and nothing else is asked";
            assert!(refused.contains(expected), "{refused}");
        }
        for host in ["a:b", "[", ":"] {
            let refused = granted(host).unwrap_err();
            assert!(refused.contains("it is no host"), "{refused}");
        }
    }
}

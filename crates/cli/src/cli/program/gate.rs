//! What a binary must say of itself before it goes to a public cluster: whoever finds a flaw in it has to find the people
//! who can mend it.

/// The public clusters, by the hashes of their genesis blocks.
const PUBLIC: [(&str, &str); 3] = [
    (
        "mainnet-beta",
        "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d",
    ),
    ("testnet", "4uhcVJyU9pJkvQyS88uRDiswHXSCkY3zQawwpjk2NsNY"),
    ("devnet", "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG"),
];
/// Where a binary keeps its security.txt: names and values in turn, each with a zero behind it.
const BEGIN: &[u8] = b"=======BEGIN SECURITY.TXT V1=======\0";
const END: &[u8] = b"=======END SECURITY.TXT V1=======\0";
/// What stands in the sources in the place of a deployer's own addresses.
const PLACEHOLDER: &str = "of the source this was built from";
/// Fields that every security.txt has.
const REQUIRED: [&str; 3] = ["project_url", "contacts", "policy"];
/// What to do about a binary that is refused.
const REMEDY: &str = "write your own into programs/gradual-consensus/src/security.rs, and build again (docs/deploying.md)";

/// The names and values of the security.txt in `binary`; `None` if it has none.
fn security_txt(binary: &[u8]) -> Option<Vec<(String, String)>> {
    let place = |text: &[u8], from: &[u8]| from.windows(text.len()).position(|part| part == text);
    let begun = binary.get(place(BEGIN, binary)?.saturating_add(BEGIN.len())..)?;
    let section = begun.get(..place(END, begun)?)?;
    let parts = section.split(|&byte| byte == 0);
    let texts: Vec<String> = parts
        .map(|part| String::from_utf8_lossy(part).into_owned())
        .collect();
    let pairs = texts.chunks_exact(2).map(|pair| match pair {
        [name, value] => (name.clone(), value.clone()),
        _ => Default::default(),
    });
    Some(pairs.collect())
}

/// Refuses to bring `binary` to a public cluster, which the hash of its genesis block names, with placeholders in the place
/// of contacts. To any other cluster it may go as it is.
///
/// # Errors
/// What is missing, and what to do.
pub(super) fn require_contacts(genesis: &str, binary: &[u8]) -> Result<(), String> {
    let Some((cluster, _)) = PUBLIC.iter().find(|(_, hash)| *hash == genesis) else {
        return Ok(());
    };
    let fields = security_txt(binary).ok_or_else(|| {
        format!("this is {cluster}, and the binary has no security.txt: {REMEDY}")
    })?;
    let value = |name: &str| {
        fields
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.trim())
    };
    for name in REQUIRED {
        match value(name) {
            None | Some("") => {
                return Err(format!(
                    "this is {cluster}, and the binary's security.txt has no {name}: {REMEDY}"
                ));
            }
            Some(value) if value.contains(PLACEHOLDER) => {
                return Err(format!(
                    "this is {cluster}, and {name} of the binary's security.txt is a placeholder: {REMEDY}"
                ));
            }
            Some(_) => {}
        }
    }
    if !value("project_url")
        .is_some_and(|url| url.starts_with("https://") || url.starts_with("http://"))
    {
        return Err(format!(
            "this is {cluster}, and project_url of the binary's security.txt is no web address: {REMEDY}"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A binary with a security.txt of these fields.
    fn binary(fields: &[(&str, &str)]) -> Vec<u8> {
        let fields = fields
            .iter()
            .flat_map(|(name, value)| [*name, "\0", *value, "\0"]);
        let fields: String = fields.collect();
        [&b"\x7fELF\0"[..], BEGIN, fields.as_bytes(), END, b"\0\x01"].concat()
    }

    const GOOD: [(&str, &str); 4] = [
        ("name", "Gradual Consensus"),
        ("project_url", "https://example.org"),
        ("contacts", "email:security@example.org"),
        ("policy", "https://example.org/policy"),
    ];

    fn with(name: &str, value: &str) -> Vec<u8> {
        let fields = GOOD.map(|(field, old)| (field, if field == name { value } else { old }));
        binary(&fields)
    }

    #[test]
    fn placeholders_are_refused_on_public_clusters_only() {
        // The sources' own text, which every field of theirs contains.
        let source = include_str!("../../../../../programs/gradual-consensus/src/security.rs");
        assert_eq!(source.matches(PLACEHOLDER).count(), REQUIRED.len());
        for (cluster, genesis) in PUBLIC {
            assert_eq!(
                require_contacts(genesis, &binary(&GOOD)),
                Ok(()),
                "{cluster}"
            );
            for name in REQUIRED {
                let placeholder = format!("see SECURITY.md {PLACEHOLDER}");
                let refused = require_contacts(genesis, &with(name, &placeholder)).unwrap_err();
                assert!(
                    refused.contains(cluster) && refused.contains(name),
                    "{refused}"
                );
                assert!(
                    require_contacts(genesis, &with(name, " ")).is_err(),
                    "{name}"
                );
            }
            assert!(require_contacts(genesis, &with("project_url", "example")).is_err());
            for other in [
                &b""[..],
                b"\x7fELF",
                BEGIN,
                &binary(&[]),
                &binary(&GOOD)[..99],
            ] {
                assert!(require_contacts(genesis, other).is_err(), "{other:?}");
            }
        }
        let local = "11111111111111111111111111111111";
        assert_eq!(require_contacts(local, b""), Ok(()));
    }
}

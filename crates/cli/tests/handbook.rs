//! The operator's handbook and `deploy/` say what the code says: metrics, warnings, health lines, alerts.
#![cfg(feature = "rpc")]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap()
}

/// The handbook, with one blank between words.
fn handbook() -> String {
    let text = read("docs/nodes.md");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Every Rust file below `folder`.
fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(fs::read_to_string(&path).unwrap());
        }
    }
}

fn sources_of(folders: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for folder in folders {
        sources(&root().join(folder), &mut found);
    }
    assert!(found.len() > 5);
    found
}

/// The names of all metrics: in code each is the first argument of `one` or `each`.
fn metrics() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for source in sources_of(&["crates/node/src", "crates/cli/src/cli/node"]) {
        for call in [
            "self.one(\"",
            "self.each(\"",
            " each(\"",
            "text.one(\"",
            "text.each(\"",
        ] {
            for rest in source.split(call).skip(1) {
                let name = rest.split('"').next().unwrap();
                names.insert(format!("gradual_{name}"));
            }
        }
        // One without labels is written as it is.
        for rest in source.split("# TYPE gradual_").skip(1) {
            let name = rest.split(' ').next().unwrap();
            if !name.starts_with('{') {
                names.insert(format!("gradual_{name}"));
            }
        }
    }
    assert!(names.len() >= 15, "{names:?}");
    names
}

/// The names in `text` that begin as a metric's.
fn named_in(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_lowercase() || c == '_';
    let starts = text.match_indices("gradual_").map(|(start, _)| start);
    let names = starts.map(|start| {
        let rest = &text[start..];
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        rest[..end].to_owned()
    });
    names.collect()
}

#[test]
fn every_metric_of_the_dashboard_and_of_the_alerts_exists() {
    let metrics = metrics();
    for file in [
        "deploy/dashboard.json",
        "deploy/alerts.yml",
        "docs/nodes.md",
    ] {
        let unknown: Vec<String> = named_in(&read(file))
            .difference(&metrics)
            .cloned()
            .collect();
        assert!(unknown.is_empty(), "{file}: no such metrics: {unknown:?}");
    }
}

#[test]
fn every_metric_is_in_the_handbook() {
    let told = named_in(&read("docs/nodes.md"));
    let missing: Vec<String> = metrics().difference(&told).cloned().collect();
    assert!(missing.is_empty(), "docs/nodes.md, Monitoring: {missing:?}");
}

#[test]
fn the_dashboard_is_one_that_grafana_reads() {
    let dashboard: Value = serde_json::from_str(&read("deploy/dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    assert!(panels.len() >= 10);
    let mut ids = BTreeSet::new();
    for panel in panels {
        let title = panel["title"].as_str().unwrap();
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{title}");
        let targets = panel["targets"].as_array().unwrap();
        assert!(!targets.is_empty(), "{title}");
        for target in targets {
            assert!(
                !named_in(target["expr"].as_str().unwrap()).is_empty(),
                "{title}"
            );
        }
    }
}

#[test]
fn every_alert_has_an_expression_and_a_chapter_of_the_handbook() {
    let text = read("deploy/alerts.yml");
    let rules: Value = serde_saphyr::from_str(&text).unwrap();
    let chapters = read("docs/nodes.md");
    let rules = rules["groups"][0]["rules"].as_array().unwrap();
    assert!(rules.len() >= 8);
    for rule in rules {
        let name = rule["alert"].as_str().unwrap();
        assert!(!rule["expr"].as_str().unwrap().is_empty(), "{name}");
        assert!(rule["annotations"]["summary"].is_string(), "{name}");
        let chapter = format!("docs/nodes.md#{}", name.to_lowercase());
        assert_eq!(rule["annotations"]["runbook"], chapter.as_str());
        assert!(chapters.contains(&format!("\n#### {name}\n")), "{name}");
    }
}

/// The texts of all warnings and errors in the log of a node, without what is filled in.
fn warnings() -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    for source in sources_of(&[
        "crates/geyser/src",
        "crates/node/src",
        "crates/cli/src/cli/node",
    ]) {
        for call in ["warn!(", "error!("] {
            for rest in source.split(call).skip(1) {
                let call = rest.split(");").next().unwrap();
                // The first text of more than a word: field names and single words are no texts.
                let literals = call.split('"').skip(1).step_by(2);
                let text = literals.map(fixed).find(|text| text.contains(' '));
                texts.extend(text);
            }
        }
    }
    assert!(texts.len() >= 8, "{texts:?}");
    texts
}

/// The first part of `text` of three words or more that is always the same, up to five words of it.
fn fixed(text: &str) -> String {
    let parts = text
        .split('{')
        .map(|part| part.split_once('}').map_or(part, |(_, rest)| rest));
    let words = |part: &str| -> Vec<String> {
        let words = part.split_whitespace().filter(|word| *word != "\\");
        words.take(5).map(ToOwned::to_owned).collect()
    };
    let words = parts.map(words).find(|words| words.len() >= 3);
    let words = words.unwrap_or_default().join(" ");
    words.trim_end_matches([':', ',', ';']).to_owned()
}

#[test]
fn every_warning_is_in_the_handbook() {
    let handbook = handbook();
    let missing: Vec<String> = warnings()
        .into_iter()
        .filter(|text| !handbook.contains(text.as_str()))
        .collect();
    assert!(
        missing.is_empty(),
        "docs/nodes.md, Warnings in the log: {missing:#?}"
    );
}

/// The first words of all lines of health: in code they are texts that begin with a word and a colon.
#[test]
fn every_line_of_health_is_in_the_handbook() {
    let handbook = handbook();
    let mut words = BTreeSet::new();
    for file in ["daemon/metrics.rs", "fleet/board.rs"] {
        let source = read(&format!("crates/node/src/{file}"));
        let code = source.split("#[cfg(test)]").next().unwrap();
        for literal in code.split('"').skip(1).step_by(2) {
            let word = literal.split_once(": ").map(|(word, _)| word);
            let is_word = |word: &&str| word.chars().all(|c| c.is_ascii_lowercase());
            words.extend(word.filter(is_word).map(ToOwned::to_owned));
        }
    }
    for word in ["ok", "idle", "stale", "slashed"] {
        assert!(words.contains(word), "{word}: {words:?}");
    }
    for word in words {
        let line = format!("`{word}: ");
        assert!(handbook.contains(&line), "docs/nodes.md, Health: {word}");
    }
}

#[test]
fn every_check_of_the_doctor_is_in_the_handbook() {
    let handbook = handbook();
    let mut checks = BTreeSet::new();
    for source in sources_of(&["crates/cli/src/cli"]) {
        for call in ["Finding::ok(\"", "Finding::warn(\"", "Finding::fail(\""] {
            let calls = source.split(call).skip(1);
            checks.extend(calls.map(|rest| rest.split('"').next().unwrap().to_owned()));
        }
    }
    assert!(checks.len() >= 12, "{checks:?}");
    for check in checks {
        assert!(handbook.contains(&format!("`{check}`")), "{check}");
    }
}

/// The units start the command as it is, and never as root.
#[test]
fn the_units_and_the_container_run_the_nodes_of_a_file_as_a_user_of_their_own() {
    for (unit, file) in [
        ("gradual-node.service", "/etc/gradual/node.toml"),
        ("gradual-node@.service", "/etc/gradual/%i.toml"),
    ] {
        let text = read(&format!("deploy/{unit}"));
        let start = format!("ExecStart=/usr/local/bin/gradual node run --config {file} ");
        let has = |line: &str| text.lines().any(|own| own.starts_with(line));
        for line in [
            start.as_str(),
            "User=gradual",
            "Restart=always",
            "NoNewPrivileges=yes",
            "ProtectSystem=strict",
            "WatchdogSec=",
            "ExecReload=/bin/kill -HUP",
        ] {
            assert!(has(line), "{unit}: {line}");
        }
    }
    let container = read("deploy/Containerfile");
    let last_user = container.lines().rfind(|line| line.starts_with("USER "));
    assert_eq!(last_user, Some("USER 10001:10001"));
    assert!(container.contains("\"gradual\", \"node\", \"health\""));
}

/// systemd's own opinion, where it is installed. Its complaint about a command that is not installed here is
/// none about the unit.
#[test]
fn systemd_takes_the_units() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("units");
    fs::create_dir_all(&folder).unwrap();
    let units = [
        ("gradual-node.service", "gradual-node.service"),
        ("gradual-node@.service", "gradual-node@x.service"),
        ("gradual-node-health.service", "gradual-node-health.service"),
        ("gradual-node-health.timer", "gradual-node-health.timer"),
    ];
    for (unit, name) in units {
        let text = read(&format!("deploy/{unit}"));
        let text = text.replace("/usr/local/bin/gradual", "/bin/true");
        fs::write(folder.join(name), text).unwrap();
    }
    let mut verify = std::process::Command::new("systemd-analyze");
    verify.args(["verify", "--man=no"]).current_dir(&folder);
    verify.args(units.map(|(_, name)| format!("./{name}")));
    let output = match verify.output() {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("systemd-analyze is not installed: the units were not looked at");
            return;
        }
        Err(error) => panic!("systemd-analyze: {error}"),
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
}

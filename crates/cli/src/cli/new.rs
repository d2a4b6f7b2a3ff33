//! `gradual new`: the folder of a new task, from the templates in `crates/cli/templates/`.

use super::{Failure, Output, print, print_json, secret, shell::is_installed};
use clap::{Args as ClapArgs, ValueEnum};
use gradual_consensus::MAX_NAME_LEN;
use serde_json::json;
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
    process::Command,
};

#[derive(ClapArgs)]
pub(super) struct Args {
    /// The task's name, and that of its folder: small letters, digits and hyphens, at most 24
    name: String,
    /// The language that the task is written in; k2 is JavaScript in the shape of Koii's K2
    #[arg(long, value_enum)]
    language: Language,
}

/// The languages that there are templates of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Language {
    /// A WebAssembly module, written in AssemblyScript
    Assemblyscript,
    /// A WebAssembly module, written in C
    CWasm,
    K2,
    Python,
    Rust,
    /// A WebAssembly module, written in Rust
    RustWasm,
    Shell,
    Typescript,
}

/// The name that the task has in the templates.
const NAME: &str = "my-task";
const README: &str = include_str!("../../templates/README.md");
/// The first versions of node that run TypeScript as it is: of the line 22, and of all later ones.
const NODE_WITH_TYPES: [(u32, u32); 2] = [(22, 18), (23, 6)];
/// The oldest version of node that the templates run on.
const OLDEST_NODE: (u32, u32) = (20, 19);

/// Files, each with its path in the folder and its text.
type Files = &'static [(&'static str, &'static str)];

/// The files of a template, by their paths in its folder.
macro_rules! files {
    ($folder:literal, $($path:literal),+) => {
        &[$(($path, include_str!(concat!("../../templates/", $folder, "/", $path)))),+]
    };
}

const ASSEMBLYSCRIPT_FILES: Files = files!(
    "assemblyscript",
    "gitignore",
    "package.json",
    "src/answer.ts",
    "src/base64.ts",
    "src/json.ts",
    "src/lines.ts",
    "src/main.ts",
    "src/sha256.ts",
    "src/task.ts",
    "test/task.test.js"
);
const C_WASM_FILES: Files = files!(
    "c-wasm",
    "Makefile",
    "gitignore",
    "src/answer.c",
    "src/answer.h",
    "src/base64.c",
    "src/base64.h",
    "src/json.c",
    "src/json.h",
    "src/main.c",
    "src/sha256.c",
    "src/sha256.h",
    "src/task.c",
    "src/task.h",
    "test/test.c"
);
const K2_FILES: Files = files!(
    "k2",
    "config-task.yml",
    "gitignore",
    "package.json",
    "src/index.js",
    "src/proof.js",
    "src/task/0-setup.js",
    "src/task/1-task.js",
    "src/task/2-submission.js",
    "src/task/3-audit.js",
    "src/task/4-distribution.js",
    "src/task/5-routes.js",
    "test/task.test.js"
);
const PYTHON_FILES: Files = files!("python", "gitignore", "main.py", "task.py", "test_task.py");
const RUST_FILES: Files = files!(
    "rust",
    "Cargo.toml",
    "gitignore",
    "src/main.rs",
    "src/task.rs"
);
const SHELL_FILES: Files = files!("shell", "task.sh", "test.sh");
const TYPESCRIPT_FILES: Files = files!(
    "typescript",
    "gitignore",
    "package.json",
    "src/answer.ts",
    "src/main.ts",
    "src/task.ts",
    "test/task.test.ts",
    "tsconfig.json"
);

/// What is said of a task in one language, beside its files.
struct Guide {
    files: Files,
    /// Where work, audit and distribution are.
    place: &'static str,
    /// What has to be installed, in a sentence.
    needs: &'static str,
    /// What prepares the folder and runs its own tests.
    test: &'static [&'static str],
    /// As `gradual node run --logic` takes it.
    logic: &'static str,
}

/// What a logic begins with that is a module.
const MODULE: &str = "wasm:";
/// The target of modules.
const WASM_TARGET: &str = "wasm32-wasip1";
/// What a node of a task needs, of a logic that is a folder, and of one that is a module.
const FOLDER_EACH: &str = "Each node of the task needs the same logic, and each one's process the folder: name it by its whole \
                           path where the node runs\nelsewhere.";
const MODULE_FOUND: &str = "The task names the module by its hash. Publish the file at an address with https and give that to \
                            `gradual task create`\nas `--logic-from ADDRESS`, too: then nodes find it by themselves.";

const ASSEMBLYSCRIPT: Guide = Guide {
    files: ASSEMBLYSCRIPT_FILES,
    place: "Work, audit and distribution are in `src/task.ts`; `src/answer.ts` answers the node.",
    needs: "You need Node.js 20.19 or later, and its registry for the compiler.",
    test: &["npm install", "npm test"],
    logic: "wasm:build/task.wasm",
};
const C_WASM: Guide = Guide {
    files: C_WASM_FILES,
    place: "Work, audit and distribution are in `src/task.c`; `src/answer.c` answers the node.",
    needs: "You need clang, lld, make and the C library of WASI; on Debian `apt-get install clang lld make \
            wasi-libc libclang-rt-dev-wasm32`.",
    test: &["make test", "make"],
    logic: "wasm:build/task.wasm",
};
const K2: Guide = Guide {
    files: K2_FILES,
    place: "The work is in `src/task/1-task.js`, the audit in `src/task/3-audit.js`, the distribution in \
            `src/task/4-distribution.js`; `src/proof.js` says what a proof is.",
    needs: "You need Node.js 20.19 or later, and `gradual-k2` (docs/from-k2.md of Gradual Consensus).",
    test: &["npm test"],
    logic: "k2:.",
};
const PYTHON: Guide = Guide {
    files: PYTHON_FILES,
    place: "Work, audit and distribution are in `task.py`; `main.py` answers the node.",
    needs: "You need Python 3.8 or later, and no package.",
    test: &["python3 -m unittest"],
    logic: "exec:python3 main.py",
};
const RUST: Guide = Guide {
    files: RUST_FILES,
    place: "Work, audit and distribution are in `src/task.rs`; `src/main.rs` answers the node.",
    needs: "You need Rust 1.85 or later. The first build takes three crates from the registry; `--offline` builds \
            with those that cargo has.",
    test: &["cargo test", "cargo build --release"],
    logic: "exec:target/release/task",
};
const RUST_WASM: Guide = Guide {
    files: RUST_FILES,
    place: "Work, audit and distribution are in `src/task.rs`; `src/main.rs` answers the node.",
    needs: "You need Rust 1.85 or later with the target wasm32-wasip1 (`rustup target add wasm32-wasip1`). The \
            first build takes three crates from the registry; `--offline` builds with those that cargo has.",
    test: &["cargo test", "cargo build --release --target wasm32-wasip1"],
    logic: "wasm:target/wasm32-wasip1/release/task.wasm",
};
const SHELL: Guide = Guide {
    files: SHELL_FILES,
    place: "Work, audit and distribution are in `task.sh`, which answers the node.",
    needs: "You need a POSIX shell, sed and the coreutils.",
    test: &["sh test.sh"],
    logic: "exec:sh task.sh",
};
const TYPESCRIPT_AS_IT_IS: Guide = Guide {
    files: TYPESCRIPT_FILES,
    place: "Work, audit and distribution are in `src/task.ts`; `src/answer.ts` answers the node.",
    needs: "You need Node.js 22.18 or later, which runs TypeScript as it is. (From 20.19 on `npm install` and \
            `npm test` build `dist`, and the logic is `exec:node dist/src/main.js`.)",
    test: &["node --test test/task.test.ts"],
    logic: "exec:node src/main.ts",
};
const TYPESCRIPT_COMPILED: Guide = Guide {
    files: TYPESCRIPT_FILES,
    place: "Work, audit and distribution are in `src/task.ts`; `src/answer.ts` answers the node.",
    needs: "You need Node.js 20.19 or later, and its registry for the compiler. (Node.js 22.18 or later needs \
            neither: the tests are `node --test test/task.test.ts`, the logic is `exec:node src/main.ts`.)",
    test: &["npm install", "npm test"],
    logic: "exec:node dist/src/main.js",
};

impl Language {
    /// The guide, where node runs TypeScript as it is if `has_types`.
    const fn guide(self, has_types: bool) -> Guide {
        match self {
            Self::Assemblyscript => ASSEMBLYSCRIPT,
            Self::CWasm => C_WASM,
            Self::K2 => K2,
            Self::Python => PYTHON,
            Self::Rust => RUST,
            Self::RustWasm => RUST_WASM,
            Self::Shell => SHELL,
            Self::Typescript if has_types => TYPESCRIPT_AS_IT_IS,
            Self::Typescript => TYPESCRIPT_COMPILED,
        }
    }

    /// What is not installed, and how to install it, one a line.
    fn missing(self, node: Option<(u32, u32)>) -> Vec<String> {
        let programs: &[(&str, &str)] = match self {
            Self::CWasm => &[
                ("clang", "apt-get install clang"),
                ("wasm-ld", "apt-get install lld"),
                ("make", "apt-get install make"),
            ],
            Self::K2 => &[(
                "gradual-k2",
                "build client/k2, then npm install --global ./client/k2 (docs/from-k2.md says how)",
            )],
            Self::Python => &[("python3", "apt-get install python3")],
            Self::Rust | Self::RustWasm => &[("cargo", "https://rustup.rs says how")],
            Self::Shell => &[("sha256sum", "apt-get install coreutils")],
            Self::Assemblyscript | Self::Typescript => &[],
        };
        let programs = programs.iter().filter(|(name, _)| !is_installed(name));
        let programs = programs.map(|(name, how)| format!("{name} is not installed: {how}"));
        let node = match (self, node) {
            (Self::Assemblyscript | Self::K2 | Self::Typescript, None) => {
                Some("node is not installed: https://nodejs.org says how".to_owned())
            }
            (Self::Assemblyscript | Self::K2 | Self::Typescript, Some(found))
                if found < OLDEST_NODE =>
            {
                Some(format!(
                    "node {}.{} is older than {}.{}: install a newer one from https://nodejs.org",
                    found.0, found.1, OLDEST_NODE.0, OLDEST_NODE.1
                ))
            }
            _ => None,
        };
        let target = match self {
            Self::RustWasm if !has_wasm_target() => Some(format!(
                "Rust has no target {WASM_TARGET}: rustup target add {WASM_TARGET}"
            )),
            Self::CWasm if is_installed("clang") && !has_wasi_library() => Some(
                "clang has no C library of WASI: apt-get install wasi-libc libclang-rt-dev-wasm32"
                    .to_owned(),
            ),
            _ => None,
        };
        programs.chain(node).chain(target).collect()
    }
}

impl Guide {
    /// The commands that try the task in its folder, before anything is staked.
    fn try_it(&self) -> Vec<String> {
        let logic = self.logic;
        let test = self.test.iter().map(|&command| command.to_owned());
        let then = [
            format!("gradual logic check '{logic}'"),
            format!("gradual simulate --logic '{logic}' --nodes 6 --dishonest 2 --rounds 3"),
        ];
        test.chain(then).collect()
    }

    /// The commands that play it on a cluster, in its folder.
    fn play_it(&self) -> Vec<String> {
        let module = self.logic.strip_prefix(MODULE);
        let create = format!(
            "gradual task create --sol --name {NAME} --bounty-per-round 0.01 --minimum-stake 0.05"
        );
        vec![
            module.map_or_else(|| create.clone(), |file| format!("{create} --logic {file}")),
            "gradual task fund TASK 0.3 --sol".into(),
            "gradual stake TASK 0.1 --sol".into(),
            match module {
                Some(file) => format!("gradual node run --task TASK --logic-from {file}"),
                None => format!("gradual node run --task TASK --logic '{}'", self.logic),
            },
        ]
    }

    /// The file README.md, of the task that has the template's name.
    fn readme(&self) -> String {
        let is_module = self.logic.starts_with(MODULE);
        README
            .replace("EACH", if is_module { MODULE_FOUND } else { FOLDER_EACH })
            .replace("FILES", self.place)
            .replace("NEEDS", self.needs)
            .replace("TRY", &self.try_it().join("\n"))
            .replace("PLAY", &self.play_it().join("\n"))
    }
}

/// # Errors
/// Bad input: a name that not every language takes for a package, or the program for a task.
fn require_name(name: &str) -> Result<(), Failure> {
    let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let is_name = name.starts_with(|letter: char| letter.is_ascii_lowercase())
        && name.ends_with(is_plain)
        && name.chars().all(|letter| is_plain(letter) || letter == '-');
    if is_name && name.len() as u64 <= MAX_NAME_LEN {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "{} cannot be a task's name here: use small letters, digits and hyphens, at most {MAX_NAME_LEN}, the first of them \
         a letter and the last no hyphen",
        secret::shown(name)
    )))
}

/// Writes a file that is not there yet.
fn write(file: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(file)?;
    file.write_all(text.as_bytes())
}

/// The version of node, if there is one.
fn node_version() -> Option<(u32, u32)> {
    let output = Command::new("node").arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let mut parts = text.trim().trim_start_matches('v').split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// Whether the Rust that is installed builds modules.
fn has_wasm_target() -> bool {
    let asked = ["--print", "target-libdir", "--target", WASM_TARGET];
    let output = Command::new("rustc").args(asked).output().ok();
    let folder = output.and_then(|output| String::from_utf8(output.stdout).ok());
    folder.is_some_and(|folder| !folder.trim().is_empty() && Path::new(folder.trim()).is_dir())
}

/// Whether the clang that is installed links modules: it finds the C library of WASI, and what code that it makes needs.
fn has_wasi_library() -> bool {
    let found = |question: &str| {
        let asked = Command::new("clang")
            .args(["--target=wasm32-wasi", question])
            .output();
        let output = asked
            .ok()
            .and_then(|asked| String::from_utf8(asked.stdout).ok());
        output.is_some_and(|path| Path::new(path.trim()).is_file())
    };
    found("-print-file-name=libc.a") && found("-print-libgcc-file-name")
}

/// Whether that version of node runs TypeScript as it is.
fn has_types(node: Option<(u32, u32)>) -> bool {
    let [in_line, later] = NODE_WITH_TYPES;
    node.is_some_and(|found| found >= later || (found >= in_line && found.0 == in_line.0))
}

/// Writes the folder `name`, and returns the paths of its files.
///
/// # Errors
/// Bad input: there is something of that name. Otherwise: it cannot be written.
fn create(name: &str, guide: &Guide) -> Result<Vec<String>, Failure> {
    let folder = Path::new(name);
    // It fails at whatever is there, and so loses nothing.
    fs::create_dir(folder).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::Usage(format!(
            "{name} is there already, and is left as it is: choose another name"
        )),
        _ => Failure::Failed(format!("cannot create the folder {name}: {error}")),
    })?;
    let readme = guide.readme();
    let files = guide.files.iter().copied();
    let mut written = Vec::new();
    for (path, text) in files.chain([("README.md", readme.as_str())]) {
        // In the repository the file would have an effect.
        let path = if path == "gitignore" {
            ".gitignore"
        } else {
            path
        };
        write(&folder.join(path), &text.replace(NAME, name)).map_err(|error| {
            Failure::Failed(format!(
                "cannot write {name}/{path}: {error}: remove {name}, which is not complete, and try again"
            ))
        })?;
        written.push(path.to_owned());
    }
    Ok(written)
}

pub(super) fn run(args: &Args, output: Output) -> Result<(), Failure> {
    let (name, language) = (&args.name, args.language);
    require_name(name)?;
    let node = node_version();
    let guide = language.guide(has_types(node));
    let files = create(name, &guide)?;
    let named = |commands: Vec<String>| -> Vec<String> {
        let commands = commands.into_iter();
        commands
            .map(|command| command.replace(NAME, name))
            .collect()
    };
    let (try_it, play_it) = (named(guide.try_it()), named(guide.play_it()));
    let missing = language.missing(node);
    match output {
        Output::Text => {
            let files = files.iter().map(|file| format!("  {name}/{file}\n"));
            let commands = try_it.iter().map(|command| format!("  {command}\n"));
            let missing = missing.iter().map(|what| format!("{what}\n"));
            print(&format!(
                "created\n{}next\n  cd {name}\n{}{}then see {name}/README.md\n",
                files.collect::<String>(),
                commands.collect::<String>(),
                missing.collect::<String>(),
            ))
        }
        Output::Json => print_json(&json!({
            "folder": name, "files": files, "logic": guide.logic, "try": try_it, "play": play_it, "missing": missing,
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Language; 8] = [
        Language::Assemblyscript,
        Language::CWasm,
        Language::K2,
        Language::Python,
        Language::Rust,
        Language::RustWasm,
        Language::Shell,
        Language::Typescript,
    ];

    #[test]
    fn a_name_is_one_of_a_package_everywhere() {
        for good in ["a", "my-task", "t2", "a23456789-123456789-1234"] {
            assert!(require_name(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "-a",
            "a-",
            "2a",
            "A",
            "a b",
            "a/b",
            "..",
            "ä",
            "a_b",
            "a\n",
            "a23456789-123456789-12345",
        ] {
            assert!(require_name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_guide_leaves_no_gap() {
        for (language, has_types) in ALL.into_iter().flat_map(|one| [(one, true), (one, false)]) {
            let guide = language.guide(has_types);
            let readme = guide.readme();
            for gap in ["FILES", "NEEDS", "TRY", "PLAY", "EACH"] {
                assert!(!readme.contains(gap), "{language:?}: {gap}");
            }
            assert!(readme.contains(guide.logic), "{language:?}");
        }
    }

    #[test]
    fn a_template_has_no_file_that_is_not_written() {
        let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        for (folder, files) in [
            ("assemblyscript", ASSEMBLYSCRIPT_FILES),
            ("c-wasm", C_WASM_FILES),
            ("k2", K2_FILES),
            ("python", PYTHON_FILES),
            ("rust", RUST_FILES),
            ("shell", SHELL_FILES),
            ("typescript", TYPESCRIPT_FILES),
        ] {
            let root = templates.join(folder);
            let mut found = below(&root, &root);
            found.sort();
            let named: Vec<&str> = files.iter().map(|(path, _)| *path).collect();
            assert_eq!(found, named, "{folder}");
        }
    }

    /// The paths of all files below `folder`, from `root` on.
    fn below(root: &Path, folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let paths = entries.flat_map(|path| {
            if path.is_dir() {
                return below(root, &path);
            }
            vec![
                path.strip_prefix(root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned(),
            ]
        });
        paths.collect()
    }

    #[test]
    fn what_is_missing_is_told() {
        assert!(Language::Typescript.missing(Some(OLDEST_NODE)).is_empty());
        let old = Language::Typescript.missing(Some((18, 20)));
        assert!(
            old[0].starts_with("node 18.20 is older than 20.19"),
            "{old:?}"
        );
        assert_eq!(Language::Typescript.missing(None).len(), 1);
    }

    #[test]
    fn only_some_versions_of_node_run_typescript_as_it_is() {
        for (version, expected) in [
            ((20, 19), false),
            ((22, 17), false),
            ((22, 18), true),
            ((23, 5), false),
            ((23, 6), true),
            ((24, 0), true),
        ] {
            assert_eq!(has_types(Some(version)), expected, "{version:?}");
        }
        assert!(!has_types(None));
    }
}

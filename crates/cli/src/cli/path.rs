//! Paths as people write them.

#[cfg(feature = "dashboard")]
use super::{Failure, secret};
use std::{env, fs, path::PathBuf};
#[cfg(feature = "rpc")]
use std::{
    fs::File,
    io::{self, ErrorKind, Read},
    path::Path,
};

/// No file that somebody writes for this command has more bytes: a list of 100,000 entries has a seventh of them.
#[cfg(feature = "rpc")]
const MOST_BYTES: u64 = 64 << 20;

/// How some editors begin a text.
#[cfg(feature = "rpc")]
const BYTE_ORDER_MARK: char = '\u{feff}';

/// What is in the file at `path`. A file without an end, such as a device, is refused.
#[cfg(feature = "rpc")]
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = MOST_BYTES.saturating_add(1);
    File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        let said = format!("it has more than {} MiB", MOST_BYTES >> 20);
        return Err(io::Error::new(ErrorKind::FileTooLarge, said));
    }
    Ok(bytes)
}

/// The text in the file at `path`, as [`read`] reads it, without the mark that some editors write before it.
#[cfg(feature = "rpc")]
pub(super) fn read_text(path: &Path) -> io::Result<String> {
    let text = String::from_utf8(read(path)?);
    let text =
        text.map_err(|_| io::Error::new(ErrorKind::InvalidData, "it holds no text (UTF-8)"))?;
    Ok(match text.strip_prefix(BYTE_ORDER_MARK) {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

/// `path` with a `~` at its beginning replaced by a home folder, as a shell does: the user's own, or with
/// `~NAME` that of the user NAME. The shell leaves it to the command where a path comes from a config, from a
/// quoted variable, or after a `=`.
pub(super) fn expand(path: &str) -> PathBuf {
    expand_in(path, env::home_dir(), home_of)
}

fn expand_in(
    path: &str,
    home: Option<PathBuf>,
    home_of: impl Fn(&str) -> Option<PathBuf>,
) -> PathBuf {
    let Some(after) = path.strip_prefix('~') else {
        return path.into();
    };
    let (user, rest) = after.split_once('/').unwrap_or((after, ""));
    let home = if user.is_empty() { home } else { home_of(user) };
    match home {
        Some(home) if rest.is_empty() => home,
        Some(home) => home.join(rest),
        None => path.into(),
    }
}

/// Refuses a key in the place of a path that `option` names: it would be the name of a file.
///
/// # Errors
/// Bad input: `file` looks like a key.
#[cfg(feature = "dashboard")]
pub(super) fn refuse_key(option: &str, file: &std::path::Path) -> Result<(), Failure> {
    if secret::is_secret(&file.to_string_lossy()) {
        let said = format!("{option} is a secret key: name a file to write");
        return Err(Failure::Usage(said));
    }
    Ok(())
}

/// A file that a command writes, which `option` names.
#[cfg(feature = "dashboard")]
pub(super) struct Written<'a> {
    option: &'static str,
    file: &'a std::path::Path,
}

#[cfg(feature = "dashboard")]
impl<'a> Written<'a> {
    /// Refuses a key in the place of its path, and a file that cannot be written: before anything is done that
    /// would be lost with it.
    pub(super) fn new(option: &'static str, file: &'a std::path::Path) -> Result<Self, Failure> {
        refuse_key(option, file)?;
        let written = Self { option, file };
        let mut options = fs::OpenOptions::new();
        let opened = options.write(true).create(true).truncate(false).open(file);
        opened.map_err(|error| written.refused(&error))?;
        Ok(written)
    }

    fn refused(&self, error: &std::io::Error) -> Failure {
        let file = self.file.to_string_lossy();
        let (option, file) = (self.option, secret::shown(&file));
        Failure::Usage(format!(
            "cannot write {option} {file:?}: {error}: name a file in a folder that is there"
        ))
    }

    /// Writes it.
    pub(super) fn write(&self, text: &str) -> Result<(), Failure> {
        fs::write(self.file, text).map_err(|error| self.refused(&error))
    }
}

/// The home folder of the user `name`.
fn home_of(name: &str) -> Option<PathBuf> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let mut users = users.lines().map(|line| line.split(':'));
    users.find_map(|mut fields| {
        let is_named = fields.next() == Some(name);
        is_named.then(|| fields.nth(4).map(PathBuf::from)).flatten()
    })
}

/// [`expand`], for clap.
#[allow(clippy::unnecessary_wraps, reason = "clap asks for a result")]
pub(super) fn expanded(path: &str) -> Result<PathBuf, std::convert::Infallible> {
    Ok(expand(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "rpc")]
    #[test]
    fn a_file_without_an_end_is_refused() {
        let refused = read(Path::new("/dev/zero")).unwrap_err();
        assert_eq!(refused.to_string(), "it has more than 64 MiB");
        assert_eq!(read_text(Path::new("/dev/null")).unwrap(), "");
        assert!(read(Path::new("/")).is_err());
    }

    #[cfg(feature = "rpc")]
    #[test]
    fn a_text_is_read_without_the_mark_before_it() {
        let file = env::temp_dir().join(format!("gradual-mark-{}", std::process::id()));
        for (bytes, expected) in [
            (&b"\xef\xbb\xbfa\r\n"[..], Some("a\r\n")),
            (b"a\xef\xbb\xbf", Some("a\u{feff}")),
            (b"\xff\xfea\0", None),
        ] {
            fs::write(&file, bytes).unwrap();
            assert_eq!(read_text(&file).ok().as_deref(), expected);
        }
        fs::remove_file(&file).unwrap();
    }

    #[test]
    fn a_tilde_is_a_home_folder_as_for_a_shell() {
        let expand = |path| {
            let of = |name: &str| (name == "eve").then(|| "/home/eve".into());
            expand_in(path, Some("/home/me".into()), of)
        };
        for (path, expected) in [
            ("~", "/home/me"),
            ("~/", "/home/me"),
            ("~/keys/id.json", "/home/me/keys/id.json"),
            ("~eve/id.json", "/home/eve/id.json"),
            ("~nobody/id.json", "~nobody/id.json"),
            ("/~/id.json", "/~/id.json"),
            ("keys/~", "keys/~"),
        ] {
            assert_eq!(expand(path), PathBuf::from(expected), "{path}");
        }
        assert_eq!(expand_in("~/x", None, |_| None), PathBuf::from("~/x"));
        assert_eq!(home_of("root"), Some("/root".into()));
    }
}

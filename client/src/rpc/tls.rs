//! Whose certificates are trusted: those of the authorities that browsers know, and of the authorities in this machine's
//! store. The variables `SSL_CERT_FILE` and `SSL_CERT_DIR` put other files in the place of the store.

use base64::prelude::{BASE64_STANDARD, Engine};
use reqwest::{Certificate, ClientBuilder};
use rustls::RootCertStore;
use std::sync::LazyLock;

/// What this machine's store holds, read once.
static STORE: LazyLock<Store> = LazyLock::new(|| {
    let found = rustls_native_certs::load_native_certs();
    let is_authority = |certificate: &_| {
        RootCertStore::empty()
            .add(Clone::clone(certificate))
            .is_ok()
    };
    let certificates = found.certs.iter().filter(|one| is_authority(one));
    Store {
        authorities: certificates.map(|one| one.to_vec()).collect(),
        fault: found.errors.first().map(ToString::to_string),
    }
});

struct Store {
    /// The certificate of each (DER).
    authorities: Vec<Vec<u8>>,
    /// Why a part of it cannot be read.
    fault: Option<String>,
}

/// A client that also trusts the authorities in this machine's store.
pub fn trusting(builder: ClientBuilder) -> ClientBuilder {
    let authorities = STORE.authorities.iter();
    let authorities = authorities.filter_map(|one| Certificate::from_der(one).ok());
    authorities.fold(builder, ClientBuilder::add_root_certificate)
}

/// The certificates of the authorities in this machine's store, in the form of a file (PEM).
pub fn authorities() -> String {
    let one = |certificate: &Vec<u8>| {
        let coded = BASE64_STANDARD.encode(certificate);
        format!("-----BEGIN CERTIFICATE-----\n{coded}\n-----END CERTIFICATE-----\n")
    };
    STORE.authorities.iter().map(one).collect()
}

/// What to do about a connection that failed for the reason `cause`, if that is its certificate. Another attempt would end
/// in the same way.
pub fn advice(cause: &str) -> Option<String> {
    let (_, why) = cause.split_once("invalid peer certificate: ")?;
    // As rustls names them; what follows is numbers and names.
    let said = if why.starts_with("UnknownIssuer") {
        let fault = STORE.fault.as_ref();
        let fault = fault.map_or_else(String::new, |fault| format!(" ({fault})"));
        return Some(format!(
            "its certificate is of an authority that this machine does not trust{fault}: name the file of the \
             authority's certificate (PEM) in SSL_CERT_FILE, or add it to the system's store"
        ));
    } else if why.starts_with("certificate expired") {
        "its certificate has expired, or this machine's clock is ahead: look at the clock, or have the certificate \
         renewed"
    } else if why.starts_with("certificate not valid yet") {
        "its certificate is not valid yet, or this machine's clock is behind: set the clock"
    } else if why.starts_with("certificate not valid for name") {
        "its certificate is of another name: use the name for which it was made"
    } else {
        return Some(format!(
            "its certificate is refused ({why}): use another RPC"
        ));
    };
    Some(said.to_owned())
}

#[cfg(test)]
mod tests {
    use super::advice;

    #[test]
    fn a_refused_certificate_says_what_to_do() {
        for (why, expected) in [
            ("UnknownIssuer", "in SSL_CERT_FILE, or add it"),
            (
                "certificate expired: verification time 9",
                "look at the clock",
            ),
            (
                "certificate not valid yet: verification time 1",
                "set the clock",
            ),
            (
                "certificate not valid for name \"a\"; it is for b",
                "use the name",
            ),
            ("BadSignature", "is refused (BadSignature): use another RPC"),
        ] {
            let said = advice(&format!("invalid peer certificate: {why}")).unwrap();
            assert!(said.contains(expected), "{said}");
        }
        assert_eq!(advice("Connection refused"), None);
    }
}

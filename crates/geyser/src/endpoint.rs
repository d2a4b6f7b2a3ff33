//! A server of Yellowstone gRPC, and the token that it asks for.

use gradual_consensus_client::rpc::{authorities, without_secrets};
use std::{fmt, time::Duration};
use thiserror::Error;
use tonic::{
    metadata::{Ascii, MetadataValue},
    transport::{Certificate, ClientTlsConfig, Endpoint as Transport, Uri},
};

/// Longest wait for a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// A connection on which nothing passes is tried after so long: proxies drop what is silent. Servers refuse clients
/// that do it much oftener.
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(30);
/// Longest wait for the answer to that.
const KEEP_ALIVE_WITHIN: Duration = Duration::from_secs(10);

/// Why an address or a token is of no use.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Refused {
    /// The address is none of a server.
    #[error("{0:?} is no address of a geyser: use http://HOST:PORT or https://HOST:PORT")]
    Address(String),
    /// The address has a password, a path or a query, which gRPC does not send.
    #[error(
        "{0:?} is more than http(s)://HOST:PORT, and only that is used: give a token apart from the address"
    )]
    TooLong(String),
    /// The token cannot be sent.
    #[error("the geyser's token has characters that no header takes: copy it again")]
    Token,
}

/// A server, and the token that it asks for. Neither is printed whole: the token not at all.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    uri: Uri,
    token: Option<MetadataValue<Ascii>>,
}

impl Endpoint {
    /// The server at `url`, such as `https://geyser.example:443`. Each call has `token` in its header `x-token`, if
    /// there is one.
    ///
    /// # Errors
    /// [`Refused`], without anything that may be secret.
    pub fn new(url: &str, token: Option<&str>) -> Result<Self, Refused> {
        let shown = || without_secrets(url);
        let uri: Uri = url.parse().map_err(|_| Refused::Address(shown()))?;
        let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
        let authority = uri.authority().filter(|_| is_web);
        let authority = authority.ok_or_else(|| Refused::Address(shown()))?;
        if authority.as_str().contains('@')
            || !matches!(uri.path(), "" | "/")
            || uri.query().is_some()
        {
            return Err(Refused::TooLong(shown()));
        }
        let token = token.map(|token| {
            let mut token: MetadataValue<Ascii> = token.parse().map_err(|_| Refused::Token)?;
            token.set_sensitive(true);
            Ok(token)
        });
        Ok(Self {
            token: token.transpose()?,
            uri,
        })
    }

    /// The server, as the log may call it.
    pub fn place(&self) -> String {
        without_secrets(&self.uri.to_string())
            .trim_end_matches('/')
            .to_owned()
    }

    /// What a call has in its header.
    pub(crate) fn token(&self) -> Option<MetadataValue<Ascii>> {
        self.token.clone()
    }

    /// How a connection is made. It trusts the authorities that the RPC's connections trust.
    pub(crate) fn transport(&self) -> Result<Transport, tonic::transport::Error> {
        let transport = Transport::from(self.uri.clone())
            .connect_timeout(CONNECT_WITHIN)
            .http2_keep_alive_interval(KEEP_ALIVE_EVERY)
            .keep_alive_timeout(KEEP_ALIVE_WITHIN)
            .keep_alive_while_idle(true)
            .http2_adaptive_window(true)
            .tcp_nodelay(true);
        if self.uri.scheme_str() != Some("https") {
            return Ok(transport);
        }
        // Those of the machine's store, and those that browsers know.
        let store = Certificate::from_pem(authorities());
        transport.tls_config(
            ClientTlsConfig::new()
                .with_webpki_roots()
                .ca_certificate(store),
        )
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "geyser at {}", self.place())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port_and_nothing_secret_is_shown() {
        for good in [
            "http://localhost:10000",
            "https://geyser.example/",
            "https://[::1]:1",
        ] {
            assert!(Endpoint::new(good, None).is_ok(), "{good}");
        }
        for (bad, expected) in [
            ("geyser.example:443", "use http://HOST:PORT"),
            ("ws://geyser.example", "use http://HOST:PORT"),
            ("", "use http://HOST:PORT"),
            ("https://me:secret@geyser.example", "give a token apart"),
            ("https://geyser.example/secret", "give a token apart"),
            ("https://geyser.example?key=secret", "give a token apart"),
        ] {
            let said = Endpoint::new(bad, None).unwrap_err().to_string();
            assert!(said.contains(expected), "{bad}: {said}");
            assert!(!said.contains("secret"), "{said}");
        }
        let said = Endpoint::new("http://a", Some("secret\n")).unwrap_err();
        assert_eq!(said, Refused::Token);
        let endpoint = Endpoint::new("https://geyser.example:443/", Some("secret")).unwrap();
        assert_eq!(
            format!("{endpoint:?}"),
            "geyser at https://geyser.example:443"
        );
        assert!(!format!("{:?}", endpoint.token()).contains("secret"));
    }
}

//! Who is answered: requests that only read, for a host that this server is, and not too many at once.

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use std::{net::IpAddr, sync::Arc, time::Duration};
use tokio::{sync::Semaphore, time::timeout};

/// Most visitors at the same time.
pub const MAX_CONNECTIONS: usize = 256;
/// Most requests that are worked on at the same time; others are told to come back.
const MAX_REQUESTS: usize = 16;
/// Longest path and query, in bytes.
const LONGEST_PATH: usize = 1_024;
/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// No script, style or connection but this server's own; nothing of it stands in a frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::CACHE_CONTROL, "no-store"),
];

/// The names that a visitor may call this server by. A page elsewhere that points its own name at this machine
/// (DNS rebinding) is not answered: its visitors' browsers call it by that name.
#[derive(Clone, Debug, Default)]
pub struct Hosts(Vec<String>);

impl Hosts {
    /// `localhost`, every IP address, and these names.
    pub fn and(names: impl IntoIterator<Item = String>) -> Self {
        let names = names.into_iter();
        Self(names.map(|name| name.to_ascii_lowercase()).collect())
    }

    /// Whether `host`, with a port or without one, is one of them.
    fn has(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, _)) => address,
            None => host
                .rsplit_once(':')
                .map_or(host.as_str(), |(name, _)| name),
        };
        name == "localhost"
            || name.parse::<IpAddr>().is_ok()
            || self.0.iter().any(|own| own == name)
    }

    fn has_host_of(&self, headers: &HeaderMap) -> bool {
        let mut hosts = headers.get_all(header::HOST).iter();
        let (host, more) = (hosts.next(), hosts.next());
        let host = host.and_then(|host| host.to_str().ok());
        more.is_none() && host.is_some_and(|host| self.has(host))
    }
}

/// `routes`, behind all checks.
pub(super) fn guarded(routes: Router, hosts: Hosts) -> Router {
    let requests = Arc::new(Semaphore::new(MAX_REQUESTS));
    let hosts = Arc::new(hosts);
    routes.layer(from_fn(move |request: Request, next: Next| {
        let (requests, hosts) = (Arc::clone(&requests), Arc::clone(&hosts));
        async move {
            let mut answer = answer(request, next, &requests, &hosts).await;
            for (name, value) in HEADERS {
                let headers = answer.headers_mut();
                headers
                    .entry(name)
                    .or_insert(HeaderValue::from_static(value));
            }
            answer
        }
    }))
}

async fn answer(request: Request, next: Next, requests: &Semaphore, hosts: &Hosts) -> Response {
    let refused = |status: StatusCode, why: &'static str| (status, why).into_response();
    if !hosts.has_host_of(request.headers()) {
        return refused(
            StatusCode::MISDIRECTED_REQUEST,
            "this server does not go by that name: call it by its IP address, or name it with --host\n",
        );
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return refused(
            StatusCode::METHOD_NOT_ALLOWED,
            "nothing can be changed here\n",
        );
    }
    let length = request
        .uri()
        .path_and_query()
        .map_or(0, |path| path.as_str().len());
    if length > LONGEST_PATH {
        return refused(StatusCode::URI_TOO_LONG, "the address is too long\n");
    }
    let Ok(_permit) = requests.try_acquire() else {
        return refused(
            StatusCode::SERVICE_UNAVAILABLE,
            "too many requests at once: try again\n",
        );
    };
    timeout(PATIENCE, next.run(request))
        .await
        .unwrap_or_else(|_| {
            refused(
                StatusCode::GATEWAY_TIMEOUT,
                "the ledger has not answered in time: try again\n",
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_points_here_is_not_this_servers() {
        let hosts = Hosts::and(["Board.example".to_owned()]);
        for own in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1:9180",
            "[::1]:9180",
            "[::1]",
            "board.example:443",
        ] {
            assert!(hosts.has(own), "{own}");
        }
        for other in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "",
            ":80",
            "board.example.",
        ] {
            assert!(!hosts.has(other), "{other}");
        }
    }
}

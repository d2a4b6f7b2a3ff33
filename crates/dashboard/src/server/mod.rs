//! The server: pages, JSON, metrics and events of what is on a [`Desk`], or the submissions that an index has [`Kept`]. It
//! changes nothing.

mod guard;
mod indexed;
mod live;
mod metrics;
mod routes;

pub use guard::{Hosts, MAX_CONNECTIONS};

use crate::{desk::Desk, index::Kept};
pub use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::TcpListener, runtime::Runtime, sync::Semaphore, time::timeout};

/// How long a visitor may take for the head of a request.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most bytes of a request's head.
const LONGEST_HEAD: usize = 16 * 1024;
/// How long a connection may last: a visitor who reads nothing of an answer would keep it for ever. A browser
/// connects again by itself.
const LONGEST: Duration = Duration::from_secs(600);
/// Before another connection is awaited where none can be taken, as without file descriptors.
const PAUSE: Duration = Duration::from_millis(200);

/// All that is served of `desk`, to visitors who ask for one of `hosts`.
pub fn router(desk: Arc<Desk>, hosts: Hosts) -> Router {
    guard::guarded(routes::routes(desk), hosts)
}

/// All that is served of an index that has `kept` submissions, to visitors who ask for one of `hosts`.
pub fn index(kept: Arc<Kept>, hosts: Hosts) -> Router {
    guard::guarded(indexed::routes(kept), hosts)
}

/// A server that runs until this value is dropped.
pub struct Server {
    address: SocketAddr,
    _runtime: Runtime,
}

impl Server {
    /// Serves `app`, a [`router`] or an [`index`], at `address`.
    ///
    /// # Errors
    /// The address cannot be bound, or the process can start no threads.
    pub fn start(address: SocketAddr, app: Router) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let listener = runtime.block_on(TcpListener::bind(address))?;
        let address = listener.local_addr()?;
        runtime.spawn(async move {
            if let Err(error) = serve(listener, app).await {
                tracing::error!(%error, "the server has ended");
            }
        });
        Ok(Self {
            address,
            _runtime: runtime,
        })
    }

    /// The address that was bound.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Serves `app` at `listener` for as long as this is awaited.
///
/// # Errors
/// Never as a rule: what fails with one visitor ends with it.
pub async fn serve(listener: TcpListener, app: Router) -> io::Result<()> {
    let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let permit = Arc::clone(&connections).acquire_owned().await;
        let permit = permit.map_err(io::Error::other)?;
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::debug!(%error, "a visitor could not be taken");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let service = TowerToHyperService::new(app.clone());
        tokio::spawn(async move {
            let served = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .max_buf_size(LONGEST_HEAD)
                .serve_connection(TokioIo::new(stream), service);
            if let Ok(Err(error)) = timeout(LONGEST, served).await {
                tracing::debug!(%error, "a visitor went away");
            }
            drop(permit);
        });
    }
}

//! The stream of a server, in a thread of its own: connected, subscribed to, and made anew whenever it breaks off.

use crate::{endpoint::Endpoint, ledger::Shared, request, update::Update};
use gradual_consensus_client::{rpc::certificate_advice, text::one_line};
use solana_sdk::pubkey::Pubkey;
use std::{
    error::Error,
    sync::{Arc, Weak},
    thread,
    time::Duration,
};
use tokio::{
    runtime::Builder,
    sync::mpsc::{self, Sender},
    time::{sleep, timeout},
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Status, Streaming};
use yellowstone_grpc_proto::geyser::{
    SubscribeRequest, SubscribeUpdate, geyser_client::GeyserClient,
};

/// The longest message that is read: accounts of the program and transactions are a hundredth of it.
const MOST_BYTES: usize = 4 << 20;
/// Longest wait for the answer to a subscription, and for anything on it: servers ping oftener.
const SILENCE: Duration = Duration::from_secs(20);
/// Between two attempts; doubled after each that brought no block.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// Requests that wait to be sent.
const REQUESTS: usize = 8;

/// Follows the server at `endpoint` in a thread that ends soon after `shared` is dropped.
pub(crate) fn start(endpoint: Endpoint, shared: &Arc<Shared>) {
    let shared = Arc::downgrade(shared);
    thread::spawn(
        move || match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime.block_on(follow(&endpoint, &shared)),
            Err(error) => {
                if let Some(shared) = shared.upgrade() {
                    shared.broke(format!("its stream cannot be started: {error}"));
                }
            }
        },
    );
}

async fn follow(endpoint: &Endpoint, shared: &Weak<Shared>) {
    let (mut pause, mut may_resume) = (FIRST_PAUSE, true);
    loop {
        let Some(from) = shared.upgrade().map(|shared| shared.head()) else {
            return;
        };
        let from = from.filter(|_| may_resume);
        let mut blocks = 0_u64;
        // It goes on for as long as anybody reads.
        let Err(Ended { why, is_refusal }) = followed(endpoint, shared, from, &mut blocks).await
        else {
            return;
        };
        let Some(shared) = shared.upgrade() else {
            return;
        };
        // Where the server keeps no old blocks, the next stream begins with the newest.
        may_resume = blocks > 0 || from.is_none() || !is_refusal;
        pause = match blocks {
            0 => pause.saturating_mul(2),
            _ => FIRST_PAUSE,
        };
        pause = pause.min(shared.longest_pause());
        shared.broke(why);
        drop(shared);
        sleep(pause).await;
    }
}

/// Why a stream ended.
struct Ended {
    why: String,
    /// Whether the server does not want what it was asked for.
    is_refusal: bool,
}

impl From<String> for Ended {
    fn from(why: String) -> Self {
        Self {
            why,
            is_refusal: false,
        }
    }
}

impl From<Status> for Ended {
    fn from(status: Status) -> Self {
        let may_pass = matches!(
            status.code(),
            Code::Unavailable
                | Code::Unauthenticated
                | Code::PermissionDenied
                | Code::ResourceExhausted
                | Code::Cancelled
                | Code::Unknown
        );
        Self {
            why: refused(&status),
            is_refusal: !may_pass,
        }
    }
}

/// Follows one stream for as long as somebody reads. `blocks` counts the blocks that it brought.
///
/// # Errors
/// Why it ended before.
async fn followed(
    endpoint: &Endpoint,
    shared: &Weak<Shared>,
    from: Option<u64>,
    blocks: &mut u64,
) -> Result<(), Ended> {
    let Some(subscription) = shared.upgrade().map(|shared| shared.subscription(from)) else {
        return Ok(());
    };
    let (requests, mut updates) = subscribed(endpoint, subscription).await?;
    loop {
        let update = next(&mut updates).await?;
        let update =
            Update::read(update).ok_or_else(|| "it sends what cannot be read".to_owned())?;
        if update == Update::Ping {
            answer(&requests);
            continue;
        }
        let Some(shared) = shared.upgrade() else {
            return Ok(());
        };
        let is_block = shared.hear(update)?;
        *blocks = blocks.saturating_add(u64::from(is_block));
    }
}

/// Subscribes at `endpoint`. What comes is in the second part; the first one sends further requests, and the stream
/// ends with it.
async fn subscribed(
    endpoint: &Endpoint,
    subscription: SubscribeRequest,
) -> Result<(Sender<SubscribeRequest>, Streaming<SubscribeUpdate>), Ended> {
    let transport = endpoint.transport().map_err(|error| said(&error))?;
    let channel = transport.connect().await.map_err(|error| said(&error))?;
    let token = endpoint.token();
    let with_token = move |mut request: Request<()>| {
        if let Some(token) = &token {
            request.metadata_mut().insert("x-token", token.clone());
        }
        Ok(request)
    };
    let mut client = GeyserClient::with_interceptor(channel, with_token);
    client = client.max_decoding_message_size(MOST_BYTES);
    let (requests, asked) = mpsc::channel(REQUESTS);
    // The channel is new, and has room.
    let _sent = requests.try_send(subscription);
    let subscribed = timeout(SILENCE, client.subscribe(ReceiverStream::new(asked))).await;
    let updates = subscribed.map_err(|_| late())??;
    Ok((requests, updates.into_inner()))
}

/// The slot of the first block that comes from the server at `endpoint`, asked as a node in `task` asks.
///
/// # Errors
/// Why none comes within `patience`, in one line without secrets.
pub fn first_block(
    endpoint: &Endpoint,
    task: &Pubkey,
    is_finalized: bool,
    patience: Duration,
) -> Result<u64, String> {
    let (level, status) = request::counting(is_finalized);
    let subscription = request::subscription(task, &[*task], level, None);
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let first = async {
        let (requests, mut updates) = subscribed(endpoint, subscription).await?;
        loop {
            match Update::read(next(&mut updates).await?) {
                Some(Update::Slot {
                    slot, status: at, ..
                }) if at == status => return Ok(slot),
                Some(Update::Ping) => answer(&requests),
                _ => {}
            }
        }
    };
    // A timer belongs to the runtime in which it is made.
    let first = runtime.block_on(async { timeout(patience, first).await });
    // The system may still be looking a name up, which nobody waits for.
    runtime.shutdown_background();
    let late = |_| Err(format!("no block within {} s", patience.as_secs()).into());
    first.unwrap_or_else(late).map_err(|ended: Ended| ended.why)
}

async fn next(updates: &mut Streaming<SubscribeUpdate>) -> Result<SubscribeUpdate, Ended> {
    let next = timeout(SILENCE, updates.message()).await;
    let next = next.map_err(|_| late())??;
    next.ok_or_else(|| "it has ended the stream".to_owned().into())
}

/// Answers a ping. Where requests wait, the server reads none: it will end the stream by itself.
fn answer(requests: &Sender<SubscribeRequest>) {
    let _sent = requests.try_send(request::ping());
}

fn late() -> String {
    format!("nothing came from it for {} s", SILENCE.as_secs())
}

/// What a refusal means, in one line.
fn refused(status: &Status) -> String {
    let message = one_line(status.message(), 200);
    match status.code() {
        Code::Unauthenticated | Code::PermissionDenied => {
            format!("it refuses the token ({message}): check the token")
        }
        Code::Unimplemented => "it is no geyser of Yellowstone: check the address".into(),
        Code::OutOfRange if message.contains("message length too large") => {
            format!("it sends a message that is too long ({message})")
        }
        _ if status.source().is_some() => said(status),
        code => format!("it answers: {code:?}: {message}"),
    }
}

/// What `error` says, in one line: its innermost cause.
fn said(error: &dyn Error) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    let said = last.to_string();
    certificate_advice(&said).unwrap_or_else(|| one_line(&said, 200))
}

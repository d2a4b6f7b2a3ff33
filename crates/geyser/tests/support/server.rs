//! A server of Yellowstone gRPC: the real one's stubs, its filters and its refusals, with messages from the test.

use gradual_consensus_client::ledger::Filter;
use gradual_consensus_geyser::Endpoint;
use solana_sdk::{account::Account, instruction::Instruction, pubkey::Pubkey};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Condvar, Mutex, MutexGuard, mpsc as blocking},
    thread,
    time::Duration,
};
use tokio::{
    net::TcpListener,
    sync::mpsc::{UnboundedSender, unbounded_channel},
};
use tokio_stream::{
    Stream, StreamExt,
    wrappers::{TcpListenerStream, UnboundedReceiverStream},
};
use tonic::{
    Request, Response, Status, Streaming,
    transport::{Identity, Server as Transport, ServerTlsConfig},
};
use yellowstone_grpc_proto::{
    geyser::{
        geyser_server::{Geyser, GeyserServer},
        subscribe_request_filter_accounts_filter::Filter as AccountFilter,
        subscribe_request_filter_accounts_filter_memcmp::Data,
        subscribe_update::UpdateOneof,
        *,
    },
    solana::storage::confirmed_block::{
        Message, MessageHeader, Transaction, TransactionStatusMeta,
    },
};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

type Sent = Result<SubscribeUpdate, Status>;

struct Subscriber {
    request: SubscribeRequest,
    sender: UnboundedSender<Sent>,
}

#[derive(Default)]
struct Inner {
    token: Option<String>,
    /// What everybody is sent first.
    greeting: Vec<UpdateOneof>,
    /// Whether nobody may subscribe.
    is_closed: bool,
    /// Whether old blocks are kept.
    keeps: bool,
    kept: Vec<(u64, UpdateOneof)>,
    subscribers: Vec<Subscriber>,
    /// All that was asked for, in order.
    requests: Vec<SubscribeRequest>,
    pings: usize,
    /// Calls that were refused for their token.
    refusals: usize,
}

#[derive(Default)]
struct Shared {
    inner: Mutex<Inner>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    fn change(&self, change: impl FnOnce(&mut Inner)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    fn wait(&self, what: &str, is_so: impl Fn(&Inner) -> bool) {
        let waited = self
            .changed
            .wait_timeout_while(self.lock(), PATIENCE, |inner| !is_so(inner));
        assert!(!waited.unwrap().1.timed_out(), "{what}");
    }
}

/// A server, in a thread of its own.
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
}

impl Server {
    pub fn start() -> Self {
        Self::over(Transport::builder())
    }

    /// A server that asks for a token, and answers by TLS only.
    pub fn with_certificate(token: &str, certificate: &str, key: &str) -> Self {
        let identity = Identity::from_pem(certificate, key);
        let tls = ServerTlsConfig::new().identity(identity);
        let server = Self::over(Transport::builder().tls_config(tls).unwrap());
        server
            .shared
            .change(|inner| inner.token = Some(token.into()));
        server
    }

    fn over(mut transport: Transport) -> Self {
        let shared = Arc::new(Shared::default());
        let (told, address) = blocking::channel();
        let double = Double(Arc::clone(&shared));
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.unwrap().block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                told.send(listener.local_addr().unwrap()).unwrap();
                let geyser = transport.add_service(GeyserServer::new(double));
                geyser
                    .serve_with_incoming(TcpListenerStream::new(listener))
                    .await
                    .unwrap();
            });
        });
        Self {
            shared,
            address: address.recv().unwrap(),
        }
    }

    /// Its address over TLS.
    pub fn secure_url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// Sends `update` to everybody who subscribes from now on.
    pub fn on_subscription(&self, update: UpdateOneof) {
        self.shared.change(|inner| inner.greeting.push(update));
    }

    /// A server that asks for a token.
    pub fn asking_for(token: &str) -> Self {
        let server = Self::start();
        server
            .shared
            .change(|inner| inner.token = Some(token.into()));
        server
    }

    /// From now on it keeps blocks, and sends them to whoever asks from which on.
    pub fn keep_blocks(&self) {
        self.shared.change(|inner| inner.keeps = true);
    }

    /// Ends all streams, and takes no more until it opens.
    pub fn close(&self) {
        self.shared.change(|inner| inner.is_closed = true);
        self.cut();
    }

    pub fn open(&self) {
        self.shared.change(|inner| inner.is_closed = false);
    }

    pub fn endpoint(&self, token: Option<&str>) -> Endpoint {
        Endpoint::new(&format!("http://{}", self.address), token).unwrap()
    }

    /// Sends `update`, of the block of `slot`, to those who asked for it.
    pub fn send(&self, slot: u64, update: UpdateOneof) {
        self.shared.change(|inner| {
            inner.subscribers.retain(|subscriber| {
                !passes(&subscriber.request, &update)
                    || subscriber.sender.send(Ok(message(update.clone()))).is_ok()
            });
            if inner.keeps {
                inner.kept.push((slot, update));
            }
        });
    }

    /// Sends `update` whether anybody asked for it or not.
    pub fn send_unfiltered(&self, update: UpdateOneof) {
        self.shared.change(|inner| {
            for subscriber in &inner.subscribers {
                subscriber.sender.send(Ok(message(update.clone()))).unwrap();
            }
        });
    }

    /// Waits until everything that was sent has been read: the client answers each ping in its turn.
    pub fn settle(&self) {
        let (mut pings, mut asked) = (0, 0);
        self.shared.change(|inner| {
            pings = inner.pings;
            let ping = UpdateOneof::Ping(SubscribeUpdatePing {});
            inner
                .subscribers
                .retain(|one| one.sender.send(Ok(message(ping.clone()))).is_ok());
            asked = inner.subscribers.len();
        });
        self.shared
            .wait("a ping is answered", |inner| inner.pings >= pings + asked);
    }

    /// Waits until there were so many subscriptions.
    pub fn wait_for(&self, subscriptions: usize) {
        self.shared.wait("a subscription", |inner| {
            inner.requests.len() >= subscriptions
        });
    }

    /// Waits until so many calls were refused for their token.
    pub fn wait_for_refusals(&self, refusals: usize) {
        self.shared
            .wait("a refusal", |inner| inner.refusals >= refusals);
    }

    /// Ends all streams.
    pub fn cut(&self) {
        self.shared.change(|inner| {
            for subscriber in inner.subscribers.drain(..) {
                let _sent = subscriber.sender.send(Err(Status::internal("lagged")));
            }
        });
    }

    pub fn requests(&self) -> Vec<SubscribeRequest> {
        self.shared.lock().requests.clone()
    }
}

fn message(update: UpdateOneof) -> SubscribeUpdate {
    SubscribeUpdate {
        update_oneof: Some(update),
        ..SubscribeUpdate::default()
    }
}

/// Whether the server's filters let `update` pass.
fn passes(request: &SubscribeRequest, update: &UpdateOneof) -> bool {
    let text = |key: &[u8]| Pubkey::try_from(key).unwrap().to_string();
    match update {
        UpdateOneof::Account(changed) => {
            let account = changed.account.as_ref().unwrap();
            request.accounts.values().any(|filter| {
                let is_in = |all: &[String], one: &[u8]| all.is_empty() || all.contains(&text(one));
                let has = |filter: &SubscribeRequestFilterAccountsFilter| match &filter.filter {
                    Some(AccountFilter::Memcmp(memcmp)) => {
                        let Some(Data::Bytes(bytes)) = &memcmp.data else {
                            panic!()
                        };
                        let offset = usize::try_from(memcmp.offset).unwrap();
                        Filter::at(offset, bytes).matches(&account.data)
                    }
                    other => panic!("{other:?}"),
                };
                is_in(&filter.account, &account.pubkey)
                    && is_in(&filter.owner, &account.owner)
                    && filter.filters.iter().all(has)
            })
        }
        UpdateOneof::Transaction(sent) => {
            let transaction = sent
                .transaction
                .as_ref()
                .unwrap()
                .transaction
                .as_ref()
                .unwrap();
            let keys = &transaction.message.as_ref().unwrap().account_keys;
            request.transactions.values().any(|filter| {
                keys.iter()
                    .any(|key| filter.account_include.contains(&text(key)))
            })
        }
        UpdateOneof::Slot(_) => !request.slots.is_empty(),
        _ => true,
    }
}

/// The account at `address` after the block of `slot`.
pub fn account(slot: u64, address: &Pubkey, account: &Account, write: u64) -> UpdateOneof {
    UpdateOneof::Account(SubscribeUpdateAccount {
        slot,
        account: Some(SubscribeUpdateAccountInfo {
            pubkey: address.to_bytes().to_vec(),
            lamports: account.lamports,
            owner: account.owner.to_bytes().to_vec(),
            executable: account.executable,
            rent_epoch: account.rent_epoch,
            data: account.data.clone(),
            write_version: write,
            txn_signature: None,
        }),
        ..SubscribeUpdateAccount::default()
    })
}

/// A transaction of the block of `slot`, after which `balance` is at an address.
pub fn transaction(
    slot: u64,
    index: u64,
    instructions: &[Instruction],
    balance: impl Fn(&Pubkey) -> u64,
) -> UpdateOneof {
    // In the order of messages: whether it signs, then whether it is written.
    let mut metas: BTreeMap<Pubkey, (bool, bool)> = BTreeMap::new();
    for meta in instructions.iter().flat_map(|one| &one.accounts) {
        let known = metas.entry(meta.pubkey).or_default();
        *known = (known.0 | meta.is_signer, known.1 | meta.is_writable);
    }
    let mut keys: Vec<(Pubkey, (bool, bool))> = metas.into_iter().collect();
    keys.sort_by_key(|(_, (signs, writes))| (!signs, !writes));
    let count = |is: &dyn Fn(bool, bool) -> bool| {
        let count = keys
            .iter()
            .filter(|(_, (signs, writes))| is(*signs, *writes))
            .count();
        u32::try_from(count).unwrap()
    };
    let header = MessageHeader {
        num_required_signatures: count(&|signs, _| signs),
        num_readonly_signed_accounts: count(&|signs, writes| signs && !writes),
        num_readonly_unsigned_accounts: count(&|signs, writes| !signs && !writes),
    };
    let message = Message {
        header: Some(header),
        account_keys: keys
            .iter()
            .map(|(key, _)| key.to_bytes().to_vec())
            .collect(),
        ..Message::default()
    };
    let meta = TransactionStatusMeta {
        post_balances: keys.iter().map(|(key, _)| balance(key)).collect(),
        ..TransactionStatusMeta::default()
    };
    UpdateOneof::Transaction(SubscribeUpdateTransaction {
        slot,
        transaction: Some(SubscribeUpdateTransactionInfo {
            index,
            transaction: Some(Transaction {
                message: Some(message),
                ..Transaction::default()
            }),
            meta: Some(meta),
            ..SubscribeUpdateTransactionInfo::default()
        }),
        ..SubscribeUpdateTransaction::default()
    })
}

/// How far the block of `slot` is.
pub fn slot(slot: u64, parent: Option<u64>, status: SlotStatus) -> UpdateOneof {
    UpdateOneof::Slot(SubscribeUpdateSlot {
        slot,
        parent,
        status: status as i32,
        ..SubscribeUpdateSlot::default()
    })
}

struct Double(Arc<Shared>);

type Updates<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

fn none<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("not in this test"))
}

#[tonic::async_trait]
impl Geyser for Double {
    type SubscribeStream = Updates<SubscribeUpdate>;
    type SubscribeDeshredStream = Updates<SubscribeUpdateDeshred>;
    type SubscribeGossipStream = Updates<SubscribeUpdateGossip>;

    async fn subscribe(
        &self,
        call: Request<Streaming<SubscribeRequest>>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        let token = call
            .metadata()
            .get("x-token")
            .map(|token| token.to_str().unwrap().to_owned());
        let wanted = self.0.lock().token.clone();
        if wanted.is_some() && token != wanted {
            self.0.change(|inner| inner.refusals += 1);
            return Err(Status::unauthenticated("No valid auth token"));
        }
        if self.0.lock().is_closed {
            return Err(Status::unavailable("closed"));
        }
        let (sender, updates) = unbounded_channel();
        let (shared, mut requests) = (Arc::clone(&self.0), call.into_inner());
        tokio::spawn(async move {
            while let Some(Ok(request)) = requests.next().await {
                if request.ping.is_some() {
                    shared.change(|inner| inner.pings += 1);
                    continue;
                }
                shared.change(|inner| subscribe(inner, request, sender.clone()));
            }
        });
        Ok(Response::new(Box::pin(UnboundedReceiverStream::new(
            updates,
        ))))
    }

    async fn subscribe_deshred(
        &self,
        _: Request<Streaming<SubscribeDeshredRequest>>,
    ) -> Result<Response<Self::SubscribeDeshredStream>, Status> {
        none()
    }

    async fn subscribe_gossip(
        &self,
        _: Request<SubscribeGossipRequest>,
    ) -> Result<Response<Self::SubscribeGossipStream>, Status> {
        none()
    }

    async fn subscribe_replay_info(
        &self,
        _: Request<SubscribeReplayInfoRequest>,
    ) -> Result<Response<SubscribeReplayInfoResponse>, Status> {
        none()
    }

    async fn ping(&self, _: Request<PingRequest>) -> Result<Response<PongResponse>, Status> {
        none()
    }

    async fn get_latest_blockhash(
        &self,
        _: Request<GetLatestBlockhashRequest>,
    ) -> Result<Response<GetLatestBlockhashResponse>, Status> {
        none()
    }

    async fn get_block_height(
        &self,
        _: Request<GetBlockHeightRequest>,
    ) -> Result<Response<GetBlockHeightResponse>, Status> {
        none()
    }

    async fn get_slot(
        &self,
        _: Request<GetSlotRequest>,
    ) -> Result<Response<GetSlotResponse>, Status> {
        none()
    }

    async fn is_blockhash_valid(
        &self,
        _: Request<IsBlockhashValidRequest>,
    ) -> Result<Response<IsBlockhashValidResponse>, Status> {
        none()
    }

    async fn get_version(
        &self,
        _: Request<GetVersionRequest>,
    ) -> Result<Response<GetVersionResponse>, Status> {
        none()
    }
}

fn subscribe(inner: &mut Inner, request: SubscribeRequest, sender: UnboundedSender<Sent>) {
    inner.requests.push(request.clone());
    for update in &inner.greeting {
        let _sent = sender.send(Ok(message(update.clone())));
    }
    match request.from_slot {
        Some(_) if !inner.keeps => {
            let _sent = sender.send(Err(Status::internal("from_slot is not supported")));
            return;
        }
        Some(from) => {
            let kept = inner.kept.iter();
            let kept = kept.filter(|(slot, update)| *slot >= from && passes(&request, update));
            for (_, update) in kept {
                let _sent = sender.send(Ok(message(update.clone())));
            }
        }
        None => {}
    }
    inner.subscribers.push(Subscriber { request, sender });
}

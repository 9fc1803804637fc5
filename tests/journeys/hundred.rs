//! A hundred reloads under load: configuration, policy and certificate change together, again and again, and no request
//! fails, and no exchange is decided by a mixture.
//!
//! Each generation can be told apart wherever it shows: by the name of its route and the version of its policy in the
//! receipt, by what its policy puts in the place of what is withheld, by the bot that its configuration names, and by its
//! certificate.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::symlink,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use assentry::{
    cli::serve::Proxy,
    config::Config,
    ledger::{Control, LedgerSettings, Outcome},
};
use rcgen::{CertificateParams, DnType, KeyPair};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs, pki_types::CertificateDer};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::oneshot,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_rustls::client::TlsStream;

use crate::{
    answer::Answer,
    bot::{Bot, Sent},
    client::{Connection, Http, SURELY, chat, secure},
};

const RELOADS: usize = 100;
/// The last generation; the first is 1.
const LAST: usize = RELOADS + 1;

/// Which generation forwarded how many marks.
type Tally = BTreeMap<(usize, usize), usize>;

/// A folder of generations, of which one is in force; what is known of them.
struct Generations {
    dir: TempDir,
    bots: [Bot; 2],
    /// The certificates, in order.
    certificates: Vec<CertificateDer<'static>>,
    /// The clients' settings: they trust every generation.
    trust: ClientConfig,
    /// The newest generation that may be served.
    begun: AtomicUsize,
    /// The newest generation whose reload was acknowledged.
    done: AtomicUsize,
    over: AtomicBool,
}

impl Generations {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let bots = [Bot::open().await, Bot::open().await];
        let mut roots = RootCertStore::empty();
        let mut certificates = Vec::new();
        for n in 1..=LAST {
            let folder = dir.path().join(format!("gen-{n}"));
            fs::create_dir(&folder).unwrap();
            certificates.push(certificate(&folder, n));
            roots.add(certificates[n - 1].clone()).unwrap();
            fs::write(folder.join("policy.yaml"), policy(n)).unwrap();
            fs::write(folder.join("assentry.yaml"), config(dir.path(), n, &bots[n % 2])).unwrap();
        }
        let trust = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let (begun, done, over) = (AtomicUsize::new(1), AtomicUsize::new(1), AtomicBool::new(false));
        let generations = Self { dir, bots, certificates, trust, begun, done, over };
        generations.put_in_force(1);
        generations
    }

    /// All files of a generation in one step, as Kubernetes does it.
    fn put_in_force(&self, n: usize) {
        self.begun.store(n, SeqCst);
        let (next, now) = (self.dir.path().join("next"), self.dir.path().join("now"));
        symlink(format!("gen-{n}"), &next).unwrap();
        fs::rename(next, now).unwrap();
    }

    /// Puts one generation after the other in force.
    async fn reload(&self) {
        let ledger = LedgerSettings::at(self.dir.path().join("ledger.db"));
        for n in 2..=LAST {
            self.put_in_force(n);
            let mut control = Control::connect(&ledger.socket_path()).await.unwrap();
            let outcome = timeout(SURELY, control.reload()).await.unwrap().unwrap();
            assert!(matches!(outcome, Outcome::Done(_)), "{n}: {outcome:?}");
            self.done.store(n, SeqCst);
            sleep(Duration::from_millis(5)).await;
        }
        self.over.store(true, SeqCst);
    }

    /// A new connection, whose certificate is one that may be served now.
    async fn dial(&self, address: std::net::SocketAddr, http: Http) -> TlsStream<TcpStream> {
        let mut config = self.trust.clone();
        config.resumption = rustls::client::Resumption::disabled();
        config.alpn_protocols = vec![if http == Http::One { b"http/1.1".to_vec() } else { b"h2".to_vec() }];
        let least = self.done.load(SeqCst);
        let stream = secure(TcpStream::connect(address).await.unwrap(), config).await;
        let shown = &stream.get_ref().1.peer_certificates().unwrap()[0];
        let n = 1 + self.certificates.iter().position(|known| known == shown).unwrap();
        assert!((least..=self.begun.load(SeqCst)).contains(&n), "certificate {n}, and {least} was done");
        stream
    }

    /// That an answer is of a generation that was served meanwhile; the bot answers with what it was sent.
    fn assert_sound(&self, answer: &Answer, marks: usize, least: usize) {
        assert_eq!(answer.status, 200, "{}", answer.text());
        let (_, body) = answer.text().split_once("\r\n\r\n").unwrap();
        let (n, count) = mark_of(body);
        assert!((least..=self.begun.load(SeqCst)).contains(&n), "decided by {n}, and {least} was done");
        assert_eq!(count, marks);
    }
}

/// Writes a certificate that is its own authority, and its key. Its subject is its own too: a client tries every authority
/// of the same name, up to a limit.
fn certificate(folder: &Path, n: usize) -> CertificateDer<'static> {
    let mut asked = CertificateParams::new(["localhost".to_owned()]).unwrap();
    asked.distinguished_name.push(DnType::CommonName, format!("generation {n}"));
    let key = KeyPair::generate().unwrap();
    let made = asked.self_signed(&key).unwrap();
    fs::write(folder.join("server.pem"), made.pem()).unwrap();
    fs::write(folder.join("server.key"), key.serialize_pem()).unwrap();
    made.der().clone()
}

/// What it puts in the place of marks tells its generation.
fn policy(n: usize) -> String {
    format!(
        "policy: shop\nversion: {n}\nundeclared: forward\n\
         purposes:\n  p: {{title: P, basis: consent}}\n\
         data:\n  mark-{n}: {{at: '$.marks[*]', for: p, otherwise: {{redact: of-{n}}}}}\n"
    )
}

fn config(dir: &Path, n: usize, bot: &Bot) -> String {
    let (dir, bot) = (dir.display(), bot.address);
    format!(
        "listeners:\n\
         - address: 127.0.0.1:0\n  tls: {{certificates: [{{certificate: server.pem, key: server.key}}]}}\n\
         subjects: [header: {{name: x-user-id, from: [127.0.0.0/8], namespace: login}}]\n\
         ledger: {{path: {dir}/ledger.db}}\n\
         receipts: {{file: {dir}/receipts.ndjson, database: false}}\n\
         reload: {{watch: 10ms}}\n\
         routes:\n- {{name: chat-{n}, path: /chat, policy: policy.yaml, upstream: 'http://{bot}'}}\n"
    )
}

fn asked(marks: usize) -> String {
    format!(r#"{{"marks":[{}]}}"#, vec!["1"; marks].join(","))
}

/// Which generation's policy wrote this body, and over how many marks.
fn mark_of(body: &str) -> (usize, usize) {
    let body: Value = serde_json::from_str(body).unwrap();
    let marks = body["marks"].as_array().unwrap();
    assert!(marks.iter().all(|mark| *mark == marks[0]), "{marks:?}");
    (marks[0].as_str().unwrap().strip_prefix("of-").unwrap().parse().unwrap(), marks.len())
}

/// Asks on one connection for a while, then on the next, until all generations were in force; how often.
async fn ask_on(all: Arc<Generations>, address: std::net::SocketAddr, http: Http, name: usize) -> usize {
    let mut asked_so_far = 0;
    while !all.over.load(SeqCst) {
        let connection = Connection::new(all.dial(address, http).await, http).await;
        let mut streams = JoinSet::new();
        match connection {
            Connection::Http1(_) => drop(streams.spawn(ask_often(Arc::clone(&all), connection, name))),
            Connection::Http2(sender) => {
                for stream in 0..4 {
                    let shared = Connection::Http2(sender.clone());
                    streams.spawn(ask_often(Arc::clone(&all), shared, name + stream));
                }
            }
        }
        asked_so_far += streams.join_all().await.into_iter().sum::<usize>();
    }
    asked_so_far
}

async fn ask_often(all: Arc<Generations>, mut connection: Connection, name: usize) -> usize {
    const OFTEN: usize = 25;
    for n in 0..OFTEN {
        let (marks, least) = (1 + (n * 7 + name) % 40, all.done.load(SeqCst));
        let answer = connection.ask(chat(&asked(marks))).await;
        all.assert_sound(&answer, marks, least);
    }
    OFTEN
}

/// The same with bodies that arrive while the routes change, each on a connection of its own.
async fn ask_slowly(all: Arc<Generations>, address: std::net::SocketAddr, name: usize) -> usize {
    let mut asked_so_far = 0;
    while !all.over.load(SeqCst) {
        let marks = 50 + (asked_so_far * 3 + name) % 40;
        let least = all.done.load(SeqCst);
        let mut stream = all.dial(address, Http::One).await;
        let body = asked(marks);
        let head = format!(
            "POST /chat HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let (first, rest) = body.split_at(5);
        stream.write_all((head + first).as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        sleep(Duration::from_millis(40)).await;
        stream.write_all(rest.as_bytes()).await.unwrap();
        let mut heard = Vec::new();
        timeout(SURELY, stream.read_to_end(&mut heard)).await.unwrap().unwrap();
        all.assert_sound(&Answer::parse(&heard).unwrap(), marks, least);
        asked_so_far += 1;
    }
    asked_so_far
}

/// What the bots got: each body from the bot that its generation's configuration names.
fn at_the_bots(all: &Generations) -> Tally {
    let mut tally = Tally::new();
    for (parity, bot) in all.bots.iter().enumerate() {
        for (n, marks) in bot.requests().iter().map(Sent::text).map(mark_of) {
            assert_eq!(n % 2, parity, "policy {n} and the bot of another configuration");
            *tally.entry((n, marks)).or_default() += 1;
        }
    }
    tally
}

/// What the receipts say: each of one generation only.
fn in_the_receipts(all: &Generations) -> Tally {
    let mut tally = Tally::new();
    for line in fs::read_to_string(all.dir.path().join("receipts.ndjson")).unwrap().lines() {
        let receipt: Value = serde_json::from_str(line).unwrap();
        let n = usize::try_from(receipt["policy"]["version"].as_u64().unwrap()).unwrap();
        assert_eq!(receipt["route"], format!("chat-{n}"), "{receipt}");
        assert_eq!(receipt["to_bot"][0]["data"], format!("mark-{n}"), "{receipt}");
        assert_eq!(receipt["outcome"]["forwarded"]["status"], 200, "{receipt}");
        let marks = usize::try_from(receipt["to_bot"][0]["count"].as_u64().unwrap()).unwrap();
        *tally.entry((n, marks)).or_default() += 1;
    }
    tally
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_reloads_under_load_fail_no_request_and_mix_no_two_generations() {
    let all = Arc::new(Generations::new().await);
    let config = Config::load(&all.dir.path().join("now/assentry.yaml")).unwrap();
    let proxy = Proxy::open(&config).await.unwrap_or_else(|(words, _)| panic!("{words}"));
    let address = proxy.addresses()[0];
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(proxy.serve(async { drop(stopped.await) }));

    let mut load = JoinSet::new();
    for (name, http) in [Http::One, Http::One, Http::Two, Http::Two].into_iter().enumerate() {
        load.spawn(ask_on(Arc::clone(&all), address, http, name));
    }
    for name in 0..2 {
        load.spawn(ask_slowly(Arc::clone(&all), address, name));
    }
    all.reload().await;
    let mut count = 0;
    while let Some(ended) = load.join_next().await {
        count += ended.unwrap();
    }
    drop(stop);
    serving.await.unwrap();

    let (bots, receipts) = (at_the_bots(&all), in_the_receipts(&all));
    let mixed = bots.iter().find(|(what, count)| receipts.get(what) != Some(count));
    assert_eq!(mixed, None, "the bot got (generation, marks) so often, and the receipts say otherwise");
    assert_eq!((bots.values().sum::<usize>(), receipts.values().sum::<usize>()), (count, count));
    let generations: std::collections::BTreeSet<usize> = bots.keys().map(|(n, _)| *n).collect();
    assert!(generations.len() > RELOADS / 2, "only {} generations decided anything", generations.len());
    eprintln!("{count} exchanges, {} generations", generations.len());
}

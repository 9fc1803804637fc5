//! More idle connections to the real proxy, each over TLS and after one answered request.
//!
//! The memory is what the system counts for the proxy's process (`VmRSS`). What the kernel holds for the sockets
//! themselves is not in it.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use assentry::cli::certs;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::{
    body::Incoming,
    client::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use tokio::{
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};
use tokio_rustls::TlsConnector;

use crate::table::{Table, Unit};

/// The word under which this bench calls itself, with more file descriptors.
pub const INSIDE: &str = "inside-connections";
/// What a connection may take of the memory, all told.
const BUDGET: f64 = 40_000.0;
/// How long the proxy may take to settle after the last connection.
const SETTLED: Duration = Duration::from_millis(1_500);
const SURELY: Duration = Duration::from_secs(20);

/// Runs the bench once more, where this process and the proxy may open as many files as the system allows at all.
pub fn run() {
    let exe = std::env::current_exe().expect("this program");
    let script = "ulimit -n \"$(ulimit -H -n)\"; exec \"$0\" \"$@\"";
    let run = Command::new("sh").args(["-c", script]).arg(exe).arg(INSIDE).status().expect("a shell");
    assert!(run.success(), "the connections were held");
}

/// The bench itself.
pub fn inside(_: &[String]) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    for http in [Http::One, Http::Two] {
        runtime.block_on(hold(http));
    }
}

#[derive(Clone, Copy)]
enum Http {
    One,
    Two,
}

/// An open connection.
enum Open {
    One(http1::SendRequest<Full<Bytes>>),
    Two(http2::SendRequest<Full<Bytes>>),
}

async fn hold(http: Http) {
    let folder = tempfile::tempdir().expect("a folder");
    let proxy = Proxy::start(folder.path(), bot().await).await;
    let client = Client::new(folder.path(), proxy.address, http);
    let columns = [
        ("memory of the proxy", Unit::Bytes),
        ("more than with none, each", Unit::EachBytes),
        ("a request meanwhile", Unit::Seconds),
    ];
    let title = format!("Idle connections ({})", http.name());
    let mut table = Table::new(&title, "connections", &columns);
    // What the first exchanges leave behind is no connection's.
    for _ in 0..50 {
        client.open().await;
    }
    sleep(SETTLED).await;
    let (before, mut open, mut each) = (proxy.memory(), Vec::new(), 0.0);
    for connections in [1usize, 10, 100, 1_000, 10_000] {
        while open.len() < connections {
            open.push(client.open().await);
        }
        sleep(SETTLED).await;
        let memory = proxy.memory();
        each = (memory - before).max(0.0) / connections as f64;
        table.row(connections as f64, &connections.to_string(), &[memory, each, client.answer().await]);
    }
    table.end();
    let held = if each <= BUDGET { "within" } else { "OVER" };
    println!("- memory each, with 10,000 open: {:.1} KB, {held} the budget of 40 KB", each / 1e3);
    drop(open);
}

impl Http {
    fn name(self) -> &'static str {
        match self {
            Self::One => "HTTP/1.1",
            Self::Two => "HTTP/2",
        }
    }

    fn alpn(self) -> Vec<u8> {
        match self {
            Self::One => b"http/1.1".to_vec(),
            Self::Two => b"h2".to_vec(),
        }
    }
}

/// The real program; it ends with this value.
struct Proxy {
    child: Child,
    address: SocketAddr,
}

impl Proxy {
    async fn start(folder: &Path, bot: SocketAddr) -> Self {
        certs::make(&folder.join("certs"), &["localhost".to_owned()]).expect("certificates");
        let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
        let address = free.expect("a free port");
        fs::write(folder.join("policy.yaml"), include_str!("../../policies/retail.yaml")).expect("a file");
        let config = format!(
            "listeners:\n- address: {address}\n  tls: {{certificates: [{{certificate: certs/server.pem, key: certs/server.key}}]}}\n\
             subjects:\n- header: {{name: x-user-id, from: [127.0.0.0/8]}}\n\
             routes:\n- {{name: chat, path: '/chat/{{order}}', policy: policy.yaml, upstream: 'http://{bot}'}}\n\
             limits: {{connections: 12000}}\ntimeouts: {{idle: 15m}}\nledger: {{path: ledger.db}}\n"
        );
        let path = folder.join("assentry.yaml");
        fs::write(&path, config).expect("a file");
        let child = Command::new(env!("CARGO_BIN_EXE_assentry"))
            .args(["serve", "--config"])
            .arg(&path)
            .env("ASSENTRY_LOG", "error")
            .stdin(Stdio::null())
            .spawn()
            .expect("the proxy");
        let proxy = Self { child, address };
        let listens = async {
            while TcpStream::connect(address).await.is_err() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(SURELY, listens).await.expect("it listens in time");
        proxy
    }

    /// The memory that the system counts for it, in bytes.
    fn memory(&self) -> f64 {
        let path = PathBuf::from(format!("/proc/{}/status", self.child.id()));
        let status = fs::read_to_string(path).expect("a process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") * 1024.0
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Opens connections.
struct Client {
    address: SocketAddr,
    connector: TlsConnector,
    http: Http,
}

impl Client {
    fn new(folder: &Path, address: SocketAddr, http: Http) -> Self {
        let mut roots = RootCertStore::empty();
        let authority =
            CertificateDer::from_pem_file(folder.join("certs/authority.pem")).expect("a certificate");
        roots.add(authority).expect("an authority");
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions");
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![http.alpn()];
        Self { address, connector: TlsConnector::from(Arc::new(config)), http }
    }

    /// A connection after one answered request.
    async fn open(&self) -> Open {
        let stream = TcpStream::connect(self.address).await.expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        let name = ServerName::try_from("localhost").expect("a name");
        let stream = TokioIo::new(self.connector.connect(name, stream).await.expect("a handshake"));
        let mut open = match self.http {
            Http::One => {
                let (sender, connection) = http1::handshake(stream).await.expect("a connection");
                tokio::spawn(connection);
                Open::One(sender)
            }
            Http::Two => {
                let (sender, connection) =
                    http2::handshake(TokioExecutor::new(), stream).await.expect("a connection");
                tokio::spawn(connection);
                Open::Two(sender)
            }
        };
        open.ask().await;
        open
    }

    /// How long a request takes at best, on a connection of its own.
    async fn answer(&self) -> f64 {
        let mut open = self.open().await;
        let mut best = f64::MAX;
        for _ in 0..200 {
            let at = Instant::now();
            open.ask().await;
            best = best.min(at.elapsed().as_secs_f64());
        }
        best
    }
}

impl Open {
    async fn ask(&mut self) {
        let body = Full::from(r#"{"text":"hi","email":"a@example.com"}"#);
        let request = |target| {
            Request::post(target).header("content-type", "application/json").header("x-user-id", "a")
        };
        let answered = match self {
            Self::One(sender) => {
                sender.ready().await.expect("a connection");
                let request = request("/chat/7").header("host", "localhost").body(body).expect("a request");
                sender.send_request(request).await
            }
            Self::Two(sender) => {
                sender.ready().await.expect("a connection");
                let request = request("https://localhost/chat/7").body(body).expect("a request");
                sender.send_request(request).await
            }
        };
        let response = answered.expect("an answer");
        assert_eq!(response.status(), 200);
        response.into_body().collect().await.expect("a whole answer");
    }
}

/// A bot that says yes.
async fn bot() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = service_fn(|request: Request<Incoming>| async move {
                request.into_body().collect().await?;
                Ok::<_, hyper::Error>(Response::new(Full::new(Bytes::from_static(b"yes"))))
            });
            tokio::spawn(
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
            );
        }
    });
    address
}

//! Somebody who talks through every node at once, in every way, whatever becomes of it; and the bots that hear it.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf},
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_rustls::client::TlsStream;
use yawc::OpCode;

use super::seen::{Seen, said};
use crate::{
    bot::Bot,
    client::{raw, secure, trusting},
    socket::{bot::accept, person::Ask},
    written::Folder,
};

/// Between two messages of one speaker; the bot takes longer for a request, so that others wait in line.
const PAUSE: Duration = Duration::from_millis(4);
const WORK: Duration = Duration::from_millis(10);
/// How long a speaker waits for an answer before it turns away.
const PATIENCE: Duration = Duration::from_secs(5);

/// A bot of requests and of streams, which looks at every message as it arrives.
pub async fn hearing(seen: Seen) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(hear(stream, seen.clone()));
        }
    });
    address
}

/// A bot of sockets, which does the same and answers nothing.
pub async fn listening(seen: Seen) -> SocketAddr {
    let bot = Bot::answering(move |sent| {
        let seen = seen.clone();
        async move {
            accept(sent, |mut socket| async move {
                while let Ok(frame) = socket.next_frame().await {
                    if frame.opcode() == OpCode::Text {
                        seen.arrived(std::str::from_utf8(frame.payload()).unwrap());
                    }
                }
            })
        }
    });
    bot.await.address
}

async fn hear(stream: TcpStream, seen: Seen) {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    while let Some(head) = head(&mut read).await {
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        match length {
            Some(length) => {
                let mut body = vec![0; length];
                if read.read_exact(&mut body).await.is_err() {
                    return;
                }
                seen.arrived(std::str::from_utf8(&body).unwrap());
                sleep(WORK).await;
                write.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.ok();
            }
            None => return hear_stream(read, seen).await,
        }
    }
}

/// Each event of a stream is a chunk of its own.
async fn hear_stream(mut read: BufReader<OwnedReadHalf>, seen: Seen) {
    while let Some(size) = line(&mut read).await {
        let Ok(size @ 1..) = usize::from_str_radix(size.trim(), 16) else { return };
        let mut chunk = vec![0; size + 2];
        if read.read_exact(&mut chunk).await.is_err() {
            return;
        }
        seen.arrived(std::str::from_utf8(&chunk).unwrap().trim_end());
    }
}

async fn head(read: &mut BufReader<OwnedReadHalf>) -> Option<String> {
    let mut head = String::new();
    loop {
        let line = line(read).await?;
        if line == "\r\n" {
            return Some(head);
        }
        head += &line;
    }
}

async fn line(read: &mut BufReader<OwnedReadHalf>) -> Option<String> {
    use tokio::io::AsyncBufReadExt as _;
    let mut line = String::new();
    read.read_line(&mut line).await.ok().filter(|length| *length > 0).map(|_| line)
}

/// Somebody's speakers; they stop when this is dropped.
pub struct Load {
    _speakers: JoinSet<()>,
    stop: Arc<AtomicBool>,
}

impl Load {
    /// Somebody begins to talk through these nodes.
    pub fn of(who: &str, nodes: &[(SocketAddr, &Folder)]) -> Self {
        let (mut speakers, stop) = (JoinSet::new(), Arc::new(AtomicBool::new(false)));
        for (number, (address, folder)) in nodes.iter().enumerate() {
            for way in ["request", "request", "request", "socket", "stream"] {
                let config = trusting(folder);
                let (text, stop, address) = (said(who, number, way), Arc::clone(&stop), *address);
                let who = who.to_owned();
                speakers.spawn(async move {
                    while !stop.load(SeqCst) {
                        if let Ok(stream) = TcpStream::connect(address).await {
                            let stream = secure(stream, config.clone()).await;
                            let spoken = speak(stream, way, (&who, &text), &stop);
                            spoken.await;
                        }
                        sleep(PAUSE).await;
                    }
                });
            }
        }
        Self { _speakers: speakers, stop }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop.store(true, SeqCst);
    }
}

/// Speaks for as long as there is a way.
async fn speak(stream: TlsStream<TcpStream>, way: &str, (who, text): (&str, &str), stop: &AtomicBool) {
    match way {
        "request" => ask(stream, who, text).await,
        "socket" => talk(stream, who, text, stop).await,
        _ => send(stream, who, text, stop).await,
    }
}

async fn ask(mut stream: TlsStream<TcpStream>, who: &str, text: &str) {
    let fields = [format!("X-User-Id: {who}"), "Content-Type: application/json".to_owned()];
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    stream.write_all(&raw("POST /request", &fields, text.as_bytes())).await.ok();
    stream.flush().await.ok();
    let mut heard = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut heard)).await.ok();
}

async fn talk(stream: TlsStream<TcpStream>, who: &str, text: &str, stop: &AtomicBool) {
    let ask = Ask::nobody().at("/socket").with("x-user-id", who);
    let mut answer = ask.over_stream(stream).await;
    if answer.status() != 101 {
        return;
    }
    let upgraded = hyper::upgrade::on(&mut answer).await.unwrap();
    let mut person = crate::socket::person::Person::over(upgraded, answer.headers().clone());
    while !stop.load(SeqCst) {
        person.says_text(text).await;
        match timeout(PAUSE, person.socket.next_frame()).await {
            Err(_) => {}
            Ok(Ok(frame)) if frame.opcode() != OpCode::Close => {}
            Ok(_) => return,
        }
    }
}

async fn send(mut stream: TlsStream<TcpStream>, who: &str, text: &str, stop: &AtomicBool) {
    let head = format!(
        "POST /stream HTTP/1.1\r\nHost: localhost\r\nX-User-Id: {who}\r\nConnection: close\r\n\
         Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.ok();
    let mut answer = [0; 1];
    while !stop.load(SeqCst) {
        let event = format!("{:x}\r\n{text}\n\r\n", text.len() + 1);
        if stream.write_all(event.as_bytes()).await.is_err() || stream.flush().await.is_err() {
            return;
        }
        // There is an answer only where the stream was broken off.
        if timeout(PAUSE, stream.read(&mut answer)).await.is_ok() {
            return;
        }
    }
}

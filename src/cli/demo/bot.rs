//! The sample bot: it answers with exactly what it received.

use std::{convert::Infallible, io, net::SocketAddr};

use bytes::Bytes;
use http::{Request, Response, header::CONTENT_TYPE};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::net::TcpListener;

/// What the bot saw of a request.
#[derive(Serialize)]
struct Seen<'a> {
    method: &'a str,
    target: &'a str,
    headers: serde_json::Map<String, serde_json::Value>,
    body: Seeing<'a>,
}

/// A JSON body stays byte for byte what it was; any other is shown as text.
#[derive(Serialize)]
#[serde(untagged)]
enum Seeing<'a> {
    Json(&'a RawValue),
    Text(String),
}

/// Starts the bot on a free port of this machine.
///
/// # Errors
/// When there is none.
pub async fn start() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer));
            tokio::spawn(async move {
                // A client that goes away in the middle is no matter here.
                let _ = connection.await;
            });
        }
    });
    Ok(address)
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let text = String::from_utf8_lossy(&body);
    let headers = head.headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned().into())
    });
    let seen = Seen {
        method: head.method.as_str(),
        target: head.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str),
        headers: headers.collect(),
        body: serde_json::from_str(&text).map_or_else(|_| Seeing::Text(text.to_string()), Seeing::Json),
    };
    let shown = serde_json::to_string_pretty(&seen).unwrap_or_default() + "\n";
    let mut response = Response::new(Full::from(shown));
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    Ok(response)
}

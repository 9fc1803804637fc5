//! How the shop gets its customers a link to their desk: it asks the operator's listener, with a certificate.
//!
//! The rule: only for the customers whom the page plays, and only when the page asks, since whoever holds such a link is that person
//! at the desk. A shop of yours asks for whoever has logged in.

use std::io;

use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::tls::ClientTls;

/// Whom the page plays.
const CUSTOMERS: [&str; 3] = ["alice", "bob", "carol"];

/// Where links are asked for.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Host and port of the operator's listener.
    pub admin: String,
    /// The shop's certificate, and whom it trusts.
    pub tls: ClientTls,
}

impl Entry {
    /// What the operator's listener answers, for `CUSTOMER/desk` or `CUSTOMER/panel`; none for anything else.
    pub(super) async fn link(&self, asked: &str) -> io::Result<Option<Bytes>> {
        let Some(asked) = wanted(asked) else { return Ok(None) };
        let tcp = TcpStream::connect(&self.admin).await?;
        let name = self.tls.name_for("localhost").map_err(io::Error::other)?;
        let tls = TlsConnector::from(self.tls.config()).connect(name, tcp).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(tls)).await.map_err(io::Error::other)?;
        tokio::spawn(connection);
        let request = Request::post("/desk/links")
            .header(header::HOST, &self.admin)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::<Bytes>::from(asked.to_string()))
            .map_err(io::Error::other)?;
        let reply = sender.send_request(request).await.map_err(io::Error::other)?;
        let status = reply.status();
        let body = reply.into_body().collect().await.map_err(io::Error::other)?.to_bytes();
        match status.is_success() {
            true => Ok(Some(body)),
            false => Err(io::Error::other(format!("the operator's listener says {status}"))),
        }
    }
}

fn wanted(asked: &str) -> Option<Value> {
    let (customer, place) = asked.split_once('/')?;
    let to = match place {
        "desk" => "/",
        "panel" => "/panel",
        _ => return None,
    };
    CUSTOMERS.contains(&customer).then(|| json!({"namespace": "demo", "id": customer, "to": to}))
}

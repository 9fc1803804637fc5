//! Somebody at the desk: asks over TLS and reads the answer.

use bytes::Bytes;
use http::{Request, request::Builder};
use http_body_util::Full;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::{
    answer::Answer,
    client::{Connection, Http, SURELY, raw, secure, showing, trusting},
    house::House,
    people::{claims, token},
};

/// The desk's own origin, as the configuration says.
pub const ORIGIN: &str = "https://localhost:8445";

/// How somebody shows who they are.
#[derive(Clone, Debug)]
pub enum Shows {
    Nothing,
    /// The chat's own token, of this person.
    Token(&'static str),
    /// Whatever stands in `Authorization`.
    Bearer(String),
    /// Whatever stands in `Cookie`.
    Cookie(String),
}

impl Shows {
    fn put(&self, request: Builder) -> Builder {
        match self {
            Self::Nothing => request,
            Self::Token(who) => request.header("authorization", format!("Bearer {}", token(&claims(who)))),
            Self::Bearer(token) => request.header("authorization", format!("Bearer {token}")),
            Self::Cookie(cookie) => request.header("cookie", cookie),
        }
    }
}

impl House {
    /// Asks the desk.
    pub async fn at_desk(&self, request: Request<Full<Bytes>>) -> Answer {
        let mut config = trusting(&self.folder);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let stream = secure(TcpStream::connect(self.desk.unwrap()).await.unwrap(), config).await;
        Connection::new(stream, Http::One).await.ask(request).await
    }

    /// `GET`s something.
    pub async fn look(&self, shows: &Shows, path: &str) -> Answer {
        self.at_desk(shows.put(Request::get(path)).body(Full::default()).unwrap()).await
    }

    /// The same, as the document that it is.
    pub async fn see(&self, shows: &Shows, path: &str) -> Value {
        let answer = self.look(shows, path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        serde_json::from_slice(&answer.body).unwrap()
    }

    /// `POST`s a document.
    pub async fn send(&self, shows: &Shows, path: &str, document: &Value) -> Answer {
        self.send_with(shows, path, &document.to_string(), &[("content-type", "application/json")]).await
    }

    /// `POST`s a form from the desk's own page.
    pub async fn fill(&self, shows: &Shows, path: &str, form: &str) -> Answer {
        let fields = [("content-type", "application/x-www-form-urlencoded"), ("origin", ORIGIN)];
        self.send_with(shows, path, form, &fields).await
    }

    pub async fn send_with(&self, shows: &Shows, path: &str, body: &str, fields: &[(&str, &str)]) -> Answer {
        let mut request = shows.put(Request::post(path));
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        self.at_desk(request.body(Full::from(body.to_owned())).unwrap()).await
    }

    /// `DELETE`s something.
    pub async fn end(&self, shows: &Shows, path: &str) -> Answer {
        self.at_desk(shows.put(Request::delete(path)).body(Full::default()).unwrap()).await
    }

    /// Has the operator's program make a link.
    pub async fn ask_link(&self, wanted: &Value) -> Answer {
        static PROGRAMS: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let number = PROGRAMS.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let made =
            assentry::cli::certs::client(&self.folder.path("certs"), &format!("program-{number}"), false);
        let made = made.unwrap();
        let config = showing(&self.folder, &made.certificate, &made.key);
        let mut stream = secure(TcpStream::connect(self.admin.unwrap()).await.unwrap(), config).await;
        let body = wanted.to_string();
        let request = raw("POST /desk/links", &["Content-Type: application/json"], body.as_bytes());
        stream.write_all(&request).await.unwrap();
        let mut heard = Vec::new();
        timeout(SURELY, stream.read_to_end(&mut heard)).await.expect("there is an answer in time").ok();
        Answer::parse(&heard).unwrap()
    }

    /// The token of a new link for somebody.
    pub async fn link_for(&self, who: &str) -> String {
        let answer = self.ask_link(&serde_json::json!({"namespace": "login", "id": who})).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let made: Value = serde_json::from_slice(&answer.body).unwrap();
        let url = made["url"].as_str().unwrap();
        url.strip_prefix("https://localhost:8445/enter/").unwrap_or_else(|| panic!("{url}")).to_owned()
    }

    /// Enters by a link, in a browser: the cookie that is shown from then on.
    pub async fn enter(&self, who: &str) -> Shows {
        let link = self.link_for(who).await;
        let answer = self.fill(&Shows::Nothing, "/enter", &format!("token={link}")).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/"), "{}", answer.text());
        cookie(&answer)
    }
}

/// The cookie that an answer sets.
pub fn cookie(answer: &Answer) -> Shows {
    Shows::Cookie(answer.header("set-cookie").split(';').next().unwrap().to_owned())
}

/// What a page's forms carry.
pub fn form_of(page: &Answer) -> String {
    let (_, rest) = page.text().split_once(r#"name="form" value=""#).expect("there is a form");
    rest.split('"').next().unwrap().to_owned()
}

/// A purpose in an overview.
pub fn purpose<'v>(overview: &'v Value, name: &str) -> &'v Value {
    let purposes = overview["groups"][0]["purposes"].as_array().unwrap();
    purposes.iter().find(|purpose| purpose["name"] == name).unwrap()
}

impl House {
    /// Sends these bytes to the desk on a connection of its own and hears what comes back.
    pub async fn hear_at_desk(&self, bytes: &[u8]) -> Answer {
        let stream = TcpStream::connect(self.desk.unwrap()).await.unwrap();
        let mut stream = secure(stream, trusting(&self.folder)).await;
        stream.write_all(bytes).await.unwrap();
        let mut heard = Vec::new();
        timeout(SURELY, stream.read_to_end(&mut heard)).await.expect("there is an answer in time").ok();
        Answer::parse(&heard).unwrap()
    }
}

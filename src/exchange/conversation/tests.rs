//! A message that was decided about and waits: what may still go out, and what must be decided again.

use std::path::Path;

use http::Request;
use tempfile::TempDir;

use super::*;
use crate::{
    complaint::Source,
    consent::DecisionKind,
    exchange::{Limits, record::Record},
    identify::Identifier,
    ledger::{Ledger, LedgerSettings, NewDecision},
    metrics::Metrics,
    policy::Policy,
    receipts::{ReceiptSettings, Receipts},
    route::{Pattern, Takes},
    subject::{Standing, Subject},
    upstream::{Upstream, UpstreamSettings},
};

const POLICY: &str = "
policy: p
version: 1
undeclared: forward
purposes: {news: {title: News, basis: consent, notice: '1'}}
data: {mail: {at: $.mail, for: news, otherwise: drop}}
";
const SAID: &str = r#"{"mail":1,"text":2}"#;
const WITHOUT: &str = r#"{"text":2}"#;

/// A conversation with Ada, who is known by a header.
struct Talk {
    site: Arc<Site>,
    conversation: Conversation,
    upstream: Upstream,
    /// While it is there, messages go on.
    _record: Record,
    _folder: TempDir,
}

impl Talk {
    async fn begin(until: Option<Timestamp>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&LedgerSettings::at(folder.path().join("a.db"))).await.unwrap();
        let settings = ReceiptSettings { file: Some(folder.path().join("r")), ..ReceiptSettings::default() };
        let receipts = Arc::new(Receipts::open(&settings, Some(&ledger)).unwrap());
        let address = "http://127.0.0.1:9".parse().unwrap();
        let upstream = Upstream::new(&UpstreamSettings::at(vec![address])).unwrap();
        let metrics = Arc::new(Metrics::new());
        let site = Arc::new(Site::new(routes(&upstream, POLICY), ledger, receipts, Arc::clone(&metrics)));
        let head = Request::get("/chat").header("host", "a").header("x-user", "ada").body(()).unwrap();
        let (head, ()) = head.into_parts();
        let peer = Arc::new(Peer {
            remote: ([127, 0, 0, 1], 1).into(),
            listener: None,
            tls: false,
            server_name: None,
            alpn: None,
            certificate: None,
        });
        let routes = site.routes();
        let (route, _) = routes.find(&head, None).unwrap();
        let who = route.identify(&head, &peer, &Reading::nothing()).unwrap();
        let slot = site.receipts.reserve().unwrap();
        let tally = Arc::new(metrics.exchanges(None));
        let mut record = Record::begin(slot, Timestamp::now(), tally, metrics.exchange_begins());
        record.routed(route);
        let who = Identified { until, ..who };
        let (signals, keys) = (Signals::read(&head.headers), Keys::new(&[0; 32]));
        let question = Question { head, who, signals, keys, route: Arc::clone(route) };
        let conversation = Conversation::after(&site, &peer, question, record.converses());
        Self { site, conversation, upstream, _record: record, _folder: folder }
    }

    async fn decides(&self, kind: DecisionKind) {
        let ada = Subject::new("login", "ada", Standing::Proven);
        let new = NewDecision {
            kind,
            purpose: Some("news".to_owned()),
            notice: Some("1".to_owned()),
            text_digest: None,
            source: "test".to_owned(),
            expires: None,
            jurisdiction: None,
        };
        self.site.ledger.decide(&ada, "p", new).await.unwrap();
    }

    async fn decided(&self) -> Result<Decided, Refusal> {
        self.conversation
            .decide(
                Direction::ToBot,
                &[Part::Text(Bytes::from_static(SAID.as_bytes()))],
                &mut Asking::default(),
            )
            .await
    }

    fn released(&self, decided: Decided) -> Option<String> {
        let bytes = self.conversation.release(decided)?.into_message();
        Some(String::from_utf8(bytes.to_vec()).unwrap())
    }
}

fn routes(upstream: &Upstream, policy: &str) -> Routes<Served> {
    let source = "- header: {name: x-user, from: [127.0.0.0/8], namespace: login}";
    let identifier =
        Identifier::new(&serde_saphyr::from_str::<Vec<_>>(source).unwrap(), Path::new(".")).unwrap();
    let policy = Policy::parse(Source::new("p.yaml", policy)).unwrap();
    let second = std::time::Duration::from_secs(1);
    let limits = Limits {
        body: 100,
        hold: 100,
        flow: 100,
        nesting: 9,
        body_time: second,
        reply_time: second,
        message: 100,
        socket_idle: second,
    };
    let tally = Metrics::new().exchanges(Some("chat"));
    let served = Served::new("chat", (policy, None), identifier, upstream.clone(), limits, tally).unwrap();
    let takes = Takes { host: None, pattern: Pattern::exact("/chat").unwrap(), methods: Vec::new() };
    Routes::new([(takes, Arc::new(served))])
}

#[tokio::test]
async fn a_message_that_waited_through_a_withdrawal_is_decided_again() {
    let talk = Talk::begin(None).await;
    talk.decides(DecisionKind::Grant).await;
    let under_the_yes = talk.decided().await.unwrap();
    talk.decides(DecisionKind::Withdraw).await;
    assert_eq!(talk.released(under_the_yes), None);
    let decided = talk.decided().await.unwrap();
    assert_eq!(talk.released(decided).as_deref(), Some(WITHOUT));
}

#[tokio::test]
async fn a_withdrawal_while_there_is_no_way_yet_is_obeyed_when_there_is_one() {
    let talk = Talk::begin(None).await;
    talk.decides(DecisionKind::Grant).await;
    let parts = [Part::Text(Bytes::from_static(SAID.as_bytes()))];
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let way = || async {
        if asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0 {
            talk.decides(DecisionKind::Withdraw).await;
        }
        Ok::<(), ()>(())
    };
    let sent = talk.conversation.pass(Direction::ToBot, &parts, way).await.unwrap();
    assert_eq!(sent.into_message(), WITHOUT);
}

#[tokio::test]
async fn a_message_that_waited_through_a_reload_is_decided_again() {
    let talk = Talk::begin(None).await;
    let under_the_old = talk.decided().await.unwrap();
    talk.site.serve_from_now_on(routes(&talk.upstream, &POLICY.replace("$.mail", "$.text")));
    assert_eq!(talk.released(under_the_old), None);
    let decided = talk.decided().await.unwrap();
    assert_eq!(talk.released(decided).as_deref(), Some(r#"{"mail":1}"#));
}

#[tokio::test]
async fn nothing_goes_out_under_a_credential_that_has_expired() {
    let soon = Timestamp::now() + jiff::SignedDuration::from_millis(300);
    let talk = Talk::begin(Some(soon)).await;
    let in_time = talk.decided().await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(320)).await;
    assert_eq!(talk.released(in_time), None);
    assert!(matches!(talk.decided().await, Err(Refusal::Credential(_))));
    let answer = talk.conversation.decide(Direction::ToPerson, &[], &mut Asking::default()).await;
    assert!(matches!(answer, Err(Refusal::Credential(_))), "nor is anything said to whoever has it");
}

//! Decisions on their way between all ledgers: a file, a server, a service.

use std::{fs, path::Path, process::Command};

use assentry::ledger::{Ledger, LedgerSettings, PostgresSettings, ServiceSettings};
use tokio::task::spawn_blocking;

use super::{ASKED, Options, Service, WITHOUT, place};
use crate::{
    bot::Bot,
    client::{Http, chat},
    cluster::Cluster,
    ledger::{decision, person},
    program::Program,
    written::Written,
};

/// What `assentry consent export` prints.
async fn exported(settings: &LedgerSettings) -> String {
    let ledger = Ledger::open(settings).await.unwrap();
    let (mut export, mut text) = (ledger.export(None), Vec::new());
    while let Some(lines) = export.next().await.unwrap() {
        text.extend(lines);
    }
    String::from_utf8(text).unwrap()
}

async fn imported(settings: &LedgerSettings, text: &str) -> u64 {
    let ledger = Ledger::open(settings).await.unwrap();
    ledger.import(&mut std::io::Cursor::new(text)).await.unwrap().added
}

#[tokio::test]
async fn decisions_travel_from_a_file_to_a_server_to_a_service_and_back_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = LedgerSettings::at(folder.path().join("a.db"));
    let key = Some(file.key_path());
    let ledger = Ledger::open(&file).await.unwrap();
    for n in 0..300 {
        let words =
            ["grant personalisation", "withdraw personalisation", "object analytics", "restrict", "lift"];
        let who = person(&format!("person {}", n % 7));
        ledger.decide(&who, ["shop", "help"][n % 2], decision(words[n % 5])).await.unwrap();
    }
    drop(ledger);
    let text = exported(&file).await;
    let beside =
        |name: &str| LedgerSettings { key: key.clone(), ..LedgerSettings::at(folder.path().join(name)) };
    let (listener, address) = place().await;
    let service = Service::begin(
        listener,
        Options { file: folder.path().join("decisions.ndjson"), ..Options::default() },
    );
    let mut ledgers = vec![
        LedgerSettings { http: Some(ServiceSettings::at(format!("http://{address}/"))), ..beside("c.db") },
        beside("d.db"),
    ];
    if let Some(cluster) = Cluster::shared() {
        let postgres = Some(PostgresSettings::at(&cluster.database()).unwrap());
        ledgers.insert(0, LedgerSettings { postgres, ..beside("b.db") });
    }
    let mut before = text.clone();
    for settings in &ledgers {
        assert_eq!(imported(settings, &before).await, 300);
        assert_eq!(imported(settings, &before).await, 0, "nothing twice");
        before = exported(settings).await;
        assert!(before == text, "{}", settings.place());
    }
    assert_eq!(service.kept().len(), 300);
    let (first, last) = (Ledger::open(&file).await.unwrap(), Ledger::open(&ledgers[0]).await.unwrap());
    let heard = Ledger::open(&ledgers[ledgers.len() - 2]).await.unwrap();
    for n in 0..7 {
        let who = person(&format!("person {n}"));
        let said = async |ledger: &Ledger| {
            let consent = ledger.consent(&who, "shop").await.unwrap();
            let kinds = consent.decisions.values().map(|decision| (decision.kind, decision.at));
            (consent.restricted, kinds.collect::<Vec<_>>())
        };
        let expected = said(&first).await;
        assert_eq!((said(&last).await, said(&heard).await), (expected.clone(), expected));
    }
}

/// An export that says no for Ada, a second from now, of a ledger with this key.
async fn a_no(key: &Path) -> String {
    let folder = tempfile::tempdir().unwrap();
    let settings =
        LedgerSettings { key: Some(key.to_owned()), ..LedgerSettings::at(folder.path().join("a.db")) };
    let ledger = Ledger::open(&settings).await.unwrap();
    ledger.decide(&person("ada"), "shop", decision("withdraw personalisation")).await.unwrap();
    drop(ledger);
    exported(&settings).await
}

#[tokio::test]
async fn a_running_proxy_obeys_what_was_imported_at_once() {
    // So patient that it would not see for itself.
    let written = Written::shop().ledger("poll: 60s, stale_after: 120s");
    let house = written.before(Bot::open().await).await;
    house.decide("ada", "grant personalisation").await;
    let mut connection = house.connect(Http::One).await;
    connection.ask(chat(ASKED)).await;
    assert_eq!(house.bot.last().text(), ASKED);
    let text = a_no(&house.folder.load().ledger.key_path()).await;
    let file = house.folder.path("no.ndjson");
    fs::write(&file, &text).unwrap();
    let config = house.folder.config();
    let words = ["consent", "import", file.to_str().unwrap(), "--config", config.to_str().unwrap()];
    let done = Program::run(&words).await;
    assert_eq!(
        String::from_utf8_lossy(&done.stdout),
        "imported 1 decisions; 0 of 1 were there already\n",
        "{done:?}"
    );
    connection.ask(chat(ASKED)).await;
    assert_eq!(house.bot.last().text(), WITHOUT);
    fs::write(&file, text.replace("withdraw", "perhaps")).unwrap();
    let failed = Program::run(&words).await;
    assert_eq!(failed.status.code(), Some(1));
    let said = String::from_utf8_lossy(&failed.stderr);
    assert!(said.contains("line 2: it is not a decision as documented; nothing was imported"), "{said}");
}

#[tokio::test]
async fn an_export_says_aside_that_links_are_not_part_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let settings = LedgerSettings::at(folder.path().join("a.db"));
    let ledger = Ledger::open(&settings).await.unwrap();
    ledger.decide(&person("ada"), "shop", decision("deny personalisation")).await.unwrap();
    drop(ledger);
    let path = settings.path.to_str().unwrap().to_owned();
    let words = ["consent", "export", "--ledger", &path];
    let alone = Program::run(&words).await;
    assert!(alone.status.success() && alone.stderr.is_empty(), "{alone:?}");
    let linked = ["consent", "link", "login:ada", "login:bob", "--by", "help desk", "--ledger", &path];
    assert!(Program::run(&linked).await.status.success());
    let done = Program::run(&words).await;
    assert_eq!((done.status.success(), &done.stdout), (true, &alone.stdout), "{done:?}");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(
        said.starts_with("warning: ids are linked in this ledger, and links are not exported: "),
        "{said}"
    );
}

#[tokio::test]
async fn an_export_goes_through_a_pipe_into_a_new_ledger_with_the_same_key() {
    let folder = tempfile::tempdir().unwrap();
    let old = LedgerSettings::at(folder.path().join("old.db"));
    let ledger = Ledger::open(&old).await.unwrap();
    ledger.decide(&person("ada"), "shop", decision("deny personalisation")).await.unwrap();
    drop(ledger);
    let piped = async |words: &str| {
        let program = env!("CARGO_BIN_EXE_assentry");
        let line = words.replace("assentry", program);
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &line])
            .current_dir(folder.path())
            .env_remove("ASSENTRY_CONFIG")
            .env("ASSENTRY_LOG", "off");
        let done = spawn_blocking(move || shell.output()).await.unwrap().unwrap();
        String::from_utf8([done.stdout, done.stderr].concat()).unwrap()
    };
    let line = "assentry consent export --ledger old.db | assentry consent import --create --ledger new.db";
    let said = piped(line).await;
    assert!(said.contains("there is no key at `new.db.key`; copy the key file"), "{said}");
    fs::copy(folder.path().join("old.db.key"), folder.path().join("new.db.key")).unwrap();
    assert_eq!(piped(line).await, "imported 1 decisions; 0 of 1 were there already\n");
    assert_eq!(piped(line).await, "imported 0 decisions; 1 of 1 were there already\n");
    let new = LedgerSettings::at(folder.path().join("new.db"));
    assert_eq!(exported(&new).await, exported(&old).await);
    let line = line.replace("new.db", "other.db");
    fs::write(folder.path().join("other.db.key"), [7; 32]).unwrap();
    let chmod = piped("chmod 600 other.db.key").await;
    let said = piped(&line).await;
    assert!(
        chmod.is_empty()
            && said.contains("exported under another key")
            && said.contains("nothing was imported"),
        "{said}"
    );
}

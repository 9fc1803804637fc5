use clap::Parser;

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: ConsentArgs,
}

fn known(group: &str) -> KnownPurposes {
    let shown = Shown { notice: Some("2026-11".to_owned()), text_digest: Some("ab".repeat(32)) };
    let purposes = [("personalisation".to_owned(), shown), ("analytics".to_owned(), Shown::default())];
    let namespaces = ["login".to_owned(), "visitor".to_owned()].into();
    KnownPurposes { group: group.to_owned(), purposes: purposes.into(), namespaces }
}

async fn say(
    line: &str,
    settings: &LedgerSettings,
    known: &[KnownPurposes],
) -> Result<String, ConsentFailure> {
    let line = Line::try_parse_from(["consent"].into_iter().chain(line.split(' '))).unwrap();
    let mut out = Vec::new();
    run(&line.args, settings, known, &mut out).await?;
    Ok(String::from_utf8(out).unwrap())
}

#[tokio::test]
async fn what_is_decided_can_be_shown() {
    let folder = tempfile::tempdir().unwrap();
    let (settings, known) = (LedgerSettings::at(folder.path().join("a.db")), [known("shop")]);
    let say = async |line: &str| say(line, &settings, &known).await.unwrap();
    assert_eq!(
        say("grant personalisation --subject login:ada --create").await,
        "granted `personalisation` for login:ada (generation 1)\n"
    );
    assert_eq!(say("show --subject login:bob").await, "login:bob has decided nothing in `shop`\n");
    assert_eq!(
        say("object analytics --subject login:ada").await,
        "objected to `analytics` for login:ada (generation 2)\n"
    );
    assert_eq!(
        say("restrict --subject login:ada").await,
        "restricted processing for login:ada (generation 3)\n"
    );
    let shown = say("show --subject login:ada").await;
    assert!(shown.contains("processing is restricted"), "{shown}");
    assert!(shown.contains("personalisation: yes since 2"), "{shown}");
    assert!(shown.contains("notice 2026-11 (cli)"), "{shown}");
    assert_eq!(say("history --subject login:ada").await.lines().count(), 3);
}

#[tokio::test]
async fn a_yes_is_recorded_under_the_notice_and_the_text_that_were_shown() {
    let folder = tempfile::tempdir().unwrap();
    let (settings, known) = (LedgerSettings::at(folder.path().join("a.db")), [known("shop")]);
    let decide = async |line: &str| {
        let said =
            say(&format!("{line} --subject login:ada --json --create"), &settings, &known).await.unwrap();
        serde_json::from_str::<serde_json::Value>(&said).unwrap()["decision"].clone()
    };
    let current = decide("grant personalisation").await;
    assert_eq!((&current["notice"], &current["text_digest"]), (&json!("2026-11"), &json!("ab".repeat(32))));
    let older = decide("grant personalisation --notice 2026-10").await;
    assert_eq!((&older["notice"], &older["text_digest"]), (&json!("2026-10"), &json!(null)));
    let withdrawn = decide("withdraw personalisation").await;
    assert_eq!((&withdrawn["notice"], &withdrawn["text_digest"]), (&json!(null), &json!(null)));
}

#[tokio::test]
async fn a_slip_of_the_pen_is_told_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let settings = LedgerSettings::at(folder.path().join("a.db"));
    let (one, two) = ([known("shop")], [known("shop"), known("bank")]);
    let nobody = [KnownPurposes { namespaces: BTreeSet::new(), ..known("shop") }];
    let long = format!("restrict --subject login:{}", "x".repeat(513));
    for (line, known, expected) in [
        ("grant personalization --subject login:ada", &one[..], "did you mean `personalisation`?"),
        ("grant x --subject login:ada", &one, "unknown purpose `x`; there are: analytics, personalisation"),
        ("grant personalisation --subject login:ada", &two, "choose with `--group` from `shop`, `bank`"),
        ("show --subject login:ada --group shap", &two, "did you mean `shop`?"),
        ("show --subject login:ada", &[], "name them with `--group`"),
        ("withdraw analytics --subject visiter:ada", &one, "namespace `visiter`; did you mean `visitor`?"),
        ("withdraw analytics --subject x:ada", &one, "unknown namespace `x`; there are: login, visitor"),
        ("withdraw analytics --subject login:a\tda", &one, "has control characters"),
        (&long, &one, "longer than 512 bytes"),
        ("restrict --subject login:ada", &nobody, "nobody would be recognised"),
    ] {
        let failure = say(line, &settings, known).await.unwrap_err();
        assert_eq!(failure.exit_code(), 2);
        assert!(failure.to_string().contains(expected), "{failure}");
        assert!(!failure.to_string().contains("ada"));
    }
    assert!(!settings.path.exists());
}

#[tokio::test]
async fn no_verb_makes_a_ledger_unless_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let (settings, known) = (LedgerSettings::at(folder.path().join("a.db")), [known("shop")]);
    for line in ["withdraw analytics", "restrict", "show", "history"] {
        let line = format!("{line} --subject login:ada");
        let failure = say(&line, &settings, &known).await.unwrap_err();
        assert_eq!(failure.exit_code(), 1);
        let said = failure.to_string();
        assert!(
            said.starts_with(&format!("there is no ledger at `{}`; ", settings.path.display())),
            "{said}"
        );
        let writes = !line.starts_with("show") && !line.starts_with("history");
        assert_eq!(said.ends_with("start `assentry serve` once, or give `--create`"), writes, "{said}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    say("withdraw analytics --subject login:ada --create", &settings, &known).await.unwrap();
    say("withdraw analytics --subject login:ada", &settings, &known).await.unwrap();
}

#[tokio::test]
async fn ids_of_one_person_are_linked_listed_and_parted() {
    let folder = tempfile::tempdir().unwrap();
    let (settings, known) = (LedgerSettings::at(folder.path().join("a.db")), [known("shop")]);
    let line = Line::try_parse_from(["consent", "link", "login:ada", "visitor:7"]).map(drop);
    assert!(
        line.unwrap_err().to_string().contains("--by <TEXT>"),
        "somebody gives their word, or there is proof"
    );
    let say = async |line: &str| say(line, &settings, &known).await;
    let said = say("link login:ada visitor:7 --by helpdesk --create").await.unwrap();
    assert_eq!(said, "linked login:ada and visitor:7: one person, with 2 ids\n");
    say("withdraw analytics --subject visitor:7").await.unwrap();
    let shown = say("show --subject login:ada").await.unwrap();
    assert!(shown.contains("  linked with the ids that receipts call "), "{shown}");
    assert!(shown.contains("(cli), s") || shown.contains("(cli), t"), "it says which id said so: {shown}");
    let history = say("history --subject login:ada").await.unwrap();
    assert!(history.contains("(cli), through the linked id "), "{history}");
    let links = say("links --subject visitor:7").await.unwrap();
    assert!(links.contains("on the word of helpdesk (cli)") && !links.contains("ada"), "{links}");
    let parted = say("unlink visitor:7 login:ada").await.unwrap();
    assert_eq!(parted, "unlinked visitor:7 and login:ada; each has what it decided itself, and every no\n");
    assert_eq!(say("links --subject login:ada").await.unwrap(), "login:ada is linked with no other id\n");
    let again = say("unlink visitor:7 login:ada").await.unwrap_err();
    assert!(again.to_string().starts_with("there is no link between these two ids; "), "{again}");
    let wrong = say("link login:ada visiter:7 --by helpdesk").await.unwrap_err();
    assert!(wrong.to_string().contains("did you mean `visitor`?"), "{wrong}");
}

#[tokio::test]
async fn what_people_asked_for_is_listed_with_its_deadline_and_can_be_answered() {
    let folder = tempfile::tempdir().unwrap();
    let settings = LedgerSettings::at(folder.path().join("a.db"));
    let say = async |line: &str| say(line, &settings, &[]).await;
    let missing = say("requests").await.unwrap_err().to_string();
    assert!(missing.contains("there is no ledger"), "{missing}");
    let ledger = crate::ledger::Ledger::open(&settings).await.unwrap();
    assert_eq!(say("requests").await.unwrap(), "nobody waits for an answer\n");
    let ada: Person = "login:ada".parse().unwrap();
    let asked = crate::ledger::NewRequest {
        kind: crate::ledger::RequestKind::Word,
        words: Some("please\n\u{1b}[31mcall me".to_owned()),
        source: "desk".to_owned(),
    };
    let asked = ledger.ask(ada.subject(), asked).await.unwrap();
    let due = asked.due.strftime("%Y-%m-%d").to_string();
    let told = say("requests").await.unwrap();
    assert!(told.contains(&format!("word: due {due}; asked ")) && told.contains(&asked.subject), "{told}");
    assert!(told.contains("> please\n") && told.contains("> \u{fffd}[31mcall me\n"), "{told}");
    let json: serde_json::Value = serde_json::from_str(&say("requests --json").await.unwrap()).unwrap();
    assert_eq!((&json["requests"][0]["id"], &json["unheard"]), (&json!(asked.id), &json!([])));
    let line = Line::try_parse_from(["consent", "requests", "--done", "1"]);
    assert!(line.err().unwrap().to_string().contains("--how"), "how it was answered belongs to it");
    let line =
        Line::try_parse_from(["consent", "requests", "--done", "1", "--how", "called on Monday"]).unwrap();
    let mut out = Vec::new();
    run(&line.args, &settings, &[], &mut out).await.unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), "request 1 (word) is done\n");
    assert_eq!(say("requests").await.unwrap(), "nobody waits for an answer\n");
    assert!(say("requests --all").await.unwrap().contains("= called on Monday\n"));
    ledger.keep_messages();
    for _ in 0..2 {
        ledger.erase(ada.subject(), "test").await.unwrap();
    }
    let told = say("requests").await.unwrap();
    assert!(
        told.contains("2 messages wait for the webhook to acknowledge; the oldest is `subject.erased`"),
        "{told}"
    );
    assert!(told.contains("0 attempts, last: not sent yet"), "{told}");
}

#[tokio::test]
async fn nobody_is_erased_by_a_slip_and_what_is_known_can_be_downloaded() {
    let folder = tempfile::tempdir().unwrap();
    let (settings, known) = (LedgerSettings::at(folder.path().join("a.db")), [known("shop")]);
    let say = async |line: &str| say(line, &settings, &known).await;
    say("grant personalisation --subject login:ada --create").await.unwrap();
    say("object analytics --subject login:ada").await.unwrap();
    say("link login:ada visitor:7 --by support").await.unwrap();
    let known: serde_json::Value =
        serde_json::from_str(&say("download --subject login:ada").await.unwrap()).unwrap();
    assert_eq!(known["subject"], json!({"namespace": "login", "id": "ada"}));
    let ids = known["ledger"]["ids"].as_array().unwrap();
    assert_eq!((ids.len(), known["ledger"]["links"][0]["by"].as_str()), (2, Some("support")));
    assert_eq!(ids[0]["decisions"]["shop"][0]["kind"], "grant");
    assert_eq!(known["receipts"], json!([]));
    let refused = say("erase --subject login:ada").await.unwrap_err();
    assert_eq!(refused.exit_code(), 2);
    assert!(refused.to_string().ends_with("say it again with `--yes`"), "{refused}");
    let erased = say("erase --subject login:ada --yes").await.unwrap();
    assert!(erased.starts_with("erased, with 2 ids: 2 decisions, 0 keys"), "{erased}");
    assert!(erased.contains("1 noes are still obeyed, for each id"), "{erased}");
    let shown = say("show --subject visitor:7").await.unwrap();
    assert!(shown.contains("analytics: objected since 2"), "{shown}");
    let wrong = say("erase --subject logn:ada --yes").await.unwrap_err();
    assert_eq!(wrong.exit_code(), 2);
}

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

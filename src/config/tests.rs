use super::*;

const POLICY: &str = "policy: p\nversion: 1\nundeclared: forward\ndata:\n  s: {at: 'path:session'}\n";

fn complaint(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("assentry.yaml");
    std::fs::write(&path, text).unwrap();
    std::fs::write(folder.path().join("p.yaml"), POLICY).unwrap();
    for (name, signal) in [("tcf.yaml", "{tcf: 3}"), ("gpp.yaml", "{gpp: Gpc}")] {
        let purposes = format!("purposes: {{a: {{title: A, basis: public-task, objections: {signal}}}}}");
        let policy = format!("policy: p\nversion: 1\nundeclared: forward\n{purposes}\n");
        std::fs::write(folder.path().join(name), policy).unwrap();
    }
    let shown = match Config::load(&path).and_then(|config| config.routes().map(|_| ())) {
        Ok(()) => "fine".to_owned(),
        Err(error) => error.to_string(),
    };
    shown.replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn mistakes_in_a_configuration_are_shown_with_line_and_advice() {
    let route = "{name: chat, path: '/chat/{session}', policy: p.yaml, upstream: 'http://127.0.0.1:1'}";
    let with = |from: &str, to: &str| {
        let route = route.replace(from, to);
        format!("listeners: []\nroutes: [{route}]\n")
    };
    let texts = [
        "listener: []\n".to_owned(),
        "listeners: []\nroutes: []\nlimit: {}\n".to_owned(),
        "listeners: []\nroutes: []\nlimits: {body: 10MB}\n".to_owned(),
        "listeners: []\nroutes: []\ntimeouts: {body: 30}\n".to_owned(),
        "listeners: [{address: localhost}]\nroutes: []\n".to_owned(),
        format!("listeners: []\nroutes: [{route}]\n"),
        format!("listeners: []\nroutes: [{}]\n", route.replace("{session}", "{sesion}")),
        format!("listeners: []\nroutes: [{}]\n", route.replace("p.yaml", "q.yaml")),
        format!("listeners: []\nroutes: [{}]\n", route.replace("path:", "paht:")),
        format!("listeners: []\nroutes: [{}]\n", route.replace("http:", "ftp:")),
        format!("listeners: []\nroutes: [{}]\n", route.replace("/chat", "chat")),
        format!("listeners: []\nroutes: [{}]\n", route.replace("policy", "mode: report, policy")),
        with("policy: p.yaml", "policy: tcf.yaml"),
        with("policy: p.yaml", "policy: gpp.yaml, signals: {tcf: {cookie: a}}"),
        with("policy: p.yaml", "policy: p.yaml, signals: {gpp: {}}"),
        with("policy: p.yaml", "policy: p.yaml, signals: {tfc: {cookie: a}}"),
        with("policy: p.yaml", "policy: p.yaml, desk: /privacy"),
        with("policy: p.yaml", "policy: p.yaml, desk: 'ftp://a/b'"),
        format!("listeners: []\nroutes: [{route}, {route}]\n"),
    ];
    let report: Vec<String> = texts.iter().map(|text| complaint(text)).collect();
    insta::assert_snapshot!(report.join("\n\n"));
}

#[test]
fn a_key_written_in_the_file_is_never_shown() {
    let source = |key: &str| {
        format!("listeners: []\nroutes: []\nsubjects:\n  - signed_cookie:\n      name: s\n      key: {key}\n")
    };
    let token = |key: &str| {
        format!(
            "listeners: []\nroutes: []\nsubjects:\n  - jwt: {{algorithm: HS256, issuer: i, audience: a, key: {key}}}\n"
        )
    };
    let texts = [
        source("{inline: hush-hush, file: x}"),
        source("{\"inline\": hush-hush, file: x}"),
        source("{'inline' : hush-hush, file: x}"),
        source("{inline\n          : hush-hush, file: x}"),
        source("\n        inline:\n          hush-hush\n        file: x"),
        source("\n        inline: |\n          hush-hush\n        file: x"),
        source("\n        inline: >-\n          hush-hush\n       file: x"),
        source("\n        inline: \"a\n          hush-hush"),
        source("{inline: [hush-hush]}"),
        source("{inline: *hush-hush}"),
        source("{inline: !hush-hush x}"),
        source("{inline: hush-hush: x}"),
        source("{inline hush-hush}"),
        source("{inlin: hush-hush}"),
        source("hush-hush"),
        source("[hush-hush]"),
        source("\n        - hush-hush"),
        token("hush-hush"),
        token("{inline: hush-hush, inline: hush-hush}"),
        token("{inlien: hush-hush}"),
        token("{hush-hush: 1}"),
        "listeners: []\nroutes: []\nledger: {postgres: 'postgres://a:hush-hush@db/a'}\n".to_owned(),
        "listeners: []\nroutes: []\nledger:\n  postgres:\n    url: postgres://db/a?password=hush-hush\n"
            .to_owned(),
        "listeners: []\nroutes: []\nledger: {postgres: {url: 'postgres://db/a', password: hush-hush}}\n"
            .to_owned(),
        source("{inline: hush-hush}") + "limits: {body: 10MB}\n",
        source("{inline: hush-hush}") + "limit: {}\n",
    ];
    let report: Vec<String> = texts.iter().map(|text| complaint(text)).collect();
    let report = report.join("\n\n");
    assert!(!report.contains("hush"), "{report}");
    insta::assert_snapshot!(report);
}

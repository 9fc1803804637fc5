use super::*;
use crate::complaint::Source;

fn policy() -> Policy {
    let text = "policy: p\nversion: 1\nundeclared: forward\ndetection:\n  kinds:\n    badge: {title: B, ask: badges, for: BADGE}\n    \
                person-name: {ask: names, for: PERSON}\ndata:\n  it: {in_text: [badge, person-name]}\n";
    Policy::parse(Source::new("p.yaml", text)).unwrap_or_else(|wrong| panic!("{}", wrong.show(false)))
}

fn silent() -> Policy {
    Policy::parse(Source::new("p", "policy: p\nversion: 1\nundeclared: forward\n")).unwrap()
}

fn args(detectors: &[&str]) -> DetectorArgs {
    DetectorArgs { detectors: detectors.iter().map(|&written| written.to_owned()).collect() }
}

#[test]
fn nobody_is_asked_who_was_not_named() {
    assert!(args(&[]).asker(&[&policy()]).unwrap().is_none());
    let both = args(&["names=http://127.0.0.1:9", "badges=https://badges.example/v1?a=b"]);
    assert!(both.asker(&[&policy()]).is_err(), "an address with a query");
    let both = args(&["names=http://127.0.0.1:9", "badges=http://localhost:9/v1"]);
    assert!(both.asker(&[&silent(), &policy()]).unwrap().is_some());
}

#[test]
fn what_can_not_be_asked_says_what_to_write_instead() {
    let said = |written: &[&str], policy: &Policy| {
        let (words, exit) = args(written).asker(&[policy]).err().unwrap();
        assert_eq!(exit, Exit::Usage, "{words}");
        format!("{}\n  {words}\n", written.join(" "))
    };
    let here = "names=http://127.0.0.1:9";
    let lines = [
        &["names"][..],
        &["=http://127.0.0.1:9"],
        &["names="],
        &["http://127.0.0.1:5002/?a=b"],
        &[here, here],
        &[here],
        &[here, "badgse=http://127.0.0.1:9"],
        &[here, "badges=127.0.0.1:9"],
        &[here, "badges=http://badges.example"],
        &[here, "badges=http://me:secret@127.0.0.1:9"],
        &[here, "badges=ftp://127.0.0.1"],
    ];
    let said_of_all: String = lines.iter().map(|line| said(line, &policy())).collect();
    insta::assert_snapshot!(said_of_all + &said(&[here], &silent()));
}

#[test]
fn a_detector_that_does_not_answer_is_named_with_what_it_was_asked_and_what_to_do() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let policy = policy();
    let written = ["names", "badges"].map(|name| format!("{name}=http://{nobody}/v1"));
    let asker = args(&written.each_ref().map(String::as_str)).asker(&[&policy]).unwrap().unwrap();
    let inquiry = policy.inquiries(crate::detect::Kinds::EVERY).remove(1);
    let question = Question { inquiry, text: "Ask Ada Byron".into(), must: true };
    let mut answers = Answers::new(usize::MAX);
    let (words, exit) = unanswered(&asker.ask(vec![question], &mut answers).unwrap_err());
    assert_eq!(exit, Exit::Failed);
    insta::assert_snapshot!(words.replace(&nobody.port().to_string(), "PORT"));
}

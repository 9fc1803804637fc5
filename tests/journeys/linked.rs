//! One person with several ids: a no through one is obeyed by the open socket of another, and a link rests on proof.

use assentry::{
    identify::sign_cookie,
    ledger::{NewLink, Proof, open_for_cli},
};
use yawc::{Frame, close::CloseCode};

use crate::{
    client::{Http, chat},
    house::House,
    ledger::person,
    people::{TOKENS, claims, token},
    program::Program,
    socket::{bot::Echo, person::Ask},
    written::{Folder, Written},
};

const ASKED: &str = r#"{"text":"Which shoes?","context":{"purchases":[{"sku":"A1"}],"page":7}}"#;
const WITHOUT: &str = r#"{"text":"Which shoes?","context":{"page":7}}"#;
const SECRET: &str = "fedcba9876543210fedcba9876543210";

/// People who log in, and visitors with a signed cookie.
fn written() -> Written {
    let cookie = format!(
        "- signed_cookie: {{name: visitor, key: {{inline: {SECRET}}}, namespace: visitor}}\n\
         - cookie: {{name: device, namespace: device}}"
    );
    Written::shop().subjects(&format!("{TOKENS}\n{cookie}"))
}

fn cookie(id: &str) -> String {
    let expires = u64::try_from(jiff::Timestamp::now().as_second()).unwrap() + 600;
    format!("visitor={}", sign_cookie(SECRET.as_bytes(), "visitor", id, expires))
}

impl House {
    /// Joins two ids, through the control channel; acknowledged on return.
    pub async fn link(&self, one: &str, other: &str) {
        let mut channel = open_for_cli(&self.folder.load().ledger).await.unwrap();
        let new = NewLink {
            proof: Some(Proof::Operator),
            by: Some("journey".to_owned()),
            source: "journey".to_owned(),
        };
        channel.link([&person(one), &person(other)], new).await.unwrap();
    }

    /// Parts them again.
    pub async fn unlink(&self, one: &str, other: &str) {
        let mut channel = open_for_cli(&self.folder.load().ledger).await.unwrap();
        let new = NewLink { proof: None, by: None, source: "journey".to_owned() };
        channel.unlink([&person(one), &person(other)], new).await.unwrap();
    }
}

#[tokio::test]
async fn a_withdrawal_through_one_id_is_obeyed_by_the_next_message_of_the_other_s_open_socket() {
    for http in Http::BOTH {
        let (bot, echo) = Echo::open().await;
        let house = written().before(bot).await;
        let mut visitor = house.socket(&Ask::nobody().with("cookie", &cookie("7")).over(http)).await;
        house.decide("visitor:7", "grant personalisation").await;
        assert_eq!(visitor.asks(ASKED).await, ASKED);
        house.decide("login:ada", "withdraw personalisation").await;
        assert_eq!(visitor.asks(ASKED).await, ASKED, "they are nobody's same person yet");
        house.link("login:ada", "visitor:7").await;
        assert_eq!(visitor.asks(ASKED).await, WITHOUT, "a link is obeyed at once, too");
        for _ in 0..5 {
            house.decide("login:ada", "grant personalisation").await;
            assert_eq!(visitor.asks(ASKED).await, ASKED);
            house.decide("login:ada", "withdraw personalisation").await;
            assert_eq!(visitor.asks(ASKED).await, WITHOUT);
            assert_eq!(echo.last(), WITHOUT);
        }
        house.decide("login:ada", "grant personalisation").await;
        house.unlink("login:ada", "visitor:7").await;
        assert_eq!(visitor.asks(ASKED).await, WITHOUT, "what came as a no stays one");
        visitor.closes(Frame::close(CloseCode::Normal, [])).await;
        assert_eq!(house.receipt().await["subject"]["namespace"], "visitor");
    }
}

/// `assentry consent link login:ada visitor:7` with these credentials.
async fn link(folder: &Folder, credentials: [&str; 2]) -> (Option<i32>, String) {
    let config = folder.config();
    let mut words = vec!["consent", "link", "login:ada", "visitor:7", "--route", "chat"];
    words.extend(["--config", config.to_str().unwrap()]);
    credentials.iter().for_each(|credential| words.extend(["--credential", credential]));
    let output = Program::run(&words).await;
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[tokio::test]
async fn two_credentials_link_what_they_prove_and_nothing_else_and_are_never_printed() {
    let folder = written().write("127.0.0.1:9".parse().unwrap());
    let program = Program::serve(&folder).await;
    let bearer = |who: &str| format!("authorization: Bearer {}", token(&claims(who)));
    let (ada, eve) = (bearer("ada"), bearer("eve"));
    let seventh = format!("cookie: {}", cookie("7"));
    let stale = format!("cookie: visitor={}", sign_cookie(SECRET.as_bytes(), "visitor", "7", 1));
    let forged = format!("{ada}x");
    for (credentials, code, expected) in [
        ([eve.as_str(), &seventh], 1, "the credentials prove other ids than those that are to be linked"),
        ([&ada, &ada], 1, "the credentials prove other ids"),
        ([&forged, &seventh], 1, "the first credential does not hold: "),
        ([&ada, &stale], 1, "the second credential does not hold: "),
        (
            [&ada, "cookie: device=7"],
            1,
            "the second credential only claims an id; a link needs one that proves it",
        ),
        ([&ada, "x-user-id: 7"], 1, "the second credential is not one that the route's sources look for"),
        (
            [&ada, "hush-hush"],
            2,
            "the second credential is no header field; write it like `authorization: Bearer …`",
        ),
        ([&ada, "@nowhere"], 2, "the second credential can't be read: "),
    ] {
        let (found, said) = link(&folder, credentials).await;
        assert!(said.contains(expected), "{said}");
        assert_eq!(found, Some(code));
        let secrets =
            credentials.map(|credential| credential.split_once([' ', '-']).map_or("hush", |(_, rest)| rest));
        assert!(secrets.iter().all(|secret| *secret == "7" || !said.contains(secret)), "{said}");
    }
    std::fs::write(folder.path("credential"), format!("{seventh}\n")).unwrap();
    let file = format!("@{}", folder.path("credential").display());
    let (code, said) = link(&folder, [&ada, &file]).await;
    assert_eq!((code, &*said), (Some(0), "linked login:ada and visitor:7: one person, with 2 ids\n"));
    let config = folder.config();
    let listed =
        Program::run(&["consent", "links", "--subject", "visitor:7", "--config", config.to_str().unwrap()])
            .await;
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains("both ids were proven (cli)"), "{listed}");
    assert!(!program.said().contains("Bearer"));
    program.kill();
}

#[tokio::test]
async fn a_link_made_by_a_command_is_obeyed_by_the_next_request_of_either() {
    let house = written().open().await;
    house.decide("visitor:7", "grant personalisation").await;
    house.decide("login:ada", "deny personalisation").await;
    let (code, said) = {
        let ada = format!("authorization: Bearer {}", token(&claims("ada")));
        link(&house.folder, [&format!("cookie: {}", cookie("7")), &ada]).await
    };
    assert_eq!(code, Some(0), "{said}");
    let mut request = chat(ASKED);
    request.headers_mut().remove("x-user-id");
    request.headers_mut().insert("cookie", cookie("7").parse().unwrap());
    assert_eq!(house.ask(request).await.status, 200);
    assert_eq!(house.bot.last().text(), WITHOUT);
}

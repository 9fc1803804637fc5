//! Tokens that hold, and the many that don't.

use std::fs;

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{EncodingKey, Header, encode, jwk::Jwk};
use rcgen::KeyPair;
use serde_json::{Value, json};

use super::*;

/// A key pair and everything that is made with it.
pub(super) struct Signer {
    algorithm: jsonwebtoken::Algorithm,
    private: EncodingKey,
    public_pem: String,
    public_raw: Vec<u8>,
}

impl Signer {
    pub(super) fn new(algorithm: Algorithm) -> Self {
        let kind = match algorithm {
            Algorithm::HS256 => panic!("no key pair"),
            Algorithm::RS256 => &rcgen::PKCS_RSA_SHA256,
            Algorithm::ES256 => &rcgen::PKCS_ECDSA_P256_SHA256,
            Algorithm::EdDSA => &rcgen::PKCS_ED25519,
        };
        let pair = KeyPair::generate_for(kind).unwrap();
        let private = match algorithm {
            Algorithm::RS256 => EncodingKey::from_rsa_pem(pair.serialize_pem().as_bytes()).unwrap(),
            Algorithm::ES256 => EncodingKey::from_ec_der(pair.serialized_der()),
            Algorithm::EdDSA | Algorithm::HS256 => EncodingKey::from_ed_der(pair.serialized_der()),
        };
        let (public_pem, public_raw) = (pair.public_key_pem(), pair.public_key_raw().to_vec());
        Self { algorithm: algorithm.library(), private, public_pem, public_raw }
    }

    pub(super) fn token(&self, kid: Option<&str>, claims: &Value) -> String {
        let header = Header { kid: kid.map(str::to_owned), ..Header::new(self.algorithm) };
        encode(&header, claims, &self.private).unwrap()
    }

    /// The public key as a set's member, with `more` laid over it.
    pub(super) fn jwk(&self, more: &Value) -> Value {
        let mut jwk = if self.algorithm == jsonwebtoken::Algorithm::EdDSA {
            json!({"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(&self.public_raw)})
        } else {
            json!(Jwk::from_encoding_key(&self.private, self.algorithm).unwrap())
        };
        for (name, value) in more.as_object().unwrap() {
            jwk[name] = value.clone();
        }
        jwk
    }
}

/// Claims that hold, with `more` laid over them; null takes one away.
pub(super) fn claims(more: &Value) -> Value {
    let mut claims = json!({"sub": "ada", "iss": "https://id.example", "aud": "shop", "exp": now() + 600});
    for (name, value) in more.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

fn bearer(token: &str) -> Parts {
    head("/", &[("authorization", &format!("Bearer {token}"))])
}

fn with_key(algorithm: &str, key: &str) -> Identifier {
    identifier(&format!(
        "- jwt: {{algorithm: {algorithm}, key: {key}, issuer: 'https://id.example', audience: shop}}"
    ))
}

fn with_secret() -> Identifier {
    with_key("HS256", &format!("{{inline: {KEY}}}"))
}

/// Signs anything at all with the secret.
fn forge(header: &str, claims: &str) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, KEY.as_bytes()), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

fn signed(more: &Value) -> String {
    forge(r#"{"alg":"HS256","typ":"JWT"}"#, &claims(more).to_string())
}

#[test]
fn a_token_that_holds_proves_its_subject() {
    let identified = with_secret().identify(&bearer(&signed(&json!({}))), peer(STRANGER), nothing).unwrap();
    assert_eq!(identified.subject, Some(Subject::new("jwt", "ada", Standing::Proven)));
    assert_eq!(identified.strip.headers, ["authorization"]);
}

#[test]
fn a_token_is_known_to_be_void_from_its_expiry_and_the_leeway_on() {
    let until = |exp: Value, more: &str| {
        let source = format!(
            "- jwt: {{algorithm: HS256, key: {{inline: {KEY}}}, issuer: 'https://id.example', audience: shop{more}}}"
        );
        let head = bearer(&signed(&json!({"exp": exp})));
        identifier(&source).identify(&head, peer(STRANGER), nothing).unwrap().until.unwrap().as_second()
    };
    assert_eq!(until(json!(4_000_000_000u64), ", leeway: 0ms"), 4_000_000_000);
    assert_eq!(until(json!(4_000_000_000.5), ", leeway: 0ms"), 4_000_000_000);
    assert_eq!(until(json!(4_000_000_000u64), ", leeway: 30s"), 4_000_000_030);
}

#[test]
fn every_algorithm_verifies_with_its_own_key_and_no_other() {
    for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
        let folder = tempfile::tempdir().unwrap();
        let (ours, theirs) = (Signer::new(algorithm), Signer::new(algorithm));
        fs::write(folder.path().join("key.pem"), &ours.public_pem).unwrap();
        let path = folder.path().join("key.pem");
        let identifier = with_key(algorithm.name(), &format!("{{file: '{}'}}", path.display()));
        let good = ours.token(Some("any"), &claims(&json!({})));
        assert_eq!(who(&identifier, &bearer(&good), LOCAL), Ok(Some("jwt/ada".to_owned())), "{algorithm:?}");
        let foreign = theirs.token(None, &claims(&json!({})));
        assert!(is_401(&who(&identifier, &bearer(&foreign), LOCAL)), "{algorithm:?}");
        // Algorithm confusion: the public key, which everybody knows, taken for a secret.
        let secret = EncodingKey::from_secret(ours.public_pem.as_bytes());
        let confused = encode(&Header::default(), &claims(&json!({})), &secret).unwrap();
        assert!(is_401(&who(&identifier, &bearer(&confused), LOCAL)), "{algorithm:?}");
    }
}

#[test]
fn claims_that_do_not_hold_are_refused() {
    let table = [
        json!({"exp": null}),
        json!({"exp": now() - 31}),
        json!({"exp": "soon"}),
        json!({"exp": -1}),
        json!({"nbf": now() + 60}),
        json!({"nbf": "later"}),
        json!({"iss": null}),
        json!({"iss": "https://evil.example"}),
        json!({"iss": ["https://id.example", "https://evil.example"]}),
        json!({"aud": null}),
        json!({"aud": "bank"}),
        json!({"aud": []}),
        json!({"aud": 7}),
        json!({"sub": null}),
        json!({"sub": ""}),
        json!({"sub": ["ada"]}),
        json!({"sub": {"id": "ada"}}),
        json!({"sub": 1.5}),
        json!({"sub": true}),
        json!({"sub": "a\u{0}b"}),
        json!({"sub": "x".repeat(513)}),
    ];
    for more in table {
        assert!(is_401(&who(&with_secret(), &bearer(&signed(&more)), LOCAL)), "{more}");
    }
}

#[test]
fn claims_within_the_leeway_hold() {
    let table = [
        (json!({"exp": now() - 20}), "jwt/ada"),
        (json!({"nbf": now() + 20}), "jwt/ada"),
        (json!({"aud": ["bank", "shop"]}), "jwt/ada"),
        (json!({"sub": 9_007_199_254_740_993_u64}), "jwt/9007199254740993"),
        (json!({"sub": " Ádá "}), "jwt/ Ádá "),
    ];
    for (more, expected) in table {
        assert_eq!(
            who(&with_secret(), &bearer(&signed(&more)), LOCAL),
            Ok(Some(expected.to_owned())),
            "{more}"
        );
    }
}

#[test]
fn a_token_may_not_say_how_to_verify_it() {
    let good = claims(&json!({})).to_string();
    let table = [
        r#"{"alg":"none"}"#,
        r#"{"alg":"None"}"#,
        r#"{"alg":"HS384"}"#,
        r#"{"alg":"RS256"}"#,
        r#"{"alg":"hs256"}"#,
        r#"{"alg":null}"#,
        r#"{"typ":"JWT"}"#,
        r#"{"alg":"HS256","alg":"none"}"#,
        r#"{"alg":"none","alg":"HS256"}"#,
        r#"{"alg":"HS256","jku":"https://evil.example/keys"}"#,
        r#"{"alg":"HS256","jku":null}"#,
        r#"{"alg":"HS256","jwk":{"kty":"oct","k":"AAAA"}}"#,
        r#"{"alg":"HS256","x5u":"https://evil.example/cert"}"#,
        r#"{"alg":"HS256","x5c":[]}"#,
        r#"{"alg":"HS256","crit":["exp"]}"#,
        r#"{"alg":"HS256","crit":null}"#,
        r#"{"alg":"HS256","\u0063rit":["b64"],"b64":false}"#,
        r#"{"alg":"HS256","kid":7}"#,
        r#"["HS256"]"#,
        "",
    ];
    for header in table {
        assert!(is_401(&who(&with_secret(), &bearer(&forge(header, &good)), LOCAL)), "{header}");
    }
    let twice = good.replacen('{', r#"{"sub":"eve","#, 1);
    assert!(is_401(&who(&with_secret(), &bearer(&forge(r#"{"alg":"HS256"}"#, &twice)), LOCAL)));
}

#[test]
fn a_token_is_three_parts_and_nothing_else() {
    let good = signed(&json!({}));
    let (message, signature) = good.rsplit_once('.').unwrap();
    let unsigned =
        format!("{}.{}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#), URL_SAFE_NO_PAD.encode("{}"));
    let table = [
        "opaque".to_owned(),
        message.to_owned(),
        format!("{message}."),
        format!("{good}."),
        format!(".{good}"),
        format!("{good}.x"),
        format!("{message}.{}", signature.split_at(1).1),
        format!("{good}="),
        unsigned,
    ];
    for token in table {
        assert!(is_401(&who(&with_secret(), &bearer(&token), LOCAL)), "{token}");
    }
}

#[test]
fn another_scheme_is_absent_and_anything_like_a_token_is_not() {
    let good = signed(&json!({}));
    let table = [
        (format!("Bearer {good}"), Some(true)),
        (format!("bEaReR   {good} "), Some(true)),
        ("Basic YWRhOnB3".to_owned(), None),
        (format!("Bearerx {good}"), None),
        (String::new(), Some(false)),
        ("Bearer".to_owned(), Some(false)),
        ("Bearer ".to_owned(), Some(false)),
        (format!("Bearer\t{good}"), Some(false)),
        (format!("Bearer,{good}"), Some(false)),
        (format!("Bearer {good} {good}"), Some(false)),
        (format!("Bearer {good}, Basic YWRhOnB3"), Some(false)),
        (format!("\"Bearer\" {good}"), Some(false)),
    ];
    for (value, expected) in table {
        let outcome = who(&with_secret(), &head("/", &[("authorization", &value)]), LOCAL);
        match expected {
            Some(true) => assert_eq!(outcome, Ok(Some("jwt/ada".to_owned())), "{value}"),
            Some(false) => assert!(is_401(&outcome), "{value}"),
            None => assert_eq!(outcome, Ok(None), "{value}"),
        }
    }
    for other in [format!("Bearer {good}"), "Basic YWRhOnB3".to_owned()] {
        let two = head("/", &[("authorization", &format!("Bearer {good}")), ("authorization", &other)]);
        assert!(is_401(&who(&with_secret(), &two, LOCAL)));
    }
}

#[test]
fn a_token_may_come_in_another_header_or_a_cookie() {
    let source = |carrier: &str| {
        identifier(&format!(
            "- jwt: {{{carrier}, algorithm: HS256, key: {{inline: {KEY}}}, issuer: 'https://id.example', \
             audience: shop, claim: email, namespace: login}}"
        ))
    };
    let token = signed(&json!({"email": "ada@example.com"}));
    let (header, cookie) = (source("header: X-Token"), source("cookie: t"));
    let in_header = header.identify(&head("/", &[("x-token", &token)]), peer(LOCAL), nothing).unwrap();
    assert_eq!(in_header.subject, Some(Subject::new("login", "ada@example.com", Standing::Proven)));
    assert_eq!(in_header.strip.headers, ["x-token"]);
    let twice = claims(&json!({"email": "ada@example.com"})).to_string();
    let twice = forge(r#"{"alg":"HS256"}"#, &twice.replacen('{', r#"{"email":"eve@example.com","#, 1));
    assert!(is_401(&who(&header, &head("/", &[("x-token", &twice)]), LOCAL)), "a claim stands twice");
    let in_cookie = head("/", &[("cookie", &format!("a=b; t={token}"))]);
    let identified = cookie.identify(&in_cookie, peer(LOCAL), nothing).unwrap();
    assert_eq!(identified.strip, Strip { cookies: vec!["t".into()], ..Strip::default() });
    assert_eq!(who(&cookie, &bearer(&token), LOCAL), Ok(None));
    assert!(is_401(&who(&header, &head("/", &[("x-token", &format!("Bearer {token}"))]), LOCAL)));
    let twice = head("/", &[("cookie", &format!("t={token}; t={token}"))]);
    assert!(is_401(&who(&cookie, &twice, LOCAL)));
}

#[test]
fn the_kid_picks_the_key_among_those_that_fit() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b, c] = std::array::from_fn(|_| Signer::new(Algorithm::ES256));
    let set = |keys: Value| {
        let path = folder.path().join("set.json");
        fs::write(&path, json!({"keys": keys}).to_string()).unwrap();
        with_key("ES256", &format!("{{jwks_file: '{}'}}", path.display()))
    };
    let ask = |identifier: &Identifier, signer: &Signer, kid| {
        who(identifier, &bearer(&signer.token(kid, &claims(&json!({})))), LOCAL).is_ok()
    };
    let two =
        set(json!([a.jwk(&json!({"kid": "a"})), b.jwk(&json!({"kid": "b", "use": "sig"})), {"kty": "new"}]));
    assert!(ask(&two, &a, Some("a")) && ask(&two, &b, Some("b")));
    for (signer, kid) in [(&a, Some("b")), (&a, None), (&a, Some("c")), (&a, Some("")), (&c, Some("a"))] {
        assert!(!ask(&two, signer, kid), "{kid:?}");
    }
    let one = set(json!([a.jwk(&json!({})), b.jwk(&json!({"kid": "b", "use": "enc"}))]));
    assert!(ask(&one, &a, None), "one key fits, so none need be named");
    assert!(!ask(&one, &b, Some("b")), "a key for encryption verifies nothing");
    assert!(!ask(&one, &a, Some("a")), "a key without a name has none");
    let same = set(json!([a.jwk(&json!({"kid": "a"})), b.jwk(&json!({"kid": "a"}))]));
    assert!(!ask(&same, &a, Some("a")), "a name that two keys share picks neither");
}

#[test]
fn a_key_that_does_not_fit_is_as_if_it_were_not_there() {
    use crate::identify::key_set::KeySet;
    let fits = |algorithm, key: Value| {
        KeySet::parse(json!({"keys": [key]}).to_string().as_bytes(), algorithm)
            .is_some_and(|set| !set.is_empty())
    };
    for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
        let signer = Signer::new(algorithm);
        assert!(fits(algorithm, signer.jwk(&json!({}))), "{algorithm:?}");
        assert!(fits(algorithm, signer.jwk(&json!({"key_ops": ["verify"]}))), "{algorithm:?}");
        for wrong in [
            json!({"alg": "HS256"}),
            json!({"alg": "PS256"}),
            json!({"use": "enc"}),
            json!({"key_ops": ["encrypt"]}),
            json!({"kty": "oct", "k": URL_SAFE_NO_PAD.encode(KEY)}),
            json!({"kid": 7}),
            json!({"crv": "P-384"}),
        ] {
            assert!(!fits(algorithm, signer.jwk(&wrong)), "{algorithm:?} {wrong}");
        }
        for other in [Algorithm::HS256, Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
            let bare = signer.jwk(&json!({"alg": other.name()}));
            assert_eq!(fits(other, bare), other == algorithm, "{other:?} from {algorithm:?}");
        }
    }
    assert!(fits(Algorithm::HS256, json!({"kty": "oct", "k": URL_SAFE_NO_PAD.encode(KEY)})));
    assert!(!fits(Algorithm::HS256, json!({"kty": "oct", "k": URL_SAFE_NO_PAD.encode(KEY.split_at(1).1)})));
    let short = json!({"kty": "RSA", "n": URL_SAFE_NO_PAD.encode([0xc5; 128]), "e": "AQAB"});
    assert!(!fits(Algorithm::RS256, short), "1,024 bits");
}

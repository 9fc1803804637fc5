//! Each kind as people write it, and what is none of it.

use super::{super::Kind, check};

#[test]
fn telephone_numbers_of_all_countries_are_found() {
    for text in [
        "«+44 20 7946 0958», «+442079460958», «0044 20 7946 0958», «+44 (0)20 7946 0958»",
        "«tel:+247-62889», my number: «715 1234», «800 12 34 56» is my new mobile, order number 7151234, «+49 (0) 30 123456», «+33 1 23 45 67 89»",
        "«05.68.60.92.71», «(07) 5317 8843», «0488 51 54 25» and «06-84268735»",
        "Please call me on «62889» tomorrow, my mobile: «732 361 566»",
        "«769 5523» office, telefon «22 171741», 电话是«62889123»",
        "«020 7946 0958 ext. 12», call «644.377.6718x515»",
        "I paid 1234567 for 20417 pieces in 2024-11-22, 22.11.2024, 1 000 000",
        "call me about order 20417, call me at 5, the ratio is 1.234567",
        "«8 (495) 123-45-67» and «43 667 2964804», 20 12 2024 15 30, USD 44 207 123 45678, 8 (200 of them), CUIL 27-27850904-9",
        "voicemail on «6800 4361»; meter number 6658153561, ISBN 6774689795, seed 2125550123, «2125550123»",
        "My telephone was wrong. It is «62889123». You were told. You said 62889123",
    ] {
        check(Kind::Phone, text);
    }
}

#[test]
fn accounts_are_found_by_their_check_digits() {
    for text in [
        "«DE89370400440532013000», «DE89 3704 0044 0532 0130 00» and «gb82 west 1234 5698 7654 32»!",
        "DE88370400440532013000, XX89370400440532013000, DE8937040044053201300",
    ] {
        check(Kind::Iban, text);
    }
    for text in [
        "BIC: «DEUTDEFF», SWIFT code «DEUTDEFF500», my BIC. It should be «BNPAFRPP518»",
        "DEUTDEFF, BIC: deutdeff",
    ] {
        check(Kind::Bic, text);
    }
    for text in [
        "«1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa» «bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4»",
        "«xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8»",
        "my solana address «8xiaGUp2U8Zc5XsuD23VmQNcHpcX3N9NohvsJMHFRVXQ», it is 8xiaGUp2U8Zc5XsuD23VmQNcHpcX3N9NohvsJMHFRVXQ",
        "«0x52908400098527886E0F7030069857D2E4169EE7» 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb 0x5290",
    ] {
        check(Kind::CryptoWallet, text);
    }
}

#[test]
fn addresses_of_machines_are_found() {
    for text in [
        "at «10.0.0.1», («192.168.1.254»), «8.8.8.8»:53",
        "«2001:db8::1» and «fe80::1», [«2001:db8:0:0:0:0:2:1»]:80, «::ffff:192.0.2.1», IP:«2001:db8::1»",
        "1.2.3, 1.2.3.4.5, 256.1.1.1, version 1.2.3.4, 12:30:45, a::b",
    ] {
        check(Kind::IpAddress, text);
    }
    check(
        Kind::MacAddress,
        "MAC address = «ad37.613c.9858», ad37.613c.9858.aa00, 5287.5657.6244, a.ad37.613c.9858, «00:1A:2b:3c:4d:5e», «aa-bb-cc-dd-ee-0f», 00:1A:2b:3c:4d, 00:1A-2b:3c:4d:5e, 00:1A:2b:3c:4d:5e:6f",
    );
}

#[test]
fn links_are_found_and_those_that_hold_something_personal() {
    for text in [
        "see «https://example.com/a?b=c#d». («http://www.example.com/a_(b)») «www.example.org»,",
        "«https%3A%2F%2Fexample.com%2Fa» HTTP: «HTTP://EXAMPLE.COM/», «http://пример.рф/п»",
        "http:// www. wwwhat example.com",
    ] {
        check(Kind::Url, text);
    }
    for text in [
        "«https://ada:pass@example.com/», «https://example.com/?q=1&email=a%40b.c», «https://example.com/cb?access_token=x»",
        "https://example.com/?q=1&page=2 https://example.com/email",
    ] {
        check(Kind::UrlPersonal, text);
    }
}

#[test]
fn ages_and_places_are_found_by_what_stands_around() {
    for text in [
        "This «75» year old, a «74»-year-old man, «34» y/o, aged «34», at the age of «42».",
        "I just turned «26». She is «34». When he was «81», «12 »".replace("«12 »", "12").as_str(),
        "ich bin «34» Jahre alt, tengo «34» años, «34»歳, мне «34» года",
        "I am 5 minutes late, she is 34.5 kg, turned 180, 12 o'clock, room 34, 20 years, age 34% of it",
    ] {
        check(Kind::Age, text);
    }
    for text in [
        "at «40.7128, -74.0060», «-33.8688,151.2093», «40°42'46\"N 74°0'22\"W»",
        "stay at «40.7128, -74.0060» and wait",
        "40.71, -74.00; 91.1234, 12.1234\n1.2345 and 2.3456",
    ] {
        check(Kind::Coordinates, text);
    }
}

#[test]
fn what_each_country_makes_in_its_own_way_is_found_by_a_word() {
    check(
        Kind::Passport,
        "passport number «123456789», Reisepass «C01X00T47», passport office, order 123456789",
    );
    check(Kind::DriverLicense, "My driver's license number is «g1261154173541». D123456");
    check(Kind::HealthRecord, "MRN: «12345678», patient «AB-12345», 12345678");
    check(Kind::VehiclePlate, "licence plate «AB12 CDE», Kennzeichen: «B-MW 1234», AB12 CDE");
}

#[test]
fn secrets_are_found_by_how_they_begin_or_by_a_label() {
    let google = format!("AIza{}", "Sy0EXAMPLEEXAMPLEEXAMPLEEXAMPLE0123");
    check(
        Kind::ApiKey,
        &format!(
            "key «{google}», «glpat-EXAMPLEEXAMPLE00000000», «sk-{}», task-list, sk-short, SKILLS",
            "EXAMPLE0".repeat(5)
        ),
    );
    check(Kind::Jwt, "«eyJhbGciOiJub25lIn0.eyJzdWIiOiJleGFtcGxlIn0.c2ln», eyJhbGci, eyJhbGciOiJub25lIn0");
    let armour = format!("-----BEGIN {} KEY-----", "EC PRIVATE");
    check(Kind::PrivateKey, &format!("«{armour}\\nTUVYQU1QTEU=»! -----BEGIN CERTIFICATE-----"));
    for text in [
        "password: «hunter2», my password is «Tr0ub4dor&3»".replace("&3", "").as_str(),
        "pwd=«s3cret!x»; \"password\": \"«correct horse»\"".replace("«correct horse»", "«correct»").as_str(),
        "api_key = \"«a8Xk29LmQp47Rt63Zw»\", Bearer «abcdefghijklmnop0123»",
        "the password is wrong, password reset, password: ****, I forgot my password. api key please",
    ] {
        check(Kind::Password, text);
    }
    check(
        Kind::ConnectionString,
        "«postgres://ada:pass@db.example/x» «jdbc:mysql://ada:pass@db.example/x», postgres://db.example/x, jdbc:x, secret_is:ada@db.example, sk-ada:pass@db.example",
    );
    check(
        Kind::Password,
        "the token you asked for: «abc123def456ghi789», the password for the portal is «Summer2024»! pw «Jeff!0745» does not work",
    );
    check(
        Kind::Password,
        "my password fails on iPhone15Pro today, password reset for order A12345678, password link https://example.com/reset?x=12ab34cd",
    );
    check(
        Kind::Password,
        "密码：«abc12345»！ see you, password: «hunter2x»%21 and password: «hunter2x»&#33; pw: «Deloitte1» PwC: Deloitte1",
    );
    check(Kind::Password, &format!("access_token: «{}»", "aB3x9Kq7Zt2w".repeat(15)));
    check(Kind::Bic, "TAYLOR SWIFT. STANDING, SWIFT «DEUTDEFF»");
    check(Kind::HealthRecord, "MRN: «2019-004512», patient 2019-04-12, patient 12.04.2019");
    check(Kind::Passport, "パスポート: «TK1234567»");
    check(
        Kind::AwsKey,
        "the aws_secret_access_key you wanted - «feDIAD4i+n72jGz+xqoWbMUJaLyZY9wuQVe5RQu5», secret access key in a file of 40 lines",
    );
    check(
        Kind::ApiKey,
        &format!("bot «123456789:AA{}», 12:AAx, 123456789:AB", "a1-_B".repeat(7).split_at(33).0),
    );
    check(Kind::Password, r#"{\"a\": \"password: «hunter2!»\", \"n\": 3}"#);
    check(Kind::ConnectionString, r#"{\"a\": \"«postgres://ada:pass@db.example/x»\"}"#);
    check(Kind::Password, "secret_key = «a8Xk29LmQp47Rt63Zw»");
}

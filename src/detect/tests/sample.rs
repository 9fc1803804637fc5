//! One of each kind, made by chance: no two alike, and every one as its issuer would make it.

use super::{
    super::{Kind, bic, ids, phone::plans, secret},
    seed::{CAPITALS, SMALL, Seed},
    valid,
};

/// Something of a kind, and what has to stand around for it to be that.
#[derive(Clone, Debug)]
pub struct Sample {
    pub before: String,
    pub text: String,
    pub after: &'static str,
    /// How much of it is sought as it is written; what stands behind may be written otherwise. None where all is.
    pub sign: Option<usize>,
    /// Whether neighbours may belong to it.
    pub loose: bool,
}

impl Sample {
    fn plain(text: String) -> Self {
        Self { before: String::new(), text, after: "", sign: Some(0), loose: false }
    }

    fn behind(before: &str, text: String) -> Self {
        Self { before: before.to_owned(), ..Self::plain(text) }
    }

    fn with_sign(sign: &str, text: String) -> Self {
        Self { sign: Some(sign.len()), ..Self::plain(format!("{sign}{text}")) }
    }

    fn tagged(before: &str, text: String) -> Self {
        Self { sign: None, loose: true, ..Self::behind(before, text) }
    }
}

/// A kind that is added has to be added here.
pub fn sample(kind: Kind, seed: &mut Seed) -> Sample {
    match kind {
        Kind::Email => Sample::plain(email(seed)),
        // A parenthesis before it may be that of an area.
        Kind::Phone => Sample { loose: true, ..Sample::plain(phone(seed)) },
        Kind::PaymentCard => Sample::plain(valid::card(seed)),
        Kind::Iban => Sample::plain(valid::iban(seed)),
        Kind::Bic => Sample::behind("BIC: ", bic(seed)),
        Kind::CryptoWallet => Sample::plain(valid::wallet(seed)),
        Kind::IpAddress => Sample::plain(ip(seed)),
        Kind::MacAddress => Sample::plain(mac(seed)),
        Kind::Url => {
            Sample::with_sign("https://", format!("{}.example/{}", seed.many(6, SMALL), seed.mixed(5)))
        }
        Kind::UrlPersonal => Sample::with_sign(
            "http://",
            format!("{}.example/?id={}&email=x", seed.many(6, SMALL), seed.digits(3)),
        ),
        Kind::Age => age(seed),
        Kind::Coordinates => Sample::plain(coordinates(seed)),
        Kind::VehiclePlate => Sample::behind(
            "licence plate ",
            format!("{}{} {}", seed.many(2, CAPITALS), seed.digits(2), seed.many(3, "BCDFGHJK")),
        ),
        Kind::Passport => {
            Sample::behind("passport number: ", format!("{}{}", seed.many(1, CAPITALS), seed.digits(8)))
        }
        Kind::DriverLicense => {
            Sample::behind("driver's license: ", format!("{}{}", seed.many(1, CAPITALS), seed.digits(9)))
        }
        Kind::HealthRecord => Sample::behind("MRN: ", seed.digits(8)),
        Kind::CoCedula => Sample::behind("cédula: ", format!("1{}", seed.digits(9))),
        Kind::ArDni => Sample::behind("DNI: ", format!("3{}", seed.digits(7))),
        Kind::Vin
        | Kind::UsSsn
        | Kind::UsItin
        | Kind::UsNpi
        | Kind::UsMbi
        | Kind::UkNino
        | Kind::UkNhs
        | Kind::DeTaxId
        | Kind::DeIdCard
        | Kind::FrNir
        | Kind::EsDni
        | Kind::EsNie
        | Kind::ItFiscalCode
        | Kind::ItVat
        | Kind::NlBsn
        | Kind::BeNationalNumber
        | Kind::SePersonnummer
        | Kind::FiHetu
        | Kind::NoFodselsnummer
        | Kind::DkCpr
        | Kind::PlPesel
        | Kind::CzBirthNumber
        | Kind::PtNif
        | Kind::IePps
        | Kind::ChAhv
        | Kind::AtSvnr
        | Kind::GrAmka
        | Kind::RoCnp
        | Kind::BgEgn
        | Kind::TrTckn
        | Kind::InAadhaar
        | Kind::InPan
        | Kind::InGstin
        | Kind::SgNric
        | Kind::AuTfn
        | Kind::AuAbn
        | Kind::AuMedicare
        | Kind::NzIrd
        | Kind::CaSin
        | Kind::BrCpf
        | Kind::BrCnpj
        | Kind::MxCurp
        | Kind::MxRfc
        | Kind::ArCuit
        | Kind::ClRut
        | Kind::ZaId
        | Kind::KrRrn
        | Kind::JpMyNumber
        | Kind::CnResidentId
        | Kind::ThId
        | Kind::IlId => id(kind, seed),
        Kind::AwsKey => {
            Sample::with_sign(seed.of(&["AKIA", "ASIA"]), seed.many(16, &format!("{CAPITALS}0123456789")))
        }
        Kind::GithubKey => Sample::with_sign(seed.of(&["ghp_", "gho_", "github_pat_"]), seed.mixed(40)),
        Kind::SlackKey => {
            Sample::with_sign(seed.of(&["xoxb", "xoxp"]), format!("-{}-{}", seed.digits(10), seed.mixed(24)))
        }
        Kind::ApiKey => token(seed),
        Kind::PrivateKey => Sample::tagged(
            "",
            format!("-----BEGIN {} KEY-----\n{}=", seed.of(&["PRIVATE", "RSA PRIVATE"]), seed.mixed(60)),
        ),
        Kind::Jwt => {
            Sample::with_sign("eyJ", format!("{}.{}.{}", seed.mixed(20), seed.mixed(30), seed.mixed(20)))
        }
        // An escape behind it might be its own.
        Kind::Password => Sample {
            loose: true,
            ..Sample::behind("password: ", format!("{}!{}", seed.mixed(6), seed.digits(2)))
        },
        Kind::ConnectionString => Sample::with_sign(
            "postgres://",
            format!("{}:{}@db.example/x", seed.many(4, SMALL), seed.mixed(8)),
        ),
        Kind::PersonName => Sample::tagged(
            "My name is ",
            seed.of(&["Margaret Osborne", "Tomasz Kowalczyk", "Jürgen Hofmann", "Camille Lefebvre"])
                .to_owned(),
        ),
        Kind::Location => {
            Sample::tagged("I live in ", seed.of(&["Lisbon", "Bordeaux", "Berlin", "Toronto"]).to_owned())
        }
        Kind::PostalAddress => Sample::tagged(
            "Please send it to ",
            format!("{} {} Street", 1 + seed.below(99), seed.of(&["Maple", "Church", "High"])),
        ),
        Kind::Date => Sample::tagged("It was on ", date(seed)),
        Kind::DateOfBirth => Sample::tagged("I was born on ", date(seed)),
        Kind::Nationality => {
            Sample::tagged("She is ", seed.of(&["Estonian", "German", "Brazilian", "French"]).to_owned())
        }
    }
}

fn email(seed: &mut Seed) -> String {
    let local = format!("{}{}{}", seed.many(3, SMALL), seed.of(&[".", "-", "_", "+", ""]), seed.mixed(4));
    let name = seed.of(&["example", "mail.example", "exämple", "пример", "xn--exmple-cua"]);
    format!("{local}@{name}.{}", seed.of(&["com", "org", "de", "museum"]))
}

/// Of any country that has a plan.
fn phone(seed: &mut Seed) -> String {
    let all = plans::tests::numbers();
    let (code, length, beginning) = all[seed.below(all.len())];
    let rest = seed.digits(length - 3);
    match seed.below(3) {
        0 => format!("+{code}{beginning:03}{rest}"),
        1 => format!("+{code} {beginning:03} {rest}"),
        _ => format!("00{code}{beginning:03}{rest}"),
    }
}

fn bic(seed: &mut Seed) -> String {
    let branch = seed.below(2) * 3;
    let countries: Vec<&str> = bic::COUNTRIES.split(' ').collect();
    let rest = seed.many(2 + branch, &format!("{CAPITALS}123456789"));
    format!("{}{}{rest}", seed.many(4, CAPITALS), countries[seed.below(countries.len())])
}

fn ip(seed: &mut Seed) -> String {
    if seed.below(2) == 0 {
        let mut part = || seed.below(256);
        return format!("{}.{}.{}.{}", part(), part(), part(), part());
    }
    let mut groups = [0; 8];
    let short = seed.below(6);
    for (n, group) in groups.iter_mut().enumerate() {
        *group = if (short..short + 2).contains(&n) { 0 } else { 0x1000 + seed.below(0xe000) as u16 };
    }
    std::net::Ipv6Addr::from(groups).to_string()
}

fn mac(seed: &mut Seed) -> String {
    let mark = seed.of(&[":", "-"]);
    let pairs: Vec<String> =
        (0..6).map(|n| format!("{:02x}", seed.below(256) & if n == 3 { 0x99 } else { 0xff })).collect();
    pairs.join(mark)
}

fn age(seed: &mut Seed) -> Sample {
    let text = (1 + seed.below(110)).to_string();
    let after = seed.of(&[" years old", "-year-old", " y/o", ""]);
    let before = if after.is_empty() { "aged " } else { "" };
    Sample { after, ..Sample::behind(before, text) }
}

fn coordinates(seed: &mut Seed) -> String {
    let sign = |seed: &mut Seed| seed.of(&["", "-"]);
    let decimals = 3 + seed.below(5);
    let (south, latitude, north) = (sign(seed), seed.below(90), seed.digits(decimals));
    let (west, longitude, east) = (sign(seed), seed.below(180), seed.digits(decimals));
    format!("{south}{latitude}.{north}{}{west}{longitude}.{east}", seed.of(&[", ", ",", " "]))
}

fn id(kind: Kind, seed: &mut Seed) -> Sample {
    let (before, text) = ids::tests::made(kind, seed.below(1 << 30) as u64);
    Sample::behind(&before, text)
}

fn token(seed: &mut Seed) -> Sample {
    let secret::Token(begins, length, made) = &secret::TOKENS[seed.below(secret::TOKENS.len())];
    let count = length.start() + seed.below((length.end() - length.start()).min(100) + 1);
    let text = match made {
        secret::Made::Hex => format!("a{}1", seed.many(count - 2, "0123456789abcdef")),
        secret::Made::Web | secret::Made::Dotted | secret::Made::Plain => seed.mixed(count),
    };
    Sample::with_sign(begins, text)
}

fn date(seed: &mut Seed) -> String {
    let (day, month, year) = (1 + seed.below(28), 1 + seed.below(12), 1930 + seed.below(90));
    let name = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ][month - 1];
    match seed.below(6) {
        0 => format!("{year}-{month:02}-{day:02}"),
        1 => format!("{day:02}/{month:02}/{year}"),
        2 => format!("{day}.{month}.{year}"),
        3 => format!("{day} {name} {year}"),
        4 => format!("{name} {day}, {year}"),
        _ => format!("{year}年{month}月{day}日"),
    }
}

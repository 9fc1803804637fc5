//! All rules there are.

use super::{
    Kind, Kinds, age, aws, bic, card,
    certainty::Certainty,
    coordinates, email, github,
    glance::Glance,
    iban, ids, ip, labelled, mac, north_america, phone,
    rule::{
        Read::{Many, One},
        Rule,
        Sign::{At, Number, Words},
    },
    secret, slack, spared, spelled, ssn, telegram, url, wallet,
};

/// All rules there are.
pub(super) static RULES: [Rule; 26] = [
    Rule::new(&[Kind::Email], At, One(Certainty::FORM, email::read))
        .led(email::lead)
        .going_on(email::goes_on),
    Rule::new(&[Kind::Email], Words(spelled::WORDS), One(Certainty::PATTERN, spelled::read))
        .led(spelled::lead),
    Rule::new(&[Kind::Phone], Number, One(Certainty::PATTERN, north_america::read))
        .seen_by(Glance::may_be_north_american),
    Rule::new(&[Kind::Phone], Number, Many(phone::read)).seen_by(Glance::may_be_phone),
    Rule::new(&[Kind::Phone], Words(phone::WORDS), Many(phone::read_link)),
    Rule::new(&[Kind::UsSsn, Kind::UsItin], Number, Many(ssn::read)).seen_by(Glance::may_be_ssn),
    Rule::new(&[Kind::PaymentCard], Number, One(Certainty::CHECKSUM, card::read))
        .seen_by(Glance::may_be_card),
    Rule::new(&[Kind::Iban], Number, One(Certainty::CHECKSUM, iban::read))
        .led(iban::lead)
        .seen_by(Glance::may_be_iban),
    Rule::new(ids::KINDS, Number, Many(ids::read)).led(ids::lead).seen_by(Glance::may_be_id),
    Rule::new(ids::KINDS, Number, Many(ids::read_led))
        .led(ids::capitals)
        .seen_by(Glance::may_be_id_behind_capitals),
    Rule::new(&[Kind::IpAddress], Number, Many(ip::read_four)).seen_by(Glance::may_be_ip_four),
    Rule::new(&[Kind::IpAddress], Number, One(Certainty::FORM, ip::read_six))
        .led(ip::lead)
        .seen_by(Glance::may_be_ip_six),
    Rule::new(&[Kind::MacAddress], Number, One(Certainty::FORM, mac::read))
        .led(mac::lead)
        .seen_by(Glance::may_be_mac),
    Rule::new(&[Kind::Age], Number, Many(age::read)).seen_by(Glance::may_be_age),
    Rule::new(&[Kind::Coordinates], Number, One(Certainty::FORM, coordinates::read))
        .led(coordinates::lead)
        .seen_by(Glance::may_be_coordinates),
    Rule::new(&[Kind::CryptoWallet], Number, Many(wallet::read))
        .led(wallet::lead)
        .seen_by(Glance::may_be_wallet),
    Rule::new(&[Kind::Url, Kind::UrlPersonal], Words(url::WORDS), Many(url::read)).going_on(url::goes_on),
    Rule::new(&[Kind::AwsKey], Words(aws::ID_WORDS), One(Certainty::PREFIX, aws::read_id)),
    Rule::new(&[Kind::AwsKey], Words(aws::SECRET_WORDS), One(Certainty::CONTEXT, aws::read_secret)),
    Rule::new(&[Kind::GithubKey], Words(github::WORDS), One(Certainty::PREFIX, github::read))
        .going_on(github::goes_on),
    Rule::new(&[Kind::SlackKey], Words(slack::WORDS), One(Certainty::PREFIX, slack::read))
        .going_on(slack::goes_on),
    Rule::new(&[Kind::ApiKey], Number, One(Certainty::PREFIX, telegram::read))
        .seen_by(Glance::may_be_bot_token),
    Rule::new(secret::KINDS, Words(secret::WORDS), Many(secret::read)).going_on(secret::goes_on),
    Rule::new(&[Kind::Password], Words(labelled::WORDS), One(Certainty::CONTEXT, labelled::read))
        .going_on(labelled::goes_on),
    Rule::new(&[Kind::Bic], Words(bic::WORDS), One(Certainty::CONTEXT, bic::read)),
    // Such letters could be taken for what a label announces, and for what is told by looks.
    Rule::new(&[Kind::Password], Words(spared::WORDS), One(Certainty::FORM, spared::read))
        .or_of(Kinds::BY_LOOKS)
        .going_on(spared::goes_on)
        .spared(),
];

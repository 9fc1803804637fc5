//! The words that announce numbers, by what they announce, in the languages of those who write them.
//!
//! The rule: small letters, no marks but accents, one word each; a word of several parts (`driver's licence`) is known by the part that says most.

use super::Kind;

/// Words, and what a number beside them is.
pub(super) const WORDS: &[(&[Kind], &str)] = &[
    (
        &[Kind::Phone],
        "phone phones telephone tel mobile mob cell cellphone cellular fax call calls calling called dial ring reach answering answer text texted \
         sms whatsapp voicemail message messages messaging viber signal telegram contact landline hotline helpline handset pager \
         telefon telefonnummer handy handynummer rufnummer mobil mobilnummer mobiltelefon festnetz durchwahl anrufen anruf rufen ruf erreichen \
         erreichbar téléphone telephoner portable appeler appelez appelle joindre fixe numéro teléfono telefono móvil movil celular llamar \
         llame llama llámame fijo cellulare telefona telefonami chiamare chiama chiamami telefone telemóvel telemovel ligar ligue telefoon telefoonnummer mobiel \
         gsm bel bellen telefonnumer zadzwoń dzwonić komórka komórkowy puhelin puhelinnumero puh soita telefonszám telefonu numri \
         tlf ringe ringa mobilen telefonszáma hívjon volejte zavolejte číslo telefonní telefón broj nazovite телефон тел телефона моб мобильный \
         звоните позвоните звонить номер телефону дзвоніть τηλ τηλέφωνο τηλεφώνου κινητό هاتف الهاتف جوال الجوال موبايل اتصل تلفن موبایل טלפון נייד फोन \
         मोबाइल ফোন মোবাইল โทร โทรศัพท์ มือถือ เบอร์ 电话 電話 手机 手機 号码 拨打 致电 携帯 番号 전화 휴대폰 핸드폰 연락처 thoại sđt telepon nomor \
         simu namba ara arayın cep telefonum telefonumu telefonu numaram telefoonnr",
    ),
    (&[Kind::Bic], "bic swift"),
    (&[Kind::Iban], "iban"),
    (&[Kind::PaymentCard], "visa mastercard amex maestro"),
    (&[Kind::CryptoWallet], "wallet wallets crypto solana sol phantom usdc usdt bitcoin btc ethereum eth"),
    (&[Kind::Vin], "vin chassis fahrgestellnummer fin vehicle"),
    (
        &[Kind::VehiclePlate],
        "plate plates registration reg kennzeichen nummernschild immatriculation plaque matrícula matricula placa targa kenteken rejestracyjny \
         номерной госномер regnr nummerplade rekisterinumero rendszám spz 车牌 ナンバー",
    ),
    (
        &[Kind::Passport],
        "passport passports reisepass passnummer reisepassnummer passeport pasaporte passaporto passaporte paspoort paszport pass pas passi útlevél \
         паспорт паспорта διαβατήριο pasaport جواز 护照 護照 パスポート 旅券 여권 दर्शन पासपोर्ट דרכון หนังสือเดินทาง",
    ),
    (
        &[Kind::DriverLicense],
        "driver drivers driving licence license licenses licences dl dln führerschein führerscheinnummer permis conducir \
         patente guida condução rijbewijs prawo jazdy körkort førerkort kørekort ajokortti ehliyet водительское 驾照 驾驶证 免許 면허",
    ),
    (
        &[Kind::HealthRecord],
        "mrn patient patients medical record chart health insurance insured member beneficiary subscriber policyholder hospital \
         patientennummer krankenkasse krankenversicherung versichertennummer krankenversichertennummer dossier mutuelle paciente paziente \
         patiënt patiëntnummer pacjent historia clínica ehr emr hmo",
    ),
    (&[Kind::UsSsn, Kind::UsItin], "ssn social itin tin taxpayer"),
    (&[Kind::UsNpi], "npi provider"),
    (&[Kind::UsMbi], "mbi medicare"),
    (&[Kind::UkNhs], "nhs"),
    (&[Kind::UkNino], "nino national insurance"),
    (
        &[Kind::DeTaxId],
        "steuer steueridentifikationsnummer steuernummer steuerid idnr tin identifikationsnummer tax",
    ),
    (&[Kind::DeIdCard], "personalausweis ausweis ausweisnummer personalausweisnummer perso identity"),
    (&[Kind::FrNir], "nir insee sécurité sociale sécu vitale"),
    (&[Kind::EsDni, Kind::EsNie, Kind::ArDni], "dni nif nie documento"),
    (&[Kind::ItFiscalCode], "codice fiscale cf"),
    (&[Kind::ItVat], "partita iva piva vat"),
    (&[Kind::NlBsn], "bsn burgerservicenummer sofinummer sofi"),
    (
        &[Kind::BeNationalNumber],
        "rijksregisternummer rijksregister registre nationaal national niss insz nrn",
    ),
    (&[Kind::SePersonnummer], "personnummer samordningsnummer pnr personal"),
    (&[Kind::FiHetu], "henkilötunnus hetu"),
    (&[Kind::NoFodselsnummer], "fødselsnummer fodselsnummer fnr personnummer"),
    (&[Kind::DkCpr], "cpr personnummer"),
    (&[Kind::PlPesel], "pesel"),
    (&[Kind::CzBirthNumber], "rodné rodne číslo rč rc"),
    (&[Kind::PtNif], "nif contribuinte fiscal"),
    (&[Kind::IePps], "pps ppsn"),
    (&[Kind::ChAhv], "ahv avs oasi ahvn"),
    (&[Kind::AtSvnr], "svnr sozialversicherungsnummer sozialversicherung sv versicherungsnummer"),
    (&[Kind::GrAmka], "amka αμκα"),
    (&[Kind::RoCnp], "cnp numeric"),
    (&[Kind::BgEgn], "egn егн"),
    (&[Kind::TrTckn], "kimlik tc tckn"),
    (&[Kind::InAadhaar], "aadhaar aadhar adhaar uid uidai आधार"),
    (&[Kind::InPan], "pan"),
    (&[Kind::SgNric], "nric fin"),
    (&[Kind::AuTfn], "tfn tax"),
    (&[Kind::AuAbn], "abn"),
    (&[Kind::AuMedicare], "medicare"),
    (&[Kind::NzIrd], "ird"),
    (&[Kind::CaSin], "sin nas social"),
    (&[Kind::BrCpf], "cpf"),
    (&[Kind::BrCnpj], "cnpj"),
    (&[Kind::MxCurp], "curp"),
    (&[Kind::MxRfc], "rfc"),
    (&[Kind::ArCuit], "cuit cuil"),
    (&[Kind::ClRut], "rut run"),
    (&[Kind::CoCedula], "cédula cedula ciudadanía ciudadania cc nit"),
    (&[Kind::ZaId], "identity id rsa"),
    (&[Kind::KrRrn], "rrn 주민등록번호 주민번호"),
    (&[Kind::JpMyNumber], "マイナンバー 個人番号 mynumber individual"),
    (&[Kind::CnResidentId], "身份证 身份證"),
    (&[Kind::ThId], "บัตรประชาชน ประชาชน"),
    (&[Kind::IlId], "teudat zehut זהות תז"),
    (
        &[
            Kind::DeIdCard,
            Kind::TrTckn,
            Kind::ThId,
            Kind::IlId,
            Kind::NlBsn,
            Kind::JpMyNumber,
            Kind::CnResidentId,
            Kind::InAadhaar,
            Kind::BgEgn,
            Kind::RoCnp,
        ],
        "id identity identification ids",
    ),
];

/// Words that say that a number beside them is something else.
pub(super) const OTHERS: &str = "order orders invoice invoices ticket tickets room rooms page pages chapter version build error code codes port \
    line lines case item items sku model article version quantity qty usd eur gbp dollars euros euro size year years bestellung rechnung \
    auftrag commande facture pedido factura ordine fattura bestelling factuur zip plz postcode issue bug pr commit step floor flight gate \
    isbn issn seed meter printer label serial tracking booking reservation confirmation price amount total balance";

/// Places where there is a telephone.
pub(super) const PLACES: &str = "office desk home work büro bureau oficina ufficio";

/// Words for a number of any kind.
pub(super) const NUMBERS: &str = "number numbers nummer no nr num";

/// Words that say whose something is.
pub(super) const OWNERS: &str = "my his her their our your its new old other private direct main best right correct meine mein meiner seine ihre unsere \
    neue alte mijn min mitt";

/// Words between a number and what says what it is: `is my`.
pub(super) const BETWEEN: &str = "is was are my his her their our your the new old private business work ist war meine mein seine ihre unsere \
    die neue est mon son ma notre le es mi su el il mio suo è é o meu seu mijn het er min mitt";

/// Words by which a sentence goes on with what the one before spoke of: `My number was wrong. It is`.
pub(super) const REFERRING: &str = "it its that this here these es das dies hier ceci voici es esto aquí è questo ecco é isto aqui het dit hier det \
    detta tämä to jest bu";

/// Words that a full stop follows within a sentence.
pub(super) const ABBREVIATIONS: &str = "no nr num núm nro n tel ph mob fax ext st dr mr mrs ms č čís αρ";

/// Of the words above, those that are of some languages (ISO 639-1) and not of others; the rest is of all.
pub(super) const LANGUAGES: &[(&str, &str)] = &[
    ("ar", "هاتف الهاتف جوال الجوال موبايل اتصل جواز"),
    ("bg", "телефон тел моб номер паспорт"),
    ("bn", "ফোন মোবাইল"),
    ("cs", "telefon mobil volejte zavolejte číslo telefonní pas rodné rodne spz"),
    ("da", "telefon mobil tlf ringe kørekort nummerplade personnummer pas"),
    (
        "de",
        "telefon telefonnummer handy handynummer rufnummer mobil mobilnummer mobiltelefon festnetz durchwahl anrufen anruf rufen \
         ruf erreichen erreichbar fahrgestellnummer kennzeichen nummernschild reisepass passnummer reisepassnummer pass \
         führerschein führerscheinnummer patientennummer krankenkasse krankenversicherung versichertennummer \
         krankenversichertennummer steuer steueridentifikationsnummer steuernummer steuerid identifikationsnummer personalausweis \
         ausweis ausweisnummer personalausweisnummer perso sozialversicherungsnummer sozialversicherung versicherungsnummer büro \
         bestellung rechnung auftrag",
    ),
    ("el", "τηλ τηλέφωνο τηλεφώνου κινητό διαβατήριο"),
    (
        "en",
        "phone phones telephone mobile mob cell cellphone cellular call calls calling called dial ring reach answering answer \
         text texted voicemail message messages messaging contact landline hotline helpline handset pager vehicle chassis plate plates \
         registration passport passports driver drivers driving licence license licenses licences patient \
         patients medical record chart health insurance insured member beneficiary subscriber policyholder hospital social \
         taxpayer provider identity national tax identification office desk home work order orders invoice invoices ticket \
         tickets room rooms page pages chapter version build error code codes line lines case item items sku model article \
         quantity year years meter printer label individual",
    ),
    (
        "es",
        "teléfono telefono móvil movil celular llamar llame llama llámame fijo matrícula matricula placa pasaporte conducir \
         paciente historia clínica documento cédula cedula ciudadanía ciudadania oficina pedido factura",
    ),
    ("et", "telefon mobil pass"),
    ("fa", "تلفن موبایل"),
    ("fi", "puhelin puhelinnumero puh soita rekisterinumero passi ajokortti henkilötunnus"),
    (
        "fr",
        "téléphone telephoner mobile portable appeler appelez appelle joindre fixe numéro immatriculation plaque passeport permis \
         dossier mutuelle sécurité sociale sécu vitale registre bureau commande facture",
    ),
    ("he", "טלפון נייד דרכון זהות"),
    ("hi", "फोन मोबाइल पासपोर्ट आधार"),
    ("hr", "broj nazovite telefon"),
    ("hu", "telefon mobil telefonszám telefonszáma hívjon rendszám útlevél"),
    ("id", "telepon nomor"),
    (
        "it",
        "telefono telefona telefonami cellulare chiamare chiama chiamami targa passaporto patente guida paziente codice fiscale partita ufficio \
         ordine fattura",
    ),
    ("ja", "携帯 番号 電話 ナンバー パスポート 旅券 免許 マイナンバー 個人番号"),
    ("ko", "전화 휴대폰 핸드폰 연락처 여권 면허 주민등록번호 주민번호"),
    ("nb", "telefon mobil mobilen tlf ringe førerkort fødselsnummer fodselsnummer personnummer pass"),
    (
        "nl",
        "telefoon telefoonnummer telefoonnr mobiel bel bellen kenteken paspoort rijbewijs patiënt patiëntnummer dossier burgerservicenummer \
         sofinummer rijksregisternummer rijksregister nationaal bestelling factuur",
    ),
    (
        "pl",
        "telefon mobil telefonnumer zadzwoń dzwonić komórka komórkowy rejestracyjny paszport prawo jazdy pacjent",
    ),
    (
        "pt",
        "telefone telemóvel telemovel celular ligar ligue matrícula matricula placa passaporte condução guida paciente documento \
         contribuinte fiscal",
    ),
    ("ro", "telefon mobil"),
    (
        "ru",
        "телефон тел телефона моб мобильный звоните позвоните звонить номер номерной госномер паспорт паспорта водительское",
    ),
    ("sk", "telefon telefón mobil číslo pas rodné rodne"),
    ("sq", "numri telefonu"),
    ("sv", "telefon mobil mobilen ringa körkort personnummer samordningsnummer regnr pass"),
    ("sw", "simu namba"),
    ("th", "โทร โทรศัพท์ มือถือ เบอร์ หนังสือเดินทาง บัตรประชาชน ประชาชน"),
    ("tr", "telefon telefonu telefonum telefonumu numaram ara arayın cep ehliyet kimlik pasaport"),
    ("uk", "телефон телефону номер дзвоніть паспорт"),
    ("vi", "thoại sđt"),
    ("zh", "电话 電話 手机 手機 号码 拨打 致电 车牌 护照 護照 驾照 驾驶证 身份证 身份證"),
];

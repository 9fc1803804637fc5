//! The kinds of personal data, and the words for them.

use std::fmt;

/// One line for each kind: what it is, and the word for it in policies.
macro_rules! kinds {
    ($($(#[$doc:meta])+ $kind:ident = $word:literal,)+) => {
        /// A kind of personal data.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Kind {
            $($(#[$doc])+ $kind,)+
        }

        impl Kind {
            /// All of them.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$kind),+];

            /// The word for it in policies.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $word,)+
                }
            }
        }
    };
}

kinds! {
    /// An e-mail address (RFC 5321, with the letters of RFC 6531).
    Email = "email",
    /// A telephone number: international, or as it is dialled within some country.
    Phone = "phone",
    /// The number of a payment card (ISO/IEC 7812).
    PaymentCard = "payment-card",
    /// An international bank account number (ISO 13616).
    Iban = "iban",
    /// The code of a bank (ISO 9362), where it is announced.
    Bic = "bic",
    /// The address of an account in a crypto currency.
    CryptoWallet = "crypto-wallet",
    /// An address of the Internet Protocol, of version 4 or 6.
    IpAddress = "ip-address",
    /// The address of a network card (EUI-48).
    MacAddress = "mac-address",
    /// A link.
    Url = "url",
    /// A link that holds credentials, or a parameter that names something personal.
    UrlPersonal = "url-personal",
    /// How old somebody is.
    Age = "age",
    /// A place on earth, in degrees.
    Coordinates = "coordinates",
    /// The number of a vehicle (ISO 3779).
    Vin = "vin",
    /// What stands on a vehicle's plate, where it is announced.
    VehiclePlate = "vehicle-plate",
    /// A passport's number, of any country, where it is announced.
    Passport = "passport",
    /// A driving licence's number, of any country, where it is announced.
    DriverLicense = "driver-license",
    /// The number of a patient, a record or an insured person, where it is announced.
    HealthRecord = "health-record",
    /// A United States social security number, or another taxpayer's number written as one.
    UsSsn = "us-ssn",
    /// A United States taxpayer's number of one without a social security number.
    UsItin = "us-itin",
    /// A United States health care provider (NPI).
    UsNpi = "us-npi",
    /// A United States Medicare beneficiary (MBI).
    UsMbi = "us-mbi",
    /// A United Kingdom national insurance number.
    UkNino = "uk-nino",
    /// A United Kingdom health service number.
    UkNhs = "uk-nhs",
    /// A German tax number of a person (Steuer-ID).
    DeTaxId = "de-tax-id",
    /// The number of a German identity card.
    DeIdCard = "de-id-card",
    /// A French person's number (NIR, numéro de sécurité sociale).
    FrNir = "fr-nir",
    /// A Spanish person's number (DNI).
    EsDni = "es-dni",
    /// A foreigner's number in Spain (NIE).
    EsNie = "es-nie",
    /// An Italian tax code (codice fiscale).
    ItFiscalCode = "it-fiscal-code",
    /// An Italian trader's number (partita IVA).
    ItVat = "it-vat",
    /// A Dutch citizen's number (BSN).
    NlBsn = "nl-bsn",
    /// A Belgian national register number.
    BeNationalNumber = "be-national-number",
    /// A Swedish person's number (personnummer, samordningsnummer).
    SePersonnummer = "se-personnummer",
    /// A Finnish person's code (henkilötunnus).
    FiHetu = "fi-hetu",
    /// A Norwegian person's number (fødselsnummer).
    NoFodselsnummer = "no-fodselsnummer",
    /// A Danish person's number (CPR).
    DkCpr = "dk-cpr",
    /// A Polish person's number (PESEL).
    PlPesel = "pl-pesel",
    /// A Czech or Slovak birth number (rodné číslo).
    CzBirthNumber = "cz-birth-number",
    /// A Portuguese tax number (NIF).
    PtNif = "pt-nif",
    /// An Irish public service number (PPSN).
    IePps = "ie-pps",
    /// A Swiss insurance number (AHV, AVS).
    ChAhv = "ch-ahv",
    /// An Austrian insurance number (Sozialversicherungsnummer).
    AtSvnr = "at-svnr",
    /// A Greek insurance number (AMKA).
    GrAmka = "gr-amka",
    /// A Romanian person's code (CNP).
    RoCnp = "ro-cnp",
    /// A Bulgarian person's number (EGN).
    BgEgn = "bg-egn",
    /// A Turkish person's number (T.C. kimlik no).
    TrTckn = "tr-tckn",
    /// An Indian resident's number (Aadhaar).
    InAadhaar = "in-aadhaar",
    /// An Indian taxpayer's number (PAN).
    InPan = "in-pan",
    /// An Indian trader's number (GSTIN).
    InGstin = "in-gstin",
    /// A Singapore resident's number (NRIC, FIN).
    SgNric = "sg-nric",
    /// An Australian tax file number.
    AuTfn = "au-tfn",
    /// An Australian business number.
    AuAbn = "au-abn",
    /// An Australian Medicare card.
    AuMedicare = "au-medicare",
    /// A New Zealand tax number (IRD).
    NzIrd = "nz-ird",
    /// A Canadian social insurance number.
    CaSin = "ca-sin",
    /// A Brazilian person's number (CPF).
    BrCpf = "br-cpf",
    /// A Brazilian company's number (CNPJ).
    BrCnpj = "br-cnpj",
    /// A Mexican person's code (CURP).
    MxCurp = "mx-curp",
    /// A Mexican taxpayer's code (RFC).
    MxRfc = "mx-rfc",
    /// An Argentine taxpayer's number (CUIT, CUIL).
    ArCuit = "ar-cuit",
    /// An Argentine person's number (DNI), where it is announced.
    ArDni = "ar-dni",
    /// A Chilean person's number (RUT, RUN).
    ClRut = "cl-rut",
    /// A Colombian person's number (cédula), where it is announced.
    CoCedula = "co-cedula",
    /// A South African identity number.
    ZaId = "za-id",
    /// A South Korean resident's number.
    KrRrn = "kr-rrn",
    /// A Japanese person's number (My Number).
    JpMyNumber = "jp-my-number",
    /// A Chinese resident's number.
    CnResidentId = "cn-resident-id",
    /// A Thai citizen's number.
    ThId = "th-id",
    /// An Israeli identity number.
    IlId = "il-id",
    /// An access key of Amazon Web Services: its id, or the secret itself where it is named.
    AwsKey = "aws-key",
    /// A token of GitHub.
    GithubKey = "github-key",
    /// A token of Slack, or the address of a webhook there.
    SlackKey = "slack-key",
    /// A key or token of another service, known by how it begins.
    ApiKey = "api-key",
    /// A private key as a file holds it (PEM).
    PrivateKey = "private-key",
    /// A signed token (JWT).
    Jwt = "jwt",
    /// A password, or another secret, where it is announced.
    Password = "password",
    /// The address of a database or server together with a password.
    ConnectionString = "connection-string",
    /// The name of a person, or a part of it.
    PersonName = "person-name",
    /// A place: a country, a region, a city.
    Location = "location",
    /// A postal address, or a part of one: a street with its number, a box, a postcode.
    PostalAddress = "postal-address",
    /// A date, with the time of day if there is one.
    Date = "date",
    /// A date near which a birth is spoken of. It is a date as well.
    DateOfBirth = "date-of-birth",
    /// A word for somebody or something from a country.
    Nationality = "nationality",
}

impl Kind {
    /// The kind that a word of a policy stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

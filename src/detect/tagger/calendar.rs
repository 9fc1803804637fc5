//! The words of calendars, in the languages that are read.
//!
//! English, German, French, Spanish, Italian, Dutch, Portuguese, Polish, Swedish, Danish and Norwegian; folded as in `word.rs`.

/// Months, and how they are shortened; in order of their letters.
pub(super) static MONTHS: &[&str] = &[
    "abr", "abril", "ago", "agosto", "aout", "apr", "april", "aprile", "august", "augusti", "augustus", "aug", "avr",
    "avril", "czerwca", "dec", "december", "decembre", "dez", "dezember", "dezembro", "dic", "dicembre",
    "diciembre", "dzn", "ene", "enero", "feb", "febbraio", "febrero", "februar", "februari", "february", "fev",
    "fevereiro", "fevr", "fevrier", "gen", "gennaio", "giu", "giugno", "grudnia", "jan", "janeiro", "januar",
    "januari", "january", "janv", "janvier", "jul", "julho", "juli", "julio", "july", "juil", "juillet", "jun",
    "june", "junho", "juni", "juin", "junio", "kwietnia", "lipca", "listopada", "lug", "luglio", "lutego",
    "maerz", "mag", "maggio", "mai", "maio", "maj", "maja", "mar", "march", "marca", "marco", "mars", "mart",
    "marts", "marz", "marzo", "may", "mayo", "mei", "nov", "november", "novembre", "novembro", "noviembre",
    "oct", "october", "octobre", "octubre", "okt", "oktober", "ott", "ottobre", "out", "outubro", "pazdziernika",
    "sep", "sept", "september", "septembre", "septiembre", "set", "setembro", "settembre", "sierpnia", "stycznia",
    "wrzesnia",
];

/// Those that are also other words: small letters don't make a month of them.
pub(super) static AMBIGUOUS: &[&str] = &["may", "march", "mar", "mars", "mart", "set", "out", "gen", "mag", "jan", "dec", "sep"];

/// Days of the week.
pub(super) static WEEKDAYS: &[&str] = &[
    "dienstag", "dimanche", "dinsdag", "domenica", "domingo", "donderdag", "donnerstag", "freitag", "friday",
    "giovedi", "jeudi", "jueves", "lordag", "lundi", "lunedi", "lunes", "maandag", "mandag", "mardi", "martedi",
    "martes", "mercoledi", "mercredi", "miercoles", "mittwoch", "monday", "montag", "sabado", "sabato", "samedi",
    "samstag", "saturday", "sonntag", "sunday", "thursday", "tuesday", "vendredi", "venerdi", "viernes",
    "vrijdag", "wednesday", "woensdag", "zaterdag", "zondag",
];

/// How days of the week are shortened. Alone they are other words.
pub(super) static SHORT_WEEKDAYS: &[&str] = &[
    "di", "do", "fr", "fri", "mi", "mo", "mon", "sa", "sat", "so", "sun", "thu", "thur", "thurs", "tue", "tues", "wed",
];

/// Words behind which a number of four digits is a year.
pub(super) static BEFORE_YEARS: &[&str] = &[
    "a", "after", "around", "before", "between", "by", "circa", "class", "depuis", "desde", "dal", "during", "early",
    "en", "fall", "from", "im", "in", "jahr", "late", "mid", "nel", "of", "seit", "since", "spring", "summer",
    "the", "til", "till", "to", "until", "winter", "year", "born", "sinds", "anno", "annee", "autumn", "and",
];

/// Words in whose neighbourhood a date is that of a birth.
pub(super) static BIRTH: &[&str] = &[
    "birth", "birthdate", "birthday", "birthdays", "bday", "born", "dob", "geb", "geboorte", "geboortedatum", "geboren",
    "geburt", "geburtsdatum", "geburtstag", "naissance", "nascido", "nascida", "nascimento", "nacida", "nacido",
    "nacimiento", "nacio", "nasceu", "nascita", "nata", "nato", "ne", "nee", "naci", "urodzenia", "urodzona", "urodzony",
    "fodd", "fodt", "verjaardag", "compleanno", "cumpleanos", "anniversaire", "turned",
];

/// Words that may stand between a date and a time of day.
pub(super) static BEFORE_TIMES: &[&str] = &["a", "alle", "as", "at", "klo", "kl", "om", "t", "um"];

/// Words that may stand behind a time of day.
pub(super) static BEHIND_TIMES: &[&str] = &["am", "gmt", "h", "pm", "uhr", "utc", "z"];

/// Words that may stand between a day and its month, or a month and its year.
pub(super) static WITHIN: &[&str] = &["de", "del", "di", "do", "of"];

/// What may stand right behind the number of a day.
pub(super) static ORDINALS: &[&str] = &["e", "er", "nd", "rd", "st", "th", "o", "a"];

use proptest::prelude::*;

use super::*;

const NOTHING_ELSE: Others<'static> = Others { found: &[], upto: usize::MAX };

fn whole(text: &str) -> Vec<Found<Tagged>> {
    let mut found = Vec::new();
    let decided = Tagger::new().look(text, Edge::End, NOTHING_ELSE, |part| found.push(part));
    assert_eq!(decided, text.len());
    found
}

/// What is found in a text that is shown piece by piece, and how many characters were held back at most.
fn in_pieces(pieces: &[&str]) -> (Vec<Found<Tagged>>, usize) {
    let mut tagger = Tagger::new();
    let (mut all, mut base, mut pending, mut most) = (Vec::new(), 0, String::new(), 0);
    for (n, piece) in pieces.iter().enumerate() {
        pending.push_str(piece);
        let edge = if n + 1 == pieces.len() { Edge::End } else { Edge::Open };
        let decided = tagger.look(&pending, edge, NOTHING_ELSE, |part| {
            all.push(Found { at: part.at.start + base..part.at.end + base, what: part.what });
        });
        pending.drain(..decided);
        base += decided;
        most = most.max(pending.chars().count());
    }
    (all, most)
}

fn marked(text: &str) -> String {
    let mut out = text.to_owned();
    for found in whole(text).into_iter().rev() {
        let mark = match found.what.what {
            What::Person => 'P',
            What::Location => 'L',
            What::Address | What::AddressWithPlace => 'A',
            What::Date => 'D',
            What::DateOfBirth => 'B',
            What::Nationality => 'N',
        };
        out.insert(found.at.end, '»');
        out.insert_str(found.at.start, &format!("{mark}«"));
    }
    out
}

#[test]
fn names_places_and_addresses_are_found_where_they_are_announced() {
    for expected in [
        "My name is P«Margaret Osborne» and I live in L«Lisbon».",
        "Ich heiße P«Jürgen Hofmann».",
        "Je m'appelle P«Camille Lefebvre» et j'habite à L«Bordeaux».",
        "Me llamo P«Lucía Fernández».",
        "Please send it to A«14 Maple Street».",
        "Regards,\nP«Tomasz Kowalczyk»",
        "How do I reset my password?",
        "Where is my order?",
    ] {
        let text: String = expected.replace("P«", "").replace("L«", "").replace("A«", "").replace('»', "");
        assert_eq!(marked(&text), expected);
    }
}

#[test]
fn names_are_found_in_the_forms_that_people_give_them() {
    for expected in [
        "This was signed by P«R.J. Whitfield» and countersigned by P«E. Lindholm».",
        "My name is P«Hye-jin Kwon».",
        "I spoke to P«Xiaoling Zheng» yesterday.",
        "My neighbour P«Babatunde Adeyemi» will sign for it.",
        "Seats for P«Marchetti, Paola» and P«Novak, Jan»",
        "My name is P«Ludwig van der Heide».",
        "MY NAME IS P«CAROLINE BECKETT» AND NOBODY ANSWERS ME",
        "hi, my name is P«caroline beckett» and nobody answers me",
        "<surname>P«Beckett»</surname>",
    ] {
        let text = expected.replace("P«", "").replace('»', "");
        assert_eq!(marked(&text), expected);
    }
}

#[test]
fn what_machines_write_and_what_is_measured_names_nobody() {
    for text in [
        "ERROR: worker 14 failed (220 ms)",
        "sha256: 9f86d081884c7d659a2feaa0c55ad015",
        "npm install left-pad@1.3.0",
        "Reference QX4418205",
        "Status: open\nPriority: high\nOperator: -",
        "The parcel measures 40 x 25 x 12 cm and weighs 3,4 kg.",
        "Our oven heats up to 250 °C in 9 minutes.",
        "WHERE IS MY REFUND",
        "Ahoj všem",
        "Guten Tag, wo bleibt mein Paket?",
        "Is Kotlin faster than Java?",
    ] {
        assert_eq!(marked(text), text);
    }
}

#[test]
fn dates_are_found_as_people_write_them() {
    for expected in [
        "on D«2024-03-12», D«12/03/1984», D«12.03.84», D«3. 5. 1980»",
        "D«12 March 1984» D«March 12, 1984» D«12th of March» D«12. März 1984» D«5 de mayo de 2001»",
        "D«1992-10-28 11:57:45.851586» and D«2024-03-12T14:30:00+01:00»; D«March 3 at 5 pm»",
        "in D«1988», D«Sunday», D«Friday, 12 March», since D«May 2020»",
        "D«1984年3月12日»",
        "It is 1.2.3.4 or 12/34; 99/99/1999 is none; 1/2 and 2024-13-45 are none, it may be 5, $1999, mon ami",
    ] {
        let text = expected.replace("D«", "").replace('»', "");
        assert_eq!(marked(&text), expected);
    }
}

#[test]
fn a_date_is_that_of_a_birth_where_one_is_spoken_of() {
    assert_eq!(marked("DOB: 12/03/1984"), "DOB: B«12/03/1984»");
    assert_eq!(marked("geboren am 12.03.1984"), "geboren am B«12.03.1984»");
    assert_eq!(marked("the meeting on 12/03/2024"), "the meeting on D«12/03/2024»");
}

#[test]
fn what_is_found_elsewhere_is_passed_by() {
    let text = "My name is Margaret Osborne.";
    let name = 11..27;
    assert_eq!(whole(text).first().map(|found| found.at.clone()), Some(name.clone()));
    let others = Others { found: std::slice::from_ref(&name), upto: text.len() };
    let mut found = Vec::new();
    Tagger::new().look(text, Edge::End, others, |part| found.push(part));
    assert_eq!(found, []);
}

#[test]
fn nothing_is_decided_before_it_is_known_what_else_is_found() {
    let text = "My name is Margaret Osborne, and that is all there is to say about me.";
    let others = Others { found: &[], upto: 15 };
    let mut found = Vec::new();
    let decided = Tagger::new().look(text, Edge::Open, others, |part| found.push(part));
    assert!(decided <= 11 && found.is_empty(), "{decided}");
}

fn texts() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("Anna Müller".to_owned()),
        Just("12 March 1984 at 5:30 pm".to_owned()),
        Just("14 Maple Street\nApt. 3, Springfield, IL 62704".to_owned()),
        Just("lives in New York".to_owned()),
        Just("born".to_owned()),
        Just("Estonian".to_owned()),
        Just("São Paulo, Brasil".to_owned()),
        "[a-zA-Z]{1,40}",
        "[0-9]{1,30}",
        "[ \n\t]{1,20}",
        " {5,12}",
        "[-/.,:;'\"()]{1,30}",
        "\\PC{0,8}",
    ];
    prop::collection::vec((word, prop_oneof![Just(" "), Just(""), Just(", "), Just("\n")]), 0..12)
        .prop_map(|parts| parts.into_iter().map(|(word, gap)| word + gap).collect())
}

#[test]
fn what_is_wide_apart_is_cut_without_a_difference() {
    let wide = " ".repeat(12);
    for text in [
        format!("19{wide}March call 19{wide}1"),
        format!("12{wide}March 2020"),
        "12 March 1984 ".repeat(9),
        format!("lives in New York\nEstonian{wide}Estonian "),
    ] {
        for (one, _) in text.char_indices() {
            for (two, _) in text.char_indices().skip_while(|(at, _)| *at < one) {
                let (found, _) = in_pieces(&[&text[..one], &text[one..two], &text[two..]]);
                assert_eq!(found, whole(&text), "{text:?} {one} {two}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn no_cut_makes_a_difference(text in texts(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8)) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| text.floor_char_boundary(cut.index(text.len() + 1))).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&str> = cuts.windows(2).map(|cut| &text[cut[0]..cut[1]]).collect();
        let (found, most) = in_pieces(&pieces);
        prop_assert_eq!(found, whole(&text));
        prop_assert!(most <= crate::text::HELD_BACK, "{} characters were held back", most);
    }

    #[test]
    fn characters_that_come_one_by_one_make_no_difference(text in texts()) {
        let mut pieces: Vec<&str> = text.char_indices().map(|(at, c)| &text[at..at + c.len_utf8()]).collect();
        pieces.push("");
        let (found, most) = in_pieces(&pieces);
        prop_assert_eq!(found, whole(&text));
        prop_assert!(most <= crate::text::HELD_BACK, "{} characters were held back", most);
    }

    #[test]
    fn findings_are_parts_of_the_text_in_order(text in texts()) {
        let mut last = 0;
        for found in whole(&text) {
            prop_assert!(last <= found.at.start && found.at.start < found.at.end);
            prop_assert!(text.get(found.at.clone()).is_some_and(|part| part.trim() == part));
            prop_assert!((50..=99).contains(&found.what.likelihood));
            last = found.at.end;
        }
    }
}

use std::io::Write as _;

use flate2::{Compression, write::DeflateEncoder};
use proptest::prelude::*;

use super::*;

const ALL: [Coding; 4] = [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd];
const LIMIT: u64 = 64 << 20;

fn encoded(coding: Coding, body: &[u8]) -> Vec<u8> {
    let mut encoder = Encoder::new(coding).unwrap();
    let begun = encoder.push(body).unwrap();
    [begun, encoder.finish().unwrap()].concat()
}

fn bare_deflate(body: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn decoded(codings: &[Coding], body: &[u8]) -> Result<Vec<u8>, Fault> {
    Decoder::whole(codings, LIMIT, body).map(|bytes| bytes.to_vec())
}

#[test]
fn codings_are_read_as_the_fields_list_them_and_unknown_ones_are_named_so() {
    use Coding::{Brotli, Deflate, Gzip, Zstd};
    let read = |lines: &[&'static str]| {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(CONTENT_ENCODING, http::HeaderValue::from_static(line));
        }
        applied(&headers).map(|codings| codings.to_vec())
    };
    for (lines, expected) in [
        (&[][..], &[][..]),
        (&["identity"], &[]),
        (&["gzip"], &[Gzip]),
        (&["X-GZIP"], &[Gzip]),
        (&["deflate, br"], &[Deflate, Brotli]),
        (&["identity", "zstd,,identity", "br"], &[Zstd, Brotli]),
    ] {
        assert_eq!(read(lines).as_deref(), Ok(expected), "{lines:?}");
    }
    for lines in [&["compress"][..], &["gzip, dcb"], &["gzip;q=1"], &["gzip, br", "zstd"]] {
        assert!(read(lines).is_err(), "{lines:?}");
    }
}

#[test]
fn a_bare_deflate_stream_is_read_as_browsers_read_it() {
    for body in [&b"hello, hello, hello"[..], b"", b"x"] {
        assert_eq!(decoded(&[Coding::Deflate], &bare_deflate(body)).as_deref(), Ok(body));
    }
}

#[test]
fn two_codings_are_undone_in_the_reverse_order() {
    let body = encoded(Coding::Brotli, &encoded(Coding::Gzip, b"twice"));
    assert_eq!(decoded(&[Coding::Gzip, Coding::Brotli], &body).as_deref(), Ok(&b"twice"[..]));
    assert_eq!(decoded(&[Coding::Brotli, Coding::Gzip], &body), Err(Fault::Damaged));
}

#[test]
fn what_is_cut_short_damaged_or_followed_by_more_is_an_error() {
    let body = b"{\"text\": \"Which shoes fit me?\"}".repeat(20);
    for coding in ALL {
        let whole = encoded(coding, &body);
        for end in 0..whole.len() {
            assert_eq!(decoded(&[coding], &whole[..end]), Err(Fault::CutShort), "{coding} to {end}");
        }
        let more = [&whole[..], b"x"].concat();
        let expected = match coding {
            Coding::Deflate | Coding::Brotli => [Fault::GoesOn; 2],
            // What follows could be another member or frame, and is none.
            Coding::Gzip | Coding::Zstd => [Fault::Damaged, Fault::CutShort],
        };
        assert!(expected.contains(&decoded(&[coding], &more).unwrap_err()), "{coding}");
        assert!(decoded(&[coding], &[&more[..], &[b'x'; 40]].concat()).is_err(), "{coding}");
        assert!(decoded(&[coding], &[b'{'; 40]).is_err(), "{coding}");
    }
    for coding in [Coding::Gzip, Coding::Deflate] {
        let mut whole = encoded(coding, &body);
        let last = whole.len() - 2;
        whole[last] ^= 1;
        assert_eq!(decoded(&[coding], &whole), Err(Fault::Damaged), "the sum of {coding}");
    }
}

#[test]
fn several_members_of_gzip_and_frames_of_zstd_are_one_body() {
    for coding in [Coding::Gzip, Coding::Zstd] {
        let body = [encoded(coding, b"one "), encoded(coding, b""), encoded(coding, b"two")].concat();
        assert_eq!(decoded(&[coding], &body).as_deref(), Ok(&b"one two"[..]), "{coding}");
    }
}

#[test]
fn a_bomb_is_defused_before_it_goes_off_in_every_coding_and_when_packed_twice() {
    let zeros = vec![b' '; 4 << 20];
    for coding in ALL {
        let bomb = encoded(coding, &zeros);
        assert_eq!(decoded(&[coding], &bomb), Err(Fault::Bomb), "{coding}: {} bytes", bomb.len());
        let twice = encoded(Coding::Gzip, &bomb);
        assert_eq!(decoded(&[coding, Coding::Gzip], &twice), Err(Fault::Bomb), "{coding}");
    }
}

#[test]
fn what_is_within_bounds_is_no_bomb_and_the_limit_counts_decoded_bytes() {
    let body = vec![b' '; 1 << 20];
    for coding in ALL {
        let sent = encoded(coding, &body);
        assert_eq!(decoded(&[coding], &sent).as_deref(), Ok(&body[..]), "{coding}");
        assert_eq!(Decoder::whole(&[coding], 1 << 20, &sent).map(|made| made.len()), Ok(1 << 20));
        assert_eq!(Decoder::whole(&[coding], (1 << 20) - 1, &sent), Err(Fault::TooLarge), "{coding}");
    }
}

#[test]
fn a_zstd_window_of_more_than_eight_mebibytes_is_refused() {
    let mut encoder = ::zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    encoder.set_parameter(::zstd::zstd_safe::CParameter::WindowLog(24)).unwrap();
    encoder.write_all(b"a window larger than any client has to have").unwrap();
    assert_eq!(decoded(&[Coding::Zstd], &encoder.finish().unwrap()), Err(Fault::Damaged));
}

#[test]
fn every_event_can_be_decoded_as_soon_as_it_is_encoded() {
    for coding in ALL {
        let mut encoder = Encoder::new(coding).unwrap();
        let mut decoder = Decoder::new(&[coding], LIMIT).unwrap();
        for n in 0..50 {
            let event = format!("data: {{\"delta\": \"word {n}\"}}\n\n");
            let sent = encoder.push(event.as_bytes()).unwrap();
            assert_eq!(decoder.push(&sent).unwrap(), event, "{coding}");
        }
        assert_eq!(decoder.push(&encoder.finish().unwrap()).unwrap(), "", "{coding}");
        assert_eq!(decoder.finish(), Ok(()), "{coding}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn however_a_body_is_cut_it_decodes_to_the_same(
        body in proptest::collection::vec(prop_oneof![Just(b'a'), any::<u8>()], 0..3000),
        cuts in proptest::collection::vec(1..200usize, 1..40),
        coding in proptest::sample::select(&ALL[..]),
    ) {
        let sent = encoded(coding, &body);
        prop_assert_eq!(decoded(&[coding], &sent).unwrap(), body.clone());
        let mut decoder = Decoder::new(&[coding], LIMIT).unwrap();
        let (mut rest, mut made) = (&sent[..], Vec::new());
        for cut in cuts.iter().cycle() {
            let (piece, more) = rest.split_at((*cut).min(rest.len()));
            made.extend_from_slice(&decoder.push(piece).unwrap());
            rest = more;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(decoder.finish(), Ok(()));
        prop_assert_eq!(made, body);
    }

    #[test]
    fn any_bytes_decode_or_fail_without_a_panic(
        body in proptest::collection::vec(any::<u8>(), 0..400),
        coding in proptest::sample::select(&ALL[..]),
    ) {
        let _ = decoded(&[coding], &body);
        let mut sent = encoded(coding, b"something that can be damaged in many ways, somewhere in the middle");
        for (n, byte) in body.iter().enumerate().take(4) {
            let at = (n * 31 + usize::from(*byte)) % sent.len();
            sent[at] ^= byte;
        }
        let _ = decoded(&[coding], &sent);
    }
}

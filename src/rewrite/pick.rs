//! Finds the one value that names the subject in a JSON body, without changing anything.

use crate::{
    identify::Found,
    json::{Container, Fault, Key, NameHasher, Piece, Scalar, Tokeniser, Visitor, unescape},
    selector::{BodySelector, Mark, Matching, Paths, Set},
};

/// One place in a body, compiled.
#[derive(Debug)]
pub struct Pick {
    paths: Paths,
    hasher: NameHasher,
}

impl Pick {
    /// Compiles a selector of names and indexes.
    pub fn new(selector: &BodySelector) -> Self {
        let hasher = NameHasher::default();
        Self { paths: Paths::new([(selector, 0)], &hasher), hasher }
    }

    /// What stands at the place.
    ///
    /// # Errors
    /// When the body is not JSON.
    pub fn find(&self, body: &[u8], max_depth: usize) -> Result<Found, Fault> {
        let mut matching = Matching::default();
        self.paths.root(&mut matching);
        let mut seeker = Seeker {
            paths: &self.paths,
            matching,
            open: Vec::new(),
            child: Mark::default(),
            body,
            begun: None,
            found: Found::Absent,
        };
        let mut tokeniser = Tokeniser::new(self.hasher.clone(), max_depth);
        tokeniser.push(body, &mut seeker)?;
        tokeniser.finish(&mut seeker)?;
        Ok(seeker.found)
    }
}

struct Seeker<'a> {
    paths: &'a Paths,
    matching: Matching,
    /// Of each open container: its set, and its next index if it is an array.
    open: Vec<(Set, Option<u64>)>,
    child: Mark,
    body: &'a [u8],
    begun: Option<(Scalar, usize)>,
    found: Found,
}

impl Seeker<'_> {
    /// Whether the value that begins is the one sought.
    fn begins(&mut self) -> bool {
        if let Some((set, Some(index))) = self.open.last_mut() {
            self.child = self.matching.mark();
            self.paths.element(&mut self.matching, *set, *index);
            *index += 1;
        }
        self.matching.found()
    }
}

impl Visitor for Seeker<'_> {
    fn key(&mut self, _: Piece<'_>, key: Key<'_>) {
        let Some((set, _)) = self.open.last().copied() else { return };
        self.child = self.matching.mark();
        self.paths.member(&mut self.matching, set, key.name, key.hash);
    }

    fn open(&mut self, _: Piece<'_>, container: Container, _: usize) {
        if self.begins() {
            self.found = Found::Unfit;
        }
        let set = self.matching.set(self.child);
        self.open.push((set, (container == Container::Array).then_some(0)));
    }

    fn close(&mut self, _: Piece<'_>, _: usize) {
        if let Some((set, _)) = self.open.pop() {
            self.matching.truncate(set.from());
        }
    }

    fn scalar(&mut self, _: Piece<'_>, scalar: Scalar, at: usize) {
        self.begun = self.begins().then_some((scalar, at));
    }

    fn scalar_end(&mut self, _: Piece<'_>, at: usize) {
        self.matching.truncate(self.child);
        let Some((scalar, from)) = self.begun.take() else { return };
        let raw = self.body.get(from..at).unwrap_or_default();
        self.found = match scalar {
            Scalar::Text => unescape(raw).map_or(Found::Unfit, Found::Text),
            Scalar::Number => Found::Text(String::from_utf8_lossy(raw).into_owned()),
            Scalar::Bool | Scalar::Null => Found::Unfit,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subject_is_found_where_the_path_says_and_nowhere_else() {
        for (path, body, expected) in [
            ("$.user.id", r#"{"id":"no","user":{"id":"ada","x":{"id":"no"}}}"#, Found::Text("ada".into())),
            ("$.user.id", r#"{"us\u0065r":{"id":"\u0061da"}}"#, Found::Text("ada".into())),
            ("$.id", r#"{"id":1.50}"#, Found::Text("1.50".into())),
            ("$.ids[1]", r#"{"ids":["a","b"]}"#, Found::Text("b".into())),
            ("$.id", r#"{"id":null}"#, Found::Unfit),
            ("$.id", r#"{"id":["a"]}"#, Found::Unfit),
            ("$.id", r#"[{"id":"a"}]"#, Found::Absent),
            ("$.id", "7", Found::Absent),
        ] {
            let pick = Pick::new(&BodySelector::parse(path, false).unwrap());
            assert_eq!(pick.find(body.as_bytes(), 64), Ok(expected), "{path} in {body}");
        }
        let pick = Pick::new(&BodySelector::parse("$.id", false).unwrap());
        assert!(pick.find(br#"{"id":"a","id":"b"}"#, 64).is_err());
    }
}

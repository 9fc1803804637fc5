//! What a profile says of streams.

use super::Reader;
use crate::{
    profile::{
        Inside, Side, StreamShape,
        places::Places,
        shape::{Asked, EndRule, PieceRule, RepeatRule, Wanted, When},
        way::Way,
    },
    selector::BodySelector,
    yaml::{Fields, Key, Node, Value},
};

impl<'a> Reader<'a> {
    pub(super) fn stream(&mut self, node: &'a Node) -> Option<StreamShape> {
        let fields = self.yaml.fields(node, "`stream`")?;
        let sentinels = fields.get("sentinels").map(|node| self.sentinels(node)).unwrap_or_default();
        let sequence = fields.get("sequence").and_then(|node| self.single(node));
        let told_apart_by = fields.get("told_apart_by").and_then(|node| self.yaml.text(node));
        let pieces = self.each(&fields, "deltas", Self::piece_rule);
        let ends = self.each(&fields, "ends", Self::end_rule);
        let repeats = self.each(&fields, "repeats", Self::repeat_rule);
        self.yaml.done(fields);
        Some(StreamShape {
            sentinels,
            sequence,
            asked: std::mem::take(&mut self.asked),
            told_apart_by,
            pieces,
            ends,
            repeats: repeats.into_iter().flatten().collect(),
            ..StreamShape::default()
        })
    }

    fn each<T>(
        &mut self,
        fields: &Fields<'a>,
        key: &'static str,
        mut read: impl FnMut(&mut Self, &'a Node) -> Option<T>,
    ) -> Vec<T> {
        let nodes = fields.get(key).map(|node| self.yaml.list(node)).unwrap_or_default();
        nodes.into_iter().filter_map(|node| read(self, node)).collect()
    }

    fn sentinels(&mut self, node: &'a Node) -> Vec<String> {
        self.yaml.list(node).into_iter().filter_map(|node| self.yaml.text(node)).collect()
    }

    fn piece_rule(&mut self, node: &'a Node) -> Option<PieceRule> {
        let fields = self.yaml.fields(node, "a delta")?;
        let when = self.when(&fields);
        let at = self.yaml.need(&fields, "at").and_then(|node| self.way(node));
        let whole = fields.get("whole").and_then(|node| self.yaml.truth(node)).unwrap_or(false);
        let of_pieces = ["key", "as", "inside"].map(|key| fields.get(key));
        let [key, named, inside] = of_pieces;
        if let Some(node) = of_pieces.into_iter().flatten().next().filter(|_| whole) {
            self.complain("a whole text continues none", node, "remove this, or `whole`");
        }
        let key = key.map(|node| self.keys(node)).unwrap_or_default();
        let named = named.map(|node| self.way(node));
        let inside = inside.map(|node| self.inside(node));
        self.yaml.done(fields);
        let at = at?;
        Some(PieceRule {
            when: when?,
            key,
            named: named.unwrap_or_else(|| Some(at.clone()))?,
            at,
            inside: if whole { None } else { Some(inside.unwrap_or(Some(Inside::Plain))?) },
        })
    }

    fn end_rule(&mut self, node: &'a Node) -> Option<EndRule> {
        let fields = self.yaml.fields(node, "an end")?;
        let when = self.when(&fields);
        let at_node = fields.get("at");
        let at = at_node.map(|node| self.way(node));
        let key = fields.get("key").map(|node| self.keys(node)).unwrap_or_default();
        let says_when = fields.get("when").is_some() || at_node.is_some();
        self.yaml.done(fields);
        if !says_when {
            return self.reject(
                "this ends every text with every event",
                node,
                "say which event ends texts, with `when`, or where something must stand, with `at`",
            );
        }
        Some(EndRule { when: when?, at: at.map_or(Some(None), |way| way.map(Some))?, key })
    }

    /// One rule for each place.
    fn repeat_rule(&mut self, node: &'a Node) -> Option<Vec<RepeatRule>> {
        let fields = self.yaml.fields(node, "a repeat")?;
        let when = self.when(&fields);
        let places = self.yaml.need(&fields, "at").map(|node| self.yaml.list(node)).unwrap_or_default();
        let ways: Vec<Way> = places.into_iter().filter_map(|node| self.way(node)).collect();
        self.yaml.done(fields);
        let when = when?;
        Some(ways.into_iter().map(|at| RepeatRule { when: when.clone(), at }).collect())
    }

    fn when(&mut self, fields: &Fields<'a>) -> Option<When> {
        let Some(node) = fields.get("when") else { return Some(When::default()) };
        match &node.value {
            Value::Map(members) if !members.is_empty() => {
                let conditions = members.iter().map(|(key, node)| self.condition(key, node));
                let conditions: Vec<_> = conditions.collect();
                conditions.into_iter().collect::<Option<_>>().map(When)
            }
            _ => self.reject(
                "`when` says what stands where",
                node,
                "write `{$.type: WORD}`, a list of words, or `any` for anything but `null`",
            ),
        }
    }

    fn condition(&mut self, key: &Key, node: &'a Node) -> Option<(Asked, Vec<Wanted>)> {
        // A key is read like a value that stands in its place.
        let place = Node { value: Value::Text(key.name.clone()), place: key.place.clone() };
        let way = self.single(&place);
        let wanted: Vec<Wanted> =
            self.yaml.list(node).into_iter().filter_map(|node| self.wanted(node)).collect();
        if wanted.is_empty() {
            return self.reject("this is never so", node, "write a word, or `any`");
        }
        Some((way?, wanted))
    }

    fn wanted(&mut self, node: &Node) -> Option<Wanted> {
        let text = self.yaml.text(node)?;
        Some(match node.value {
            Value::Text(_) if text == "any" => Wanted::Anything,
            Value::Text(_) => Wanted::Text(text),
            _ => Wanted::Literal(text),
        })
    }

    fn keys(&mut self, node: &'a Node) -> Vec<Asked> {
        self.yaml.list(node).into_iter().filter_map(|node| self.single(node)).collect()
    }

    /// A single place, asked about once however many rules do.
    fn single(&mut self, node: &Node) -> Option<Asked> {
        let way = self.way(node)?;
        if !way.is_single() {
            return self.reject("this must be one place", node, "write names alone, such as `$.item.id`");
        }
        let known = self.asked.iter().position(|asked| *asked == way);
        Some(known.unwrap_or_else(|| {
            self.asked.push(way);
            self.asked.len() - 1
        }))
    }

    fn way(&mut self, node: &Node) -> Option<Way> {
        let selector: BodySelector = self.body(node)?;
        match Way::of(&selector) {
            Some(way) => Some(way),
            None => self.reject(
                format!("`{}` is no way that events are read along", selector.text),
                node,
                "write names and `[*]`, such as `$.choices[*].delta`",
            ),
        }
    }
}

impl StreamShape {
    /// The shape, knowing what is never text in the messages of its direction.
    pub(super) fn among(mut self, side: &Side) -> Self {
        self.never = Places::of(side.needs.iter().chain(&side.opaque));
        self.echoes = Places::of(&side.echoes);
        self
    }
}

//! When the files are read again.

use std::{borrow::Cow, fmt, time::Duration};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::quantity::Span;

/// Looking more often would cost more than it brings.
const LEAST: Duration = Duration::from_millis(10);

/// When the files are read again, beside SIGHUP and `assentry reload`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReloadSettings {
    /// How often to look whether a file has changed; `off` for never.
    pub watch: Watching,
}

/// How often to look whether a file has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watching {
    /// So often.
    Every(Span),
    /// Never.
    Off,
}

impl Default for Watching {
    fn default() -> Self {
        Self::Every(Span::seconds(1))
    }
}

impl<'de> Deserialize<'de> for Watching {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WatchingVisitor)
    }
}

struct WatchingVisitor;

impl de::Visitor<'_> for WatchingVisitor {
    type Value = Watching;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a length of time such as `1s`, or `off`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Watching, E> {
        if text == "off" {
            return Ok(Watching::Off);
        }
        let span: Span = text.parse().map_err(|wrong| E::custom(format!("{wrong}, or `off`")))?;
        if span.0 < LEAST {
            return Err(E::custom(format!("`{text}` is too often; write `10ms` or more, or `off`")));
        }
        Ok(Watching::Every(span))
    }

    /// YAML 1.1 reads `off` so, and some editors write what they read.
    fn visit_bool<E: de::Error>(self, on: bool) -> Result<Watching, E> {
        Ok(if on { Watching::default() } else { Watching::Off })
    }
}

impl JsonSchema for Watching {
    fn schema_name() -> Cow<'static, str> {
        "Watching".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "boolean"],
            "pattern": "^(off|[0-9]+ *(ms|s|m|h|d))$",
            "examples": ["1s", "off"]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn watching_has_a_pace_or_is_off() {
        let read = |text: &str| serde_saphyr::from_str::<ReloadSettings>(text).map(|settings| settings.watch);
        assert_eq!(read("{}").unwrap(), Watching::Every(Span::seconds(1)));
        assert_eq!(read("watch: 250ms").unwrap(), Watching::Every(Span(Duration::from_millis(250))));
        assert_eq!(read("watch: off").unwrap(), Watching::Off);
        for (wrong, says) in [("0s", "too often"), ("1", "off"), ("never", "off"), ("[1s]", "off")] {
            let error = read(&format!("watch: {wrong}")).unwrap_err().to_string();
            assert!(error.contains(says), "{wrong}: {error}");
        }
    }
}

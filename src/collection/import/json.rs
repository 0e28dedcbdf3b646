//! JSON (or YAML) as other tools write it: a tree that borrows its texts from the input.
//!
//! Used by the importers. Foreign files hold numbers, `null` and objects where texts are expected, so nothing is read
//! by a fixed schema; every look-up has an answer. A file of 85 MB fits into a few times its size.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::model::problem::{Place, Problem, ProblemKind};

/// A value.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Json<'a> {
    /// `null`, or nothing.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it is written.
    Number(String),
    /// A text.
    Text(Cow<'a, str>),
    /// A list.
    List(Vec<Json<'a>>),
    /// An object; of two members with one name the last one counts.
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

static NULL: Json<'static> = Json::Null;

impl<'a> Json<'a> {
    /// The member of this name; [`Json::Null`] if there is none.
    pub fn get(&self, name: &str) -> &Self {
        let Self::Object(members) = self else { return null() };
        members.iter().rev().find(|(key, _)| key == name).map_or(null(), |(_, value)| value)
    }

    /// The first of these members that there is.
    pub fn first(&self, names: &[&str]) -> &Self {
        names.iter().map(|name| self.get(name)).find(|value| !value.is_null()).unwrap_or(null())
    }

    /// The members of an object.
    pub fn members(&self) -> &[(Cow<'a, str>, Self)] {
        if let Self::Object(members) = self { members } else { &[] }
    }

    /// The items of a list.
    pub fn items(&self) -> &[Self] {
        if let Self::List(items) = self { items } else { &[] }
    }

    /// Is nothing here?
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Is it an object?
    pub const fn is_object(&self) -> bool {
        matches!(self, Self::Object(_))
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// What a person would see in a field: texts, numbers and booleans; nothing for `null`; JSON for the rest.
    pub fn shown(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Bool(value) => value.to_string(),
            Self::Number(text) => text.clone(),
            Self::Text(text) => text.clone().into_owned(),
            Self::List(_) | Self::Object(_) => self.to_string(),
        }
    }

    /// The text of a member as a person would see it.
    pub fn field(&self, name: &str) -> String {
        self.get(name).shown()
    }

    /// `true`, also as a text.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Bool(value) => *value,
            Self::Text(text) => text == "true",
            _ => false,
        }
    }

    /// `false`, also as a text.
    pub fn is_false(&self) -> bool {
        match self {
            Self::Bool(value) => !*value,
            Self::Text(text) => text == "false",
            _ => false,
        }
    }
}

/// A reference to nothing that fits every lifetime.
fn null<'b, 'a>() -> &'b Json<'a> {
    &NULL
}

/// Compact JSON.
impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(text) => f.write_str(text),
            Self::Text(text) => write!(f, "{}", serde_json::Value::from(text.as_ref())),
            Self::List(items) => {
                f.write_str("[")?;
                for (at, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if at > 0 { "," } else { "" })?;
                }
                f.write_str("]")
            }
            Self::Object(members) => {
                f.write_str("{")?;
                for (at, (key, value)) in members.iter().enumerate() {
                    let comma = if at > 0 { "," } else { "" };
                    write!(f, "{comma}{}:{value}", serde_json::Value::from(key.as_ref()))?;
                }
                f.write_str("}")
            }
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Json::Null)
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Json::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        Json::deserialize(deserializer)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        Json::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Owned(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(Key(key)) = map.next_key()? {
            members.push((key, map.next_value()?));
        }
        Ok(Json::Object(members))
    }
}

/// A member's name, borrowed where it can be; YAML has names that are no texts.
struct Key<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Json::deserialize(deserializer)? {
            Json::Text(text) => Ok(Self(text)),
            other => Ok(Self(Cow::Owned(other.shown()))),
        }
    }
}

/// Reads JSON. The problem says where the first mistake is.
pub fn parse<'a>(name: &Path, text: &'a str) -> Result<Json<'a>, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    serde_json::from_str(text).map_err(|error| {
        let message = error.to_string();
        let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
        let place = Place { file: name.to_path_buf(), line: error.line().max(1), column: error.column().max(1) };
        Problem::new(ProblemKind::Input, "This file is not valid JSON")
            .detail(sentence(message))
            .hint("Export it again, or correct it at this place")
            .at(place)
    })
}

/// Reads YAML; JSON is YAML too.
pub fn parse_yaml(name: &Path, text: &str) -> Result<Json<'static>, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut options = serde_saphyr::Options::default();
    // `off` and `yes` are texts, as in YAML 1.2.
    options.strict_booleans = true;
    // A large export has more nodes than a configuration file; the input is bounded already.
    if let Some(budget) = &mut options.budget {
        budget.max_nodes = 10_000_000;
        budget.max_events = 40_000_000;
        budget.max_total_scalar_bytes = 512 * 1024 * 1024;
    }
    serde_saphyr::from_str_with_options::<Owned>(text, options).map(|Owned(json)| json).map_err(|error| {
        let location = error.location();
        let (line, column) = location.map_or((1, 1), |location| (location.line(), location.column()));
        let place = Place {
            file: name.to_path_buf(),
            line: usize::try_from(line).unwrap_or(1).max(1),
            column: usize::try_from(column).unwrap_or(1).max(1),
        };
        let message = error.to_string();
        let first = message.lines().next().unwrap_or_default();
        Problem::new(ProblemKind::Input, "This file is not valid YAML")
            .detail(sentence(first))
            .hint("Export it again, or correct it at this place")
            .at(place)
    })
}

fn sentence(text: &str) -> String {
    let masked = crate::redact::mask(text);
    let mut letters = masked.chars().filter(|c| !c.is_control()).take(300);
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A tree that borrows nothing.
struct Owned(Json<'static>);

impl<'de> Deserialize<'de> for Owned {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Json::deserialize(deserializer).map(|json| Self(json.into_owned()))
    }
}

impl Json<'_> {
    /// A copy that borrows nothing.
    pub fn into_owned(self) -> Json<'static> {
        match self {
            Json::Null => Json::Null,
            Json::Bool(value) => Json::Bool(value),
            Json::Number(text) => Json::Number(text),
            Json::Text(text) => Json::Text(Cow::Owned(text.into_owned())),
            Json::List(items) => Json::List(items.into_iter().map(Json::into_owned).collect()),
            Json::Object(members) => Json::Object(
                members.into_iter().map(|(key, value)| (Cow::Owned(key.into_owned()), value.into_owned())).collect(),
            ),
        }
    }
}

/// The names of the outermost object's members; nothing of what they hold is kept. A mistake ends the list.
pub fn outer_keys(text: &str) -> Vec<String> {
    struct Keys<'a>(&'a mut Vec<String>);

    impl<'de> Visitor<'de> for Keys<'_> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            while let Some(key) = map.next_key::<Cow<'_, str>>()? {
                self.0.push(key.into_owned());
                map.next_value::<IgnoredAny>()?;
            }
            Ok(())
        }
    }

    let mut keys = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    // What is wrong further on is said when the file is read.
    let _ = serde::Deserializer::deserialize_map(&mut deserializer, Keys(&mut keys));
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_borrowed_and_anything_can_be_asked_for() {
        let json = parse(Path::new("a.json"), r#"{"a":"b","c":["\n",1.5,true,null],"d":{"e":{}}}"#).unwrap();
        assert!(matches!(json.get("a"), Json::Text(Cow::Borrowed("b"))));
        assert_eq!(json.get("c").items().len(), 4);
        assert_eq!(json.get("c").to_string(), r#"["\n",1.5,true,null]"#);
        assert_eq!(json.get("d").get("e").get("f").get("g"), &Json::Null);
        assert_eq!(json.field("missing"), "");
        assert_eq!(json.first(&["x", "a"]).text(), Some("b"));
    }

    #[test]
    fn mistakes_have_a_place() {
        let problem = parse(Path::new("a.json"), "{\n  \"a\": nope\n}").unwrap_err();
        assert!(problem.to_string().starts_with("a.json:2:9: This file is not valid JSON"), "{problem}");
        let problem = parse_yaml(Path::new("a.yaml"), "a: 1\nb: [1, 2\nc: 3\n").unwrap_err();
        assert!(problem.to_string().starts_with("a.yaml:"), "{problem}");
        assert!(problem.place.as_ref().is_some_and(|place| place.line > 1), "{problem}");
        let deep = "[".repeat(100_000);
        assert!(parse(Path::new("a.json"), &deep).is_err());
    }

    #[test]
    fn outer_keys_stop_at_a_mistake() {
        assert_eq!(outer_keys(r#"{"a":{"x":1},"b":[2],"c": oops"#), ["a", "b", "c"]);
        assert_eq!(outer_keys("[1]"), Vec::<String>::new());
    }
}

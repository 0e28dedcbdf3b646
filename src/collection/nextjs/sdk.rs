//! Kinde's `withAuth` as the SDK runs it (kinde.md 8.1): its own routes, `publicPaths`, everything else.

use std::collections::BTreeMap;

use crate::collection::nextjs::regex::Patterns;
use crate::collection::nextjs::value::Value;

/// What `withAuth` lets through when it is told nothing.
const DEFAULT_PUBLIC: [&str; 2] = ["/_next", "/favicon.ico"];

/// The SDK's own paths, which settings may move, and the patterns of `publicPaths` that were tried.
#[derive(Debug)]
pub struct Sdk {
    /// Where `handleAuth` answers.
    pub api_path: String,
    /// The names of the routes that are never gated: login, register, setup.
    pub open_routes: [String; 3],
    patterns: Patterns,
}

impl Default for Sdk {
    fn default() -> Self {
        Self::from_settings(&BTreeMap::new())
    }
}

/// What `withAuth` does with a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// One of the SDK's own sign-in routes.
    OwnRoute,
    /// An entry of `publicPaths` covers it.
    Public(String),
    /// It wants a session.
    Gated,
    /// It cannot be told.
    Unsure(String),
}

impl Sdk {
    /// Reads the settings of an app's `.env` files.
    pub fn from_settings(settings: &BTreeMap<String, String>) -> Self {
        let get = |name: &str| settings.get(name).map(|value| value.trim()).filter(|value| !value.is_empty());
        let route = |name: &str, default: &str| {
            let set = get(name).filter(|value| value.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b)));
            set.unwrap_or(default).to_owned()
        };
        let api_path = get("NEXT_PUBLIC_KINDE_AUTH_API_PATH").or_else(|| get("KINDE_AUTH_API_PATH"));
        Self {
            api_path: api_path.map_or("/api/auth", |path| path.trim_end_matches('/')).to_owned(),
            open_routes: [
                route("KINDE_AUTH_LOGIN_ROUTE", "login"),
                route("KINDE_AUTH_REGISTER_ROUTE", "register"),
                route("KINDE_AUTH_SETUP_ROUTE", "setup"),
            ],
            patterns: Patterns::default(),
        }
    }

    /// What `withAuth(request, options)` does with a path (without the app's `basePath`).
    pub fn with_auth(&self, options: &Value, path: &str) -> Verdict {
        let login_page = options.member("loginPage").and_then(Value::as_text);
        let own = self.open_routes.iter().map(|route| format!("{}/{route}", self.api_path));
        let own = own.chain([format!("{}/kinde_callback", self.api_path)]);
        if own.skip(usize::from(login_page.is_some())).any(|route| route == path) || login_page == Some(path) {
            return Verdict::OwnRoute;
        }
        let entries = match (options, options.member("publicPaths")) {
            (Value::Undefined | Value::Null, _) | (Value::Object(_), None | Some(Value::Undefined)) => {
                return self.public(&DEFAULT_PUBLIC.map(|path| Value::Text(path.to_owned())), path);
            }
            (_, Some(Value::List(entries))) => entries,
            (Value::Dynamic { what, line }, _) | (_, Some(Value::Dynamic { what, line })) => {
                return Verdict::Unsure(format!("its options, `{what}` in line {line}, are computed"));
            }
            // The SDK ignores what is no list.
            (Value::Object(_), Some(_)) => {
                return self.public(&DEFAULT_PUBLIC.map(|path| Value::Text(path.to_owned())), path);
            }
            _ => return Verdict::Unsure("its options cannot be read".to_owned()),
        };
        self.public(entries, path)
    }

    fn public(&self, entries: &[Value], path: &str) -> Verdict {
        let mut unsure = None;
        for entry in entries {
            match entry {
                // The root is only itself; everything else is a prefix.
                Value::Text(text) if text == "/" && path != "/" => {}
                Value::Text(text) if path.starts_with(text.as_str()) => return Verdict::Public(text.clone()),
                Value::Text(_) => {}
                Value::Regex { pattern, flags } => {
                    let found = self.patterns.get(pattern, flags).map(|pattern| pattern.is_found_in(path));
                    match found {
                        Ok(Some(true)) => return Verdict::Public(format!("/{pattern}/{flags}")),
                        Ok(Some(false)) => {}
                        Ok(None) | Err(_) => {
                            unsure.get_or_insert(format!("`/{pattern}/` of publicPaths cannot be tried"));
                        }
                    }
                }
                Value::Dynamic { line, what } => {
                    unsure.get_or_insert(format!("`{what}` of publicPaths, line {line}, is computed"));
                }
                _ => {}
            }
        }
        unsure.map_or(Verdict::Gated, Verdict::Unsure)
    }
}

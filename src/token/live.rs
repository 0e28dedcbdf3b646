//! What the provider says now, beside what a token says: the answers of userinfo and of Kinde's account API
//! (kinde.md section 7), compared with the claims.
//!
//! A token is a copy of what was true when it was made; a role that was granted since is not in it. `auth` asks,
//! this module compares. Pure.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::model::problem::Problem;
use crate::model::time::Timestamp;
use crate::token::kinde::KindeClaims;
use crate::token::text::{plain, plain_list};

/// More members of a list are counted only.
const MOST_MEMBERS: usize = 40;

/// A list of the account API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountCall {
    /// `permissions`.
    Permissions,
    /// `roles`.
    Roles,
    /// `feature_flags`.
    FeatureFlags,
    /// `entitlements`.
    Entitlements,
    /// `properties`.
    Properties,
}

impl AccountCall {
    /// In the order of the screen.
    pub const ALL: [Self; 5] =
        [Self::Permissions, Self::Roles, Self::FeatureFlags, Self::Entitlements, Self::Properties];

    /// The last part of the path, and the member of `data` that has the items.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Permissions => "permissions",
            Self::Roles => "roles",
            Self::FeatureFlags => "feature_flags",
            Self::Entitlements => "entitlements",
            Self::Properties => "properties",
        }
    }

    /// The word for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::FeatureFlags => "flags",
            other => other.name(),
        }
    }
}

/// What one call gave.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountList {
    /// The organisation that it speaks of.
    pub org_code: Option<String>,
    /// The items of all pages.
    pub items: Vec<Value>,
    /// There were more pages than bearcat reads.
    pub cut: bool,
}

/// Everything that was asked.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveTruth {
    /// When.
    pub at: Timestamp,
    /// The claims of the userinfo endpoint.
    pub userinfo: Result<Map<String, Value>, Problem>,
    /// The calls of the account API; empty: the provider is not Kinde, so there is none.
    pub account: Vec<(AccountCall, Result<AccountList, Problem>)>,
    /// Why the account API was not asked, where that needs a word.
    pub note: Option<String>,
}

/// Do token and provider agree?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Agreement {
    /// They say the same.
    Same,
    /// They do not: the token is older than a change.
    Differs,
    /// The token says nothing about it.
    NotInToken,
    /// The provider did not answer.
    NoAnswer,
}

impl Agreement {
    /// A stable word for `--json`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Differs => "differs",
            Self::NotInToken => "not-in-token",
            Self::NoAnswer => "no-answer",
        }
    }
}

/// One thing that both can speak of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveRow {
    /// What: `permissions`, `email`.
    pub what: String,
    /// What the token says.
    pub token: String,
    /// What the provider says, or why it does not.
    pub provider: String,
    /// Do they agree?
    pub agreement: Agreement,
}

/// Compares an access token's claims (and, for the person, those of `id`) with the provider's answers.
pub fn compare(access: &KindeClaims, person: &[&Map<String, Value>], truth: &LiveTruth) -> Vec<LiveRow> {
    let mut rows = Vec::new();
    for (call, answer) in &truth.account {
        let says = says(access, *call);
        rows.push(match answer {
            Err(problem) => LiveRow {
                what: call.label().to_owned(),
                token: said(says.as_ref()),
                provider: no_answer(problem),
                agreement: Agreement::NoAnswer,
            },
            Ok(list) => against(*call, says.as_ref(), list),
        });
    }
    match &truth.userinfo {
        Err(problem) => rows.push(LiveRow {
            what: "userinfo".to_owned(),
            token: String::new(),
            provider: no_answer(problem),
            agreement: Agreement::NoAnswer,
        }),
        Ok(userinfo) => rows.extend(profile(userinfo, person)),
    }
    rows
}

/// Does anything differ that a renewed token would have right?
pub fn is_stale(rows: &[LiveRow]) -> bool {
    rows.iter().any(|row| row.agreement == Agreement::Differs)
}

fn no_answer(problem: &Problem) -> String {
    if problem.detail.is_empty() { problem.title.clone() } else { format!("{} ({})", problem.title, problem.detail) }
}

/// What the token says, as a set of short texts; `None`: nothing.
fn says(claims: &KindeClaims, call: AccountCall) -> Option<BTreeSet<String>> {
    match call {
        AccountCall::Permissions => claims.permissions.as_ref().map(|all| all.iter().map(|one| plain(one)).collect()),
        AccountCall::Roles => claims.roles.as_ref().map(|all| all.iter().map(|role| plain(&role.key)).collect()),
        AccountCall::FeatureFlags if claims.feature_flags.is_empty() => None,
        AccountCall::FeatureFlags => {
            Some(claims.feature_flags.iter().map(|flag| pair(&flag.name, &flag.value)).collect())
        }
        // No token has them (kinde.md 6.2).
        AccountCall::Entitlements => None,
        AccountCall::Properties if claims.properties.is_empty() => None,
        AccountCall::Properties => Some(claims.properties.iter().map(|one| pair(&one.name, &one.value)).collect()),
    }
}

fn pair(name: &str, value: &Value) -> String {
    let value = match value {
        Value::String(text) => plain(text),
        other => plain(&other.to_string()),
    };
    format!("{} = {value}", plain(name))
}

/// An item of the account API as such a text.
fn item(call: AccountCall, item: &Value) -> String {
    let text = |name: &str| item.get(name).and_then(Value::as_str);
    let key = ["key", "feature_key", "feature_code", "name", "feature_name", "id"].into_iter().find_map(text);
    let key = key.or_else(|| item.as_str()).unwrap_or("?");
    match call {
        AccountCall::Permissions | AccountCall::Roles => plain(key),
        AccountCall::FeatureFlags | AccountCall::Properties => pair(key, item.get("value").unwrap_or(&Value::Null)),
        AccountCall::Entitlements => {
            let value = item.get("entitlement_limit_max").or_else(|| item.get("value"));
            value.map_or_else(|| plain(key), |value| pair(key, value))
        }
    }
}

fn against(call: AccountCall, token: Option<&BTreeSet<String>>, list: &AccountList) -> LiveRow {
    let now: BTreeSet<String> = list.items.iter().map(|one| item(call, one)).collect();
    let agreement = match token {
        None => Agreement::NotInToken,
        // A token has the properties that were chosen for it: that there are others is no difference.
        Some(token) if call == AccountCall::Properties && token.is_subset(&now) => Agreement::Same,
        Some(token) if *token == now => Agreement::Same,
        // Pages that were not read may have what is missing.
        Some(token) if list.cut && now.is_subset(token) => Agreement::Same,
        Some(_) => Agreement::Differs,
    };
    let more = if list.cut { " and more" } else { "" };
    let provider = format!("{}{more}", said(Some(&now)));
    LiveRow { what: call.label().to_owned(), token: said(token), provider, agreement }
}

fn said(values: Option<&BTreeSet<String>>) -> String {
    match values {
        None => "nothing".to_owned(),
        Some(none) if none.is_empty() => "none".to_owned(),
        Some(some) => plain_list(&some.iter().cloned().collect::<Vec<_>>(), MOST_MEMBERS),
    }
}

/// The person, as far as a token speaks of it.
fn profile(userinfo: &Map<String, Value>, person: &[&Map<String, Value>]) -> Vec<LiveRow> {
    const CLAIMS: [&str; 7] =
        ["email", "email_verified", "name", "given_name", "family_name", "preferred_username", "phone_number"];
    let words = |value: &Value| match value {
        Value::String(text) => plain(text),
        Value::Null => "nothing".to_owned(),
        other => plain(&other.to_string()),
    };
    let rows = CLAIMS.into_iter().filter_map(|name| {
        let now = userinfo.get(name).filter(|value| !value.is_null())?;
        let token = person.iter().find_map(|claims| claims.get(name)).filter(|value| !value.is_null());
        let agreement = match token {
            None => Agreement::NotInToken,
            Some(token) if token == now => Agreement::Same,
            Some(_) => Agreement::Differs,
        };
        let token = token.map_or_else(|| "nothing".to_owned(), words);
        Some(LiveRow { what: name.to_owned(), token, provider: words(now), agreement })
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::model::problem::ProblemKind;
    use crate::token::kinde;

    fn list(items: &Value) -> AccountList {
        AccountList { org_code: None, items: items.as_array().unwrap().clone(), cut: false }
    }

    fn row(call: AccountCall, claims: &Value, list: AccountList) -> LiveRow {
        let truth = LiveTruth {
            at: Timestamp::from_seconds(0),
            userinfo: Ok(Map::new()),
            account: vec![(call, Ok(list))],
            note: None,
        };
        compare(&kinde::read(claims.as_object().unwrap()), &[], &truth).remove(0)
    }

    #[rstest]
    #[case::same(
        AccountCall::Permissions,
        json!({"permissions": ["b", "a"]}),
        json!([{"id": "1", "name": "A", "key": "a"}, {"key": "b"}]),
        ("a, b", "a, b", Agreement::Same)
    )]
    #[case::granted_since(
        AccountCall::Permissions,
        json!({"permissions": ["a"]}),
        json!([{"key": "a"}, {"key": "b"}]),
        ("a", "a, b", Agreement::Differs)
    )]
    #[case::taken_since(
        AccountCall::Roles,
        json!({"roles": [{"id": "1", "key": "admin", "name": "Admin"}]}),
        json!([]),
        ("admin", "none", Agreement::Differs)
    )]
    #[case::switched_off(AccountCall::Roles, json!({}), json!([{"key": "clerk"}]), ("nothing", "clerk", Agreement::NotInToken))]
    #[case::flags(
        AccountCall::FeatureFlags,
        json!({"feature_flags": {"beta": {"t": "b", "v": false}}}),
        json!([{"id": "1", "name": "Beta", "key": "beta", "type": "boolean", "value": true}]),
        ("beta = false", "beta = true", Agreement::Differs)
    )]
    #[case::entitlements(
        AccountCall::Entitlements,
        json!({}),
        json!([{"feature_key": "seats", "entitlement_limit_max": 5}]),
        ("nothing", "seats = 5", Agreement::NotInToken)
    )]
    #[case::some_of_the_properties(
        AccountCall::Properties,
        json!({"user_properties": {"city": {"v": "Oslo"}}}),
        json!([{"key": "city", "value": "Oslo"}, {"key": "plan", "value": "pro"}]),
        ("city = Oslo", "city = Oslo, plan = pro", Agreement::Same)
    )]
    #[case::odd_items(AccountCall::Permissions, json!({"permissions": []}), json!(["x", 3]), ("none", "?, x", Agreement::Differs))]
    fn lists_are_compared(
        #[case] call: AccountCall,
        #[case] claims: Value,
        #[case] items: Value,
        #[case] expected: (&str, &str, Agreement),
    ) {
        let row = row(call, &claims, list(&items));
        assert_eq!((row.token.as_str(), row.provider.as_str(), row.agreement), expected);
    }

    #[test]
    fn pages_that_were_not_read_are_no_difference() {
        let cut = AccountList { cut: true, ..list(&json!([{"key": "a"}])) };
        let row = row(AccountCall::Permissions, &json!({"permissions": ["a", "b"]}), cut);
        assert_eq!((row.provider.as_str(), row.agreement), ("a and more", Agreement::Same));
    }

    #[test]
    fn a_call_that_was_refused_leaves_the_others_and_the_person_is_compared() {
        let refused = Problem::new(ProblemKind::SignIn, "Kinde refused with 403").detail("invalid_token");
        let userinfo = json!({"email": "new@acme.test", "name": "Jane", "picture": null, "given_name": "J"});
        let truth = LiveTruth {
            at: Timestamp::from_seconds(0),
            userinfo: Ok(userinfo.as_object().unwrap().clone()),
            account: vec![(AccountCall::Permissions, Err(refused)), (AccountCall::Roles, Ok(list(&json!([]))))],
            note: None,
        };
        let id = json!({"email": "old@acme.test", "name": "Jane"});
        let rows = compare(&KindeClaims::default(), &[id.as_object().unwrap()], &truth);
        let shown: Vec<(&str, Agreement)> = rows.iter().map(|row| (row.what.as_str(), row.agreement)).collect();
        assert_eq!(
            shown,
            [
                ("permissions", Agreement::NoAnswer),
                ("roles", Agreement::NotInToken),
                ("email", Agreement::Differs),
                ("name", Agreement::Same),
                ("given_name", Agreement::NotInToken),
            ]
        );
        assert!(is_stale(&rows) && rows[0].provider.contains("403"));
    }
}

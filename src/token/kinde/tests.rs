//! Claims in every shape that Kinde writes them, and in shapes that it does not.

use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;

fn of(claims: Value) -> KindeClaims {
    let Value::Object(claims) = claims else { panic!("claims are an object") };
    read(&claims)
}

fn other_names(claims: &KindeClaims) -> Vec<&str> {
    claims.other.iter().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn reads_a_users_access_token() {
    let claims = of(json!({
        "aud": ["https://api.example.com"], "azp": "c", "exp": 1, "iat": 1, "iss": "https://a.kinde.com", "jti": "j",
        "sub": "kp_1", "scp": ["openid", "profile"], "scope": "read:orders openid", "org_code": "org_1",
        "org_name": "Acme", "permissions": ["read:orders", "write:orders"], "email": "jane@acme.test",
        "roles": [{"id": "r1", "key": "admin", "name": "Admin"}],
        "feature_flags": {"theme": {"t": "s", "v": "dark"}, "beta": {"t": "b", "v": true}, "seats": {"t": "i", "v": 5},
                          "limits": {"t": "j", "v": {"a": 1}}},
        "user_properties": {"kp_usr_city": {"v": "Sydney"}}, "organization_properties": {"plan": {"v": null}},
        "application_properties": {"x": {"v": 1}},
        "has_trial_period": true, "trial_expires_on": "2026-12-01T00:00:00Z", "billing": {"has_payment_details": false},
        "ksp": {"persistent": true}, "external_org_id": "ext", "ext_groups": ["a"], "my_claim": 1
    }));
    assert_eq!(claims.permissions.as_deref(), Some(&["read:orders".to_owned(), "write:orders".to_owned()][..]));
    let admin = Role { id: Some("r1".to_owned()), key: "admin".to_owned(), name: Some("Admin".to_owned()) };
    assert_eq!(claims.roles, Some(vec![admin]));
    assert_eq!(claims.org_code.as_deref(), Some("org_1"));
    assert_eq!(claims.org_name.as_deref(), Some("Acme"));
    assert_eq!(claims.external_org_id.as_deref(), Some("ext"));
    assert_eq!(claims.scopes, ["openid", "profile", "read:orders"]);
    let flags: Vec<_> = claims.feature_flags.iter().map(|flag| (flag.name.as_str(), flag.kind.label())).collect();
    assert_eq!(flags, [("theme", "text"), ("beta", "boolean"), ("seats", "integer"), ("limits", "JSON")]);
    assert_eq!(claims.feature_flags[3].value, json!({"a": 1}));
    assert_eq!(claims.properties.len(), 3);
    assert_eq!(claims.properties[0].value, "Sydney");
    assert_eq!(claims.properties[1].owner, PropertyOwner::Organization);
    assert_eq!(claims.properties[1].value, Value::Null);
    let trial = Trial { active: Some(true), expires_on: Some("2026-12-01T00:00:00Z".to_owned()) };
    assert_eq!(claims.trial, Some(trial));
    assert_eq!(claims.billing, Some(json!({"has_payment_details": false})));
    assert_eq!(claims.persistent_session, Some(true));
    assert_eq!(claims.person.label().as_deref(), Some("jane@acme.test"));
    assert_eq!(other_names(&claims), ["ext_groups", "my_claim"]);
    assert!(claims.hasura.is_empty());
}

#[test]
fn reads_an_id_tokens_organizations_and_person() {
    let claims = of(json!({
        "org_codes": ["org_1", "org_2"], "organizations": [{"id": "org_2", "name": "Two"}, {"id": "org_3"}],
        "given_name": "Jane", "family_name": "Doe", "email_verified": true, "picture": "https://x", "at_hash": "x",
        "preferred_username": "jd", "phone_number": "+1", "updated_at": 5
    }));
    let organizations: Vec<_> = claims.organizations.iter().map(|o| (o.code.as_str(), o.name.as_deref())).collect();
    assert_eq!(organizations, [("org_1", None), ("org_2", Some("Two")), ("org_3", None)]);
    assert_eq!(claims.person.label().as_deref(), Some("Jane Doe"));
    assert_eq!(claims.person.email_verified, Some(true));
    assert_eq!(other_names(&claims), ["updated_at"]);
}

#[rstest]
#[case::absent(json!({}), None)]
#[case::null(json!({"permissions": null}), None)]
#[case::empty(json!({"permissions": []}), Some(vec![]))]
#[case::some(json!({"permissions": ["a"]}), Some(vec!["a"]))]
#[case::hasura(json!({"x-hasura-permissions": ["a"]}), Some(vec!["a"]))]
#[case::hasura_upper(json!({"X-Hasura-Permissions": ["a"]}), Some(vec!["a"]))]
#[case::hasura_json_text(json!({"x-hasura-permissions": "[\"a\",\"b\"]"}), Some(vec!["a", "b"]))]
#[case::hasura_postgres(json!({"x-hasura-permissions": "{a, \"b\"}"}), Some(vec!["a", "b"]))]
#[case::hasura_postgres_empty(json!({"x-hasura-permissions": "{}"}), Some(vec![]))]
#[case::hasura_namespace(json!({"https://hasura.io/jwt/claims": {"x-hasura-permissions": ["a"]}}), Some(vec!["a"]))]
#[case::plain_wins(json!({"x-hasura-permissions": ["b"], "permissions": ["a"]}), Some(vec!["a"]))]
#[case::null_beside_hasura(json!({"permissions": null, "x-hasura-permissions": ["b"]}), Some(vec!["b"]))]
fn permissions(#[case] claims: Value, #[case] expected: Option<Vec<&str>>) {
    let read = of(claims);
    assert_eq!(read.permissions.as_ref().map(|texts| texts.iter().map(String::as_str).collect()), expected);
}

#[rstest]
#[case::objects(json!([{"id": "1", "key": "a", "name": "A"}]), &["a"])]
#[case::texts(json!(["a", "b"]), &["a", "b"])]
#[case::mixed(json!(["a", {"key": "b"}]), &["a", "b"])]
#[case::name_only(json!([{"name": "A"}]), &["A"])]
#[case::id_only(json!([{"id": "1"}]), &["1"])]
fn roles_in_both_forms(#[case] roles: Value, #[case] keys: &[&str]) {
    for name in ["roles", "x-hasura-roles"] {
        let read = of(json!({name: roles}));
        let found: Vec<_> = read.roles.as_deref().unwrap().iter().map(|role| role.key.as_str()).collect();
        assert_eq!(found, keys);
        assert!(read.other.is_empty(), "{:?}", read.other);
    }
}

#[test]
fn hasura_variants_stand_in_for_the_plain_claims() {
    let read = of(json!({
        "x-hasura-org-code": "org_1", "x-hasura-org-codes": ["org_1"], "x-hasura-roles": ["admin"],
        "x-hasura-feature-flags": {"beta": {"t": "b", "v": false}}, "x-hasura-user-id": "kp_1"
    }));
    assert_eq!(read.org_code.as_deref(), Some("org_1"));
    assert_eq!(read.organizations.len(), 1);
    assert_eq!(read.feature_flags[0].kind, FlagKind::Boolean);
    assert_eq!(read.hasura, ["x-hasura-org-code", "x-hasura-org-codes", "x-hasura-roles", "x-hasura-feature-flags"]);
    assert_eq!(other_names(&read), ["x-hasura-user-id"]);
}

#[rstest]
#[case(json!({"t": "b", "v": true}), FlagKind::Boolean, json!(true))]
#[case(json!({"t": "i", "v": 1}), FlagKind::Integer, json!(1))]
#[case(json!({"t": "s", "v": "x"}), FlagKind::Text, json!("x"))]
#[case(json!({"t": "j", "v": [1]}), FlagKind::Json, json!([1]))]
#[case(json!({"t": "z", "v": 1}), FlagKind::Unknown("z".to_owned()), json!(1))]
#[case(json!({"v": 1}), FlagKind::Unknown(String::new()), json!(1))]
#[case(json!({"t": "b"}), FlagKind::Unknown(String::new()), json!({"t": "b"}))]
#[case(json!(true), FlagKind::Unknown(String::new()), json!(true))]
fn flags(#[case] flag: Value, #[case] kind: FlagKind, #[case] value: Value) {
    let read = of(json!({"feature_flags": {"f": flag}}));
    assert_eq!(read.feature_flags, [FeatureFlag { name: "f".to_owned(), kind, value }]);
}

#[rstest]
#[case(json!({"scp": ["a", "b"], "scope": "b c"}), &["a", "b", "c"])]
#[case(json!({"scp": "a b"}), &["a", "b"])]
#[case(json!({"scope": ["a"]}), &["a"])]
#[case(json!({"scope": ""}), &[])]
#[case(json!({"scp": [], "scope": null}), &[])]
fn scopes(#[case] claims: Value, #[case] expected: &[&str]) {
    assert_eq!(of(claims).scopes, expected);
}

#[rstest]
#[case("permissions", json!("a b"))]
#[case("permissions", json!(["a", 5]))]
#[case("roles", json!({"a": 1}))]
#[case("org_code", json!(5))]
#[case("organizations", json!([5]))]
#[case("feature_flags", json!([1]))]
#[case("scp", json!(5))]
#[case("user_properties", json!("x"))]
#[case("has_trial_period", json!("yes"))]
#[case("ksp", json!({"persistent": true, "more": 1}))]
#[case("email", json!(["a"]))]
#[case("x-hasura-permissions", json!(5))]
#[case("https://hasura.io/jwt/claims", json!({"x-hasura-user-id": "a"}))]
fn what_has_another_form_is_kept(#[case] name: &str, #[case] value: Value) {
    assert_eq!(other_names(&of(json!({name: value}))), [name]);
}

#[test]
fn person_labels() {
    assert_eq!(of(json!({"name": "Jane", "given_name": "J"})).person.label().as_deref(), Some("Jane"));
    assert_eq!(of(json!({"preferred_username": "jd"})).person.label().as_deref(), Some("jd"));
    assert_eq!(of(json!({})).person.label(), None);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z{}\\[\\]\", ]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec(("t|v|id|key|name|persistent|x", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    /// Whatever a claim holds, it is either understood or kept.
    #[test]
    fn nothing_is_lost(
        name in "permissions|roles|org_code|organizations|feature_flags|scp|user_properties|ksp|email|billing|x-hasura-roles|zzz",
        value in any_json(),
    ) {
        let read = of(json!({name.clone(): value.clone()}));
        let is_kept = read.other.iter().any(|(other, kept)| *other == name && (*kept == value || name.starts_with("x-")));
        let is_understood = read != KindeClaims { hasura: read.hasura.clone(), ..KindeClaims::default() };
        let says_nothing = value.is_null() || matches!(&value, Value::Array(v) if v.is_empty())
            || matches!(&value, Value::Object(v) if v.is_empty()) || matches!(&value, Value::String(v) if v.trim().is_empty());
        prop_assert!(is_kept || is_understood || says_nothing, "{read:?}");
    }
}

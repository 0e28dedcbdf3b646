//! The table of rules. A rule names the row of kinde.md section 9 that it knows.

mod middleware;
mod token;
mod verifier;

use crate::diagnose::case::Case;
use crate::diagnose::finding::Finding;

/// Recognises one cause, or says nothing.
pub type Rule = fn(&Case<'_>) -> Option<Finding>;

/// All rules; among equally confident ones the first wins.
pub const ALL: &[Rule] = &[
    middleware::cookies_only,
    middleware::cookies_only_json,
    middleware::method_after_login_redirect,
    middleware::refusal_inside_200,
    middleware::followed_to_sign_in_page,
    middleware::express_logout_redirect,
    token::not_sent,
    token::id_token_sent,
    token::expired,
    token::issuer_differs,
    token::audience_empty,
    token::audience_differs,
    token::signature_invalid,
    token::machine_token_for_user_route,
    token::requirement_missing,
    verifier::good_token_called_invalid,
    verifier::forbidden_good_token,
];

//! What JWT libraries, frameworks and gateways say when they refuse: a table of messages and what they mean.
//!
//! To add one: a row with the words in lower case, who says them, and the meaning. A rule compares the meaning with our
//! own check: it confirms the API, or contradicts it. Rows are compared in order; longer texts stand before parts of them.

use crate::model::verdict::CheckId;

/// What a message means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Meaning {
    /// `exp` has passed.
    Expired,
    /// `nbf` or `iat` is still to come.
    NotYetValid,
    /// `aud` is another.
    Audience,
    /// `iss` is another.
    Issuer,
    /// The signature does not fit.
    Signature,
    /// The key set has no such key.
    KeyNotFound,
    /// The key set could not be read.
    KeySet,
    /// The API was given a secret where a public key is needed, or takes HMAC only.
    WrongKey,
    /// It is no JWT.
    Malformed,
    /// There was no token.
    Missing,
    /// The header is not `Bearer` and a token.
    Scheme,
    /// A scope or permission is missing.
    Grant,
    /// Not allowed, without a reason.
    Forbidden,
    /// Only that it is invalid.
    Invalid,
}

impl Meaning {
    /// Our own checks of the same: one that fails confirms the message, if none fails it is contradicted.
    pub const fn checks(self) -> &'static [CheckId] {
        match self {
            Self::Expired => &[CheckId::Expiry],
            Self::NotYetValid => &[CheckId::NotBefore, CheckId::IssuedAt],
            Self::Audience => &[CheckId::Audience],
            Self::Issuer => &[CheckId::Issuer],
            Self::Signature => &[CheckId::Signature, CheckId::Key],
            Self::KeyNotFound => &[CheckId::Key],
            Self::WrongKey => &[CheckId::Algorithm],
            Self::Malformed => &[CheckId::Structure],
            Self::Grant => &[CheckId::Permissions, CheckId::Scopes],
            Self::KeySet | Self::Missing | Self::Scheme | Self::Forbidden | Self::Invalid => &[],
        }
    }
}

/// How surely a text is about a token, whatever the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clarity {
    /// Nothing else says so.
    Unmistakable,
    /// Only with 401 or 403.
    WithStatus,
}

/// One message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pattern {
    /// The words, in lower case.
    pub text: &'static str,
    /// Who says so.
    pub library: &'static str,
    /// What it means.
    pub means: Meaning,
    /// How surely.
    pub clarity: Clarity,
}

impl Pattern {
    /// Is it about a token, whatever the status?
    pub fn is_unmistakable(&self) -> bool {
        self.clarity == Clarity::Unmistakable
    }
}

const fn sure(means: Meaning, library: &'static str, text: &'static str) -> Pattern {
    Pattern { text, library, means, clarity: Clarity::Unmistakable }
}

const fn with_status(means: Meaning, library: &'static str, text: &'static str) -> Pattern {
    Pattern { text, library, means, clarity: Clarity::WithStatus }
}

use Meaning::{
    Audience, Expired, Forbidden, Grant, Invalid, Issuer, KeyNotFound, KeySet, Malformed, Missing, NotYetValid, Scheme,
    Signature, WrongKey,
};

/// The table.
pub const PATTERNS: &[Pattern] = &[
    // jose (JavaScript).
    sure(Expired, "jose", "\"exp\" claim timestamp check failed"),
    sure(NotYetValid, "jose", "\"nbf\" claim timestamp check failed"),
    sure(NotYetValid, "jose", "\"iat\" claim timestamp check failed"),
    sure(Audience, "jose", "unexpected \"aud\" claim value"),
    sure(Audience, "jose", "missing required \"aud\" claim"),
    sure(Issuer, "jose", "unexpected \"iss\" claim value"),
    sure(Issuer, "jose", "missing required \"iss\" claim"),
    sure(KeyNotFound, "jose", "no applicable key found in the json web key set"),
    sure(KeySet, "jose", "expected 200 ok from the json web key set http response"),
    sure(KeySet, "jose", "failed to parse the json web key set http response"),
    sure(WrongKey, "jose", "\"alg\" (algorithm) header parameter value not allowed"),
    sure(WrongKey, "jose", "key for the rs256 algorithm must be"),
    sure(Malformed, "jose", "invalid compact jws"),
    sure(Malformed, "jose", "compact jws must be a string"),
    // The same in JSON, with the quotes escaped.
    sure(Expired, "jose", "\\\"exp\\\" claim timestamp check failed"),
    sure(NotYetValid, "jose", "\\\"nbf\\\" claim timestamp check failed"),
    sure(NotYetValid, "jose", "\\\"iat\\\" claim timestamp check failed"),
    sure(Audience, "jose", "unexpected \\\"aud\\\" claim value"),
    sure(Audience, "jose", "missing required \\\"aud\\\" claim"),
    sure(Issuer, "jose", "unexpected \\\"iss\\\" claim value"),
    sure(WrongKey, "jose", "\\\"alg\\\" (algorithm) header parameter value not allowed"),
    // jsonwebtoken, express-jwt, passport-jwt, jwks-rsa (JavaScript).
    sure(Expired, "jsonwebtoken", "jwt expired"),
    sure(NotYetValid, "jsonwebtoken", "jwt not active"),
    sure(Audience, "jsonwebtoken", "jwt audience invalid"),
    sure(Issuer, "jsonwebtoken", "jwt issuer invalid"),
    sure(Malformed, "jsonwebtoken", "jwt malformed"),
    sure(Missing, "jsonwebtoken", "jwt must be provided"),
    sure(Malformed, "jsonwebtoken", "jwt signature is required"),
    sure(WrongKey, "jsonwebtoken", "secretorpublickey must be an asymmetric key"),
    sure(WrongKey, "jsonwebtoken", "secret or public key must be provided"),
    with_status(WrongKey, "jsonwebtoken", "invalid algorithm"),
    with_status(Signature, "jsonwebtoken", "invalid signature"),
    sure(Missing, "express-jwt", "no authorization token was found"),
    sure(Scheme, "express-jwt", "format is authorization: bearer [token]"),
    with_status(Missing, "passport-jwt", "no auth token"),
    sure(KeyNotFound, "jwks-rsa", "unable to find a signing key that matches"),
    sure(KeySet, "jwks-rsa", "jwks endpoint did not contain any signing keys"),
    // @fastify/jwt.
    sure(WrongKey, "@fastify/jwt", "the token algorithm is invalid"),
    sure(Expired, "@fastify/jwt", "authorization token expired"),
    sure(Missing, "@fastify/jwt", "no authorization was found in request.headers"),
    // express-oauth2-jwt-bearer (Auth0).
    sure(Audience, "express-oauth2-jwt-bearer", "unexpected 'aud' value"),
    sure(Issuer, "express-oauth2-jwt-bearer", "unexpected 'iss' value"),
    sure(Expired, "express-oauth2-jwt-bearer", "'exp' claim timestamp check failed"),
    sure(NotYetValid, "express-oauth2-jwt-bearer", "'nbf' claim timestamp check failed"),
    // PyJWT, python-jose, Flask-JWT-Extended, Django REST framework, FastAPI.
    sure(Expired, "PyJWT", "signature has expired"),
    sure(NotYetValid, "PyJWT", "the token is not yet valid"),
    sure(Audience, "PyJWT", "audience doesn't match"),
    sure(Audience, "PyJWT", "token is missing the \\\"aud\\\" claim"),
    sure(Audience, "PyJWT", "token is missing the \"aud\" claim"),
    sure(Malformed, "PyJWT", "not enough segments"),
    sure(Malformed, "PyJWT", "invalid crypto padding"),
    sure(WrongKey, "PyJWT", "the specified alg value is not allowed"),
    sure(KeySet, "PyJWT", "fail to fetch data from the url"),
    sure(Malformed, "python-jose", "error decoding token headers"),
    sure(Scheme, "Flask-JWT-Extended", "bad authorization header"),
    sure(Scheme, "Flask-JWT-Extended", "missing 'bearer' type in 'authorization' header"),
    sure(Missing, "Flask-JWT-Extended", "missing authorization header"),
    sure(Expired, "Flask-JWT-Extended", "token has expired"),
    sure(Missing, "Django REST framework", "authentication credentials were not provided"),
    sure(Scheme, "Django REST framework", "authorization header must contain two space-delimited values"),
    sure(Invalid, "Django REST framework", "given token not valid for any token type"),
    with_status(Forbidden, "Django REST framework", "you do not have permission to perform this action"),
    with_status(Missing, "FastAPI", "not authenticated"),
    with_status(Scheme, "FastAPI", "invalid authentication credentials"),
    with_status(Invalid, "FastAPI", "could not validate credentials"),
    // Authlib.
    with_status(Missing, "Authlib", "missing_authorization"),
    // ASP.NET Core's JwtBearer, Microsoft.IdentityModel.
    sure(Expired, "ASP.NET JwtBearer", "the token expired at '"),
    sure(Expired, "ASP.NET JwtBearer", "idx10223"),
    sure(NotYetValid, "ASP.NET JwtBearer", "the token is not valid before '"),
    sure(NotYetValid, "ASP.NET JwtBearer", "idx10222"),
    sure(KeyNotFound, "ASP.NET JwtBearer", "the signature key was not found"),
    sure(KeyNotFound, "ASP.NET JwtBearer", "idx10503"),
    sure(KeySet, "ASP.NET JwtBearer", "idx20803"),
    sure(KeySet, "ASP.NET JwtBearer", "idx10500"),
    with_status(Signature, "ASP.NET JwtBearer", "the signature is invalid"),
    sure(Signature, "ASP.NET JwtBearer", "idx10511"),
    with_status(Audience, "ASP.NET JwtBearer", "the audience '"),
    with_status(Audience, "ASP.NET JwtBearer", "the audience is invalid"),
    sure(Audience, "ASP.NET JwtBearer", "idx10214"),
    with_status(Issuer, "ASP.NET JwtBearer", "the issuer '"),
    with_status(Issuer, "ASP.NET JwtBearer", "the issuer is invalid"),
    sure(Issuer, "ASP.NET JwtBearer", "idx10205"),
    // Spring Security.
    sure(Expired, "Spring Security", "jwt expired at"),
    sure(NotYetValid, "Spring Security", "jwt used before"),
    sure(Audience, "Spring Security", "the aud claim is not valid"),
    sure(Issuer, "Spring Security", "the iss claim is not valid"),
    sure(Signature, "Spring Security", "signed jwt rejected: invalid signature"),
    sure(KeyNotFound, "Spring Security", "another algorithm expected, or no matching key(s) found"),
    sure(KeySet, "Spring Security", "couldn't retrieve remote jwk set"),
    sure(Malformed, "Spring Security", "bearer token is malformed"),
    sure(Malformed, "Spring Security", "an error occurred while attempting to decode the jwt"),
    with_status(Missing, "Spring Security", "full authentication is required"),
    with_status(Grant, "Spring Security", "requires higher privileges than provided"),
    // Go: golang-jwt, go-oidc, Auth0's middleware.
    sure(NotYetValid, "golang-jwt", "token used before issued"),
    sure(NotYetValid, "golang-jwt", "token is not valid yet"),
    with_status(Expired, "golang-jwt", "token is expired"),
    sure(Audience, "golang-jwt", "token has invalid audience"),
    sure(Issuer, "golang-jwt", "token has invalid issuer"),
    sure(Signature, "golang-jwt", "token signature is invalid"),
    sure(Malformed, "golang-jwt", "token contains an invalid number of segments"),
    with_status(Malformed, "golang-jwt", "token is malformed"),
    sure(WrongKey, "golang-jwt", "unexpected signing method"),
    sure(WrongKey, "golang-jwt", "signing method rs256 is invalid"),
    sure(WrongKey, "golang-jwt", "key is of invalid type"),
    sure(Audience, "go-oidc", "oidc: expected audience"),
    sure(Issuer, "go-oidc", "id token issued by a different provider"),
    sure(Signature, "go-oidc", "oidc: failed to verify signature"),
    with_status(Missing, "Auth0's Go middleware", "jwt is missing"),
    with_status(Invalid, "Auth0's Go middleware", "jwt is invalid"),
    // Ruby.
    sure(Signature, "ruby-jwt", "signature verification raised"),
    sure(Audience, "ruby-jwt", "invalid audience. expected"),
    sure(Issuer, "ruby-jwt", "invalid issuer. expected"),
    with_status(Missing, "Devise", "you need to sign in or sign up before continuing"),
    // PHP.
    sure(NotYetValid, "firebase/php-jwt", "cannot handle token prior to"),
    sure(Malformed, "firebase/php-jwt", "wrong number of segments"),
    sure(KeyNotFound, "firebase/php-jwt", "\"kid\" invalid, unable to lookup correct key"),
    with_status(Expired, "firebase/php-jwt", "expired token"),
    // Rust's jsonwebtoken.
    sure(Expired, "jsonwebtoken (Rust)", "expiredsignature"),
    sure(Signature, "jsonwebtoken (Rust)", "invalidsignature"),
    sure(Audience, "jsonwebtoken (Rust)", "invalidaudience"),
    sure(Issuer, "jsonwebtoken (Rust)", "invalidissuer"),
    // Envoy, Istio, Google's ESP.
    sure(Expired, "Envoy", "jwt is expired"),
    sure(Audience, "Envoy", "audiences in jwt are not allowed"),
    sure(Issuer, "Envoy", "jwt issuer is not configured"),
    sure(Signature, "Envoy", "jwt verification fails"),
    sure(KeyNotFound, "Envoy", "jwks doesn't have key to match kid or alg"),
    sure(KeySet, "Envoy", "jwks remote fetch is failed"),
    // AWS API Gateway, aws-jwt-verify.
    sure(Expired, "AWS API Gateway", "the token has expired"),
    sure(Audience, "AWS API Gateway", "the token has an invalid audience"),
    sure(Issuer, "AWS API Gateway", "the token has an invalid issuer"),
    with_status(Expired, "AWS API Gateway", "the incoming token has expired"),
    sure(Expired, "aws-jwt-verify", "token expired at"),
    sure(Audience, "aws-jwt-verify", "audience not allowed"),
    sure(Issuer, "aws-jwt-verify", "issuer not allowed"),
    // Kong, Hasura, PostgREST.
    with_status(Expired, "Kong", "token expired"),
    sure(Issuer, "Kong", "no credentials found for given 'iss'"),
    sure(Expired, "Hasura", "could not verify jwt: jwtexpired"),
    sure(Audience, "Hasura", "could not verify jwt: jwtnotinaudience"),
    sure(Issuer, "Hasura", "could not verify jwt: jwtnotinissuer"),
    sure(Signature, "Hasura", "jwsinvalidsignature"),
    // Kinde's own validators, and what its SDKs and users report (kinde.md 8.2, rows 7, 9, 10, 11).
    sure(KeyNotFound, "Kinde's jwt-validator", "jwk not found for kid"),
    sure(Malformed, "Kinde's jwt-validator", "invalid jwt format"),
    sure(Audience, "Kinde's SDKs", "(aud) claim mismatch"),
    sure(Issuer, "Kinde's SDKs", "(iss) claim mismatch"),
    // jose, PyJWT, python-jose, php-jwt and Kinde's validator say the same.
    sure(Signature, "jose or PyJWT", "signature verification failed"),
    // Words that many use.
    with_status(Expired, "many", "token_expired"),
    with_status(Expired, "many", "expired_token"),
    with_status(Audience, "many", "invalid audience"),
    with_status(Audience, "many", "audience mismatch"),
    with_status(Audience, "many", "wrong audience"),
    with_status(Issuer, "many", "invalid issuer"),
    with_status(Issuer, "many", "issuer mismatch"),
    with_status(Grant, "many", "insufficient_scope"),
    with_status(Grant, "many", "insufficient scope"),
    with_status(Grant, "many", "missing permission"),
    with_status(Missing, "many", "missing or invalid token"),
    with_status(Missing, "many", "missing token"),
    with_status(Missing, "many", "no token provided"),
    with_status(Invalid, "many", "invalid token"),
    with_status(Invalid, "many", "invalid_token"),
    with_status(Invalid, "many", "token is invalid"),
    with_status(Invalid, "many", "invalid access token"),
];

/// The patterns that stand in a text, which has to be in lower case.
pub fn found(text: String) -> impl Iterator<Item = &'static Pattern> {
    PATTERNS.iter().filter(move |pattern| text.contains(pattern.text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_searched() {
        for pattern in PATTERNS {
            assert_eq!(pattern.text, pattern.text.to_lowercase(), "{}", pattern.text);
            assert!(pattern.text.len() >= 7, "{}: too short to be sure", pattern.text);
            let same = PATTERNS.iter().filter(|other| other.text == pattern.text).count();
            assert_eq!(same, 1, "{} stands twice", pattern.text);
        }
    }

    #[test]
    fn the_first_row_that_fits_is_the_most_exact() {
        let means = |text: &str| found(text.to_owned()).next().map(|pattern| pattern.means);
        assert_eq!(means("{\"error\":\"jwt expired\"}"), Some(Expired));
        assert_eq!(means("jwtverificationfailed"), None);
        assert_eq!(means("error_description=\"the token expired at '11/23/2026 14:03:22'\""), Some(Expired));
        assert_eq!(means("unauthorized: invalid token"), Some(Invalid));
        assert_eq!(means("unauthorized: missing or invalid token"), Some(Missing));
    }
}

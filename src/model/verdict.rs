//! Verdicts: what inspecting a token found, check by check, each with its reason.

/// Which check. The order is the order on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckId {
    /// Three base64url parts, a JSON object in the first two.
    Structure,
    /// `alg` is one that the issuer may use; never `none`, never HMAC for a public key set.
    Algorithm,
    /// The key set has the key that `kid` names.
    Key,
    /// The signature fits the key.
    Signature,
    /// `iss` is the issuer, exactly.
    Issuer,
    /// `aud` holds what is expected.
    Audience,
    /// `exp` is in the future.
    Expiry,
    /// `nbf`, where present, is in the past.
    NotBefore,
    /// `iat` is not in the future.
    IssuedAt,
    /// `azp` is the client.
    AuthorizedParty,
    /// `sub` is there (ID tokens).
    Subject,
    /// The token is of the kind that its place asks for (access, ID, M2M).
    TokenKind,
    /// `nonce` is the one that was sent.
    Nonce,
    /// `at_hash` fits the access token.
    AccessTokenHash,
    /// The permissions that a request asks for.
    Permissions,
    /// The scopes that a request asks for.
    Scopes,
    /// The organisation that a request asks for.
    Organization,
}

impl CheckId {
    /// A short label for people: `signature`, `audience`.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Algorithm => "algorithm",
            Self::Key => "key",
            Self::Signature => "signature",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::Expiry => "expiry",
            Self::NotBefore => "not before",
            Self::IssuedAt => "issued at",
            Self::AuthorizedParty => "client",
            Self::Subject => "subject",
            Self::TokenKind => "kind",
            Self::Nonce => "nonce",
            Self::AccessTokenHash => "at_hash",
            Self::Permissions => "permissions",
            Self::Scopes => "scopes",
            Self::Organization => "organisation",
        }
    }

    /// A stable id for `--json`: `signature`, `audience`, `not_before`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::NotBefore => "not_before",
            Self::IssuedAt => "issued_at",
            Self::AuthorizedParty => "authorized_party",
            Self::TokenKind => "token_kind",
            Self::Organization => "organization",
            other => other.label(),
        }
    }
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It holds.
    Pass,
    /// It does not hold.
    Fail,
    /// It holds, but something about it will surprise (an empty `aud`, a clock that is off).
    Warn,
    /// It could not be made; the reason says why.
    Skipped,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Which.
    pub id: CheckId,
    /// How it ended.
    pub outcome: Outcome,
    /// Why, with the values compared, in one sentence. Never a token or a secret.
    pub reason: String,
}

/// Verified and decoded are different things; this says which one holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Signature and all other checks hold.
    Verified,
    /// At least one check failed.
    Rejected,
    /// Nothing failed, but the signature could not be checked.
    Unverified,
}

/// The result of inspecting one token.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// The checks, in order of [`CheckId`].
    pub checks: Vec<Check>,
}

impl Verdict {
    /// The whole in one word.
    pub fn standing(&self) -> Standing {
        if self.checks.iter().any(|check| check.outcome == Outcome::Fail) {
            return Standing::Rejected;
        }
        match self.check(CheckId::Signature).map(|check| check.outcome) {
            Some(Outcome::Pass) => Standing::Verified,
            _ => Standing::Unverified,
        }
    }

    /// The check with this id, if it was made.
    pub fn check(&self, id: CheckId) -> Option<&Check> {
        self.checks.iter().find(|check| check.id == id)
    }

    /// The failed checks.
    pub fn failures(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| check.outcome == Outcome::Fail)
    }
}

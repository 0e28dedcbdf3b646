//! What went wrong, in the plain data that `diagnose` looks at.

use crate::auth::error::{AuthError, NotMetadata};
use crate::model::problem::ProblemKind;
use crate::model::sign_in::Ended;
use crate::model::verdict::CheckId;

impl AuthError {
    /// How the conversation with the provider ended.
    pub fn ended(&self) -> Ended {
        let refused = |during: &str, code: &str, description: Option<&String>, status| Ended::Refused {
            during: during.to_owned(),
            code: code.to_owned(),
            description: description.cloned(),
            status,
        };
        match self {
            Self::Refused { during, refusal, .. } => {
                refused(during, &refusal.code, refusal.description.as_ref(), Some(refusal.status))
            }
            Self::CallbackRefused { code, description } => {
                refused("sign-in in the browser", code, description.as_ref(), None)
            }
            Self::DeviceDenied => refused("device token request", "access_denied", None, None),
            Self::DeviceExpired => Ended::CodeExpired { slowed_down: 0 },
            Self::DeviceEndpointNotFound(tried) => Ended::Answered {
                what: "device endpoint",
                url: tried.first().map(ToString::to_string).unwrap_or_default(),
                status: 404,
            },
            Self::KeySetStatus { url, status } => {
                Ended::Answered { what: "key set", url: url.to_string(), status: *status }
            }
            Self::NotAnIssuer { url, why: NotMetadata::Status(status), .. } => {
                Ended::Answered { what: "discovery document", url: url.clone(), status: *status }
            }
            Self::Busy { status, wait, .. } => Ended::Busy { status: *status, wait: *wait },
            Self::CallbackTimeout { redirect_uri, .. } => Ended::NobodyCame { redirect_uri: redirect_uri.to_string() },
            Self::Listener(problem) if problem.kind == ProblemKind::SignIn => {
                Ended::NoPort { detail: problem.detail.clone() }
            }
            Self::SessionEnded { description, .. } => Ended::SessionEnded { description: description.clone() },
            Self::RefreshWithoutExpiry => Ended::WithoutExpiry,
            Self::IssuerMismatch { found, .. } => Ended::OtherIssuer { found: found.clone() },
            Self::IdTokenRefused(checks) => match checks.first() {
                Some(check) if matches!(check.id, CheckId::IssuedAt | CheckId::NotBefore | CheckId::Expiry) => {
                    Ended::WrongTime { reason: check.reason.clone() }
                }
                _ => Ended::Other,
            },
            Self::IdTokenUnverifiable(inner) => inner.ended(),
            _ => Ended::Other,
        }
    }

    /// Does the error say that the provider is Kinde? `false` also where it cannot tell.
    pub const fn is_of_kinde(&self) -> bool {
        matches!(self, Self::Refused { is_kinde: true, .. } | Self::CallbackTimeout { is_kinde: true, .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::error::Refusal;
    use crate::model::identity::{Grant, IdentityName};
    use crate::model::problem::Problem;
    use crate::model::verdict::{Check, Outcome};

    #[test]
    fn what_a_refusal_says_is_kept() {
        let refusal = Refusal { code: "invalid_client".into(), description: Some("no".into()), status: 401 };
        let error =
            AuthError::Refused { during: "token request", grant: Grant::AuthorizationCode, is_kinde: true, refusal };
        let expected = Ended::Refused {
            during: "token request".into(),
            code: "invalid_client".into(),
            description: Some("no".into()),
            status: Some(401),
        };
        assert_eq!(error.ended(), expected);
        assert!(error.is_of_kinde());
    }

    #[test]
    fn each_cause_that_has_a_finding_is_told_apart() {
        let identity = IdentityName::new("jane");
        let url: url::Url = "https://b.kinde.com/.well-known/jwks".parse().unwrap();
        let key_set = AuthError::KeySetStatus { url: url.clone(), status: 403 };
        let answered = Ended::Answered { what: "key set", url: url.to_string(), status: 403 };
        assert_eq!(key_set.ended(), answered);
        assert_eq!(AuthError::IdTokenUnverifiable(Box::new(key_set)).ended(), answered);
        let ended = AuthError::SessionEnded { identity: identity.clone(), description: None }.ended();
        assert_eq!(ended, Ended::SessionEnded { description: None });
        assert_eq!(AuthError::RefreshWithoutExpiry.ended(), Ended::WithoutExpiry);
        assert_eq!(AuthError::DeviceExpired.ended(), Ended::CodeExpired { slowed_down: 0 });
        let check = |id| Check { id, outcome: Outcome::Fail, reason: "why".into() };
        let refused = AuthError::IdTokenRefused(vec![check(CheckId::IssuedAt)]);
        assert_eq!(refused.ended(), Ended::WrongTime { reason: "why".into() });
        assert_eq!(AuthError::IdTokenRefused(vec![check(CheckId::Issuer)]).ended(), Ended::Other);
        let port = Problem::new(ProblemKind::SignIn, "The callback port 1 is in use").detail("1: in use");
        assert_eq!(AuthError::Listener(Box::new(port)).ended(), Ended::NoPort { detail: "1: in use".into() });
        let unusable = Problem::new(ProblemKind::Input, "Bearcat cannot listen on this redirect URL");
        assert_eq!(AuthError::Listener(Box::new(unusable)).ended(), Ended::Other);
        assert_eq!(AuthError::NotSignedIn(identity).ended(), Ended::Other);
    }
}

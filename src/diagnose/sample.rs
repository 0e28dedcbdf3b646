//! Code that verifies a bearer token with the issuer's key set, one file for each framework in `assets/samples`.

use crate::model::finding::Framework;

const NEXTJS: &str = include_str!("../../assets/samples/nextjs-route.ts");
const EXPRESS: &str = include_str!("../../assets/samples/express.mjs");
const FASTAPI: &str = include_str!("../../assets/samples/fastapi_auth.py");
const ASPNET: &str = include_str!("../../assets/samples/aspnet.cs");

/// The sample of a framework.
pub const fn text(framework: Framework) -> &'static str {
    match framework {
        Framework::NextJs => NEXTJS,
        Framework::Express => EXPRESS,
        Framework::FastApi => FASTAPI,
        Framework::AspNet => ASPNET,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a sample must do, in the words of its language.
    #[test]
    fn samples_check_everything_that_has_to_be_checked() {
        for framework in Framework::ALL {
            let sample = text(framework);
            assert!(sample.contains("RS256"), "{}", framework.label());
            for word in ["issuer", "audience", "/.well-known/jwks", "KINDE_ISSUER_URL", "KINDE_AUDIENCE"] {
                let is_there = sample.to_lowercase().contains(&word.to_lowercase());
                assert!(is_there, "{} lacks {word}", framework.label());
            }
            assert!(sample.contains("exp") || sample.contains("ValidateLifetime"), "{}", framework.label());
            assert!(!sample.contains("SECRET") && !sample.contains('\t'), "{}", framework.label());
            for line in sample.lines() {
                assert!(line.chars().count() <= 96, "{}: {line}", framework.label());
            }
        }
    }
}

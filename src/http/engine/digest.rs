//! Answers to Digest challenges (RFC 7616). Which of several challenges is taken, and what of the body is hashed, is
//! decided here; the hashing is `digest_auth`'s.

use std::borrow::Cow;

use ::http::HeaderMap;
use ::http::header::WWW_AUTHENTICATE;
use digest_auth::{AlgorithmType, AuthContext, HttpMethod, Qop, WwwAuthenticateHeader};
use url::Url;

use crate::http::plan::digest::DigestCredentials;

/// The Digest challenge to answer: of several the strongest.
pub(super) fn challenge(headers: &HeaderMap) -> Option<WwwAuthenticateHeader> {
    let values = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    let found = values
        .flat_map(challenges)
        // The parser counts characters as bytes; a header is ASCII anyway.
        .filter(|text| text.is_ascii() && text.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("digest ")))
        .filter_map(|text| WwwAuthenticateHeader::parse(&text[7..]).ok());
    let strength = |challenge: &WwwAuthenticateHeader| match challenge.algorithm.algo {
        AlgorithmType::MD5 => 0,
        AlgorithmType::SHA2_256 => 2,
        AlgorithmType::SHA2_512_256 => 1,
    };
    let mut found: Vec<_> = found.collect();
    // The first of the strongest.
    found.sort_by_key(|challenge| std::cmp::Reverse(strength(challenge)));
    found.into_iter().next()
}

/// The challenges of one header (RFC 9110 section 11.6.1): a scheme begins where a comma is followed by two words.
fn challenges(header: &str) -> Vec<&str> {
    let mut starts = vec![0];
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in header.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => {
                let rest = &header[at + 1..];
                let word = rest.trim_start();
                let length = word.find(|c: char| c.is_whitespace() || c == '=' || c == ',').unwrap_or(word.len());
                let is_scheme = length > 0
                    && word[length..].starts_with(char::is_whitespace)
                    && !word[length..].trim_start().starts_with('=');
                if is_scheme {
                    starts.push(header.len() - word.len());
                }
            }
            _ => {}
        }
    }
    starts.push(header.len());
    starts.windows(2).map(|pair| header[pair[0]..pair[1]].trim().trim_end_matches(',').trim_end()).collect()
}

/// What is known of the body.
pub(super) enum HashedBody<'a> {
    /// All of it.
    Whole(Cow<'a, [u8]>),
    /// It is streamed.
    Streamed,
}

/// The `Authorization` header that answers a challenge. The error says why it cannot be answered.
pub(super) fn answer(
    mut challenge: WwwAuthenticateHeader,
    credentials: &DigestCredentials,
    method: &str,
    url: &Url,
    body: HashedBody<'_>,
    cnonce: Option<&str>,
) -> Result<String, String> {
    // `auth` is what everybody can; the body need not be hashed then.
    if let Some(offered) = &challenge.qop {
        if offered.contains(&Qop::AUTH) {
            challenge.qop = Some(vec![Qop::AUTH]);
        } else if matches!(body, HashedBody::Streamed) {
            return Err(
                "the server wants the body to be signed (`auth-int`), and it is streamed from a file".to_owned()
            );
        }
    }
    let body = match body {
        HashedBody::Whole(body) => body,
        HashedBody::Streamed => Cow::Borrowed(&[][..]),
    };
    let uri = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let method = HttpMethod(Cow::Borrowed(method));
    let mut context =
        AuthContext::new_with_method(credentials.user.as_str(), credentials.password.expose(), uri, Some(body), method);
    if let Some(cnonce) = cnonce {
        context.set_custom_cnonce(cnonce);
    }
    challenge.respond(&context).map(|answer| answer.to_header_string()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::redact::SecretText;

    fn respond(challenges: &[&str], cnonce: &str, body: HashedBody<'_>) -> Result<String, String> {
        let mut headers = HeaderMap::new();
        for challenge in challenges {
            headers.append(WWW_AUTHENTICATE, challenge.parse().unwrap());
        }
        let credentials =
            DigestCredentials { user: "Mufasa".to_owned(), password: SecretText::unregistered("Circle of Life") };
        let url = Url::parse("http://www.example.org/dir/index.html").unwrap();
        answer(challenge(&headers).expect("a challenge"), &credentials, "GET", &url, body, Some(cnonce))
    }

    const MD5: &str = "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=MD5, \
                       nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
                       opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";
    const SHA256: &str = "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=SHA-256, \
                          nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
                          opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";

    /// RFC 7616 section 3.9.1.
    #[rstest]
    #[case::md5(&[MD5], "8ca523f5e9506fed4657c9700eebdbec")]
    #[case::sha256(&[SHA256], "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1")]
    #[case::the_stronger_of_two(&[MD5, SHA256], "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1")]
    #[case::beside_others(&["Basic realm=\"x, Digest y\", Digest realm=\"http-auth@example.org\", \
        qop=\"auth\", nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", Bearer error=\"z\""],
        "8ca523f5e9506fed4657c9700eebdbec")]
    fn the_vectors_of_the_rfc(#[case] challenges: &[&str], #[case] response: &str) {
        let header = respond(challenges, "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", HashedBody::Streamed).unwrap();
        assert!(header.starts_with("Digest ") && header.contains(&format!("response=\"{response}\"")), "{header}");
        assert!(header.contains("qop=auth,") && header.contains("nc=00000001"), "{header}");
    }

    /// RFC 2617 section 3.5 (no `algorithm`), RFC 2069 (no `qop`), and a session.
    #[test]
    fn older_forms() {
        let old = "Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"";
        let header = respond(&[old], "x", HashedBody::Streamed).unwrap();
        assert!(!header.contains("qop") && header.contains("response="), "{header}");
        let session = MD5.replace("algorithm=MD5", "algorithm=MD5-sess");
        let header = respond(&[&session], "x", HashedBody::Streamed).unwrap();
        assert!(header.contains("algorithm=MD5-sess"), "{header}");
    }

    #[test]
    fn a_body_is_signed_only_where_it_must_be() {
        let integrity = MD5.replace("auth, auth-int", "auth-int");
        let header = respond(&[&integrity], "x", HashedBody::Whole(Cow::Borrowed(b"body"))).unwrap();
        assert!(header.contains("qop=auth-int"), "{header}");
        assert!(respond(&[&integrity], "x", HashedBody::Streamed).unwrap_err().contains("streamed"));
    }

    #[test]
    fn what_is_no_challenge_is_none() {
        for header in ["Basic realm=\"x\"", "Digest", "Digest realm=\"x\"", "Digest \u{e9}", ""] {
            let mut headers = HeaderMap::new();
            headers.append(WWW_AUTHENTICATE, ::http::HeaderValue::from_bytes(header.as_bytes()).unwrap());
            assert!(challenge(&headers).is_none(), "{header}");
        }
    }
}

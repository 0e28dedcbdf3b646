//! The session cookies of Kinde's Next.js SDK (kinde.md 8.1), for routes that read nothing else.
//!
//! Called by `plan`. Never a `refresh_token` cookie: the app would rotate our session away.

/// The SDK splits a value after this many characters.
pub const LONGEST_VALUE: usize = 3000;

/// The cookies for these tokens: `access_token`, `access_token1` …, `id_token`, `id_token1` ….
pub fn session_cookies<'a>(access: &'a str, id: &'a str) -> Vec<(String, &'a str)> {
    let mut cookies = split("access_token", access);
    cookies.extend(split("id_token", id));
    cookies
}

/// Is this the name of a cookie that belongs to the SDK's session? Such cookies of a jar must not mix with ours.
pub fn is_session_cookie(name: &str) -> bool {
    let base = name.trim_end_matches(|c: char| c.is_ascii_digit());
    matches!(base, "access_token" | "id_token") || name.starts_with("refresh_token")
}

fn split<'a>(name: &str, value: &'a str) -> Vec<(String, &'a str)> {
    let mut cookies = Vec::new();
    let mut rest = value;
    loop {
        let end = rest.char_indices().nth(LONGEST_VALUE).map_or(rest.len(), |(offset, _)| offset);
        let (part, more) = rest.split_at(end);
        let index = cookies.len();
        cookies.push((if index == 0 { name.to_owned() } else { format!("{name}{index}") }, part));
        if more.is_empty() {
            return cookies;
        }
        rest = more;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(cookies: &[(String, &str)]) -> Vec<(String, usize)> {
        cookies.iter().map(|(name, value)| (name.clone(), value.len())).collect()
    }

    #[test]
    fn splits_at_three_thousand_characters() {
        let token = |length: usize| "x".repeat(length);
        for (access, id, expected) in [
            (1, 1, vec![("access_token", 1), ("id_token", 1)]),
            (3000, 3001, vec![("access_token", 3000), ("id_token", 3000), ("id_token1", 1)]),
            (6001, 10, vec![("access_token", 3000), ("access_token1", 3000), ("access_token2", 1), ("id_token", 10)]),
        ] {
            let expected: Vec<_> = expected.into_iter().map(|(name, length)| (name.to_owned(), length)).collect();
            assert_eq!(shape(&session_cookies(&token(access), &token(id))), expected);
        }
    }

    #[test]
    fn joined_again_the_parts_are_the_token() {
        let token: String = (0..9500).map(|n| char::from(b'a' + (n % 26) as u8)).collect();
        let joined: String = session_cookies(&token, "i").iter().take(4).map(|(_, part)| *part).collect();
        assert_eq!(joined, token);
    }

    #[test]
    fn knows_the_cookies_of_the_session() {
        for name in ["access_token", "access_token1", "id_token", "id_token12", "refresh_token", "refresh_token_ab12cd"]
        {
            assert!(is_session_cookie(name), "{name}");
        }
        for name in ["access_tokens", "session", "id_token_x", "my_access_token"] {
            assert!(!is_session_cookie(name), "{name}");
        }
    }
}

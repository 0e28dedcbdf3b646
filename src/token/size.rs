//! How large a token is, and where that begins to hurt: the cookies of Kinde's Next.js SDK and the header limits of
//! common servers (kinde.md 8.1 and section 9, row 46).

/// The SDK splits a cookie's value after this many characters (kinde.md 8.1).
pub const COOKIE_PART: usize = 3000;

/// Apache, Nginx and many proxies refuse a header line, and Node all headers together, above this.
pub const COMMON_LIMIT: usize = 8 * 1024;

/// Node's limit for all headers together, and that of several load balancers.
pub const WIDE_LIMIT: usize = 16 * 1024;

/// Where a header of a size is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fit {
    /// Below all usual limits.
    Everywhere,
    /// Above 8 KiB.
    NotEverywhere,
    /// Above 16 KiB.
    HardlyAnywhere,
}

impl Fit {
    /// Where `bytes` of header fit.
    pub const fn of(bytes: usize) -> Self {
        if bytes <= COMMON_LIMIT {
            Self::Everywhere
        } else if bytes <= WIDE_LIMIT {
            Self::NotEverywhere
        } else {
            Self::HardlyAnywhere
        }
    }

    /// What that means.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Everywhere => "below the usual limits (8 KiB and 16 KiB)",
            Self::NotEverywhere => "many servers refuse headers over 8 KiB (431 or 400)",
            Self::HardlyAnywhere => "most servers refuse headers over 16 KiB (431 or 400)",
        }
    }

    /// A stable word for `--json`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Everywhere => "below-8k",
            Self::NotEverywhere => "over-8k",
            Self::HardlyAnywhere => "over-16k",
        }
    }
}

/// Sizes in bytes; a token is ASCII, so they are characters too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// The token itself.
    pub token: usize,
    /// The line `Authorization: Bearer …`.
    pub bearer_header: usize,
    /// Cookies that the SDK makes of the token.
    pub token_cookies: usize,
    /// Cookies of the ID token beside it; 0 without one.
    pub id_cookies: usize,
    /// The line `Cookie: …` with all of them.
    pub cookie_header: usize,
}

impl Sizes {
    /// All cookies.
    pub const fn cookies(&self) -> usize {
        self.token_cookies + self.id_cookies
    }

    /// Where the bearer header fits.
    pub const fn bearer_fit(&self) -> Fit {
        Fit::of(self.bearer_header)
    }

    /// Where the cookie header fits.
    pub const fn cookie_fit(&self) -> Fit {
        Fit::of(self.cookie_header)
    }
}

/// The sizes of an access token of so many bytes, with the ID token that goes beside it in cookies.
pub fn of(access: usize, id: Option<usize>) -> Sizes {
    let own = cookies("access_token".len(), access);
    let beside = id.map(|id| cookies("id_token".len(), id));
    let (id_cookies, id_bytes) = beside.unwrap_or_default();
    // `; ` stands between two cookies.
    let gaps = (own.0 + id_cookies).saturating_sub(1) * 2;
    Sizes {
        token: access,
        bearer_header: "Authorization: Bearer ".len() + access,
        token_cookies: own.0,
        id_cookies,
        cookie_header: "Cookie: ".len() + own.1 + id_bytes + gaps,
    }
}

/// Number and bytes of the cookies of one value: `name=…`, `name1=…` and so on.
fn cookies(name: usize, value: usize) -> (usize, usize) {
    let parts = value.div_ceil(COOKIE_PART).max(1);
    let names = (0..parts).map(|part| name + 1 + if part == 0 { 0 } else { part.to_string().len() });
    (parts, names.sum::<usize>() + value)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(1, 1, 1 + 22)]
    #[case(3000, 1, 3022)]
    #[case(3001, 2, 3023)]
    #[case(9001, 4, 9023)]
    fn cookies_are_counted_as_the_sdk_makes_them(#[case] size: usize, #[case] cookies: usize, #[case] header: usize) {
        let sizes = of(size, None);
        assert_eq!((sizes.token_cookies, sizes.bearer_header), (cookies, header));
    }

    #[test]
    fn the_header_is_as_long_as_one_that_is_written_out() {
        for (access, id) in [(10, 10), (3001, 3000), (7000, 31_000)] {
            let parts = |name: &'static str, size: usize| {
                let count = size.div_ceil(COOKIE_PART);
                (0..count).map(move |part| {
                    let length = if part + 1 == count { size - part * COOKIE_PART } else { COOKIE_PART };
                    let index = if part == 0 { String::new() } else { part.to_string() };
                    format!("{name}{index}={}", "x".repeat(length))
                })
            };
            let all: Vec<String> = parts("access_token", access).chain(parts("id_token", id)).collect();
            assert_eq!(of(access, Some(id)).cookie_header, format!("Cookie: {}", all.join("; ")).len());
            assert_eq!(of(access, Some(id)).cookies(), all.len());
        }
    }

    #[rstest]
    #[case(8192, Fit::Everywhere)]
    #[case(8193, Fit::NotEverywhere)]
    #[case(16_384, Fit::NotEverywhere)]
    #[case(16_385, Fit::HardlyAnywhere)]
    fn limits(#[case] bytes: usize, #[case] fit: Fit) {
        assert_eq!(Fit::of(bytes), fit);
    }
}

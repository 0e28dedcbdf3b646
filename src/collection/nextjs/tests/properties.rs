//! Any text is read without a panic, and what comes out fits together.

use proptest::prelude::*;

use super::app;
use crate::collection::nextjs::request::{self, Surroundings};

/// Pieces that mean something to the readers, in any order.
const PIECES: [&str; 48] = [
    "export ",
    "const ",
    "function ",
    "async ",
    "GET",
    "POST",
    " = ",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "=> ",
    "default ",
    "withAuth",
    "import { withAuth } from '@kinde-oss/kinde-auth-nextjs/middleware'\n",
    "'/api/:path*'",
    "/^a(/",
    "`${x}`",
    "config",
    "matcher: ",
    "publicPaths: ",
    ",",
    ";\n",
    "if ",
    "return ",
    "req",
    ".nextUrl",
    ".pathname",
    ".startsWith",
    "req.method",
    " === ",
    "'POST'",
    "switch ",
    "case ",
    "...",
    "* from './route'",
    "module.exports",
    "getKindeServerSession()",
    ".getPermission('x')",
    "await ",
    "!",
    "satisfies X",
    "\\",
    "\u{0}",
    "'",
    "é\n",
];

fn source() -> impl Strategy<Value = String> {
    let pieces = prop::collection::vec(prop::sample::select(PIECES.as_slice()), 0..60).prop_map(|parts| parts.concat());
    prop_oneof![4 => pieces, 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_text_panics(route in source(), gate in source(), config in source(), folder in "[a-z\\[\\]()@._%/]{0,20}") {
        let folder = folder.trim_matches('/').replace("//", "/").replace("..", ".");
        let app = app(&[
            (&format!("app/{folder}/route.ts"), route.as_str()),
            ("pages/api/x.js", route.as_str()),
            ("middleware.ts", gate.as_str()),
            ("next.config.js", config.as_str()),
            ("tsconfig.json", config.as_str()),
            ("package.json", route.as_str()),
        ]);
        let collection = request::collection(&app, 1, &Surroundings::default());
        prop_assert_eq!(collection.requests.len(), app.routes.len());
        for (request, found) in collection.requests.iter().zip(&app.routes) {
            prop_assert_eq!(&request.method.text, &found.method);
            prop_assert!(request.url.text.starts_with("{{base}}/"), "{}", request.url.text);
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn deep_nesting_is_no_stack_overflow(depth in 1_000_usize..10_000, open in prop::sample::select(&["(", "[", "{a:", "!", "f(", "() => ", "`${"][..])) {
        let nested = open.repeat(depth);
        let text = format!("export default {nested}");
        let handler = format!("export const GET = {nested}");
        let app = app(&[("app/x/route.ts", handler.as_str()), ("middleware.ts", text.as_str()), ("next.config.js", text.as_str())]);
        prop_assert!(app.routes.len() <= 1);
    }
}

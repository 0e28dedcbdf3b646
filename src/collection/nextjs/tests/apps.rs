//! What holds for a whole app: folders, configuration, base, and the requests that are made of its routes.

use rstest::rstest;

use super::{app, app_with, listed, route};
use crate::collection::nextjs::request::{self, BaseFrom, IdToken, Signer, Surroundings};
use crate::collection::origin::Access;
use crate::model::request::{AuthDirective, Requirement, TokenCarrier};

const PLAIN: &str = "export const GET = () => new Response()";

#[test]
fn folders_are_next_s() {
    let app = app(&[
        ("app/api/a/route.ts", PLAIN),
        ("app/api/b/route.mjs", PLAIN),
        ("app/api/c/route.d.ts", PLAIN),
        ("app/api/d/route.test.ts", PLAIN),
        ("app/api/e/my-route.ts", PLAIN),
        ("app/_private/route.ts", PLAIN),
        ("app/(group)/f/route.js", PLAIN),
        ("app/@slot/g/route.tsx", PLAIN),
        ("app/.well-known/h/route.ts", PLAIN),
        ("src/app/api/ignored/route.ts", PLAIN),
        ("pages/api/i.ts", "export default () => {}"),
        ("pages/api/j/index.tsx", "export default () => {}"),
        ("pages/page.tsx", "export default () => {}"),
        ("lib/route.ts", PLAIN),
    ]);
    let labels: Vec<&str> = app.routes.iter().map(|route| route.label.as_str()).collect();
    assert_eq!(labels, ["/.well-known/h", "/api/a", "/api/b", "/api/i", "/api/j", "/f", "/g"]);
    let unusual = app.routes.iter().find(|route| route.label == "/api/b").unwrap();
    assert_eq!(unusual.remarks, ["Next serves this extension only if `pageExtensions` has it"]);
}

#[test]
fn an_optional_catch_all_is_two_routes() {
    let app = app(&[("app/docs/[[...slug]]/route.ts", PLAIN), ("app/x/[...rest]/route.ts", PLAIN)]);
    let paths: Vec<&str> = app.routes.iter().map(|route| route.path.as_str()).collect();
    assert_eq!(paths, ["/docs", "/docs/{{slug}}", "/x/{{rest}}"]);
    assert_eq!(app.routes[0].parameters, Vec::<String>::new());
}

#[test]
fn one_route_of_two_files_is_listed_once() {
    let app = app(&[("app/(a)/x/route.ts", PLAIN), ("app/(b)/x/route.ts", PLAIN)]);
    assert_eq!(listed(&app), ["GET /x"]);
}

#[rstest]
#[case::object("module.exports = { basePath: '/docs' }", "/docs/api")]
#[case::constant("const nextConfig = { basePath: '/docs' }; module.exports = nextConfig", "/docs/api")]
#[case::default("export default { basePath: '/docs' }", "/docs/api")]
#[case::typed("const config: NextConfig = { basePath: '/docs' }; export default config", "/docs/api")]
#[case::satisfies("export default { basePath: `/docs` } satisfies NextConfig", "/docs/api")]
#[case::function(
    "module.exports = (phase, { defaultConfig }) => { const c = { basePath: '/docs' }; return c }",
    "/docs/api"
)]
#[case::arrow("export default () => ({ basePath: '/docs' })", "/docs/api")]
#[case::asynchronous("export default async function () { return { basePath: '/docs' } }", "/docs/api")]
#[case::wrapped("module.exports = withX({ basePath: '/docs' })", "/docs/api")]
#[case::wrapped_twice(
    "const c = { basePath: '/docs' }; module.exports = withA(withB(c), { silent: true })",
    "/docs/api"
)]
#[case::curried("module.exports = withMDX({ extension: /x/ })({ basePath: '/docs' })", "/docs/api")]
#[case::spread("const base = { basePath: '/docs' }; export default { ...base, reactStrictMode: true }", "/docs/api")]
#[case::empty("export default { basePath: '' }", "/api")]
#[case::trailing_slash("export default { basePath: '/docs', trailingSlash: true }", "/docs/api/")]
#[case::broken_elsewhere("const = 1;\nmodule.exports = { basePath: '/docs' }", "/docs/api")]
fn configurations(#[case] text: &str, #[case] path: &str) {
    let app = app(&[("app/api/route.ts", PLAIN), ("next.config.ts", text)]);
    assert_eq!(route(&app, "GET").path, path, "{text}");
    assert_eq!(app.remarks, [], "{text}");
}

#[rstest]
#[case::environment(
    "export default { basePath: process.env.BASE }",
    "`basePath` cannot be told without running next.config.js"
)]
#[case::call("export default makeConfig()", "cannot be told without running it")]
#[case::extensions("export default { pageExtensions: list }", "`pageExtensions` cannot be told")]
#[case::nothing("console.log('x')", "The configuration cannot be told without running it")]
fn what_a_configuration_does_not_tell(#[case] text: &str, #[case] words: &str) {
    let app = app(&[("app/api/route.ts", PLAIN), ("next.config.js", text)]);
    let [(place, remark)] = app.remarks.as_slice() else { panic!("{:?}", app.remarks) };
    assert!(remark.contains(words), "{remark}");
    assert_eq!(place.file.to_str(), Some("next.config.js"));
    assert_eq!(route(&app, "GET").path, "/api");
}

#[test]
fn page_extensions_rename_files() {
    let config = ("next.config.mjs", "export default { pageExtensions: ['page.tsx', 'api.ts'] }");
    let app = app(&[
        ("app/a/route.api.ts", PLAIN),
        ("app/b/route.ts", PLAIN),
        ("pages/api/c.api.ts", "export default () => {}"),
        ("pages/api/c.test.ts", "export default () => {}"),
        ("middleware.api.ts", "export { withAuth as middleware } from '@kinde-oss/kinde-auth-nextjs/middleware'"),
        config,
    ]);
    assert_eq!(listed(&app), ["GET /a", "GET /api/c"]);
    assert!(app.routes.iter().all(|route| route.access == Access::Protected), "{:?}", super::told(&app));
}

#[test]
fn the_middleware_stands_where_next_looks() {
    let gate = "export { withAuth as default } from '@kinde-oss/kinde-auth-nextjs/middleware'";
    let beside = app(&[("src/app/api/route.ts", PLAIN), ("src/middleware.ts", gate)]);
    assert_eq!((route(&beside, "GET").access, beside.remarks.len()), (Access::Protected, 0));
    let elsewhere = app(&[("src/app/api/route.ts", PLAIN), ("middleware.ts", gate)]);
    assert_eq!(route(&elsewhere, "GET").access, Access::Public);
    assert_eq!(
        elsewhere.remarks[0].1,
        "Next ignores this middleware: it must stand beside the folder `app` or `pages`"
    );
    let old = app(&[
        ("app/api/route.ts", PLAIN),
        ("proxy.ts", gate),
        ("package.json", r#"{"dependencies": {"next": "^15.1.0"}}"#),
    ]);
    assert_eq!(route(&old, "GET").access, Access::Public);
    assert!(old.remarks[0].1.contains("from version 16 on"), "{:?}", old.remarks);
}

#[rstest]
#[case::default("{}", &[], "http://localhost:3000")]
#[case::short(r#"{"scripts": {"dev": "next dev -p 4000"}}"#, &[], "http://localhost:4000")]
#[case::long(r#"{"scripts": {"dev": "next dev --turbo --port 4001"}}"#, &[], "http://localhost:4001")]
#[case::equals(r#"{"scripts": {"dev": "next dev --port=4002"}}"#, &[], "http://localhost:4002")]
#[case::environment(r#"{"scripts": {"dev": "PORT=4003 next dev"}}"#, &[], "http://localhost:4003")]
#[case::start(r#"{"scripts": {"start": "next start -p 4004"}}"#, &[], "http://localhost:4004")]
#[case::other_program(r#"{"scripts": {"dev": "vite --port 5000"}}"#, &[], "http://localhost:3000")]
#[case::nonsense(r#"{"scripts": {"dev": "next dev -p $PORT"}}"#, &[], "http://localhost:3000")]
#[case::site_url(r#"{"scripts": {"dev": "next dev -p 4000"}}"#, &[("KINDE_SITE_URL", "https://app.test/x/")], "https://app.test")]
#[case::bad_site_url("not json", &[("KINDE_SITE_URL", "nonsense")], "http://localhost:3000")]
fn bases(#[case] package: &str, #[case] settings: &[(&str, &str)], #[case] base: &str) {
    let app = app_with(&[("app/api/route.ts", PLAIN), ("package.json", package)], settings);
    assert_eq!(app.base, base);
}

const HANDLERS: &str = "\
import { getKindeServerSession } from '@kinde-oss/kinde-auth-nextjs/server'
export async function GET(request) {
  request.nextUrl.searchParams.get('limit')
}
export async function POST(request) {
  const { getPermission } = getKindeServerSession()
  if (!(await getPermission('write:orders'))?.isGranted) return new Response(null, { status: 403 })
  const { name } = await request.json()
}
";

#[test]
fn a_collection_of_routes_is_a_normal_one() {
    let app = app(&[("app/api/orders/[id]/route.ts", HANDLERS)]);
    let signer = Signer { name: "kinde".to_owned(), id_token: IdToken::Yes };
    let surroundings = Surroundings { identity: Some(signer), base: BaseFrom::Collection };
    let collection = request::collection(&app, 1, &surroundings);
    assert_eq!(collection.problems, []);
    assert!(collection.is_read_only());
    assert_eq!(collection.label(), "routes (Next.js)");
    let [get, post] = collection.requests.as_slice() else { panic!("{}", collection.source) };
    assert_eq!(get.name.as_deref(), Some("/api/orders/[id]"));
    assert_eq!((get.method.text.as_str(), get.url.text.as_str()), ("GET", "{{base}}/api/orders/{{id}}"));
    assert_eq!(get.directives.auth, Some(AuthDirective::None));
    assert_eq!(get.directives.prompts.iter().map(|prompt| prompt.name.as_str()).collect::<Vec<_>>(), ["id"]);
    let jane = AuthDirective::Identity { name: "kinde".into_name(), carrier: TokenCarrier::Cookie };
    assert_eq!(post.directives.auth, Some(jane));
    assert_eq!(post.directives.require, [Requirement::Permission("write:orders".to_owned())]);
    assert_eq!(collection.file_variable("base").unwrap().value.text, "http://localhost:3000");
    let note = collection.route(1).unwrap();
    assert_eq!((note.access, note.place.line), (Access::Protected, 5));
    assert_eq!(note.reason, "the handler calls `getPermission`, line 7");
    assert!(collection.source.contains("\"name\": \"\""), "{}", collection.source);
    assert!(collection.source.contains("limit="), "{}", collection.source);
}

trait IntoName {
    fn into_name(self) -> crate::model::identity::IdentityName;
}

impl IntoName for &str {
    fn into_name(self) -> crate::model::identity::IdentityName {
        crate::model::identity::IdentityName::new(self)
    }
}

//! Every style of exporting a handler, and what API routes compare `req.method` with.

use rstest::rstest;

use super::{app, listed, route};

/// What `app/api/route.ts` exports; each line of `expected` is a method.
#[rstest]
#[case::function("export async function GET() {}", "GET")]
#[case::plain_function("export function DELETE(req) {}", "DELETE")]
#[case::constant("export const POST = async (req: Request) => new Response()", "POST")]
#[case::several_constants("export const GET = a, PUT = b; function a() {} function b() {}", "GET PUT")]
#[case::let_and_var("export let GET = f; export var PATCH = f; const f = () => {}", "GET PATCH")]
#[case::list("function handler() {} export { handler as GET, handler as POST }", "GET POST")]
#[case::own_names("const GET = () => {}; export { GET }", "GET")]
#[case::string_name("const h = () => {}; export { h as 'GET' }", "GET")]
#[case::from("export { GET, POST as PUT } from './other'", "GET PUT")]
#[case::star("export * from './other'", "GET POST")]
#[case::star_through_index("export * from './deep'", "GET POST")]
#[case::imported("import { GET } from './other'; export { GET }", "GET")]
#[case::default_imported("import h from './other'; export { h as GET }", "GET")]
#[case::destructured("export const { GET, POST } = handlers; const handlers = { GET() {}, POST() {} }", "GET POST")]
#[case::destructured_renamed("export const { get: GET, ...rest } = handlers", "GET")]
#[case::destructured_default("export const { GET = fallback } = handlers", "GET")]
#[case::wrapped("import { withAuth } from './x'; export const GET = withAuth(async () => {})", "GET")]
#[case::satisfies("export const GET = (async () => {}) satisfies Handler", "GET")]
#[case::as_type("export const GET = <Handler>(async () => {}); export const PUT = h as any", "GET PUT")]
#[case::overloads("export function GET(): A; export function GET(x?: B) {}", "GET")]
#[case::common_js("module.exports = { GET, POST: async () => {}, PUT() {} }; function GET() {}", "GET POST PUT")]
#[case::common_js_member("exports.GET = async () => {}; module.exports.POST = () => {}", "GET POST")]
#[case::all(
    "export const GET=h,HEAD=h,OPTIONS=h,POST=h,PUT=h,PATCH=h,DELETE=h",
    "GET HEAD OPTIONS POST PUT PATCH DELETE"
)]
#[case::namespace("export * as GET from './other'", "")]
#[case::lower_case("export const get = () => {}", "")]
#[case::unknown_method("export const TRACE = () => {}", "")]
#[case::type_only("export type GET = string; export type { POST } from './other'", "")]
#[case::type_in_list("type T = 1; export { type T as GET }", "")]
#[case::default_export("export default function GET() {}", "")]
#[case::in_a_comment("// export const GET = 1\n/* export function POST() {} */", "")]
#[case::in_a_string("const x = 'export function GET() {}'", "")]
#[case::not_exported("async function GET() {}", "")]
#[case::inside_a_function("function x() { const GET = 1 }", "")]
#[case::segment_config("export const dynamic = 'force-dynamic'; export const GET = () => {}", "GET")]
#[case::directive("'use cache'\nimport 'server-only'\nexport async function GET() {}", "GET")]
#[case::syntax_error("export function GET() { return }\nexport const = ;\nexport async function POST() {}", "GET POST")]
#[case::unfinished("export async function GET() {", "GET")]
#[case::byte_order_mark("\u{feff}export async function GET() {}", "GET")]
#[case::windows("export const GET = h\r\nexport const POST = h\r\n", "GET POST")]
#[case::endless_star("export * from './route'; export const GET = h", "GET")]
fn exported_methods(#[case] source: &str, #[case] expected: &str) {
    let app = app(&[
        ("app/api/route.ts", source),
        ("app/api/other.ts", "export const GET = () => {}; export function POST() {} export default () => {}"),
        ("app/api/deep/index.ts", "export * from '../other'"),
    ]);
    let expected: Vec<String> = expected.split_whitespace().map(|method| format!("{method} /api")).collect();
    let mut found = listed(&app);
    found.sort_by_key(|line| super::super::methods::METHODS.iter().position(|method| line.starts_with(method)));
    assert_eq!(found, expected, "{source}");
}

#[rstest]
#[case::nothing_compared("export default function handler(req, res) {}", "GET")]
#[case::equal_and_more("export default (req, res) => { if (req.method === 'POST') {} else {} }", "GET POST")]
#[case::equal_then_405(
    "export default (req, res) => { if (req.method === 'POST') { return } res.status(405).end() }",
    "POST"
)]
#[case::not_equal("export default async function h(req, res) { if (req.method !== 'PUT') return res.end() }", "PUT")]
#[case::reversed("export default (req, res) => { if ('DELETE' != req.method) return }", "DELETE")]
#[case::switched(
    "export default (req, res) => { switch (req.method) { case 'GET': break; case 'PATCH': break; default: res.status(405) } }",
    "GET PATCH"
)]
#[case::taken_apart(
    "export default (req, res) => { const { method } = req; switch (method) { case 'GET': case 'PUT': } }",
    "GET PUT"
)]
#[case::variable(
    "export default (req, res) => { const m = req.method?.toUpperCase(); if (m === 'POST') return; res.status(405) }",
    "POST"
)]
#[case::list("export default (req, res) => { if (!['GET', 'POST'].includes(req.method)) return }", "GET POST")]
#[case::named("function handler(req, res) { if (req.method !== 'POST') return } export default handler", "POST")]
#[case::wrapped(
    "const handler = (req, res) => { if (req.method !== 'POST') return }; export default withX(handler)",
    "POST"
)]
#[case::computed("export default (req, res) => handlers[req.method](req, res)", "GET")]
#[case::common_js("module.exports = (req, res) => { if (req.method !== 'POST') return }", "POST")]
#[case::no_default("export const GET = () => {}", "")]
fn methods_of_api_routes(#[case] source: &str, #[case] expected: &str) {
    let app = app(&[("pages/api/x.js", source)]);
    let expected: Vec<String> = expected.split_whitespace().map(|method| format!("{method} /api/x")).collect();
    let mut found = listed(&app);
    found.sort_by_key(|line| super::super::methods::METHODS.iter().position(|method| line.starts_with(method)));
    assert_eq!(found, expected, "{source}");
}

#[test]
fn what_cannot_be_told_is_said() {
    let app = app(&[
        ("app/a/route.ts", "export * from 'somewhere'"),
        ("app/b/route.ts", "export default function GET() {}"),
        ("app/c/route.ts", "export const GET = 1 +"),
        ("pages/api/d.ts", "export default (req, res) => {}"),
    ]);
    let told: Vec<String> =
        app.remarks.iter().map(|(place, text)| format!("{}: {text}", place.file.display())).collect();
    assert_eq!(
        told,
        [
            "app/a/route.ts: What `export * from \"somewhere\"` exports cannot be read",
            "app/b/route.ts: A default export is no route handler: export `GET`, `POST` and so on",
            "app/c/route.ts: A syntax error: what can be read of this file is read",
        ]
    );
    let api = app.routes.iter().find(|route| route.label == "/api/d").unwrap();
    assert_eq!(api.remarks, ["which methods it answers cannot be told: GET is assumed"]);
}

#[test]
fn lines_and_inputs_are_read() {
    let source = "\
import { NextResponse } from 'next/server'

export async function GET(request) {
  const limit = request.nextUrl.searchParams.get('limit')
  const page = new URL(request.url).searchParams.get(\"page\")
}
export async function POST(req: Request) {
  const { name, quantity: q = 1 } = await req.json()
}
export const PUT = async (request) => { await request.formData() }
";
    let app = app(&[("app/api/orders/[id]/route.ts", source)]);
    let get = route(&app, "GET");
    assert_eq!((get.place.line, get.query.as_slice()), (3, ["limit".to_owned(), "page".to_owned()].as_slice()));
    assert_eq!((get.path.as_str(), get.parameters.as_slice()), ("/api/orders/{{id}}", ["id".to_owned()].as_slice()));
    let post = route(&app, "POST");
    assert_eq!(
        (post.place.line, post.json.as_deref()),
        (7, Some(["name".to_owned(), "quantity".to_owned()].as_slice()))
    );
    assert!(route(&app, "PUT").form);
}

//! Who may call a route: the middleware in the ways it is written, and the checks of handlers.

use rstest::rstest;

use super::{app, app_with, permission, route, told};
use crate::collection::nextjs::Carrier;
use crate::collection::origin::Access;
use crate::model::request::Requirement;

const PLAIN: &str = "export const GET = () => new Response()";
const SDK: &str = "import { withAuth } from '@kinde-oss/kinde-auth-nextjs/middleware'\n";

/// What a middleware (line 2 is its first own line) says of `/api/orders`, `/api/public/x` and `/`.
fn of_middleware(text: &str) -> Vec<String> {
    let app = app(&[
        ("app/api/orders/route.ts", PLAIN),
        ("app/api/public/x/route.ts", PLAIN),
        ("app/route.ts", PLAIN),
        ("lib/paths.ts", "export const PUBLIC = ['/api/public']"),
        ("middleware.ts", &format!("{SDK}{text}")),
    ]);
    // Sorted by path: `/` first.
    let words: Vec<String> = app.routes.iter().map(|route| route.access.word().to_owned()).collect();
    vec![words[1].clone(), words[2].clone(), words[0].clone()]
}

#[rstest]
#[case::called("export default function middleware(req) { return withAuth(req) }", "protected protected protected")]
#[case::awaited(
    "export async function middleware(req) { return await withAuth(req) }",
    "protected protected protected"
)]
#[case::itself("export default withAuth", "protected protected protected")]
#[case::renamed("export { withAuth as middleware }", "protected protected protected")]
#[case::from_the_sdk(
    "export { withAuth as default } from '@kinde-oss/kinde-auth-nextjs/middleware'",
    "protected protected protected"
)]
#[case::options_only("export default withAuth({ publicPaths: ['/api/public'] })", "protected public protected")]
#[case::function_and_options(
    "export default withAuth(async function middleware(req) {}, { publicPaths: ['/api/public', '/'] })",
    "protected public public"
)]
#[case::root_is_exact("export default withAuth({ publicPaths: ['/'] })", "protected protected public")]
#[case::prefix("export default withAuth({ publicPaths: ['/api'] })", "public public protected")]
#[case::regular_expression(r"export default withAuth({ publicPaths: [/^\/api\/pub/] })", "protected public protected")]
#[case::case_of_regular_expression("export default withAuth({ publicPaths: [/^.API/i] })", "public public protected")]
#[case::constant(
    "const options = { publicPaths: ['/api/public'] }\nexport default (req) => withAuth(req, options)",
    "protected public protected"
)]
#[case::local_constant(
    "export default (req) => { const paths = ['/api/public']; return withAuth(req, { publicPaths: paths }) }",
    "protected public protected"
)]
#[case::imported_constant(
    "import { PUBLIC } from './lib/paths'\nexport default withAuth({ publicPaths: [...PUBLIC, '/'] })",
    "protected public public"
)]
#[case::variable(
    "const auth = withAuth({ publicPaths: ['/api/public'] })\nexport function middleware(req) { return auth(req) }",
    "protected public protected"
)]
#[case::computed_paths("export default withAuth({ publicPaths: load() })", "unknown unknown unknown")]
#[case::one_computed_path(
    "export default withAuth({ publicPaths: ['/api/public', process.env.X] })",
    "unknown public unknown"
)]
#[case::spread_options("export default withAuth({ ...options() })", "unknown unknown unknown")]
#[case::spread_then_paths(
    "export default withAuth({ ...options(), publicPaths: ['/api/public'] })",
    "protected public protected"
)]
#[case::other_options(
    "export default withAuth({ isReturnToCurrentPage: true, loginPage: '/login' })",
    "protected protected protected"
)]
#[case::login_page_is_open("export default withAuth({ loginPage: '/api/orders' })", "public protected protected")]
#[case::is_authorized(
    "export default withAuth({ isAuthorized: ({ token }) => token.x })",
    "protected protected protected"
)]
#[case::early_return(
    "export default function middleware(req) {
       if (req.nextUrl.pathname.startsWith('/api/public')) return NextResponse.next()
       return withAuth(req)
     }",
    "protected public protected"
)]
#[case::taken_apart_path(
    "export function middleware(request) {
       const { pathname } = request.nextUrl
       if (pathname === '/' || /^.api.public/.test(pathname)) { return }
       return withAuth(request, { isReturnToCurrentPage: true })
     }",
    "protected public public"
)]
#[case::some_prefix(
    "const open = ['/api/public', '/health']
     const isOpen = (path) => open.some((prefix) => path.startsWith(prefix))
     export async function middleware(req) { return isOpen(req.nextUrl.pathname) ? NextResponse.next() : withAuth(req) }",
    "protected public protected"
)]
#[case::negated_condition(
    "export default function (req) { const url = new URL(req.url); if (!url.pathname.startsWith('/api')) { return NextResponse.next() } else { return withAuth(req) } }",
    "protected protected public"
)]
#[case::only_some_gated(
    "export default async function middleware(req) { if (req.nextUrl.pathname.startsWith('/api/orders')) { const res = await withAuth(req); return res } return NextResponse.next() }",
    "protected public public"
)]
#[case::unknown_condition(
    "export default (req) => { if (flag()) return NextResponse.next(); return withAuth(req) }",
    "unknown unknown unknown"
)]
#[case::method_condition(
    "export default (req) => req.method === 'GET' ? NextResponse.next() : withAuth(req)",
    "unknown unknown unknown"
)]
#[case::nothing_about_callers(
    "export function middleware(req) { const res = NextResponse.next(); res.headers.set('x', 'y'); return res }",
    "public public public"
)]
#[case::other_library(
    "import { clerkMiddleware } from '@clerk/nextjs/server'\nexport default clerkMiddleware()",
    "unknown unknown unknown"
)]
#[case::translation(
    "import createMiddleware from 'next-intl/middleware'\nexport default createMiddleware(routing)",
    "public public public"
)]
#[case::own_cookie_check(
    "export function middleware(req) { if (!req.cookies.get('session')) return NextResponse.redirect(new URL('/login', req.url)); return NextResponse.next() }",
    "protected protected protected"
)]
#[case::own_session_check(
    "import { getKindeServerSession } from '@kinde-oss/kinde-auth-nextjs/server'
     export async function middleware(req) {
       const { isAuthenticated } = getKindeServerSession()
       const known = await isAuthenticated()
       if (!known && !req.nextUrl.pathname.startsWith('/api/public')) return NextResponse.json({}, { status: 401 })
     }",
    "protected public protected"
)]
#[case::redirect_of_a_path(
    "export function middleware(req) { if (req.nextUrl.pathname === '/') return NextResponse.redirect(x); }",
    "public public unknown"
)]
#[case::refuses_all(
    "export function middleware() { return new NextResponse('down', { status: 503 }) }",
    "unknown unknown unknown"
)]
#[case::old_sdk(
    "import { authMiddleware } from '@kinde-oss/kinde-auth-nextjs/server'\nexport default authMiddleware",
    "protected protected protected"
)]
#[case::chained("export default chain([withAuth, other])", "unknown unknown unknown")]
#[case::no_function("export const config = {}", "public public public")]
#[case::broken("export default function middleware(req) { return withAuth(req", "unknown unknown unknown")]
#[case::broken_elsewhere("const = 1\nexport default withAuth", "protected protected protected")]
#[case::matched(
    "export default withAuth\nexport const config = { matcher: '/api/:path*' }",
    "protected protected public"
)]
#[case::matched_list(
    "export default withAuth\nexport const config = { matcher: ['/api/orders', '/'] }",
    "protected public protected"
)]
#[case::negative_look_ahead(
    "export default withAuth\nexport const config = { matcher: ['/((?!api/public|_next/static|.*\\\\..*).*)'] }",
    "protected public protected"
)]
#[case::as_const(
    "export default withAuth\nexport const config = { matcher: ['/api/orders'] } as const satisfies X",
    "protected public public"
)]
#[case::template(
    "export default withAuth\nexport const config = { matcher: [`/api/orders`] }",
    "protected public public"
)]
#[case::computed_matcher(
    "const paths = ['/api']\nexport default withAuth\nexport const config = { matcher: paths }",
    "unknown unknown unknown"
)]
#[case::computed_entry(
    "export default withAuth\nexport const config = { matcher: ['/api/orders', `/${x}`] }",
    "protected unknown unknown"
)]
#[case::bad_matcher("export default withAuth\nexport const config = { matcher: ['api'] }", "unknown unknown unknown")]
#[case::source(
    "export default withAuth\nexport const config = { matcher: [{ source: '/api/:path*' }] }",
    "protected protected public"
)]
#[case::prefetch_only(
    "export default withAuth\nexport const config = { matcher: [{ source: '/api/:path*', missing: [{ type: 'header', key: 'next-router-prefetch' }, { type: 'header', key: 'purpose', value: 'prefetch' }] }] }",
    "protected protected public"
)]
#[case::has_cookie(
    "export default withAuth\nexport const config = { matcher: [{ source: '/api/:path*', has: [{ type: 'cookie', key: 'beta' }] }] }",
    "unknown unknown public"
)]
#[case::condition_beside_plain(
    "export default withAuth\nexport const config = { matcher: [{ source: '/api/:path*', has: [{ type: 'cookie', key: 'b' }] }, '/api/orders'] }",
    "protected unknown public"
)]
fn middleware_in_all_its_forms(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(of_middleware(text).join(" "), expected, "{text}");
}

#[test]
fn reasons_name_file_and_line() {
    let app = app(&[
        ("src/app/api/a/route.ts", PLAIN),
        ("src/app/api/b/route.ts", PLAIN),
        ("src/app/c/route.ts", PLAIN),
        (
            "src/middleware.ts",
            &format!(
                "{SDK}\nexport default withAuth({{\n  publicPaths: ['/api/b'],\n}})\nexport const config = {{\n  matcher: ['/api/:path*'],\n}}"
            ),
        ),
    ]);
    assert_eq!(
        told(&app),
        [
            "GET /api/a protected: src/middleware.ts line 3 protects it",
            "GET /api/b public: publicPaths has `/api/b` (src/middleware.ts line 3)",
            "GET /c public: the matcher of src/middleware.ts does not cover it",
        ]
    );
    assert_eq!(route(&app, "GET").carrier, Some(Carrier::KindeCookies));
}

#[test]
fn a_matcher_may_depend_on_a_value() {
    let app = app(&[
        ("app/orders/[id]/route.ts", PLAIN),
        ("app/files/[name]/route.ts", PLAIN),
        (
            "proxy.ts",
            &format!(
                "{SDK}export default withAuth\nexport const config = {{ matcher: ['/orders/:id(\\\\d+)', '/files/:name'] }}"
            ),
        ),
    ]);
    assert_eq!(
        told(&app),
        [
            "GET /files/[name] protected: proxy.ts line 2 protects it",
            "GET /orders/[id] unknown: proxy.ts decides by the value of `id`",
        ]
    );
}

/// What a handler, with the SDK imported in line 1, tells about who calls.
#[rstest]
#[case::nothing("export async function GET() { return Response.json([]) }", Access::Public, "there is no middleware")]
#[case::user(
    "export async function GET() {\n const { getUser } = getKindeServerSession()\n const user = await getUser()\n if (!user) return new Response('', { status: 401 })\n}",
    Access::Protected,
    "the handler calls `getUser`, line 4"
)]
#[case::direct(
    "export async function GET() { if (!(await getKindeServerSession().isAuthenticated())) { throw new Error() } }",
    Access::Protected,
    "calls `isAuthenticated`, line 2"
)]
#[case::object(
    "export async function GET() { const session = getKindeServerSession(); if (!await session.isAuthenticated()) redirect('/') }",
    Access::Protected,
    "`isAuthenticated`"
)]
#[case::renamed(
    "export async function GET() { const { isAuthenticated: known } = getKindeServerSession(); return await known() ? a : b }",
    Access::Protected,
    "`isAuthenticated`"
)]
#[case::only_looks(
    "export async function GET() { const { getUser } = getKindeServerSession(); return Response.json(await getUser()) }",
    Access::Unknown,
    "no refusal was found"
)]
#[case::protect_api("export const GET = protectApi(async () => {}, {})", Access::Protected, "calls protectApi, line 2")]
#[case::authorization(
    "export async function GET(req) { const header = req.headers.get('Authorization'); if (!header) return x }",
    Access::Protected,
    "reads the `Authorization` header"
)]
#[case::verified(
    "import { jwtVerify } from 'jose'\nexport async function GET(req) { const { payload } = await jwtVerify(t, k); if (!payload.sub) return x }",
    Access::Protected,
    "calls `jwtVerify`, line 3"
)]
#[case::helper(
    "async function user() { const { getUser } = getKindeServerSession(); const u = await getUser(); if (!u) throw 1; return u }\nexport async function GET() { await user() }",
    Access::Protected,
    "calls `user` (app/api/route.ts line 2: `getUser`)"
)]
#[case::imported_helper(
    "import { requireUser } from '@/lib/auth'\nexport async function GET() { await requireUser() }",
    Access::Protected,
    "calls `requireUser` (lib/auth.ts line 3: `isAuthenticated`)"
)]
#[case::imported_wrapper(
    "import { guarded } from '@/lib/auth'\nexport const GET = guarded(async () => {})",
    Access::Protected,
    "lib/auth.ts line 7"
)]
#[case::unread_wrapper(
    "import { withX } from 'somewhere'\nexport const GET = withX(async () => {})",
    Access::Unknown,
    "is wrapped by `withX` of `somewhere`, line 3"
)]
#[case::made(
    "import NextAuth from 'next-auth'\nexport const { GET } = NextAuth({})",
    Access::Unknown,
    "is made by `NextAuth({})`"
)]
#[case::same_name_elsewhere(
    "import { getUser } from './db'\nexport async function GET() { if (!getUser()) return 1 }",
    Access::Public,
    "checks nothing"
)]
#[case::kinde_routes("export const GET = handleAuth()", Access::Public, "Kinde's own sign-in route")]
fn handlers(#[case] text: &str, #[case] access: Access, #[case] words: &str) {
    let import =
        "import { getKindeServerSession, protectApi, handleAuth } from '@kinde-oss/kinde-auth-nextjs/server'\n";
    let helpers = "\
import { getKindeServerSession } from '@kinde-oss/kinde-auth-nextjs/server'
export async function requireUser() {
  const known = await getKindeServerSession().isAuthenticated()
  if (!known) throw new Error('no')
}
export const guarded = (handler) => async (request) => {
  if (!(await getKindeServerSession().isAuthenticated())) return new Response(null, { status: 401 })
  return handler(request)
}
";
    let app = app(&[
        ("app/api/route.ts", &format!("{import}{text}")),
        ("lib/auth.ts", helpers),
        ("tsconfig.json", r#"{ "compilerOptions": { "paths": { "@/*": ["./*"] } } }"#),
    ]);
    let get = route(&app, "GET");
    assert_eq!((get.access, get.reason.contains(words)), (access, true), "{text}\n{}", get.reason);
}

#[rstest]
#[case::permission("const p = await session.getPermission('read:orders'); if (!p?.isGranted) return 1", &[permission("read:orders")])]
#[case::permissions("const { permissions } = await session.getPermissions(); if (!permissions.includes('a:b')) return 1", &[permission("a:b")])]
#[case::chained_permissions("const all = await session.getPermissions(); if (!all?.permissions?.includes('a')) return 1", &[permission("a")])]
#[case::roles("const roles = await session.getRoles(); if (!roles?.some((role) => role.key === 'admin')) return 1", &[Requirement::Role("admin".into())])]
#[case::flag("if (!(await session.getBooleanFlag('beta', false))) return 1", &[Requirement::Flag("beta".into())])]
#[case::organization("const org = await session.getOrganization(); if (org?.orgCode !== 'org_1') return 1", &[Requirement::Organization("org_1".into())])]
#[case::constant("const KEY = 'x:y'; if (!(await session.getPermission(READ))) return 1", &[permission("read:it")])]
#[case::computed("await session.getPermission(name)", &[])]
fn what_sdk_calls_require(#[case] body: &str, #[case] expected: &[Requirement]) {
    let text = format!(
        "import {{ getKindeServerSession }} from '@kinde-oss/kinde-auth-nextjs/server'\n\
         const READ = 'read:it'\n\
         export async function GET() {{ const session = getKindeServerSession(); {body} }}"
    );
    let app = app(&[("app/api/route.ts", &text)]);
    assert_eq!(route(&app, "GET").require, expected, "{body}");
}

#[test]
fn options_of_protect_api() {
    let text = "import { protectApi as guard } from '@kinde-oss/kinde-auth-nextjs/server'
export const GET = guard(handler, { permissions: 'read:orders', roles: ['admin'] })
export const POST = guard(handler, { permissions: ['a', 'b'], roles: list() })
function handler() {}";
    let app = app(&[("app/api/route.ts", text)]);
    let get = route(&app, "GET");
    assert_eq!(get.require, [permission("read:orders"), Requirement::Role("admin".to_owned())]);
    let post = route(&app, "POST");
    assert_eq!(post.require, []);
    assert_eq!(
        post.remarks,
        ["one of the permissions is needed: a, b", "the roles that it needs cannot be told without running it"]
    );
}

#[test]
fn settings_move_the_sdks_own_routes() {
    let files = [
        (
            "app/auth/[kindeAuth]/route.ts",
            "import { handleAuth } from '@kinde-oss/kinde-auth-nextjs/server'\nexport const GET = handleAuth()",
        ),
        ("middleware.ts", &*format!("{SDK}export default withAuth")),
    ];
    assert_eq!(route(&app(&files), "GET").access, Access::Protected);
    let moved = app_with(&files, &[("KINDE_AUTH_API_PATH", "/auth")]);
    assert_eq!(route(&moved, "GET").access, Access::Public);
    assert_eq!(route(&moved, "GET").reason, "Kinde's own sign-in route");
}

// app/api/v1/orders/route.ts: a route that takes a bearer token.  npm install jose
//
// 1. Let the middleware (or proxy.ts) skip it, because it reads cookies only:
//      export default withAuth(async () => {}, { publicPaths: ["/api/v1"] });
// 2. Verify the token here. The client secret plays no part.
import { createRemoteJWKSet, jwtVerify } from "jose";

const issuer = process.env.KINDE_ISSUER_URL!; // https://mybusiness.kinde.com, without a slash
const audience = process.env.KINDE_AUDIENCE!; // the API's identifier, exactly as registered
const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks`));

async function claimsOf(request: Request) {
  const [scheme, token] = (request.headers.get("authorization") ?? "").split(" ");
  if (scheme?.toLowerCase() !== "bearer" || !token) return null;
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ["RS256"],
      issuer,
      audience,
      requiredClaims: ["exp"],
      clockTolerance: 60,
    });
    return payload;
  } catch (error) {
    console.warn("token refused:", (error as Error).message);
    return null;
  }
}

export async function GET(request: Request) {
  const claims = await claimsOf(request);
  if (!claims) {
    const headers = { "WWW-Authenticate": 'Bearer error="invalid_token"' };
    return Response.json({ message: "Unauthorized" }, { status: 401, headers });
  }
  const permissions = (claims.permissions as string[] | null) ?? [];
  if (!permissions.includes("read:orders")) {
    const challenge = 'Bearer error="insufficient_scope", scope="read:orders"';
    const headers = { "WWW-Authenticate": challenge };
    return Response.json({ message: "Forbidden" }, { status: 403, headers });
  }
  return Response.json({ orders: [], user: claims.sub, organisation: claims.org_code });
}
